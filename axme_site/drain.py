"""Counting what is in flight, so that a stopping process can finish what it began."""

import asyncio


class Cohort:
    """Requests that began in the same phase: before the process was told to stop, or after."""

    __slots__ = ("_count", "_empty", "_entered")

    def __init__(self) -> None:
        self._count = self._entered = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def enter(self) -> None:
        self._count += 1
        self._entered += 1
        self._empty.clear()

    def leave(self) -> None:
        self._count -= 1
        if not self._count:
            self._empty.set()

    @property
    def count(self) -> int:
        return self._count

    async def wait_empty(self, deadline: float) -> bool:
        """Wait until all have left, or until the loop's clock shows `deadline`. False when some have not."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def wait_quiet(self, seconds: float, deadline: float) -> bool:
        """Wait until all have left and for `seconds` nobody has entered, or until the loop's clock shows `deadline`. False
        when that was first."""
        loop = asyncio.get_running_loop()
        while loop.time() < deadline:
            entered = self._entered
            await asyncio.sleep(min(seconds, deadline - loop.time()))
            if not self._count and entered == self._entered:
                return True
        return not self._count


class Gate:
    """Where requests enter. After `close` they still may, as another cohort: balancers take a moment to notice."""

    def __init__(self) -> None:
        self.draining = False
        self.cohort = Cohort()

    def close(self) -> Cohort:
        """Start draining. Returns the requests in flight at this moment."""
        before, self.cohort = self.cohort, Cohort()
        self.draining = True
        return before


gate = Gate()
"""This process's."""
