"""Tests of which a run tries a share, with all that they could try."""

import os
import subprocess
import sys
from typing import Any

from bench.ground import Ground
from bench.product import ROOT


def tamperings(on: Ground) -> dict[str, Any]:
    """The tests of tamper evidence with their full numbers."""
    files = ["tests/inbox/test_tampering.py", "tests/inbox/test_evidence.py"]
    _passed(on, "-k", "whatever_is_changed", *files, TAMPERINGS="1000")
    return {"changes_of_the_database": 1000, "changes_of_bundles": 1000, "not_found": 0}


def looks(on: Ground) -> dict[str, Any]:
    """Each page in both themes, which all tests see in one."""
    passed = _passed(on, "-k", "used_by_everybody", "tests/browser/test_pages.py", EVERY_LOOK="1")
    return {"pages": passed, "themes": 2, "widths": 3, "violations": 0}


def turns(on: Ground) -> dict[str, Any]:
    """The tests that take turns, whosever turn it is; each page is looked at by `looks`, and each death by `examples`."""
    left_out = "not used_by_everybody and not survives_the_servers_death"
    spread = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
    return {"tests": _passed(on, *spread, "-m", "turn", "-k", left_out, "tests"), "failed": 0}


def chance(on: Ground) -> dict[str, Any]:
    """The tests of random races, models and workspaces, with many more of them."""
    races = ["tests/intents/test_wait_races.py", "tests/inbox/test_races.py", "tests/inbox/test_races_of_everything.py"]
    passed = _passed(on, *races, "tests/intents/test_machine.py", "tests/inbox/test_tiles.py", WHOLE="1")
    return {"tests": passed, "races_of_each": 200, "workspaces": 200, "failed": 0}


def _passed(on: Ground, *arguments: str, **variables: str) -> int:
    """How many tests passed, on servers of their own. None may fail."""
    on.site.end()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    given = {name: value for name, value in os.environ.items() if name != "TURN"} | variables
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return int(done.stdout.rpartition(" passed")[0].split()[-1])
