"""The frameworks that adapters are for: each has requirements of its own, and so a Python of its own to run with."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from tests import turns
from tests.acceptance.processes import ROOT, Process
from tests.adapters.conftest import Desk

LOCKS = ROOT / "adapters" / "requirements"
PYTHONS = ROOT / "var" / "adapters"
NAMES = sorted(lock.stem for lock in LOCKS.glob("*.in"))
Start = Callable[..., Process]
LEASE = {"AXME_LEASE_SECONDS": "30"}
"""Longer than a framework keeps its program from everything else while it is imported, and sets up its first run."""


def marks(framework: str) -> list[pytest.MarkDecorator]:
    """Of the tests of a framework, in a file of its name: their turn is another than any other framework's, so that one of
    them has its packages installed each day."""
    file = f"test_{framework.replace('-', '_')}.py"
    turn = turns.one((NAMES.index(framework) - crc32(file.encode())) % len(NAMES), of=len(NAMES))
    return [turn, pytest.mark.slow, pytest.mark.timeout(900)]


def example(framework: str, program: str, desk: Desk, *kept: Path, **usual: str) -> Start:
    """What starts the example of a framework under a name of the run: again with what it has `kept` where."""

    def start(run: str, **variables: str) -> Process:
        return desk.start(python(framework), program, run, *map(str, kept), **(LEASE | usual | variables))

    return start


def python(framework: str, *, locks: Path = LOCKS) -> str:
    """The interpreter of an environment with what is locked for a framework, made when there is none."""
    lock = locks / f"{framework}.txt"
    where = PYTHONS / f"{framework}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    PYTHONS.mkdir(parents=True, exist_ok=True)
    with (PYTHONS / f"{framework}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (where / "made").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(where)], check=True)
            _install(lock, where / "bin" / "python")
            (where / "made").touch()
    return str(where / "bin" / "python")


def _install(lock: Path, python: Path) -> None:
    """The lock is complete: nothing is resolved anew. What is imported is compiled when it is."""
    how = ["--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    # It takes a fifth of the time, and knows nothing of how pip is configured: what it does not find, pip may.
    if uv := shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"):
        done = subprocess.run([uv, "pip", "install", "--python", str(python), *how], check=False, capture_output=True)
        if done.returncode == 0:
            return
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, *how], check=True, capture_output=True)
