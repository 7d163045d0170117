"""The Celery application and what beat sends. Messages are hints to look now: a lost or doubled one does no harm."""

import os
from typing import Any

import structlog
from celery import Celery, beat
from celery.signals import setup_logging, task_postrun
from django.conf import settings
from django.db import close_old_connections
from kombu.messaging import Producer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")

log = structlog.get_logger()

WAITING_MAX = 10
"""Messages that lie unread before beat sends no more: each only says to look, and one look finds everything."""

app = Celery("axme")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["intents", "inbox"], related_name="jobs")


@setup_logging.connect
def keep_logging(**kwargs: Any) -> None:
    """Logging is configured by Django's settings; with a receiver here Celery leaves it alone."""


@task_postrun.connect
def drop_broken_connections(**kwargs: Any) -> None:
    """Connections outlive jobs, but not one that a restart of PostgreSQL has broken."""
    close_old_connections()


class Clock(beat.Scheduler):
    """A beat that keeps nothing, sends no faster than the workers take, and says once that the broker is away.

    A message's own expiry would do the second, but by the worker's clock: one that is wrong would never do anything.
    """

    _away = False

    def adjust(self, n: float, drift: float = 0.0) -> float:
        """Celery's own wakes 10 ms early and spins until the time has come, which takes more than all else beat does."""
        return n

    def apply_entry(self, entry: beat.ScheduleEntry, producer: Producer | None = None) -> None:
        producer = producer or self.producer
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


def every(seconds: float, task: str, *args: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "args": args}


app.conf.beat_schedule = {
    entry["task"]: entry
    for entry in (
        every(ROUND_SECONDS, "intents.jobs.sweep", ROUND_SECONDS),
        every(2, "inbox.jobs.notify"),
        every(60, "inbox.jobs.alarm"),
        every(3, "intents.jobs.tend"),
        every(3600, "intents.jobs.prune"),
        every(3600, "inbox.jobs.prune"),
    )
}
