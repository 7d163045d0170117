"""What many requests ask the database for at the same moment, looked up for all of them at once."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from intents.streams.hub import Hub

Q = TypeVar("Q")
A = TypeVar("A")

MOST = 64
"""So many share a look-up at most."""
LATE_SECONDS = 0.5
"""A look-up that takes so long waits for a lock, or its connection hangs: whoever asks then begins another beside it."""


class Shared(Generic[Q, A]):
    """Answers questions by `look_up`, on a thread: one at once, unless that is late, and what is asked meanwhile together
    after that. It gives an answer to each question, or what asking it raises."""

    def __init__(self, hub: Hub, look_up: Callable[[Sequence[Q]], Sequence[A | Exception]]) -> None:
        self._hub = hub
        self._look_up = look_up
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._running: dict[asyncio.Task[None] | None, float] = {}
        """Since when each looks up what it looks up, by the loop's clock."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked or looked up."""
        return not self._running

    async def ask(self, question: Q) -> A:
        """Raises what `look_up` gives for this question, or raises for all."""
        answer: asyncio.Future[A] = self._hub.loop.create_future()
        self._waiting.append((question, answer))
        now = self._hub.loop.time()
        if all(now - since >= LATE_SECONDS for since in self._running.values()):
            self._running[asyncio.ensure_future(self._answer())] = now
        return await answer

    async def _answer(self) -> None:
        me = asyncio.current_task()
        while self._waiting:
            self._running[me] = self._hub.loop.time()
            asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            found: Sequence[A | Exception]
            try:
                found = await self._hub.in_thread(self._look_up, [question for question, _ in asked])
            except Exception as error:
                found = [error] * len(asked)
            for (_, answer), one in zip(asked, found, strict=True):
                if answer.done():  # nobody waits for it any more
                    continue
                if isinstance(one, Exception):
                    answer.set_exception(one)
                else:
                    answer.set_result(one)
        del self._running[me]
