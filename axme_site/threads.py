"""A fixed number of threads for blocking work, each with a database connection of its own."""

import asyncio
import time
from collections.abc import Callable, Hashable
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple

from django.db import connections

from axme_site.lines import Lines
from intents.kernel import replica

# After this long without use a connection is asked whether it still lives: the server may have been restarted.
IDLE_SECONDS = 1.0


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    context: Context
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    queued_at: float


class Threads:
    """`count` threads, started with the first job. Of the `longest_queue` places to wait each asker has a share, and jobs
    are taken up from each in turn (`lines.py`). `waited` is told each job's time in the queue, in seconds."""

    def __init__(
        self, count: int, name: str, *, longest_queue: int, waited: Callable[[float], object] = lambda seconds: None
    ) -> None:
        self.count = count
        self._name = name
        self._waited = waited
        self._jobs: Lines[_Job] = Lines(longest_queue)
        self._tokens: SimpleQueue[bool] = SimpleQueue()
        """True for each job, and False for each thread that is to end."""
        self._threads: list[Thread] = []

    def run(self, function: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """`run_for` the process itself."""
        return self.run_for(None, function, *arguments)

    def run_for(self, asker: Hashable, function: Callable[..., Any], *arguments: Any) -> "asyncio.Future[Any]":
        """Call `function(*arguments)` on a thread, in a copy of the caller's context, when it is the turn of whom it is for.
        Called on the loop's thread.

        Cancelling the future gives up the answer, not the call. Raises Busy.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self._jobs.add(asker, _Job(loop, answer, copy_context(), function, arguments, time.monotonic()))
        self._tokens.put(True)
        if not self._threads:
            self._start()
        return answer

    @property
    def queued(self) -> int:
        """Jobs that no thread has taken up yet."""
        return len(self._jobs)

    def stop(self, seconds: float) -> None:
        """Finish what is queued, close the database connections and end; whoever is not done in time is left behind."""
        for _ in self._threads:
            self._tokens.put(False)
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads = []

    def _start(self) -> None:
        # Daemons: a call that hangs must not keep a stopping process alive.
        self._threads = [
            Thread(target=self._work, name=f"{self._name}-{number}", daemon=True) for number in range(self.count)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        used_at = time.monotonic()
        while self._tokens.get():
            job = self._jobs.next()
            now = time.monotonic()
            self._waited(now - job.queued_at)
            if now - used_at > IDLE_SECONDS:
                _close_dead_connections()
            result: Any = None
            failure: BaseException | None = None
            try:
                result = job.context.run(job.function, *job.arguments)
            except BaseException as error:
                failure = error  # the caller's to handle
            used_at = time.monotonic()
            try:
                job.loop.call_soon_threadsafe(_settle, job.answer, result, failure)
            except RuntimeError:
                return  # the loop is closed: nobody waits for this any more
            # Not kept until the next job comes.
            del job, result, failure
        connections.close_all()


def _settle(answer: "asyncio.Future[Any]", result: Any, failure: BaseException | None) -> None:
    if answer.done():  # cancelled: the caller is gone
        return
    if failure is None:
        answer.set_result(result)
    else:
        answer.set_exception(failure)


def _close_dead_connections() -> None:
    for connection in connections.all(initialized_only=True):
        # Who reads the standby finds out by themselves: no other request waits for it.
        if connection.alias != replica.ALIAS and connection.connection is not None and not connection.is_usable():
            connection.close()
