"""A worker hears the wake-up signals of other processes, so that what it carries out need not wait for its next look.

Best effort: without Redis, or while it is away, the worker looks by itself as it always does.
"""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from typing import Any

import structlog
from celery import bootsteps
from celery.worker import WorkController
from django.conf import settings

from intents.kernel import live
from intents.sending import sender

log = structlog.get_logger()

AGAIN_SECONDS = 1.0


class Waking(bootsteps.StartStopStep):  # type: ignore[misc]  # the library is untyped
    """A step of every worker. In a process that runs everything, who commits wakes the worker itself."""

    def __init__(self, worker: WorkController, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, worker: WorkController) -> None:
        if settings.REDIS_URL:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._run, args=(self._loop,), name="waking", daemon=True).start()

    def stop(self, worker: WorkController) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end)

    # A worker that is told to end at once.
    terminate = stop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._listening = loop.create_task(_listen())
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(self._listening)
        loop.close()

    def _end(self) -> None:
        self._listening.cancel()


def heard(signal: Sequence[str]) -> None:
    """Have done in this process what a signal of another is for."""
    if tuple(signal) == live.WORK:
        live.work.set()
    elif tuple(signal) == live.FOLLOWED:
        sender.followed()
    elif live.told_of_events(signal):
        sender.recorded()


async def _listen() -> None:
    told = False
    while True:
        try:
            async for signal in live.subscribe():
                told = False
                heard(signal)
        except Exception as error:
            # Said once: while Redis is away it fails every second.
            if not told:
                log.warning("no_wake_ups", error=type(error).__name__)
            told = True
            await asyncio.sleep(AGAIN_SECONDS)
