"""What the code imports is what the requirements name, and the locks pin it all by hash."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"axme_site", "intents", "inbox", "tests", "bench", "examples", "axme_inbox"}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(file: str) -> set[str]:
    """The distributions that a requirements file names, and those of the files it includes."""
    names = set()
    for line in (ROOT / "requirements" / file).read_text().splitlines():
        if line.startswith("-r "):
            names |= named(line[3:].strip())
        elif match := re.match(r"[A-Za-z][\w.-]*", line):
            names.add(normalised(match[0]))
    return names


def imported(*folders: str) -> dict[str, Path]:
    """Top-level third-party modules that files below `folders` import, each with a file that does."""
    found = {}
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            else:
                continue
            found |= {module.split(".")[0]: file for module in modules}
    return {module: file for module, file in found.items() if module not in sys.stdlib_module_names | OURS}


@pytest.mark.parametrize(
    ("requirements", "folders"),
    [("base.in", ("axme_site", "intents", "inbox")), ("test.in", ("tests", "bench"))],
)
def test_every_import_is_named_in_the_requirements(requirements: str, folders: tuple[str, ...]) -> None:
    providers = packages_distributions()
    allowed = named(requirements) | named("otel.in")  # an extra, imported where it is configured
    missing = {
        module: str(file.relative_to(ROOT))
        for module, file in imported(*folders).items()
        if not allowed & {normalised(name) for name in providers.get(module, [])}
    }
    # The ground of Daphne, Django, Ninja and Celery, which bring it along in a version that fits.
    for module in ("twisted", "asgiref", "pydantic", "pydantic_core", "kombu"):
        missing.pop(module, None)
    # A peer, measured beside the product where somebody has installed it.
    missing.pop("dbos", None)
    # Of programs that run with what adapters/requirements name.
    missing.pop("google", None)
    missing.pop("langgraph", None)
    assert missing == {}


@pytest.mark.parametrize("name", ["base", "otel", "run", "test", "dev"])
def test_a_lock_pins_everything_by_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE)
    pinned = re.split(r"\n(?=\S)", text.strip())
    assert len(pinned) > (10 if name == "otel" else 30)
    for requirement in pinned:
        assert re.match(r"[a-z0-9][\w.\-\[\]]*==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    direct = named(f"{name}.in")
    locked = {normalised(re.split(r"[=\[]", requirement)[0]) for requirement in pinned}
    assert direct <= locked, direct - locked


def test_the_locks_agree_with_each_other() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))

    assert pins("base") <= pins("run") <= pins("test") <= pins("dev")
    assert pins("otel") <= pins("test")
