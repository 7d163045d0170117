"""What those who repair do about messages that could not be sent."""

from collections.abc import Sequence
from uuid import UUID

from inbox.operations.messages import MOST_AT_ONCE
from inbox.operations.permissions import ensure_may_repair
from intents.accounts import audit
from intents.accounts.services import rights
from intents.kernel import statements
from intents.kernel.actors import Actor
from intents.kernel.errors import InvalidField
from intents.kernel.unit_of_work import unit
from intents.sending import channels

_THEIRS = "SELECT channel, id FROM inbox_message WHERE workspace_id = %s AND id = ANY(%s)"


@unit
def send_again(*, actor: Actor, ids: Sequence[UUID]) -> list[UUID]:
    """Let messages of the actor's workspace that failed be tried once more, at once: as the same message, without what was
    decided or read meanwhile. Returns which those are; the others did not fail, or are of nobody here.

    Raises Denied, InvalidField for too many.
    """
    person = ensure_may_repair(actor)
    rights.repairs(actor=person)
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise InvalidField("ids", f"1 to {MOST_AT_ONCE} ids", limit=MOST_AT_ONCE)
    theirs = statements.rows(_THEIRS, [person.workspace_id, list(ids)])
    sent: list[UUID] = []
    for name in sorted({channel for channel, _ in theirs}):
        outbox = next((one.outbox for one in channels.registered() if one.name == name), None)
        sent += outbox.send_again([one for channel, one in theirs if channel == name]) if outbox else []
    if sent:
        noted = {"message_ids": [str(one) for one in sent[:20]], "count": len(sent)}
        audit.note(workspace_id=person.workspace_id, actor=actor, action="message.send_again", subject="messages", **noted)
    return sent
