"""Moves that ended midway, as by a `kill -9`: the workspace stays closed, or what is left of it lies here, until the command
is run again. Each move holds a lock of its session; where nobody holds it, nobody goes on with the move."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog

from axme_site.cells.copying import Session
from intents.kernel import statements
from intents.kernel.clock import rfc3339

log = structlog.get_logger()

LOCK = 0x61786D66
"""The first half of the advisory lock of a workspace that is moved; the second is a hash of its id."""

_HOLD = "SELECT pg_advisory_lock(%s, hashtext(%s::text))"
_UNFINISHED = f"""
SELECT p.path, p.cell, p.state = 'moving', p.at FROM intents_placement p
WHERE (p.state = 'moving' OR (p.state = 'moved' AND EXISTS (SELECT FROM intents_workspace w WHERE w.id = p.workspace_id)))
  AND NOT EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = {LOCK}::oid AND l.objid = hashtext(p.workspace_id::text)::oid)
ORDER BY p.path
"""


class Unfinished(NamedTuple):
    """A move of the workspace `path` to `cell` that nobody goes on with. `closed`: neither cell answers for it, since `at`;
    else it is in the other cell, and rows of it are left here."""

    path: str
    cell: str
    closed: bool
    at: datetime

    @property
    def command(self) -> str:
        """What finishes it, or undoes it where it had not happened."""
        return f"manage.py move_workspace {self.path} --to {self.cell}"

    def __str__(self) -> str:
        how = "closed" if self.closed else "not quite removed here"
        since = f"{self.at:%Y-%m-%d %H:%M} UTC"
        return f"{self.path}: {how} since {since}, its move to {self.cell} was broken off. Run: {self.command}"


def hold(session: Session, workspace_id: UUID) -> None:
    """As long as the session lasts its move is one that goes on."""
    session.execute(_HOLD, [LOCK, workspace_id])


def moves() -> list[Unfinished]:
    """Those of this cell, by the workspaces' names. Raises the database's errors."""
    return [Unfinished(*row) for row in statements.rows(_UNFINISHED, ())]


def noted() -> int:
    """How many there are. The log names them: no page of one workspace may name another. Raises the database's errors."""
    found = moves()
    for one in found:
        log.error(
            "move_unfinished", workspace=one.path, cell=one.cell, closed=one.closed, since=rfc3339(one.at), run=one.command
        )
    return len(found)


def none() -> bool:
    """For the heartbeat: whether each move that began has ended."""
    return not moves()
