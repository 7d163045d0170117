"""Where the bytes of media lie: files named by their SHA-256, apart for each workspace.

With several web processes the folder is one that they share.
"""

import codecs
import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path
from uuid import UUID

from django.conf import settings

from intents.files.types import HEAD_BYTES

ABANDONED_SECONDS = 86_400.0
"""A file that is still on its way after this long has lost its sender."""


def private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for this user alone."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(mode=0o700, exist_ok=True)


class Incoming:
    """A file on its way in. `size` and `digest` are those of what was written so far, `head` its beginning."""

    def __init__(self, folder: Path) -> None:
        private(folder)
        descriptor, path = tempfile.mkstemp(dir=folder)
        self.path = Path(path)
        self.size = 0
        self.head = b""
        self._file = os.fdopen(descriptor, "wb")
        self._hash = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = True

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        if len(self.head) < HEAD_BYTES:
            self.head = (self.head + data)[:HEAD_BYTES]
        self._text = self._text and b"\0" not in data and self._decodes(data)

    def close(self) -> None:
        """All is written: afterwards it survives a crash of the machine."""
        self._text = self._text and self._decodes(b"", final=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    @property
    def digest(self) -> bytes:
        """SHA-256, 32 bytes."""
        return self._hash.digest()

    @property
    def is_text(self) -> bool:
        """Whether all of it, once closed, is UTF-8 without NUL."""
        return self._text

    def discard(self) -> None:
        """Take it off its way; if it was kept, it stays in its place."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _decodes(self, data: bytes, *, final: bool = False) -> bool:
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError:
            return False
        return True


class Files:
    """The folder of all media."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self) -> Incoming:
        return Incoming(self._root / "incoming")

    def path(self, workspace_id: UUID, digest: bytes) -> Path:
        name = digest.hex()
        return self._root / str(workspace_id) / name[:2] / name

    def keep(self, incoming: Incoming, workspace_id: UUID) -> None:
        """Put a closed file in its place, whole at once. One of the same content may lie there already."""
        place = self.path(workspace_id, incoming.digest)
        private(place.parent)
        with contextlib.suppress(FileExistsError):
            os.link(incoming.path, place)
        for folder in (place.parent, place.parent.parent, self._root):
            _sync(folder)

    def remove(self, workspace_id: UUID, digest: bytes) -> None:
        self.path(workspace_id, digest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what was on its way when its process died."""
        # These files were dated by this machine, and no rule of the domain depends on when they go.
        before = time.time() - ABANDONED_SECONDS
        for path in (self._root / "incoming").glob("*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def files() -> Files:
    """Where files are kept on this machine: the folder MEDIA_DIR."""
    return Files(settings.MEDIA_DIR)
