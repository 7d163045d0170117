"""The event stream of one intent: everything after a cursor, then live, until a terminal event or the time is over."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from intents import selectors, statements
from intents.actors import Tenant
from intents.lifecycle import TERMINAL, Status
from intents.models import IntentEvent
from intents.schemas.shapes import COPIED
from intents.schemas.shown import events as shown_events
from intents.streams.hub import Hub, Kind, Stream
from intents.streams.sse import Response, frame

DATA_BYTES = 48 * 1024
"""The longest data line; details that do not fit are left out and flagged."""
CHUNK = 200
"""Events fetched for one stream at a time."""

log = logging.getLogger(__name__)


class EventStream(Stream):
    """An open stream of one intent's events; `since` is the last `seq` it sent."""

    __slots__ = ("_kind", "intent_id", "since")

    def __init__(
        self, kind: "EventStreams", actor: Tenant, response: Response, *, intent_id: UUID, since: int, wait_seconds: float
    ) -> None:
        super().__init__(actor, response, wait_seconds)
        self._kind = kind
        self.intent_id = intent_id
        self.since = since

    def finish(self) -> None:
        self.response.end(frame("stream.timeout", {"next_seq": self.since}))

    def left(self) -> None:
        self._kind.leave(self)

    def give(self, events: Iterable[tuple[int, bytes, bool]]) -> None:
        """Send these (seq, frame, terminal), but for those it has sent."""
        for seq, data, terminal in events:
            if seq == self.since + 1:
                self.since = seq
                self.response.write(data)
                if terminal:
                    self.response.end()
                    return


class EventStreams(Kind):
    """All open event streams of this process. One task fetches for all of them what hints have pointed at."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._streams: dict[UUID, tuple[EventStream, ...]] = {}
        self._dirty: set[UUID] = set()
        self._fetching: asyncio.Task[None] | None = None
        hub.kinds.append(self)

    def enter(self, stream: EventStream) -> None:
        """A stream opens, and gets what is there already."""
        self._hub.enter(stream)
        self._streams[stream.intent_id] = (*self._streams.get(stream.intent_id, ()), stream)
        self._look_at(stream.intent_id)

    def leave(self, stream: EventStream) -> None:
        """A stream is over."""
        self._hub.leave(stream)
        others = tuple(one for one in self._streams[stream.intent_id] if one is not stream)
        if others:
            self._streams[stream.intent_id] = others
        else:
            del self._streams[stream.intent_id]

    def hinted(self, hint: list[str]) -> None:
        if hint[0] == "intent" and (intent_id := UUID(hint[1])) in self._streams:
            self._look_at(intent_id)

    def _look_at(self, intent_id: UUID) -> None:
        self._dirty.add(intent_id)
        if self._fetching is None:
            self._fetching = asyncio.ensure_future(self._fetch())

    async def look(self) -> None:
        if not self._streams:
            return
        newest = await self._hub.in_thread(_newest, list(self._streams))
        for intent_id, seq in newest.items():
            if any(stream.since < seq for stream in self._streams.get(intent_id, ())):
                self._look_at(intent_id)

    async def _fetch(self) -> None:
        try:
            while self._dirty:
                ids, self._dirty = self._dirty, set()
                cursors = {
                    intent_id: min(stream.since for stream in self._streams[intent_id])
                    for intent_id in ids
                    if intent_id in self._streams
                }
                if not cursors:
                    continue
                found = await self._hub.in_thread(_after, cursors)
                for intent_id, events in found.items():
                    for stream in self._streams.get(intent_id, ()):
                        stream.give(events)
                    if len(events) == CHUNK:
                        self._dirty.add(intent_id)
        except Exception as error:
            # The ticker's look comes back to what was missed here.
            log.warning("events not fetched", extra={"action": "streams.fetch", "error": repr(error)})
        finally:
            self._fetching = None


_AFTER = f"""
SELECT {", ".join(f"e.{field.attname}" for field in IntentEvent._meta.concrete_fields)}
FROM unnest(%s::uuid[], %s::int[]) AS c(intent_id, since)
CROSS JOIN LATERAL (
    SELECT * FROM intents_intentevent WHERE intent_id = c.intent_id AND seq > c.since ORDER BY seq LIMIT {CHUNK}
) e
ORDER BY e.intent_id, e.seq
"""
_FIELDS = [field.attname for field in IntentEvent._meta.concrete_fields]


def _after(cursors: dict[UUID, int]) -> dict[UUID, list[tuple[int, bytes, bool]]]:
    """The next events of each intent after its cursor, at most CHUNK: (seq, frame, terminal)."""
    found: dict[UUID, list[tuple[int, bytes, bool]]] = defaultdict(list)
    rows = statements.rows(_AFTER, [list(cursors), list(cursors.values())])
    events = [IntentEvent.from_db("default", _FIELDS, row) for row in rows]
    for event, shown in zip(events, shown_events(events), strict=True):
        found[event.intent_id].append((event.seq, _framed(shown), Status(event.status) in TERMINAL))
    return found


def _framed(event: dict[str, Any]) -> bytes:
    """`event` as one frame, with those of its details that fit into the longest data line, where they come before the copy
    that stands beside them."""
    whole = frame(event["event_type"], event, seq=event["seq"])
    if len(whole) <= DATA_BYTES:
        return whole
    kept: dict[str, Any] = {}
    fitted = {name: value for name, value in event.items() if name not in COPIED.values()}
    fitted |= {"details": kept, "truncated": True}
    for name, value in event["details"].items():
        kept[name] = value
        if len(frame(event["event_type"], fitted, seq=event["seq"])) > DATA_BYTES:
            del kept[name]
    return frame(event["event_type"], fitted, seq=event["seq"])


def _newest(ids: list[UUID]) -> dict[UUID, int]:
    return dict(statements.rows("SELECT id, seq FROM intents_intent WHERE id = ANY(%s)", [ids]))


def visible(actor: Tenant, intent_id: UUID) -> None:
    """Raises Missing when `actor` may not see the intent."""
    selectors.intent(actor, intent_id)
