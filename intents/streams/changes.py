"""Waiting until something happens to an intent, or to one of several, for requests that tell it once it has."""

import asyncio
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from intents.kernel import statements
from intents.streams.hub import Hub, StreamKind

Gone = asyncio.Future[None]
"""Done once the client has left."""


class Watch:
    """What one request waits for. `known` is the `seq` of the newest event that it knows of each intent."""

    __slots__ = ("came", "known")

    def __init__(self, ids: Iterable[UUID]) -> None:
        self.known = dict.fromkeys(ids, 0)
        self.came = asyncio.Event()

    async def wait(self, seconds: float, gone: Gone) -> bool:
        """Until there is news since the last wait, the client has left, the server stops, or `seconds` are over. Returns
        whether there may be news."""
        waiter: asyncio.Future[object] = asyncio.ensure_future(self.came.wait())
        await asyncio.wait({waiter, cast("asyncio.Future[object]", gone)}, timeout=seconds, return_when=FIRST_COMPLETED)
        waiter.cancel()
        came = self.came.is_set()
        self.came.clear()
        return came


class Changes(StreamKind):
    """All waiting requests of this process."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._all: set[Watch] = set()
        self._watches: dict[UUID, set[Watch]] = defaultdict(set)

    def clients(self) -> dict[str, int]:
        return {"polls": len(self._all)}

    @contextmanager
    def watching(self, *ids: UUID) -> Iterator[Watch]:
        """What happens to the intents from here on is noticed."""
        watch = Watch(ids)
        self._all.add(watch)
        for intent_id in watch.known:
            self._watches[intent_id].add(watch)
        try:
            yield watch
        finally:
            self._all.discard(watch)
            for intent_id in watch.known:
                self._watches[intent_id].discard(watch)
                if not self._watches[intent_id]:
                    del self._watches[intent_id]

    def woken(self, signal: list[str]) -> None:
        if signal[0] == "intent":
            for watch in self._watches.get(UUID(signal[1]), ()):
                watch.came.set()

    async def look(self) -> None:
        if self._watches:
            for intent_id, seq in (await self._hub.in_thread(newest, list(self._watches))).items():
                for watch in self._watches.get(intent_id, ()):
                    if watch.known[intent_id] < seq:
                        watch.came.set()

    def closing(self) -> None:
        for watch in self._all:
            watch.came.set()


def newest(ids: list[UUID]) -> dict[UUID, int]:
    """The `seq` of each intent's newest event, in one query."""
    return dict(statements.rows("SELECT id, seq FROM intents_intent WHERE id = ANY(%s)", [ids]))
