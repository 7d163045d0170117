"""The feed of a workspace: read from a cursor, waiting for what comes, or followed as a stream."""

import asyncio
import logging
import math
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from intents.feed import cursors, selectors
from intents.feed.filters import Filter, patterns
from intents.feed.selectors import FeedSlice
from intents.feed.services import consumers
from intents.kernel import clock, live
from intents.kernel.actors import Tenant
from intents.kernel.addresses import local_name
from intents.kernel.errors import CursorExpired
from intents.schemas import feed as shapes
from intents.streams.events import fitted
from intents.streams.hub import Hub, Stream, StreamKind
from intents.streams.sse import Response, frame

LIMIT = 100
LIMITS = range(1, 1001)
PAGE_BYTES = 4 * 1024 * 1024
CHUNK = 200
CHUNK_BYTES = 512 * 1024
"""What is fetched for a stream at a time."""

log = logging.getLogger(__name__)


def begin(actor: Tenant, query: Mapping[str, str], resumed: str) -> tuple[Filter, int]:
    """What a request wants of the feed, and from which place on; `resumed` is the last id that a stream's client saw. Raises
    InvalidField, InvalidAddress, Denied, CursorExpired."""
    agent = query.get("agent", "")
    wanted = Filter(
        types=patterns("types", query.get("types", "")),
        agent=local_name(agent, org=actor.org_slug, workspace=actor.workspace_slug) if agent else "",
        intent_types=patterns("intent_type", query.get("intent_type", "")),
    )
    selectors.narrowed(actor)
    after = selectors.place(resumed or query.get("after", ""))
    selectors.ensure_kept(after)
    return wanted, after


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the feed, as JSON has it, and whether anything is in it or more behind it; if not, it may be worth to look
    again after so many seconds."""

    last: int
    answer: dict[str, Any]
    worth: bool
    again_in: float = math.inf


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the feed, by whom: what is `wanted`, at most `limit`, for the group of readers `consumer` or, where
    that is "", for the caller alone."""

    actor: Tenant
    wanted: Filter
    limit: int
    consumer: str = ""
    lease_seconds: int = consumers.USUAL_SECONDS


def read(asked: Asked, after: int) -> FeedPage:
    """The next page: behind `after`, or behind the group's place. Raises Denied, InvalidField, Conflict, CursorExpired."""
    wanted, limit = asked.wanted, asked.limit
    if not asked.consumer:
        return _shown(selectors.page(asked.actor, after=after, wanted=wanted, limit=limit, size=PAGE_BYTES))
    turn = consumers.take(
        actor=asked.actor,
        name=asked.consumer,
        start=after,
        wanted=wanted,
        limit=limit,
        size=PAGE_BYTES,
        lease_seconds=asked.lease_seconds,
    )
    if turn.held_until is None:
        return _shown(turn.page)
    left = (turn.held_until - clock.now()).total_seconds()
    return replace(_shown(turn.page), again_in=max(0.0, left))


def _shown(page: FeedSlice) -> FeedPage:
    answer = {
        "ok": True,
        "events": shapes.events(page.entries),
        "next_cursor": cursors.text(page.last),
        "has_more": page.more,
    }
    return FeedPage(page.last, answer, worth=bool(page.entries) or page.more)


class FeedStream(Stream):
    """An open stream of a workspace's feed, which has been sent all that it wants up to the place `after`."""

    __slots__ = ("_kind", "after", "wanted")

    def __init__(
        self, kind: "Feeds", actor: Tenant, response: Response, *, after: int, wanted: Filter, wait_seconds: float
    ) -> None:
        super().__init__(actor, response, wait_seconds)
        self._kind = kind
        self.after = after
        self.wanted = wanted

    def finish(self) -> None:
        self.response.end(frame("stream.timeout", {"next_cursor": cursors.text(self.after)}))

    def left(self) -> None:
        self._kind.leave(self)

    @property
    def ready(self) -> bool:
        """Whether its client has read what it was sent. If not, this sees to it that the stream is looked after then."""
        if not self.response.sent:
            self.response.on_sent(lambda: self._kind.look_at(self.actor.workspace_id))
        return self.response.sent and not self.response.over


