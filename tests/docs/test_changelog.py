"""CHANGELOG.md in the form of Keep a Changelog."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_each_version_has_each_kind_of_change_once_and_in_order() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions[0].startswith("[Unreleased]")
    for version in versions:
        name = version.partition("\n")[0]
        found = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert found == [kind for kind in KINDS if kind in found], name
        lines = [line for line in version.splitlines() if line.startswith("- ")]
        assert sorted(lines) == sorted(set(lines)), f"{name} says something twice"
