"""What of a person's, and of a link, is in other cells: asked of their databases when a page needs it, for each person once
a minute. A cell that does not answer is left out for a while: no page waits for it twice."""

import threading
import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
import structlog
from django.apps import apps
from django.conf import settings
from django.db.models import UUIDField
from psycopg import errors, sql

from axme_site.cell_settings import Cell
from axme_site.cells.sessions import connect
from axme_site.cells.tables import tables
from inbox.views.kit.elsewhere import Elsewhere
from intents.accounts.models import User
from intents.kernel import secrets, statements

log = structlog.get_logger()

CHOSEN, BY = "workspace", "by"
"""The query of the home page by which another cell says which workspace was chosen there, and by which identity provider its
person has signed in, if by one."""
KNOWN_SECONDS = 60.0
KNOWN = 10_000
AWAY_SECONDS = 10.0
WAIT_SECONDS = 0.5
"""So long a page waits for others of its process who ask the same cell."""

_AWAY = "NOT EXISTS (SELECT FROM intents_placement p WHERE p.workspace_id = found.workspace_id AND p.state <> 'here')"
_SEATS = f"""
SELECT found.organization, found.workspace, found.workspace_id FROM (
    SELECT o.name AS organization, w.name AS workspace, w.id AS workspace_id FROM intents_member m
    JOIN intents_user u ON u.id = m.user_id
    JOIN intents_workspace w ON w.id = m.workspace_id
    JOIN intents_organization o ON o.id = w.organization_id
    WHERE u.is_active AND m.suspended_at IS NULL
      AND (u.id = %(user)s OR (u.email = %(email)s AND u.email_verified_at IS NOT NULL))
) found WHERE {_AWAY} ORDER BY 1, 2, 3 LIMIT 100
"""
_INVITED = f"""
SELECT 1 FROM (SELECT workspace_id FROM intents_invitation WHERE fingerprint = %(fingerprint)s) found WHERE {_AWAY}
"""
_LEFT_TO = "SELECT cell FROM intents_placement WHERE workspace_id = %s AND state = 'moved'"


class _Asked:
    """A cell's session, which one thread uses at a time."""

    def __init__(self, cell: Cell) -> None:
        self._cell, self._lock = cell, threading.Lock()
        self._session: psycopg.Connection[Any] | None = None
        self._away_until = 0.0

    def rows(self, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]] | None:
        """None where it does not answer."""
        if self._away_until > time.monotonic() or not self._lock.acquire(timeout=WAIT_SECONDS):
            return None
        try:
            return None if self._away_until > time.monotonic() else self._tried(query, params)
        finally:
            self._lock.release()

    def _tried(self, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]] | None:
        """On a new session where the one that was kept has ended meanwhile."""
        while True:
            kept = self._session
            try:
                if kept is None:
                    self._session = connect(self._cell)
                return self._session.execute(query, params).fetchall()  # type: ignore[union-attr]  # there is one by now
            except psycopg.Error as error:
                slow = isinstance(error, errors.QueryCanceled)  # a new session would be slower: this one knows the tables
                if not slow:
                    self.close()
                if slow or kept is None:
                    log.warning("cell_away", cell=self._cell.name, error=type(error).__name__)
                    self._away_until = time.monotonic() + AWAY_SECONDS
                    return None

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


_asked: dict[Cell, _Asked] = {}
_known: dict[UUID, tuple[float, frozenset[UUID], list[Elsewhere], bool]] = {}


def forget() -> None:
    """Ask anew at the next page."""
    _known.clear()
    while _asked:
        _asked.popitem()[1].close()


def _ask(cell: Cell, query: str, params: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    return _asked.setdefault(cell, _Asked(cell)).rows(query, params)


def _led_to() -> list[Cell]:
    """Cells to which a browser may be led."""
    return [cell for cell in settings.CELLS.values() if cell.base_url]


def menu(user: User, provider: str, here: frozenset[UUID]) -> list[Elsewhere]:
    """`seats`, as links that say by which identity provider somebody has signed in, for the other cell may know it too."""
    by = f"&{BY}={quote(provider)}" if provider else ""
    return [one._replace(url=one.url + by) for one in seats(user, here)]


def seats(user: User, here: frozenset[UUID] = frozenset()) -> list[Elsewhere]:
    """The workspaces in other cells that have the person as a member: by the id that came along in a move, or by an address
    that is verified in both. Who has others `here` than before is asked for anew: one may have moved."""
    found = _known.get(user.id)
    if found is not None and found[0] > time.monotonic() and found[1] == here:
        return found[2]
    params = {"user": user.id, "email": user.email if user.email_verified_at else None}
    answers = [(cell, _ask(cell, _SEATS, params)) for cell in _led_to()]
    made = [
        Elsewhere(organization, workspace, f"{cell.base_url}/?{CHOSEN}={workspace_id}")
        for cell, rows in answers
        for organization, workspace, workspace_id in rows or ()
    ]
    if len(_known) >= KNOWN:
        _known.clear()
    is_all = all(rows is not None for _, rows in answers)
    _known[user.id] = time.monotonic() + (KNOWN_SECONDS if is_all else AWAY_SECONDS), here, made, is_all
    return made


def unsure(user: User) -> bool:
    """Whether a cell did not answer when it was asked for the person's `seats` last."""
    found = _known.get(user.id)
    return found is not None and not found[3]


def cell_of_rows(ids: Sequence[UUID]) -> Cell | None:
    """The other cell that has something with one of these ids; None where this one has, or none."""
    params = {"ids": list(ids)}
    if not ids or statements.rows(_by_ids(), params):
        return None
    return next((cell for cell in _led_to() if _ask(cell, _by_ids(), params)), None)


def cell_of_invitation(token: str) -> Cell | None:
    """The other cell that has the invitation, where this one does not."""
    params = {"fingerprint": secrets.fingerprint(token)}
    if statements.rows(_INVITED, params):
        return None
    return next((cell for cell in _led_to() if _ask(cell, _INVITED, params)), None)


def cell_left_to(workspace_id: UUID) -> Cell | None:
    """The cell to which this one's workspace was moved."""
    for (name,) in statements.rows(_LEFT_TO, [workspace_id]):
        cell = settings.CELLS.get(name)
        return cell if cell and cell.base_url else None
    return None


@cache
def _by_ids() -> str:
    """Whatever has an id, among the rows of a workspace that is there."""
    models = {one._meta.db_table: one for one in apps.get_models(include_auto_created=True)}
    named = [each.name for each in tables() if not each.parents and _has_id(models[each.name])]
    first = ("inbox_task", "intents_intent")  # most links
    named.sort(key=lambda name: (name not in first, name))
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT workspace_id FROM {} WHERE id = ANY(%(ids)s::uuid[])").format(sql.Identifier(name)) for name in named
    )
    return f"SELECT 1 FROM ({query.as_string()}) found WHERE {_AWAY} LIMIT 1"


def _has_id(model: Any) -> bool:
    return isinstance(model._meta.pk, UUIDField) and model._meta.pk.column == "id"
