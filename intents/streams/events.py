"""The event stream of one intent: everything after a cursor, then live, until a terminal event or the time is over."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import InterfaceError, OperationalError

from intents.engine import histories, selectors
from intents.engine.histories import Chunk, ReadFrom
from intents.engine.lifecycle import TERMINAL, Status
from intents.kernel.actors import Tenant
from intents.schemas.shapes import COPIED
from intents.schemas.shown import events as shown_events
from intents.streams.changes import newest
from intents.streams.hub import Hub, Stream, StreamKind
from intents.streams.shared import Shared
from intents.streams.sse import Response, frame

DATA_BYTES = 48 * 1024
"""The longest data line; details that do not fit are left out and flagged."""
CHUNK = 200
CHUNK_BYTES = 512 * 1024
"""What is fetched of one intent at a time: so many events at most, and no further one once their details fill so much."""

log = logging.getLogger(__name__)


class Frames(NamedTuple):
    """Events of an intent as (seq, frame, terminal), and whether there may be more after them."""

    events: Sequence[tuple[int, bytes, bool]] = ()
    more: bool = False


NOTHING = Frames()


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

    @property
    def ready(self) -> bool:
        """Whether its client has read what it was sent. If not, this sees to it that the stream is looked after then."""
        if not self.response.sent:
            self.response.on_sent(lambda: self._kind.look_at(self.intent_id))
        return self.response.sent

    def give(self, events: Iterable[tuple[int, bytes, bool]]) -> None:
        """Send these (seq, frame, terminal), but for those it has sent; nothing to a client that is still reading."""
        if not self.ready:
            return
        for seq, data, terminal in events:
            if seq == self.since + 1:
                self.since = seq
                self.response.write(data)
                if terminal:
                    self.response.end()
                    return


class EventStreams(StreamKind):
    """All open event streams of this process. One task fetches for all of them what signals have pointed at."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._streams: dict[UUID, tuple[EventStream, ...]] = {}
        self._dirty: set[UUID] = set()
        self._fetching: asyncio.Task[None] | None = None
        self._openings = Shared(hub, _opened)
        self._opening: list[UUID] = []
        self._missed: set[UUID] = set()

    @contextmanager
    def opening(self, intent_id: UUID) -> Iterator[None]:
        """What is read inside, before the stream enters, is whole: it is told of what comes meanwhile."""
        self._opening.append(intent_id)
        if not self._hub.listening:
            self._missed.add(intent_id)  # what comes before signals are heard
        try:
            yield
        finally:
            self._opening.remove(intent_id)
            if intent_id not in self._opening:
                self._missed.discard(intent_id)

    async def opened(self, opening: "Opening") -> "Opened":
        """What a stream begins with. Those that open at the same moment share what that takes. Raises domain errors."""
        return await self._openings.ask(opening)

    def enter(self, stream: EventStream, first: Frames | None) -> None:
        """A stream opens with what is there already: `first`, as it was read inside `opening`, or what is looked for now."""
        self._hub.enter(stream)
        self._streams[stream.intent_id] = (*self._streams.get(stream.intent_id, ()), stream)
        if first is not None:
            stream.give(first.events)
        if first is None or first.more or stream.intent_id in self._missed or not self._hub.listening:
            self.look_at(stream.intent_id)

    def leave(self, stream: EventStream) -> None:
        """A stream is over."""
        self._hub.leave(stream)
        others = tuple(one for one in self._streams[stream.intent_id] if one is not stream)
        if others:
            self._streams[stream.intent_id] = others
        else:
            del self._streams[stream.intent_id]

    def woken(self, signal: list[str]) -> None:
        if signal[0] != "intent":
            return
        intent_id = UUID(signal[1])
        if intent_id in self._opening:
            self._missed.add(intent_id)
        if intent_id in self._streams:
            self.look_at(intent_id)

    def look_at(self, intent_id: UUID) -> None:
        """There may be new events of this intent for those of its streams that are ready."""
        self._dirty.add(intent_id)
        if self._fetching is None:
            self._fetching = asyncio.ensure_future(self._fetch())

    async def look(self) -> None:
        if not self._streams:
            return
        for intent_id, seq in (await self._hub.in_thread(newest, list(self._streams))).items():
            if any(stream.since < seq for stream in self._streams.get(intent_id, ())):
                self.look_at(intent_id)

    async def _fetch(self) -> None:
        try:
            while self._dirty:
                ids, self._dirty = self._dirty, set()
                cursors = {
                    intent_id: min(ready)
                    for intent_id in ids
                    if (ready := [stream.since for stream in self._streams.get(intent_id, ()) if stream.ready])
                }
                if not cursors:
                    continue
                for intent_id, (events, more) in (await self._hub.in_thread(_after, cursors)).items():
                    for stream in self._streams.get(intent_id, ()):
                        stream.give(events)
                    if more:
                        self._dirty.add(intent_id)
        except Exception as error:
            # The ticker's look comes back to what was missed here.
            log.warning("events not fetched", extra={"action": "streams.fetch", "error": repr(error)})
        finally:
            self._fetching = None


