"""Moving a workspace from this cell to another while it is used.

Copied while it is open; closed; what is new since copied; compared; and then the other cell has it with one commit. Up to
that commit this cell stays in charge, and whatever fails leaves it so. After it there is no way back but to move again.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import errors

from axme_site.cell_settings import Cell
from axme_site.cells import arriving, closing, fence, leaving, people, unfinished
from axme_site.cells.copying import Copied, Copying, Differs, Session, one
from axme_site.cells.tables import KEPT, tables
from intents.accounts.models import PlacementState

CLOSED_SECONDS = 1.0
"""So long at least it is closed: by then each web process knows it is moving (`directory`)."""
LOCK = 0x61786D65
"""The advisory lock of who moves: one workspace at a time leaves a cell."""


UNDONE = (Differs, closing.StillUsed, people.Mismatch, errors.LockNotAvailable, errors.IntegrityError)
"""What ends a move before it has happened."""


class CannotMove(Exception):
    """Why a workspace is where it is, in a line for the operator."""


@dataclass(frozen=True, slots=True)
class MoveDone:
    """A move, in seconds and rows. `closed_seconds` is how long nobody could use the workspace."""

    copied: Copied
    people: int
    open_seconds: float
    closed_seconds: float


def move(
    *,
    url: str,
    to: Cell,
    path: str,
    files_are_shared: bool = False,
    give_places: Callable[[], object] = lambda: None,
    tell: Callable[[str], object] = lambda text: None,
) -> MoveDone:
    """Move the workspace `path` from the PostgreSQL at `url`, which is this process's own where `give_places` is the
    sequencer's. Raises CannotMove, which tells where it is, and psycopg's errors where a database goes away: then
    the next call finishes what was begun, or undoes it."""
    started: list[UUID] = []
    try:
        return _tried(url, to, path, started, files_are_shared, give_places, tell)
    except CannotMove:
        raise
    except BaseException as error:
        went = [recover_after(url, to, workspace_id) for workspace_id in started]
        if isinstance(error, UNDONE):
            raise CannotMove(_told(path, to, went, str(error).strip().splitlines()[0])) from error
        raise


def _told(path: str, to: Cell, went: list[bool | None], why: str) -> str:
    if None in went:
        return f"{path} may be closed, run this again: {why}"
    return f"{path} is in {to.name}, and what was left of it here is gone now" if any(went) else f"{path} stays here: {why}"


def _tried(
    url: str,
    to: Cell,
    path: str,
    started: list[UUID],
    files_are_shared: bool,
    give_places: Callable[[], object],
    tell: Callable[[str], object],
) -> MoveDone:
    with session(url) as here, session(to.database_url) as there:
        _ensure_alone(here)
        workspace_id = _found(here, path)
        started.append(workspace_id)
        unfinished.hold(here, workspace_id)
        if recover(here, to, there, workspace_id):
            raise CannotMove(f"{path} is in {to.name}, and what was left of it here is gone now")
        _ensure_fits(here, there, workspace_id)
        if not files_are_shared and one(here, _FILES, workspace_id):
            raise CannotMove(f"{path} has files: share MEDIA_DIR with {to.name}, and say --files-are-shared")
        return _move(here, there, to, path, workspace_id, give_places, tell)


def _move(
    here: Session,
    there: Session,
    to: Cell,
    path: str,
    workspace_id: UUID,
    give_places: Callable[[], object],
    tell: Callable[[str], object],
) -> MoveDone:
    began, number = time.monotonic(), uuid4()
    there.execute("BEGIN")
    there.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(number)])
    # Only whether they can be: they may still change, and what refers to them is checked at the end.
    there.execute("SAVEPOINT people")
    people.bring(here, there, workspace_id)
    there.execute("ROLLBACK TO people")
    copying = Copying(here, there, workspace_id)
    copying.first()
    opened = time.monotonic() - began
    tell(f"{copying.done.open} rows are there")
    began = time.monotonic()
    closing.close(here, to, path, workspace_id, number)
    closing.wait_for_those_before(here)
    closing.wait_for_places(here, workspace_id, give_places)
    fence.put_up(here, workspace_id)
    new = people.bring(here, there, workspace_id)
    copying.rest()
    time.sleep(max(0.0, CLOSED_SECONDS - (time.monotonic() - began)))
    arriving.settle(here, there, path, workspace_id, number)
    there.execute("COMMIT")
    closed = time.monotonic() - began
    leaving.leave(here, workspace_id)
    return MoveDone(copying.done, new, opened, closed)


@contextmanager
def session(url: str) -> Iterator[Session]:
    """On which a statement may take as long as it takes. What it holds is let go where the machine that moves is gone."""
    options = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=5000 -c TimeZone=UTC"
    options += " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    # Rows are compared as text.
    options += " -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1"
    with psycopg.connect(url, autocommit=True, options=options, application_name="axme-move") as opened:
        yield opened


def _ensure_alone(here: Session) -> None:
    """Waits a little: the server may be about to let go of what a former session held. Raises CannotMove."""
    try:
        here.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    except errors.LockNotAvailable:
        raise CannotMove("another workspace is leaving this cell: wait for that") from None


_FIND = """
SELECT w.id FROM intents_workspace w JOIN intents_organization o ON o.id = w.organization_id
WHERE o.slug || '/' || w.slug = %s
UNION ALL SELECT workspace_id FROM intents_placement WHERE path = %s LIMIT 1
"""


def _found(here: Session, path: str) -> UUID:
    found = one(here, _FIND, path, path)
    if found is None:
        raise CannotMove(f"there is no workspace {path} in this cell")
    workspace_id: UUID = found
    return workspace_id


_FILES = "SELECT true FROM intents_media WHERE workspace_id = %s LIMIT 1"
_MIGRATIONS = "SELECT array_agg(app || '.' || name ORDER BY app, name) FROM django_migrations"


def _ensure_fits(here: Session, there: Session, workspace_id: UUID) -> None:
    """Raises CannotMove."""
    if _same_database(here) == _same_database(there):
        raise CannotMove("the other cell is this database")
    if one(here, _MIGRATIONS) != one(there, _MIGRATIONS):
        raise CannotMove("the cells have different migrations: migrate both")
    for each in tables():
        if each.name not in KEPT and not each.parents:
            query = f'SELECT true FROM "{each.name}" WHERE workspace_id = %s LIMIT 1'
            if one(there, query, workspace_id):
                raise CannotMove(f"rows of it are in {each.name} of the other cell: it is there, or was not removed")


def _same_database(of: Session) -> Any:
    return of.execute("SELECT system_identifier, current_database() FROM pg_control_system()").fetchone()


_ARRIVED = "SELECT true FROM intents_placement WHERE workspace_id = %s AND arrived = %s"


def recover(here: Session, to: Cell, there: Session, workspace_id: UUID) -> bool:
    """Finish what a former try left: go on with a move that happened, undo one that did not. Whether the workspace is in the
    other cell. Raises CannotMove where a move to a third one was not finished."""
    found = here.execute(
        "SELECT state, cell, move FROM intents_placement WHERE workspace_id = %s", [workspace_id]
    ).fetchone()
    if found is None or found[0] == PlacementState.HERE:
        fence.take_down(here)
        return False
    state, cell, number = found
    if cell != to.name:
        raise CannotMove(f"a move to {cell} was not finished: run it with --to {cell}")
    with there.transaction():  # which waits for the end of the one that may have brought it
        there.execute("SET LOCAL lock_timeout = 0")
        there.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(number)])
    if state == PlacementState.MOVED or one(there, _ARRIVED, workspace_id, number):
        leaving.leave(here, workspace_id)
        return True
    closing.reopen(here, workspace_id)
    return False


def recover_after(url: str, to: Cell, workspace_id: UUID) -> bool | None:
    """After an error of which nobody knows what it left, with sessions of its own. Whether the workspace is in the other
    cell; None where the databases do not tell, or another workspace is leaving this one by now."""
    try:
        with session(url) as here, session(to.database_url) as there:
            _ensure_alone(here)
            unfinished.hold(here, workspace_id)
            return recover(here, to, there, workspace_id)
    except (psycopg.Error, CannotMove):
        return None
