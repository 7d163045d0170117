"""Checkpoints of the tree: made when it has grown, kept in the database, and sent off it, by a file and to a URL."""

import logging
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from intents.audit import merkle, notes, tree
from intents.audit.models import AuditCheckpoint
from intents.audit.notes import TreeHead
from intents.audit.tree import StoredTiles, TreeFault
from intents.kernel import clock, statements
from intents.sending import connector
from intents.sending.connector import Unanswered

KEPT = 10_000
"""So many checkpoints are compared with the tree, the newest."""

log = logging.getLogger(__name__)


def agrees() -> bool:
    """Whether the tree still has the root that its newest checkpoint signed."""
    last = newest()
    return last is None or not faults([last.note])


_MAKE = """
INSERT INTO intents_auditcheckpoint (size, note, made_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING size
"""


def make() -> bool:
    """Sign the tree as it is, unless that was done, or it does not agree with what was signed last. Returns whether there is
    a new checkpoint."""
    size = tree.size()
    if not size:
        return False
    if not agrees():
        log.error("the tree does not agree with its newest checkpoint", extra={"action": "audit.checkpoint", "size": size})
        return False
    head = TreeHead(size, merkle.root(StoredTiles(), size))
    note, now = notes.signed(head), clock.now()
    made = statements.rows(_MAKE, [size, note, now])
    if made:
        _write(note)
    return bool(made)


def _write(note: str) -> None:
    """Append a checkpoint to the file, which is then newer than any copy of the database."""
    path = Path(settings.AUDIT_FILE)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{note}\n")
    except OSError as error:
        log.error("a checkpoint was not written", extra={"action": "audit.checkpoint", "error": error.strerror})


def send() -> bool:
    """Post the newest checkpoint to AUDIT_URL, unless it was taken there. Returns whether it was now. One that was missed is
    made good by the next, which covers it."""
    if not settings.AUDIT_URL:
        return False
    rows = statements.rows("SELECT size, note, sent_at FROM intents_auditcheckpoint ORDER BY size DESC LIMIT 1", ())
    if not rows or rows[0][2] is not None:
        return False
    size, note, _ = rows[0]
    headers = {"content-type": "text/plain; charset=utf-8", "user-agent": "AXME-Inbox"}
    try:
        answer = connector.post(settings.AUDIT_URL, headers=headers, body=note.encode())
    except Unanswered as none:
        log.warning("a checkpoint was not taken", extra={"action": "audit.checkpoint", "error": none.text})
        return False
    if not 200 <= answer.status < 300:
        log.warning("a checkpoint was not taken", extra={"action": "audit.checkpoint", "status": answer.status})
        return False
    statements.rows("UPDATE intents_auditcheckpoint SET sent_at = %s WHERE size = %s", [clock.now(), size])
    return True


def newest() -> AuditCheckpoint | None:
    """The newest checkpoint."""
    columns = statements.columns(AuditCheckpoint, "c")
    found = statements.objects(
        AuditCheckpoint, f"SELECT {columns} FROM intents_auditcheckpoint c ORDER BY size DESC LIMIT 1", ()
    )
    return found[0] if found else None


def written() -> list[str]:
    """The checkpoints of the file, empty without one. Raises OSError."""
    path = Path(settings.AUDIT_FILE)
    return read(path) if path.exists() else []


def read(path: Path) -> list[str]:
    """The checkpoints of a file; a line that was written in part spoils but its own. Raises OSError."""
    return parsed(path.read_text(encoding="utf-8", errors="replace"))


def parsed(text: str) -> list[str]:
    """The checkpoints of a file: each is three lines, an empty one, and a signature."""
    lines, found = text.splitlines(), list[str]()
    start = 0
    for place, line in enumerate(lines):
        if line.startswith("\u2014 "):
            found.append("\n".join(lines[start : place + 1]).lstrip("\n") + "\n")
            start = place + 1
    return found


def stored() -> list[str]:
    """The newest checkpoints of the database."""
    query = f"SELECT note FROM intents_auditcheckpoint ORDER BY size DESC LIMIT {KEPT}"
    return [note for (note,) in statements.rows(query, ())]


def faults(kept: Iterable[str]) -> list[TreeFault]:
    """Which of these checkpoints the tree does not agree with, or this server did not sign."""
    return [fault for _note, _ahead, fault in _faulty(kept)]


def _faulty(kept: Iterable[str]) -> Iterator[tuple[str, bool, TreeFault]]:
    """What is wrong with which, and whether that is only that it is ahead of the tree."""
    tiles, size = StoredTiles(), tree.size()
    for note in dict.fromkeys(kept):
        try:
            head = notes.opened(note)
        except ValueError as error:
            yield note, False, TreeFault(str(error))
            continue
        if head.size > size:
            what = f"a checkpoint has {head.size} events and the tree has {size}: the rest was cut off"
            yield note, True, TreeFault(what)
        elif merkle.root(tiles, head.size) != head.root:
            yield note, False, TreeFault(f"the first {head.size} events are not those of their checkpoint")


class Lost(NamedTuple):
    """Checkpoints with which the tree does not agree: those `ahead` of it, as after a restore those that were made since the
    backup; and the `others`, of another history or not signed by this server's key."""

    ahead: list[str]
    others: list[str]


def lost() -> Lost:
    """Those of the file. Raises OSError."""
    found = Lost([], [])
    for note, ahead, _fault in _faulty(written()):
        (found.ahead if ahead else found.others).append(note)
    return found


def set_aside(gone: Collection[str], *, name: str) -> Path:
    """Take checkpoints out of the file, and keep them in one of this name beside it. Raises OSError."""
    path = Path(settings.AUDIT_FILE).resolve()
    left = set(gone)
    aside, kept = path.with_name(name), [note for note in written() if note not in left]
    with aside.open("a", encoding="utf-8") as file:
        file.writelines(f"{note}\n" for note in gone)
    anew = path.with_name(f"{path.name}.new")
    anew.write_text("".join(f"{note}\n" for note in kept), encoding="utf-8")
    # Whoever restores may be another than who runs the server, which goes on writing there.
    shutil.copymode(path, anew)
    with suppress(PermissionError):
        os.chown(anew, path.stat().st_uid, path.stat().st_gid)
    anew.replace(path)
    return aside
