"""From the feed to the endpoints: a message for each event and subscription that asks for it.

One process at a time, under the lock of the cursor's row, makes messages of what follows it and moves it on in the same
transaction: each event is told once, whatever dies in between. Who subscribes waits for that lock, so an event that somebody
may ask for is read, and of all others no more than their types.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from uuid import UUID

from django.db import transaction

from intents.feed import selectors as feed
from intents.feed.selectors import EntryPlace
from intents.kernel import clock, failpoints, statements
from intents.kernel.unit_of_work import unit
from intents.sending import sender
from intents.sending.channels import Feeder
from intents.webhooks import completions, entries, lines, messages, selectors, threads
from intents.webhooks.happenings import names
from intents.webhooks.models import Subscription

BATCH = 500
"""So many entries are told of at a time,"""
SCANNED = 5000
"""and so many looked at."""

_MOVE = "UPDATE intents_fanoutcursor SET seq = %s WHERE id = 1"
WAITING = """
coalesce(
    (SELECT s.last_seq > c.seq FROM intents_feedstate s CROSS JOIN intents_fanoutcursor c WHERE s.id = 1 AND c.id = 1),
    EXISTS (SELECT FROM intents_feedstate)
)
"""


@unit
def fan_out() -> int:
    """Make messages of the next entries of the feed. Returns how many entries those were: none also while another process is
    at it."""
    seq = selectors.cursor()
    if seq is None:
        # Its first time, or another's turn.
        selectors.begin_cursor()
        return 0
    if not selectors.any_told():
        statements.rows(_MOVE, [feed.bounds().last])
        return 0
    ahead = feed.ahead(seq, SCANNED)
    if not ahead:
        return 0
    workspaces = {place.workspace_id for place in ahead}
    rows = selectors.listening(workspaces)
    wanted = _wanted(ahead, rows)[:BATCH]
    last = wanted[-1] if len(wanted) == BATCH else ahead[-1].seq
    found = feed.entries(wanted)
    if completions.begin(found, after_seq=seq):
        rows = selectors.listening(workspaces)
    pairs = entries.wanted(rows, [one for entry in found if (one := entries.of(entry))]) + threads.wanted(rows, found)
    now = clock.now()
    made = messages.enqueue([messages.of(row, one, now=now) for row, one in entries.filled(pairs, found)])
    lines.move_up((row.id, one.intent_id) for row, one in pairs if row.ordered and one.intent_id)
    statements.rows(_MOVE, [last])
    failpoints.hit("fanned_out")
    if made:
        transaction.on_commit(sender.nudge)
    return sum(place.seq <= last for place in ahead)


def _wanted(ahead: Sequence[EntryPlace], rows: Iterable[Subscription]) -> list[int]:
    """The places of what one of the subscriptions may ask for, or an agent that is called, by its type."""
    asks = _asking(rows)
    ends = {place.workspace_id for place in ahead if place.event_type in entries.ENDS}
    called = selectors.with_called(ends)
    return [
        place.seq
        for place in ahead
        if asks(place.workspace_id, place.event_type) or (place.workspace_id in called and place.event_type in entries.ENDS)
    ]


def _asking(rows: Iterable[Subscription]) -> Callable[[UUID, str], bool]:
    """Whether some subscription of a workspace asks for a type of events, or for what threads make of events."""
    by_workspace: dict[UUID, list[Subscription]] = {}
    for row in rows:
        by_workspace.setdefault(row.workspace_id, []).append(row)

    @cache
    def asks(workspace_id: UUID, event_type: str) -> bool:
        return any(_may_ask(row, event_type) for row in by_workspace.get(workspace_id, ()))

    return asks


def _may_ask(row: Subscription, event_type: str) -> bool:
    if row.completions_of_id:
        return event_type in entries.ENDS
    return threads.are_named(row) or names(row.event_types, event_type)


# Endpoints follow the feed as readers do.
FOLLOWED = "EXISTS (SELECT FROM intents_subscription WHERE active AND revoked_at IS NULL)"
FEEDER = Feeder(WAITING, fan_out, followed=FOLLOWED)
