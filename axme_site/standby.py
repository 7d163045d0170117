"""What a worker does untold when no messages come: Redis is away, or beat is.

Timers, held decisions, children's ends and leases must not wait for a broker. So in each worker two threads stand by, one
that looks what is due and one for everything else that beat sends; they do nothing while some process looks.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import bootsteps
from celery.worker import WorkController
from django.conf import settings
from django.db import close_old_connections

from axme_site.celery import BRIEF_SECONDS, BULK_SECONDS, SWEEP, app
from intents.dispatch import scheduler

log = structlog.get_logger()

CHECK_SECONDS = 0.25
"""How often it is seen whether anybody is needed: without a query, as long as this process itself looks."""


class Standby(bootsteps.StartStopStep):  # type: ignore[misc]  # the library is untyped
    """A step of every worker, begun before it first asks for a broker."""

    def __init__(self, worker: WorkController, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._stopping = threading.Event()
        self._looker = scheduler.Standby()
        self._due: dict[str, float] = {}
        self._failed: set[str] = set()
        self._threads: list[threading.Thread] = []

    def start(self, worker: WorkController) -> None:
        for name, work in (("standby-look", self._look), ("standby-other", self._others)):
            thread = threading.Thread(target=self._run, args=(name, work), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, worker: WorkController) -> None:
        self._stopping.set()

    # A worker that is told to end at once.
    terminate = stop

    def _run(self, name: str, work: Callable[[], None]) -> None:
        while not self._stopping.wait(CHECK_SECONDS):
            try:
                work()
                self._failed.discard(name)
            except Exception:
                # Said once: while the database is away it fails several times a second.
                if name not in self._failed:
                    log.exception("standby_failed", thread=name)
                self._failed.add(name)
            finally:
                close_old_connections()

    def _look(self) -> None:
        before = self._looker.needed
        self._looker.look()
        if self._looker.needed != before:
            log.info("no_messages" if self._looker.needed else "messages_again")
        if self._looker.needed:
            self._stopping.wait(max(0.0, settings.SWEEP_SECONDS - CHECK_SECONDS))

    def _others(self) -> None:
        if not self._looker.needed:
            self._due.clear()
            return
        now = time.monotonic()
        for name, entry in app.conf.beat_schedule.items():
            if name != SWEEP and now >= self._due.setdefault(name, now + entry["schedule"]):
                self._due[name] = now + entry["schedule"]
                # One thread does them one after the other: none may keep mail and what else is due waiting.
                app.tasks[name](*(BRIEF_SECONDS if one == BULK_SECONDS else one for one in entry["args"]))
