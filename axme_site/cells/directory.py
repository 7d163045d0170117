"""In which cell a request's workspace is, by what the request carries: known for moments, else asked of the databases."""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import close_old_connections

from axme_site.cell_settings import Cell
from axme_site.cells.sessions import ASK_SECONDS, connect
from axme_site.cells.strangers import Strangers
from axme_site.heads import CALLBACKS, INCOMING
from axme_site.threads import Threads
from intents.accounts import bearers
from intents.accounts.models import PlacementState
from intents.kernel import clock, secrets, statements

log = structlog.get_logger()

LOOK_SECONDS = 0.25
"""So old at most is what a request goes by of which workspaces are elsewhere."""
KNOWN_SECONDS = 60.0
"""How long it is known whose a credential is,"""
ELSEWHERE_SECONDS = 5.0
"""and in which other cell it is."""
KNOWN = 50_000
AWAY_SECONDS = 2.0
"""So long a cell is not asked again that did not answer."""

_BY_FINGERPRINT = """
SELECT workspace_id FROM intents_agentkey WHERE fingerprint = %(fingerprint)s
UNION ALL SELECT workspace_id FROM intents_persontoken WHERE fingerprint = %(fingerprint)s
UNION ALL SELECT t.workspace_id FROM intents_commandline l JOIN intents_persontoken t ON t.id = l.token_id
          WHERE l.key_fingerprint = %(fingerprint)s
UNION ALL SELECT workspace_id FROM intents_callback WHERE fingerprint = %(fingerprint)s
UNION ALL SELECT workspace_id FROM intents_persontoken WHERE id = %(id)s
UNION ALL SELECT workspace_id FROM intents_tool WHERE id = %(id)s
LIMIT 1
"""
_PLACES = "SELECT workspace_id, cell, state FROM intents_placement"


class Unsure(Exception):
    """A cell does not answer, and no other knows the credential."""


class IsMoving(Exception):
    """The workspace is on its way."""


class Whose(NamedTuple):
    """Whose a credential is, and the other `cell` that knows it, "" where this one does."""

    workspace_id: UUID
    cell: str
    until: float


class Token(NamedTuple):
    """What a request carries by which its workspace is found: the hash of a secret, or an id."""

    fingerprint: bytes
    id: UUID | None = None


def carried(path: str, headers: Mapping[bytes, bytes]) -> Token | None:
    """None for a request that names no workspace."""
    if path.startswith(CALLBACKS):
        return Token(secrets.fingerprint(path.removeprefix(CALLBACKS)))
    if path.startswith(INCOMING):
        return Token(b"", _uuid(path.removeprefix(INCOMING)))
    if key := headers.get(b"x-api-key"):
        return Token(secrets.fingerprint(key.decode("latin-1")))
    scheme, _, bearer = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not (bearer := bearer.strip()):
        return None
    if bearers.looks_like_one(bearer):
        return Token(b"", bearers.session_of(bearer, now=clock.now()))
    return Token(secrets.fingerprint(bearer))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _rows(query: str, params: statements.Params) -> list[tuple[Any, ...]]:
    """Raises Django's database errors, and lets go of a connection that is broken: nobody else would."""
    try:
        return statements.rows(query, params)
    except Exception:
        close_old_connections()
        raise


