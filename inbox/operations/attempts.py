"""Tries to post something to somebody's URL, as those who watch see them."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from inbox.operations.permissions import ensure_may_watch
from intents.kernel import statements
from intents.kernel.actors import ADMINS, Actor
from intents.sending.models import Attempt

_ATTEMPTS = f"""
SELECT {statements.columns(Attempt, "a")} FROM intents_attempt a WHERE a.message_id = ANY(%s) ORDER BY a.message_id, a.number
"""


def of(actor: Actor, messages: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The tries to post messages, by their ids and in their order. What was answered may hold what the receiver would tell
    nobody else: it is for owners and admins. Raises Denied."""
    reads = ensure_may_watch(actor).role in ADMINS
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    for one in statements.objects(Attempt, _ATTEMPTS, [list(messages)]) if messages else ():
        if not reads and one.status is not None:
            one.answer = None
        found[one.message_id].append(one)
    return found
