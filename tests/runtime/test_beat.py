"""What beat sends: wake-up signals that never pile up, depend on nobody's clock, and survive the broker."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, beat
from celery.beat import ScheduleEntry
from kombu.messaging import Producer
from structlog.testing import capture_logs

from axme_site.celery import WAITING_MAX, Clock, app
from tests.services import Guarded, free_port, start_redis


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


def waiting(clock: Clock) -> int:
    queue = clock.app.conf.task_default_queue
    count: int = clock.producer.channel.queue_declare(queue=queue).message_count
    return count


def test_messages_that_nobody_takes_do_not_pile_up(redis_url: str) -> None:
    for broker in ("memory://localhost/", redis_url):
        clock, entry = clock_of(broker)
        for _ in range(3 * WAITING_MAX):
            clock.apply_entry(entry)
        assert waiting(clock) == WAITING_MAX
        clock.producer.channel.queue_purge(clock.app.conf.task_default_queue)
        clock.apply_entry(entry)
        assert waiting(clock) == 1
        clock.connection.release()


def test_a_broker_that_is_away_is_told_once_and_found_again(guarded: Guarded) -> None:
    port = free_port()
    broker = start_redis(guarded, port)
    clock, entry = clock_of(f"redis://127.0.0.1:{port}/0")
    clock.apply_entry(entry)
    assert waiting(clock) == 1
    broker.kill()
    broker.wait()
    with capture_logs() as logs:
        for _ in range(3):
            clock.apply_entry(entry)
        broker = start_redis(guarded, port)
        clock.apply_entry(entry)
    assert [line["event"] for line in logs] == ["broker_away", "broker_back"]
    assert waiting(clock) == 1
    clock.connection.release()
    broker.kill()
    broker.wait()


def test_beat_sleeps_until_something_is_due() -> None:
    clock, _ = clock_of("memory://localhost/")
    ends, ticks = time.monotonic() + 30, 0
    while (sent := waiting(clock)) < 3 and time.monotonic() < ends:
        time.sleep(max(0.0, clock.tick()))
        ticks += 1
    assert sent == 3
    assert ticks < 30
    clock.connection.release()


class Asked(Clock):
    """One that is told to end while it sends, where what the signal raises gets lost."""

    def apply_entry(self, entry: ScheduleEntry, producer: Producer | None = None) -> None:
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, self.before), "sends on after it was told to end"
        with contextlib.suppress(SystemExit):
            os.kill(os.getpid(), signal.SIGTERM)

    before: Any = None


class AskedEarly(Clock):
    """One that is told to end before it is made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        super().__init__(*args, **kwargs)


@pytest.fixture
def signals() -> Iterator[None]:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.usefixtures("signals")
def test_a_signal_that_gets_lost_ends_beat_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Asked, "before", signal.getsignal(signal.SIGTERM))
    own = clock_of("memory://localhost/")[0].app
    own.subclass_with_self(app.Beat)(scheduler_cls=Asked, loglevel="WARN").start_scheduler()


@pytest.mark.usefixtures("signals")
def test_a_signal_ends_beat_that_is_about_to_begin() -> None:
    own = clock_of("memory://localhost/")[0].app
    with pytest.raises(SystemExit):
        own.subclass_with_self(app.Beat)(scheduler_cls=AskedEarly, loglevel="WARN").start_scheduler()


def test_no_entry_expires_by_the_workers_clock() -> None:
    schedule = Clock(app).schedule
    assert schedule
    for name, entry in schedule.items():
        assert "expires" not in entry.options, name
        assert "eta" not in entry.options, name
        assert name == entry.task


def test_every_entry_names_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    assert {entry.task for entry in Clock(app).schedule.values() if isinstance(entry, beat.ScheduleEntry)} <= set(app.tasks)
