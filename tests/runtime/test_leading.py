"""Of several beats one sends."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import redis
from celery import beat
from pytest_django.fixtures import Settings

from axme_site import leading
from axme_site.celery import Clock
from intents.kernel import redis_urls
from tests.runtime.beats import clock_of
from tests.runtime.test_beat import waiting
from tests.services import free_port


@pytest.fixture
def beats(
    redis_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[tuple[Clock, beat.ScheduleEntry]]]:
    settings.REDIS_URL = redis_url
    monkeypatch.setattr(leading, "SAY_SECONDS", 0.0)
    # Nothing passes to another because the machine stands still for a while.
    monkeypatch.setattr(leading, "SILENT_SECONDS", 600)
    patient = SimpleNamespace(client=lambda url, **_: redis_urls.client(url, socket_timeout=60))
    monkeypatch.setattr(leading, "redis_urls", patient)
    made = [clock_of(redis_url) for _ in range(2)]
    yield made
    for clock, _ in made:
        clock.producer.channel.queue_purge(clock.app.conf.task_default_queue)
        clock.connection.release()
    with redis.Redis.from_url(redis_url) as client:
        client.delete(leading.KEY)


def test_the_other_sends_once_nothing_is_heard_of_the_first(
    beats: list[tuple[Clock, beat.ScheduleEntry]], redis_url: str
) -> None:
    (first, entry), (second, same) = beats
    for _ in range(2):
        first.apply_entry(entry)
        second.apply_entry(same)
    assert (waiting(first), waiting(second)) == (2, 0)
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.pttl(leading.KEY) <= leading.SILENT_SECONDS * 1000
        client.delete(leading.KEY)  # as it does by itself
    second.apply_entry(same)
    first.apply_entry(entry)
    assert (waiting(first), waiting(second)) == (2, 1)


def test_whoever_says_so_keeps_the_place(beats: list[tuple[Clock, beat.ScheduleEntry]], redis_url: str) -> None:
    (first, entry), _ = beats
    first.apply_entry(entry)
    with redis.Redis.from_url(redis_url) as client:
        client.expire(leading.KEY, 300)
        first.apply_entry(entry)
        assert client.ttl(leading.KEY) > 400


def test_who_ends_in_order_leaves_the_place_to_the_other(beats: list[tuple[Clock, beat.ScheduleEntry]]) -> None:
    (first, entry), (second, same) = beats
    first.apply_entry(entry)
    second.close()  # whose place it is not
    second.apply_entry(same)
    assert waiting(second) == 0
    first.close()
    second.apply_entry(same)
    assert (waiting(first), waiting(second)) == (1, 1)


def test_who_cannot_ask_sends(settings: Settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert leading.Lead().mine
    settings.REDIS_URL = ""
    assert leading.Lead().mine
