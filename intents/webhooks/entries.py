"""Entries of the feed as endpoints are told of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from intents.engine.lifecycle import EVENT_OF, TERMINAL
from intents.engine.models import IntentEvent
from intents.feed.models import WorkspaceEvent
from intents.feed.selectors import PlacedEvent
from intents.kernel import canonical
from intents.kernel.clock import rfc3339
from intents.webhooks.happenings import Happening, wants
from intents.webhooks.models import PayloadKind, Subscription

ENDS = frozenset(EVENT_OF[status] for status in TERMINAL)

"""The types of what ends an intent."""

Show = Callable[[Sequence[IntentEvent]], Sequence[dict[str, Any]]]
"""All that is told of events of intents."""
_shows: list[Show] = []


def register(show: Show) -> None:
    """Have events of intents told by `show`."""
    _shows[:] = [show]


def of(entry: PlacedEvent) -> Happening | None:
    """An entry of the feed, without all that is told of an intent's; None when its event was removed."""
    about = entry.about
    names = (about.sender, about.mailbox, about.reply_mailbox) if about else ()
    concerned = frozenset(name for name in names if name)
    if entry.published is not None:
        one = of_published(entry.published)
        kind = about.intent_type if about else ""
        return replace(one, seq=entry.seq, concerned=one.concerned | concerned, intent_type=kind)
    if entry.event is None or about is None:
        return None
    event = entry.event
    return Happening(
        event_id=entry.event_id,
        workspace_id=entry.workspace_id,
        event_type=entry.event_type,
        at=entry.at,
        concerned=concerned,
        intent_id=event.intent_id,
        intent_type=about.intent_type,
        thin={"intent_id": str(event.intent_id), "seq": event.seq, "status": event.status},
        seq=entry.seq,
        told_of=entry.event_id,
        ends_for=about.reply_mailbox if ends(entry) else None,
    )


def ends(entry: PlacedEvent) -> bool:
    """Whether an entry is the end of an intent."""
    return entry.event_type in ENDS


def of_published(event: WorkspaceEvent) -> Happening:
    """An event that is no intent's."""
    thin = {"subject": event.subject} | ({"intent_id": str(event.intent_id)} if event.intent_id else {})
    told = {"source": event.source, "actor": event.actor, "at": rfc3339(event.at), "details": canonical.loads(event.details)}
    return Happening(
        event_id=event.id,
        workspace_id=event.workspace_id,
        event_type=event.event_type,
        at=event.at,
        concerned=frozenset({event.subject}),
        intent_id=event.intent_id,
        thin=thin,
        full=thin | told,
    )


def wanted(rows: Iterable[Subscription], happenings: Iterable[Happening]) -> list[tuple[Subscription, Happening]]:
    """Who asks for what."""
    by_workspace: dict[UUID, list[Subscription]] = {}
    for row in rows:
        by_workspace.setdefault(row.workspace_id, []).append(row)
    return [(row, one) for one in happenings for row in by_workspace.get(one.workspace_id, ()) if wants(row, one)]


def filled(
    pairs: Sequence[tuple[Subscription, Happening]], entries: Iterable[PlacedEvent]
) -> list[tuple[Subscription, Happening]]:
    """`pairs`, of `entries`, with all that is told of events of intents where a subscription asks for that."""
    asked = {one.told_of for row, one in pairs if row.payload == PayloadKind.FULL}
    events = [entry.event for entry in entries if entry.event is not None and entry.event_id in asked]
    told = dict(zip([event.id for event in events], _shows[0](events), strict=True)) if events else {}
    return [(row, _whole(one, told)) for row, one in pairs]


def _whole(one: Happening, told: Mapping[UUID, Mapping[str, Any]]) -> Happening:
    event = told.get(one.told_of) if one.told_of else None
    return replace(one, full={**event, **one.full}) if event else one
