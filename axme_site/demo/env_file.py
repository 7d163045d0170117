"""`demo.env` in DATA_DIR: the demo's keys, tokens and passwords as variables, readable by the owner of the server alone."""

import os
import tempfile
from pathlib import Path

from django.conf import settings


def path() -> Path:
    """Where the file is, or would be."""
    folder: Path = settings.DATA_DIR
    return folder / "demo.env"


def read(file: Path | None = None) -> dict[str, str]:
    """The variables that `write` wrote, to another `file` than our own if one is given; none when there is no file."""
    found = file or path()
    if not found.exists():
        return {}
    return dict(line.split("=", 1) for line in found.read_text().splitlines() if "=" in line)


def write(values: dict[str, str]) -> None:
    """Replace the file at once, readable by its owner alone. Raises OSError."""
    path().parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path().parent)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
    Path(temporary).replace(path())
