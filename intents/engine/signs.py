"""Signs of life of whoever holds the work of an intent: each call that they make about it is one."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from intents.accounts import stops
from intents.engine.leases import IN_HAND
from intents.kernel import clock, statements
from intents.kernel.actors import Machine

_RENEWED = f"""
lease_expires_at = greatest(d.lease_expires_at, {clock.NOW} + make_interval(secs => d.lease_seconds)),
    begun_at = coalesce(d.begun_at, {clock.NOW}), last_error = NULL, excused = false
"""


def _held(workspace: str, key: str, own: str, name: str) -> str:
    return f"""
{IN_HAND} AND d.workspace_id = {workspace}
  AND (d.holder_key_id = {key} OR (d.holder_key_id IS NULL AND d.by_server AND d.target = {name}))
  AND NOT {stops.any_does_nothing("d", f"ARRAY[d.target, {own}::text, {name}::text]")}
"""


class Sign(NamedTuple):
    """A sign of life about an intent, by a key of the agent `own` of a workspace that speaks as `name`."""

    workspace_id: UUID
    intent_id: UUID
    key_id: UUID
    own: str
    name: str

    @classmethod
    def by(cls, actor: Machine, intent_id: UUID) -> "Sign":
        return cls(actor.workspace_id, intent_id, actor.credential_id, actor.name, actor.speaks_as)


_RENEW = f"""
UPDATE intents_delivery d SET {_RENEWED}, holder_key_id = %(key_id)s
WHERE d.intent_id = %(intent_id)s AND {_held("%(workspace_id)s", "%(key_id)s", "%(own)s", "%(name)s")}
RETURNING d.lease_expires_at
"""


def renew(sign: Sign) -> datetime | None:
    """The holder gave a sign of life: its lease starts anew and its work counts as begun. Also when its time is over, as
    long as nobody has taken the work back: so it is after a standstill of the server. What the server brought to an agent is
    held by the key of its workspace that first speaks as it. The key of an agent that may do nothing renews none.

    Returns when the lease ends now; None when the key holds none.
    """
    renewed = statements.rows(_RENEW, sign._asdict() | {"now": clock.override()})
    return renewed[0][0] if renewed else None


_SIGN: statements.Columns = (
    ("workspace_id", "uuid"),
    ("intent_id", "uuid"),
    ("key_id", "uuid"),
    ("own", "text"),
    ("name", "text"),
)


def _renew_many(how: str) -> str:
    return f"""
WITH given AS MATERIALIZED (
    SELECT d.id, v.key_id
    FROM {statements.few("signs", "v", _SIGN)} JOIN intents_delivery d ON d.intent_id = v.intent_id
    WHERE {_held("v.workspace_id", "v.key_id", "v.own", "v.name")} ORDER BY d.id FOR UPDATE OF d {how}
)
UPDATE intents_delivery d SET {_RENEWED}, holder_key_id = given.key_id FROM given WHERE d.id = given.id
RETURNING d.intent_id, d.lease_expires_at
"""


_RENEW_MANY, _RENEW_FREE = _renew_many(""), _renew_many("SKIP LOCKED")


def renew_many(signs: Sequence[Sign], *, free: bool = False) -> dict[UUID, datetime]:
    """`renew` for many intents, in the order of the rows' ids: when the leases end now, by intent. With `free` those are
    left out that somebody else is about to change."""
    if not signs:
        return {}
    query = _RENEW_FREE if free else _RENEW_MANY
    return dict(statements.rows(query, {"signs": statements.records(signs, _SIGN), "now": clock.override()}))
