"""Waiting until something happens to one intent, for requests that answer once it has."""

import asyncio
from asyncio import FIRST_COMPLETED
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from intents.kernel import statements
from intents.streams.hub import Hub, StreamKind

Gone = asyncio.Future[None]
"""Done once the client has left."""


class Watch:
    """What one request waits for. `seq` is the newest event of the intent that it knows."""

    __slots__ = ("came", "intent_id", "seq")

    def __init__(self, intent_id: UUID) -> None:
        self.intent_id = intent_id
        self.seq = 0
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
        self._watches: dict[UUID, set[Watch]] = defaultdict(set)

    def clients(self) -> dict[str, int]:
        return {"polls": sum(map(len, self._watches.values()))}

    @contextmanager
    def watching(self, intent_id: UUID) -> Iterator[Watch]:
        """What happens to the intent from here on is noticed."""
        watch = Watch(intent_id)
        self._watches[intent_id].add(watch)
        try:
            yield watch
        finally:
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
                    if watch.seq < seq:
                        watch.came.set()

    def closing(self) -> None:
        for watch in [one for found in self._watches.values() for one in found]:
            watch.came.set()


def newest(ids: list[UUID]) -> dict[UUID, int]:
    """The `seq` of each intent's newest event, in one query."""
    return dict(statements.rows("SELECT id, seq FROM intents_intent WHERE id = ANY(%s)", [ids]))
