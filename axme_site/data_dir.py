"""DATA_DIR belongs to one running server at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from axme_site.postgres import CannotStart


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold `folder`, made if need be, for this process. Raises CannotStart when it is held or cannot be written.

    The kernel gives it free when the process ends, however it ends.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise CannotStart(f"cannot write to DATA_DIR {folder}: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CannotStart(
                f"DATA_DIR {folder} is in use by process {lock.read().strip() or 'unknown'}: "
                "stop that one or set another DATA_DIR"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
