"""A beat on a broker of its own."""

from celery import Celery
from celery.beat import ScheduleEntry

from axme_site.celery import Clock
from tests.services import free_port


def clock_of(broker: str) -> tuple[Clock, ScheduleEntry]:
    """A beat on a broker of its own, and its one entry."""
    own = Celery("test", broker=broker, set_as_current=False)
    own.conf.update(
        task_ignore_result=True,
        task_publish_retry=False,
        task_default_queue=f"test-{free_port()}",
        broker_transport_options={"max_retries": 1},
    )

    @own.task(name="look", shared=False)
    def look() -> None: ...

    own.conf.beat_schedule = {"look": {"task": "look", "schedule": 0.25}}
    clock = Clock(own)
    return clock, clock.schedule["look"]