class Feeds(StreamKind):
    """All open streams of feeds in this process, and all that wait for a page. One task fetches for the streams."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._streams: dict[UUID, set[FeedStream]] = defaultdict(set)
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._newest: dict[UUID, int] = {}
        self._dirty: set[UUID] = set()
        self._fetching: asyncio.Task[None] | None = None

    def clients(self) -> dict[str, int]:
        return {"polls": sum(map(len, self._waiting.values()))}

    def enter(self, stream: FeedStream) -> None:
        """A stream opens, and gets what is there already."""
        live.followed()
        self._hub.enter(stream)
        self._streams[stream.actor.workspace_id].add(stream)
        self.look_at(stream.actor.workspace_id)

    def leave(self, stream: FeedStream) -> None:
        """A stream is over."""
        self._hub.leave(stream)
        _discard(self._streams, stream.actor.workspace_id, stream)

    def woken(self, signal: list[str]) -> None:
        if signal[0] == "feed":
            self.look_at(UUID(signal[1]))

    def look_at(self, workspace_id: UUID) -> None:
        """There may be new entries for those who wait for this feed."""
        for waiting in self._waiting.get(workspace_id, ()):
            waiting.set()
        if workspace_id in self._streams:
            self._dirty.add(workspace_id)
            if self._fetching is None:
                self._fetching = asyncio.ensure_future(self._fetch())

    async def look(self) -> None:
        if not (wanted := set(self._streams) | set(self._waiting)):
            return
        live.followed()
        newest = await self._hub.in_thread(selectors.newest, sorted(wanted))
        for workspace_id, seq in newest.items():
            if self._newest.get(workspace_id) != seq:
                self.look_at(workspace_id)
        self._newest = newest

    def closing(self) -> None:
        for waiting in [one for found in self._waiting.values() for one in found]:
            waiting.set()

    async def page(self, *, asked: Asked, after: int, wait_seconds: float, gone: "asyncio.Future[None]") -> FeedPage:
        """The next page; an empty one when nothing came in `wait_seconds`, the client left or the server stops."""
        # Who comes for a page will come for the next.
        live.followed()
        ends_at = self._hub.loop.time() + wait_seconds
        came = asyncio.Event()
        workspace_id = asked.actor.workspace_id
        self._waiting[workspace_id].add(came)
        try:
            while True:
                came.clear()
                found = await self._hub.in_thread(read, asked, after)
                left = ends_at - self._hub.loop.time()
                if found.worth or left <= 0 or gone.done() or self._hub.closing:
                    return found
                after = found.last
                waiter: asyncio.Future[object] = asyncio.ensure_future(came.wait())
                leaving = cast("asyncio.Future[object]", gone)
                await asyncio.wait({waiter, leaving}, timeout=min(left, found.again_in), return_when=FIRST_COMPLETED)
                waiter.cancel()
        finally:
            _discard(self._waiting, workspace_id, came)

    async def _fetch(self) -> None:
        try:
            while self._dirty:
                for stream in [one for found in self._take() for one in found if one.ready]:
                    await self._give(stream)
        except Exception as error:
            # The ticker's look comes back to what was missed here.
            self._newest.clear()
            log.warning("feed not fetched", extra={"action": "streams.feed", "error": repr(error)})
        finally:
            self._fetching = None

    def _take(self) -> list[tuple[FeedStream, ...]]:
        dirty, self._dirty = self._dirty, set()
        return [tuple(self._streams.get(workspace_id, ())) for workspace_id in dirty]

    async def _give(self, stream: FeedStream) -> None:
        """Send a stream what comes next."""
        try:
            last, frames, more = await self._hub.in_thread(_after, stream.actor, stream.after, stream.wanted)
        except CursorExpired as expired:
            stream.response.end(frame("stream.reset", expired.details))
            return
        stream.after = last
        if frames:
            stream.response.write(b"".join(frames))
        if more:
            self._dirty.add(stream.actor.workspace_id)


def _discard(table: dict[UUID, set[Any]], workspace_id: UUID, one: object) -> None:
    table[workspace_id].discard(one)
    if not table[workspace_id]:
        del table[workspace_id]


def _after(actor: Tenant, after: int, wanted: Filter) -> tuple[int, list[bytes], bool]:
    page = selectors.page(actor, after=after, wanted=wanted, limit=CHUNK, size=CHUNK_BYTES)
    return page.last, [fitted(event, event["cursor"]) for event in shapes.events(page.entries)], page.more
