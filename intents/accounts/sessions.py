"""Where Django keeps sessions: a row each, found by a hash of the cookie, so that they can be listed, ended and watched."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

from intents.accounts.models import Session
from intents.kernel import clock, secrets, statements

PROVIDER = "provider"
"""Where a session keeps by which identity provider its person signed in."""
SEEN_SECONDS = 60
"""`seen_at` is written at most this often for each session."""

FOUND = f"""
WITH found AS MATERIALIZED (
    SELECT id, user_id, data, seen_at FROM intents_session WHERE id = %(id)s AND expires_at > {clock.NOW}
), seen AS (
    UPDATE intents_session s SET seen_at = {clock.NOW} FROM found
    WHERE s.id = found.id AND found.seen_at < {clock.NOW} - make_interval(secs => {SEEN_SECONDS})
)
"""
"""SQL that begins a statement that reads the session `id`, which has been used then, from `found`."""
_LOAD = f"{FOUND} SELECT data, seen_at FROM found"

_INSERT = f"""
INSERT INTO intents_session (id, user_id, data, provider, created_at, seen_at, expires_at)
SELECT %(id)s, %(user)s, %(data)s, %(provider)s, t.now, t.now, t.now + make_interval(secs => %(age)s)
FROM (SELECT {clock.NOW} AS now) t
ON CONFLICT DO NOTHING RETURNING id
"""

_UPDATE = f"""
UPDATE intents_session SET user_id = %(user)s, data = %(data)s, provider = %(provider)s, seen_at = {clock.NOW},
    expires_at = {clock.NOW} + make_interval(secs => %(age)s)
WHERE id = %(id)s RETURNING id
"""


def id_of(session_key: str) -> UUID:
    """The row's id of the session whose cookie says `session_key`."""
    return UUID(bytes=secrets.fingerprint(session_key)[:16])


class SessionStore(SessionBase):
    """Django's interface to one session. A session that was ended elsewhere cannot be saved any more. `seen_before` is when
    it was used before it was loaded now; while it `keeps_key`, no new one is made for it."""

    seen_before: datetime | None = None
    keeps_key = False

    @property
    def id(self) -> UUID:
        """The row's id. There must be a session."""
        assert self.session_key
        return id_of(self.session_key)

    def load(self) -> dict[str, Any]:
        found = statements.rows(_LOAD, self.row()) if self.session_key else []
        return self._read(*found[0][:2]) if found else self._nothing()

    @property
    def is_loaded(self) -> bool:
        """Whether its data are known, and nothing is to be read for them."""
        return hasattr(self, "_session_cache")

    def take(self, found: tuple[str, datetime] | None) -> None:
        """Have what another statement read of the session: its data and when it was used before; None for no session."""
        self._session_cache = self._read(*found) if found else self._nothing()

    def _read(self, data: str, seen_before: datetime) -> dict[str, Any]:
        self.seen_before = seen_before
        return self.decode(data)

    def _nothing(self) -> dict[str, Any]:
        self._session_key = None
        return {}

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(id=id_of(session_key)).exists()

    def create(self) -> None:
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # unknown to the stubs
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        row = self.row() | {
            "user": UUID(data[SESSION_KEY]) if SESSION_KEY in data else None,
            "data": self.encode(data),
            "provider": data.get(PROVIDER, ""),
            "age": float(self.get_expiry_age()),
        }
        if not statements.rows(_INSERT if must_create else _UPDATE, row):
            raise CreateError if must_create else UpdateError

    def cycle_key(self) -> None:
        if not self.keeps_key:
            super().cycle_key()

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(id=id_of(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        prune()

    def row(self) -> dict[str, Any]:
        """The parameters of FOUND."""
        return {"id": self.id, "now": clock.override()}


def prune() -> int:
    """Delete sessions that have expired. Returns how many."""
    return Session.objects.filter(expires_at__lte=clock.now()).delete()[0]