def _after(cursors: dict[UUID, int]) -> dict[UUID, Frames]:
    """The next events of each intent after its cursor."""
    found = histories.chunks(cursors, events=CHUNK, size=CHUNK_BYTES)
    return dict(zip(found, _frames(list(found.values())), strict=True))


def _frames(chunks: Sequence[Chunk]) -> list[Frames]:
    """Each chunk as it is sent."""
    shown = iter(shown_events(event for chunk in chunks for event in chunk.events))
    made = []
    for chunk in chunks:
        events = zip(chunk.events, islice(shown, len(chunk.events)), strict=True)
        framed = [(one.seq, fitted(event, event["seq"]), Status(one.status) in TERMINAL) for one, event in events]
        made.append(Frames(framed, chunk.more))
    return made


def fitted(event: dict[str, Any], resume: int | str) -> bytes:
    """`event` as one frame with the id `resume`, with those of its details that fit into the longest data line, where they
    come before the copy that stands beside them."""
    whole = frame(event["event_type"], event, seq=resume)
    if len(whole) <= DATA_BYTES:
        return whole
    kept: dict[str, Any] = {}
    cut = {name: value for name, value in event.items() if name not in COPIED.values()}
    cut |= {"details": kept, "truncated": True}
    for name, value in event["details"].items():
        kept[name] = value
        if len(frame(event["event_type"], cut, seq=resume)) > DATA_BYTES:
            del kept[name]
    return frame(event["event_type"], cut, seq=resume)


class Opening(NamedTuple):
    """Who opens a stream, told by a call that may block and raise domain errors; of which intent; after which event."""

    allow: Callable[[], Tenant]
    intent_id: UUID
    since: int


class Opened(NamedTuple):
    """The `newest` event's number, and the events after `since`: None where that is none of the intent's events yet."""

    actor: Tenant
    newest: int
    first: Frames | None


def _opened(openings: Sequence[Opening]) -> list[Opened | Exception]:
    """By two statements at most, however many. Missing for who may not see the intent."""
    allowed = [_allowed(one) for one in openings]
    places = [
        ReadFrom(actor, one.intent_id, one.since)
        for one, actor in zip(openings, allowed, strict=True)
        if not isinstance(actor, Exception)
    ]
    found = iter(histories.opened(places, events=CHUNK, size=CHUNK_BYTES)) if places else iter(())
    answers: list[Opened | Exception] = []
    seen = [actor if isinstance(actor, Exception) else next(found) for actor in allowed]
    frames = iter(_frames([one[1] for one in seen if isinstance(one, tuple)]))
    for opening, actor, one in zip(openings, allowed, seen, strict=True):
        if isinstance(actor, Exception):
            answers.append(actor)
        elif not isinstance(one, tuple):
            answers.append(selectors.missing(opening.intent_id))
        else:
            newest, first = one[0], next(frames)
            answers.append(Opened(actor, newest, first if opening.since <= newest + 1 else None))
    return answers


def _allowed(opening: Opening) -> Tenant | Exception:
    try:
        return opening.allow()
    except (OperationalError, InterfaceError):
        raise  # the database is away for all
    except Exception as error:  # of this one, whatever is wrong with it
        return error
