"""The frameworks that adapters are for: each has requirements of its own, and so a Python of its own to run with."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

from tests.acceptance.processes import ROOT

LOCKS = ROOT / "adapters" / "requirements"
PYTHONS = ROOT / "var" / "adapters"


def python(framework: str, *, locks: Path = LOCKS) -> str:
    """The interpreter of an environment with what is locked for a framework, made when there is none."""
    lock = locks / f"{framework}.txt"
    where = PYTHONS / f"{framework}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    PYTHONS.mkdir(parents=True, exist_ok=True)
    with (PYTHONS / f"{framework}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (where / "made").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(where)], check=True)
            install = [str(where / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*install, "--require-hashes", "-r", str(lock)], check=True, capture_output=True)
            (where / "made").touch()
    return str(Path(where) / "bin" / "python")
