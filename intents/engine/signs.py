"""Signs of life of whoever holds the work of an intent: each call that they make about it is one."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from intents.accounts import stops
from intents.engine.leases import IN_HAND
from intents.kernel import clock, statements

_RENEWED = f"""
lease_expires_at = greatest(d.lease_expires_at, {clock.NOW} + make_interval(secs => d.lease_seconds)),
    begun_at = coalesce(d.begun_at, {clock.NOW}), last_error = NULL, excused = false
"""


def _held(key: str, own: str, name: str) -> str:
    return f"""
{IN_HAND} AND (d.holder_key_id = {key} OR (d.holder_key_id IS NULL AND d.by_server AND d.target = {name}))
  AND NOT {stops.any_does_nothing("d", f"ARRAY[d.target, {own}::text, {name}::text]")}
"""


_RENEW = f"""
UPDATE intents_delivery d SET {_RENEWED}, holder_key_id = %(key)s
WHERE d.intent_id = %(intent)s AND {_held("%(key)s", "%(own)s", "%(name)s")}
RETURNING d.lease_expires_at
"""


def renew(*, intent_id: UUID, key_id: UUID, own: str, name: str) -> datetime | None:
    """The holder gave a sign of life: its lease starts anew and its work counts as begun. Also when its time is over, as
    long as nobody has taken the work back: so it is after a standstill of the server. What the server brought to the agent
    called `name` is held by the key that first speaks as it. The key of an agent `own` that may do nothing renews none.

    Returns when the lease ends now; None when the key holds none.
    """
    params = {"intent": intent_id, "key": key_id, "own": own, "name": name, "now": clock.override()}
    renewed = statements.rows(_RENEW, params)
    return renewed[0][0] if renewed else None


class Sign(NamedTuple):
    """A sign of life of a key about an intent, as `renew` takes it."""

    intent_id: UUID
    key_id: UUID
    own: str
    name: str


_SIGN: statements.Columns = (("intent_id", "uuid"), ("key_id", "uuid"), ("own", "text"), ("name", "text"))


def _renew_many(how: str) -> str:
    return f"""
WITH given AS MATERIALIZED (
    SELECT d.id, v.key_id
    FROM {statements.recordset("signs", "v", _SIGN)} JOIN intents_delivery d ON d.intent_id = v.intent_id
    WHERE {_held("v.key_id", "v.own", "v.name")} ORDER BY d.id FOR UPDATE OF d {how}
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
