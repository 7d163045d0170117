"""The Celery application and what beat sends. Messages are wake-up signals: a lost or doubled one does no harm."""

import os
import time
from functools import cached_property
from typing import Any

import structlog
from celery import Celery, beat
from celery.signals import celeryd_init, setup_logging, task_postrun, worker_init
from celery.worker import consumer
from django.conf import settings
from django.db import close_old_connections
from kombu.messaging import Producer

from axme_site import serve
from axme_site.leading import Lead
from intents.telemetry import extra

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")

log = structlog.get_logger()

SWEEP = "intents.jobs.sweep"
AGAIN_SECONDS = 1.0
"""Before a worker connects anew to a broker that refused what it asked."""
WAITING_MAX = 10
"""Messages that lie unread before beat sends no more: each only says to look, and one look finds everything."""


class App(Celery):
    @cached_property
    def Beat(self) -> Any:
        return self.subclass_with_self("axme_site.beat:Beat")


app = App("axme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["intents", "inbox"], related_name="jobs")
# By their names: they need the models, which are not loaded yet.
app.steps["worker"].update(("axme_site.standby:Standby", "axme_site.waking:Waking"))


@setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Logging is configured by Django's settings; with a receiver here Celery leaves it alone."""


@task_postrun.connect
def drop_broken_connections(**kwargs: Any) -> None:
    """Connections outlive jobs, but not one that a restart of PostgreSQL has broken."""
    close_old_connections()


@celeryd_init.connect
def settle(**kwargs: Any) -> None:
    """A worker that is a process of its own has loaded everything. One in the web's process leaves this to that."""
    serve.settle()


@worker_init.connect
def warn_of_traces(**kwargs: Any) -> None:
    """The workers are who would send them, and they print no system checks."""
    if extra.missing():
        log.warning("traces_not_sent", error="OpenTelemetry is not installed: pip install -r requirements/otel.txt")


class Consumer(consumer.Consumer):
    """One that nothing from the broker ends: neither a Redis that refuses what is asked of it, as one that turned read-only
    does, nor a message that cannot be read. It lets the message go and connects anew.

    Celery's own takes what is no failure of the connection for the end of the worker. A lost message does no harm.
    """

    _away = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel_errors = (Exception,)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        if self._away != type(exc).__name__:
            self._away = type(exc).__name__
            log.warning("broker_failed", error=self._away)
        super().on_connection_error_after_connected(exc)
        time.sleep(AGAIN_SECONDS)


class Clock(beat.Scheduler):
    """A beat that keeps nothing, sends no faster than the workers take, nothing while another beat does, and says once that
    the broker is away.

    A message's own expiry would do the second, but by the worker's clock: one that is wrong would never do anything.
    """

    _away = False

    @cached_property
    def _lead(self) -> Lead:
        return Lead()

    def adjust(self, n: float, drift: float = 0.0) -> float:
        """Celery's own wakes 10 ms early and spins until the time has come, which takes more than all else beat does."""
        return n

    def close(self) -> None:
        self._lead.leave()
        super().close()

    def apply_entry(self, entry: beat.ScheduleEntry, producer: Producer | None = None) -> None:
        producer = producer or self.producer
        if not self._lead.mine:
            return
        try:
            if producer.channel.queue_declare(queue=self.app.conf.task_default_queue).message_count < WAITING_MAX:
                self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # whatever the broker's client raises: the next tick tries again
            if not self._away:
                log.warning("broker_away", error=type(error).__name__)
            self._away = True
        else:
            if self._away:
                log.info("broker_back")
            self._away = False


ROUND_SECONDS = max(1.0, settings.SWEEP_SECONDS)
"""How long a worker that was told to sweep goes on: on its way a message costs far more than a look does."""
SEND_SECONDS = 2.0
BULK_SECONDS = 4.0
"""How long a worker carries out bulks, or removes what is past its time, where that keeps nothing else waiting,"""
BRIEF_SECONDS = 0.5
"""and how long where it does."""
RETAIN_EVERY = 12
"""While something is past its time, a thread is at it for a third of the time: more than a billion intents a month."""
BUSY_THREADS = 2
"""A worker's threads that are always busy, one looking and one sending; with no more than these, none waits for sending."""
LONG_SECONDS = BULK_SECONDS if settings.WORKER_CONCURRENCY > BUSY_THREADS + 1 else BRIEF_SECONDS


def every(seconds: float, task: str, *args: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "args": args}


app.conf.beat_schedule = {
    entry["task"]: entry
    for entry in (
        every(ROUND_SECONDS, SWEEP, ROUND_SECONDS),
        every(SEND_SECONDS, "intents.jobs.send", SEND_SECONDS if settings.WORKER_CONCURRENCY > BUSY_THREADS else 0),
        every(2, "inbox.jobs.carry_out", LONG_SECONDS),
        every(60, "inbox.jobs.alarm"),
        every(60, "intents.jobs.audit"),
        every(60, "intents.jobs.seal"),
        every(3, "intents.jobs.tend"),
        every(60, "intents.jobs.fold"),
        every(RETAIN_EVERY, "intents.jobs.retain", LONG_SECONDS),
        every(3600, "intents.jobs.prune"),
        every(3600, "inbox.jobs.prune"),
        *([every(60, "intents.jobs.trace")] if extra.wanted() and extra.installed() else []),
    )
}
