"""What happens to intents as inboxes see it: events of their threads.

They are the events of intents once more, under ids of their own. So nothing is stored for them, the feed does not have them,
and they are told only to endpoints that name them: `*` has each event once.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from intents.engine.lifecycle import TERMINAL, EventType
from intents.engine.models import IntentEvent
from intents.feed.selectors import PlacedEvent
from intents.kernel import canonical
from intents.webhooks import selectors
from intents.webhooks.happenings import ALL, Happening, is_of, names
from intents.webhooks.models import Subscription

FAMILY = "inbox."
CREATED, UPDATED, REPLY = "inbox.thread_created", "inbox.thread_updated", "inbox.reply_received"


def wanted(rows: Iterable[Subscription], found: Sequence[PlacedEvent]) -> list[tuple[Subscription, Happening]]:
    """Who asks for what of the threads that entries of the feed are about."""
    asking: dict[UUID, list[Subscription]] = {}
    for row in rows:
        if are_named(row):
            asking.setdefault(row.workspace_id, []).append(row)
    concerned = [entry for entry in found if entry.event is not None and entry.workspace_id in asking]
    viewers = selectors.viewers({entry.event.intent_id for entry in concerned if entry.event}) if concerned else {}
    happenings = [one for entry in concerned if (one := _of(entry, viewers))]
    return [(row, one) for one in happenings for row in asking[one.workspace_id] if _wants(row, one)]


def are_named(row: Subscription) -> bool:
    """Whether a subscription asks for anything of threads."""
    return any(one.startswith(FAMILY) for one in row.event_types)


def _wants(row: Subscription, one: Happening) -> bool:
    return is_of(row, one) and names((pattern for pattern in row.event_types if pattern != ALL), one.event_type)


def _of(entry: PlacedEvent, viewers: dict[UUID, set[str]]) -> Happening | None:
    """An event of an intent as one of its thread, which shows for whom it is for, those it was delegated by and to, and once
    it is over for who wanted the completion."""
    event, about = entry.event, entry.about
    if event is None or about is None:
        return None
    shows = {about.mailbox} | viewers.get(event.intent_id, set())
    if about.reply_mailbox and event.status in TERMINAL:
        shows.add(about.reply_mailbox)
    kind = _kind(event)
    thread = {"thread_id": str(event.intent_id)}
    return Happening(
        event_id=uuid5(entry.event_id, kind),
        workspace_id=entry.workspace_id,
        event_type=kind,
        at=entry.at,
        concerned=frozenset(shows),
        intent_id=event.intent_id,
        intent_type=about.intent_type,
        thin=thread | {"intent_id": str(event.intent_id), "seq": event.seq, "status": event.status},
        full=thread,
        seq=entry.seq,
        told_of=entry.event_id,
    )


def _kind(event: IntentEvent) -> str:
    if event.event_type == EventType.CREATED:
        return CREATED
    if event.event_type != EventType.COMMENT or event.details is None:
        return UPDATED
    # Of what is noted as a comment, a reply is nothing but its message.
    return REPLY if set(canonical.loads(event.details)) == {"message"} else UPDATED