class Directory:
    """Of one process. Used on its event loop, but for what says that it blocks. On the threads `here` this cell is asked, on
    those `there` the others: whom this one knows does not wait for a cell that does not answer."""

    def __init__(self, here: Threads, there: Threads) -> None:
        self._here, self._there = here, there
        self._places: dict[UUID, tuple[str, str]] = {}
        self._looked_at = -1e9
        self._looking: asyncio.Future[Any] | None = None
        self._known: dict[Token, Whose] = {}
        self._strangers = Strangers()
        self._sessions: dict[tuple[int, str], psycopg.Connection[Any]] = {}
        self._away: dict[str, float] = {}

    async def cell_of(self, path: str, headers: Mapping[bytes, bytes], address: str = "") -> Cell | None:
        """The other cell that answers a request from `address`, None where this one does. Raises IsMoving, Unsure,
        RateLimited, `threads.Busy`, and Django's errors where this cell's database does not answer."""
        what = carried(path, headers)
        if what is None:
            return None
        asked_at = time.monotonic()  # not the time by now: a look may take longer than LOOK_SECONDS
        while asked_at - self._looked_at > LOOK_SECONDS:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.ensure_future(self._look())
            await asyncio.shield(self._looking)
        found = self._known.get(what)
        if found is None or found.until < time.monotonic():
            found = await self._asked_for(what, found, address)
        if found is None:
            return None
        cell, state = self._places.get(found.workspace_id, (found.cell, ""))
        if state == PlacementState.MOVING:
            raise IsMoving
        return settings.CELLS.get(cell)

    async def _asked_for(self, what: Token, before: Whose | None, address: str) -> Whose | None:
        """None where no cell knows it, `before` is whose it was when that was last asked. Raises as `cell_of`."""
        if self._strangers.has(what):
            return None
        found: Whose | None = await self._here.run(self._find_here, what)
        if found is None:
            if before is None:
                self._strangers.ensure_may_ask(address)
            found = await self._elsewhere(what)
        if found is None:
            self._known.pop(what, None)
            self._strangers.note(what, address)
            return None
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[what] = found
        return found

    async def _look(self) -> None:
        began = time.monotonic()
        rows = await self._here.run(_rows, _PLACES, ())
        self._places = {workspace_id: (cell, state) for workspace_id, cell, state in rows}
        self._looked_at = began

    def _find_here(self, what: Token) -> Whose | None:
        """Blocks."""
        rows = _rows(_BY_FINGERPRINT, {"fingerprint": what.fingerprint, "id": what.id})
        return Whose(rows[0][0], "", time.monotonic() + KNOWN_SECONDS) if rows else None

    async def _elsewhere(self, what: Token) -> Whose | None:
        """Raises Unsure, `threads.Busy`."""
        try:
            async with asyncio.timeout(2 * ASK_SECONDS * len(settings.CELLS)):
                found: Whose | None = await self._there.run(self._find_there, what)
        except TimeoutError:
            raise Unsure from None
        return found

    def _find_there(self, what: Token) -> Whose | None:
        """Blocks. Raises Unsure."""
        unsure = False
        for cell in settings.CELLS.values():
            if self._away.get(cell.name, 0.0) > time.monotonic():
                unsure = True
                continue
            try:
                row = self._asked(cell, {"fingerprint": what.fingerprint, "id": what.id})
            except psycopg.Error as error:
                log.warning("cell_away", cell=cell.name, error=type(error).__name__)
                self._away[cell.name] = time.monotonic() + AWAY_SECONDS
                unsure = True
            else:
                if row:
                    return Whose(row[0], cell.name, time.monotonic() + ELSEWHERE_SECONDS)
        if unsure:
            raise Unsure
        return None

    def _asked(self, cell: Cell, params: dict[str, Any]) -> Any:
        """On a new session where the one that was kept has ended meanwhile. Raises psycopg's errors."""
        for kept in (True, False):
            try:
                return self._session(cell).execute(_BY_FINGERPRINT, params).fetchone()
            except psycopg.Error:
                broken = self._sessions.pop((threading.get_ident(), cell.name), None)
                if broken is not None:
                    broken.close()
                if broken is None or not kept:
                    raise
        return None

    def close(self) -> None:
        """End its sessions in other cells, once its threads have ended."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    def _session(self, cell: Cell) -> "psycopg.Connection[Any]":
        """This thread's own."""
        key = threading.get_ident(), cell.name
        kept = self._sessions.get(key)
        if kept is None or kept.closed:
            kept = self._sessions[key] = connect(cell)
        return kept
