"""A Celery worker and beat in threads of this process, for running everything in one."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import structlog
from celery import beat
from celery.worker import WorkController
from celery.worker import state as worker_state
from django.conf import settings

from axme_site.celery import Clock, app

log = structlog.get_logger()

RESTART_SECONDS = 1.0
STOP_SECONDS = 10.0
"""Longer than the worker waits for the messages that it is sending."""


class _Loop:
    """Runs `run` in a thread, again when it fails, until `stop`, which calls `end` to make it return."""

    def __init__(self, name: str, run: Callable[[], None], end: Callable[[], None]) -> None:
        self._run = run
        self._end = end
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._end()
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._run()
            except Exception:
                log.exception("background_failed", thread=self._thread.name)
            self._stopping.wait(RESTART_SECONDS)


def _run_worker() -> None:
    WorkController(
        app=app,
        pool_cls="threads",
        concurrency=settings.WORKER_CONCURRENCY,
        # Nobody else listens for them: instances tell of themselves in the database.
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    ).start()


def _end_worker() -> None:
    # What Celery's own signal handlers do. `WorkController.stop` is lost on a worker that has not fully started yet.
    worker_state.should_stop = 0


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Worker and beat run inside the block; on leaving it running jobs are finished first."""
    clock = beat.Service(app, scheduler_cls=Clock)
    loops = [_Loop("worker", _run_worker, _end_worker), _Loop("beat", clock.start, clock.stop)]
    try:
        yield
    finally:
        # The worker first: it sleeps up to 2 s between messages, and beat's wake it.
        for loop in loops:
            loop.stop()
