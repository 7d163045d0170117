"""What is still to be posted to endpoints."""

from collections.abc import Sequence
from uuid import UUID

from intents.kernel import clock, statements

_SKIP = f"""
UPDATE intents_webhookmessage SET state = 'skipped', answer = %(why)s, ended_at = {clock.NOW}
WHERE id = ANY(ARRAY(
    SELECT id FROM intents_webhookmessage WHERE subscription_id = %(of)s AND state = 'ready' FOR UPDATE SKIP LOCKED
)) AND state = 'ready'
"""


def skip_pending(subscription_id: UUID, *, why: str) -> None:
    """Skip what is still to be posted to a locked endpoint that takes nothing now. Waits for nobody who has messages in
    hand, for they may wait for the endpoint: what they are not done with is skipped when it is due."""
    statements.rows(_SKIP, {"of": subscription_id, "why": why, "now": clock.override()})


_HASTEN = f"""
UPDATE intents_webhookmessage SET due_at = {clock.NOW} WHERE id = ANY(%(ids)s::uuid[]) AND state = 'ready' RETURNING id
"""


def hasten(ids: Sequence[UUID]) -> None:
    """Try messages at once that wait for their next try."""
    if ids:
        statements.rows(_HASTEN, {"ids": list(ids), "now": clock.override()})
