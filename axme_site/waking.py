"""A worker hears the wake-up signals of other processes, so that what it carries out need not wait for its next look.

It also begins at once to keep the numbers that somebody has searched by for the first time.

Best effort: without Redis, or while it is away, the worker looks by itself as it always does.
"""

import threading
from collections.abc import Sequence
from typing import Any

import structlog
from celery import bootsteps
from celery.worker import WorkController
from django.conf import settings
from django.db import connection

from inbox.operations import numbers
from intents.kernel import live
from intents.kernel.wires import Ear
from intents.sending import sender

log = structlog.get_logger()

AGAIN_SECONDS = 1.0
KEEPING_SECONDS = 4.0
"""So long it keeps numbers at a time,"""
REST_SECONDS = 0.25
"""and so long it rests, whoever searches by what."""


class Waking(bootsteps.StartStopStep):  # type: ignore[misc]  # the library is untyped
    """A step of every worker. In a process that runs everything, who commits wakes the worker itself."""

    def __init__(self, worker: WorkController, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._ended = threading.Event()
        self._ear: Ear | None = None

    def start(self, worker: WorkController) -> None:
        threading.Thread(target=self._keep, name="keeping", daemon=True).start()
        if settings.REDIS_URL:
            threading.Thread(target=self._listen, name="waking", daemon=True).start()

    def stop(self, worker: WorkController) -> None:
        self._ended.set()
        live.asked.set()
        if self._ear is not None:
            self._ear.close()

    # A worker that is told to end at once.
    terminate = stop

    def _keep(self) -> None:
        while live.asked.wait() and not self._ended.is_set():
            live.asked.clear()
            try:
                numbers.begin(KEEPING_SECONDS)
            except Exception as error:  # a job of beat's keeps them, too
                log.warning("numbers_not_kept", error=type(error).__name__)
            finally:
                connection.close()
            self._ended.wait(REST_SECONDS)

    def _listen(self) -> None:
        told = False
        while not self._ended.is_set():
            self._ear = Ear(settings.REDIS_URL)
            try:
                for signal in self._ear.signals():
                    told = False
                    heard(signal)
            except Exception as error:
                # Said once: while Redis is away it fails every second.
                if not told:
                    log.warning("no_wake_ups", error=type(error).__name__)
                told = True
                self._ended.wait(AGAIN_SECONDS)


def heard(signal: Sequence[str]) -> None:
    """Have done in this process what a signal of another is for."""
    if tuple(signal) == live.WORK:
        live.work.set()
    elif tuple(signal) == live.ASKED:
        live.asked.set()
    elif tuple(signal) == live.FOLLOWED:
        sender.followed()
    elif live.told_of_events(signal):
        sender.recorded()
