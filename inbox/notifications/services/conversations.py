"""Where members of chats are written to, and what is answered to what they write: rows, like all that is sent."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from inbox.notifications import selectors
from inbox.notifications.models import ChatReply
from intents.kernel import clock, secrets, statements
from intents.kernel.actors import System
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.sending.outbox import Outbox

KEPT_DAYS = 1
"""How long it is on record what was last answered in a conversation, or was to be."""
UNLINKED_DAYS = 1
"""How long it is known where somebody is written to who is linked to nobody."""


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A member and the conversation with them: `service` is the member, as of a ChatAddress."""

    service: str
    service_url: str
    conversation: str
    recipient: str


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """A reply to be sent. `sealed` is its encrypted activity."""

    id: UUID
    attempt: int
    service_url: str
    conversation: str
    sealed: bytes
    address_id: None = None


class ReplyOutbox(Outbox[OutgoingReply]):
    """Who wrote waits for the answer: one that comes after minutes is none."""

    model = ChatReply
    backoff_seconds = (5, 20)
    skipped_as = "it was over"
    wiped = ("sealed",)
    columns = ("service_url", "conversation", "sealed")

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingReply]:
        return (OutgoingReply(*row) for row in rows)


_REMEMBER = f"""
INSERT INTO inbox_chatconversation AS c (id, service, service_url, conversation, recipient, seen_at)
VALUES (%(id)s, %(service)s, %(service_url)s, %(conversation)s, %(recipient)s, {clock.NOW})
ON CONFLICT (service) DO UPDATE SET service_url = excluded.service_url, conversation = excluded.conversation,
    recipient = excluded.recipient, seen_at = excluded.seen_at
"""
_FORGET = "DELETE FROM inbox_chatconversation WHERE service = %s"
_REPLACE = """
DELETE FROM inbox_chatreply WHERE conversation = %s AND (ended_at IS NOT NULL OR state = 'ready' AND attempt = 0)
"""


@unit
def remember(*, actor: System, to: Correspondent) -> None:
    """Write to a member here from now on: `actor` is the chat, which said so."""
    params = asdict(to) | {"id": new_id(), "now": clock.override()}
    statements.rows(_REMEMBER + "RETURNING 1", params)


@unit
def forget(*, actor: System, service: str) -> None:
    """Write to a member no more, who removed the bot."""
    statements.rows(_FORGET + " RETURNING 1", [service])


@unit
def reply(*, actor: System, to: Correspondent, activity: dict[str, Any]) -> ChatReply:
    """Answer in a conversation. What was to be answered there before and is not sent yet is no more, nor is what was sent on
    record: who writes on and on fills nothing."""
    now = clock.now()
    statements.rows(_REPLACE + " RETURNING 1", [to.conversation])
    row = ChatReply(
        service_url=to.service_url,
        conversation=to.conversation,
        sealed=secrets.encrypt(json.dumps(activity)),
        due_at=now,
        created_at=now,
    )
    row.save()
    return row


def prune(*, actor: System) -> None:
    """Forget, as the server, what was answered long ago, and where those are who are linked to nobody."""
    now = clock.now()
    selectors.replies_before(now - timedelta(days=KEPT_DAYS)).delete()
    selectors.unlinked_conversations(now - timedelta(days=UNLINKED_DAYS)).delete()
