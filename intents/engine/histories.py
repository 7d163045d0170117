"""Histories read on from a place, many at once: the next events of each intent, as much as is sent at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from intents.engine.models import IntentEvent
from intents.engine.selectors import Seen, may_see
from intents.kernel import statements
from intents.kernel.actors import Tenant


@dataclass(slots=True)
class Chunk:
    """The next events of an intent, and whether there may be `more` after them."""

    events: list[IntentEvent] = field(default_factory=list)
    more: bool = False


# The size of a text is known without reading it.
_NEXT = """
SELECT n.*, coalesce(sum(octet_length(n.details)) OVER earlier, 0) AS before FROM (
    SELECT * FROM intents_intentevent WHERE intent_id = c.intent_id AND seq > c.since ORDER BY seq LIMIT %(events)s
) n WINDOW earlier AS (ORDER BY n.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
"""
_FILLED = "e.before + coalesce(octet_length(e.details), 0)"
_CHUNKS = f"""
SELECT {_FILLED}, {statements.columns(IntentEvent, "e")}
FROM unnest({statements.array("ids", "uuid")}, {statements.array("since", "int")}) AS c(intent_id, since)
CROSS JOIN LATERAL ({_NEXT}) e
WHERE e.before < %(size)s
ORDER BY e.intent_id, e.seq
"""


def chunks(cursors: Mapping[UUID, int], *, events: int, size: int) -> dict[UUID, Chunk]:
    """The next events of each intent after its cursor, in order: at most so many, and no further one once their details
    fill `size` bytes. Of intents whose visibility was checked."""
    found: dict[UUID, Chunk] = defaultdict(Chunk)
    params = {"ids": list(cursors), "since": list(cursors.values()), "events": events, "size": size}
    for filled, *row in statements.rows(_CHUNKS, params):
        event = statements.made(IntentEvent, row)
        chunk = found[event.intent_id]
        chunk.events.append(event)
        chunk.more = len(chunk.events) == events or filled >= size
    return found


class ReadFrom(NamedTuple):
    """From where somebody reads an intent's events: after the one with the number `since`."""

    actor: Tenant
    intent_id: UUID
    since: int


# Each intent is looked up by its key: joined, a plan that was made while there were few reads all there are.
_OPENED = f"""
SELECT c.number, i.seq, i.id, i.workspace_id, i.mailbox, i.sender, i.reply_mailbox, i.policy,
       {_FILLED}, {statements.columns(IntentEvent, "e")}
FROM unnest(
    {statements.array("numbers", "int")}, {statements.array("workspaces", "uuid")}, {statements.array("ids", "uuid")},
    {statements.array("since", "bigint")}
) AS c(number, workspace_id, intent_id, since)
CROSS JOIN LATERAL (SELECT * FROM intents_intent WHERE id = c.intent_id OFFSET 0) i
LEFT JOIN LATERAL ({_NEXT}) e ON e.before < %(size)s
WHERE i.workspace_id = c.workspace_id
ORDER BY c.number, e.seq
"""
_SEEN = len(Seen._fields)


def opened(places: Sequence[ReadFrom], *, events: int, size: int) -> list[tuple[int, Chunk] | None]:
    """Of each place the number of its intent's newest event, and the next events, as many as `chunks` gives; None where the
    actor sees no such intent. By one statement."""
    params = {
        "numbers": list(range(len(places))),
        "workspaces": [one.actor.workspace_id for one in places],
        "ids": [one.intent_id for one in places],
        "since": [one.since for one in places],
        "events": events,
        "size": size,
    }
    found: dict[int, tuple[int, Chunk] | None] = {}
    for number, newest, *row in statements.rows(_OPENED, params):
        if number not in found:
            sees = may_see(places[number].actor, Seen(*row[:_SEEN]))
            found[number] = (newest, Chunk()) if sees else None
        filled, *event = row[_SEEN:]
        if (seen := found[number]) is not None and filled is not None:
            chunk = seen[1]
            chunk.events.append(statements.made(IntentEvent, event))
            chunk.more = len(chunk.events) == events or filled >= size
    return [found.get(number) for number in range(len(places))]
