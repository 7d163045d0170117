"""Messages of JSON-RPC that a process answers: streams keep a thread, and a stopping process lets them end."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.conf import settings

from intents.kernel.errors import Unavailable
from intents.streams.hub import Hub, StreamKind

R = TypeVar("R")

LONGEST_QUEUE = 1000
"""So many may wait for a thread before new requests are refused: some seconds' work, and far from filling the memory."""


class Calls(StreamKind):
    """All of this process. Tools take locks, for which one may wait two seconds: so they never have all threads at once."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._turn = asyncio.Semaphore(max(1, settings.EDGE_THREADS - 1))
        self._queued = self._count = 0
        self._none = asyncio.Event()
        self._none.set()
        self._over = False

    def admit(self) -> None:
        """Before a request is read. Raises Unavailable."""
        if self._queued >= LONGEST_QUEUE:
            raise Unavailable("this server has more to do than it can; send it again in a moment")

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """A request is answered: a stopping process waits for that."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def in_thread(self, work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run blocking `work` on a thread of the edge, under the ids of the request. Raises Unavailable once the process
        has stopped."""
        context = contextvars.copy_context()
        self._queued += 1
        try:
            async with self._turn:
                if self._over:
                    raise Unavailable("this server is stopping; send it again")
                return await self._hub.in_thread(context.run, work, *args, **kwargs)
        finally:
            self._queued -= 1

    async def settle(self) -> None:
        try:
            await self._none.wait()
        finally:
            self._over = True
