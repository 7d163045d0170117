"""What beat sends: wake-up signals that never pile up, depend on nobody's clock, and survive the broker."""

import subprocess
import sys
import time

import pytest
import structlog
from celery import beat
from structlog.testing import capture_logs

from axme_site.celery import WAITING_MAX, Clock, app
from tests.runtime.beats import clock_of
from tests.services import Guarded, free_port, start_redis


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


def test_a_broker_that_is_away_is_told_once_and_found_again(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    # A logger keeps what it was set up with when it first said something, in whichever test that was.
    monkeypatch.setattr("axme_site.celery.log", structlog.get_logger())
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


@pytest.mark.parametrize("when", ["sending", "early"])
def test_a_signal_ends_beat_whenever_it_comes(when: str) -> None:
    """In a program of its own, for a signal that is not taken ends the program."""
    done = subprocess.run([sys.executable, "-m", "tests.runtime.ending", when], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ended in order\n")


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
