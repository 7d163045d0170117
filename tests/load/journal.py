"""What test processes did, as lines of JSON that survive their being killed."""

import json
import os
import time
from pathlib import Path
from typing import Any


class Journal:
    """Appends to a file that several processes may share. `at` is the machine's monotonic clock, the same for all."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def note(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, "pid": os.getpid(), "at": time.monotonic()} | facts)
        os.write(self._file, line.encode() + b"\n")

    def close(self) -> None:
        os.close(self._file)


def read(path: Path, *whats: str) -> list[dict[str, Any]]:
    """The lines so far, of these kinds. The last one may be half written."""
    if not path.exists():
        return []
    whole = path.read_text().rpartition("\n")[0]
    lines = [json.loads(line) for line in whole.splitlines()]
    return [line for line in lines if not whats or line["what"] in whats]
