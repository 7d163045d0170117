"""Redis led by Sentinels: all that talks to it finds the server that leads, also after another does."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

import pytest
import redis
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from kombu.simple import SimpleQueue
from pytest_django.fixtures import Settings

from axme_site import env, health
from intents.kernel import ratelimit, redis_urls, wires
from tests.load.sentinels import Watched
from tests.services import Guarded

SECONDS = 30


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    guarded = Guarded()
    watched = Watched(guarded)
    watched.start()
    yield watched
    watched.stop()
    guarded.end()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sentinel://one:26379,two:26379", "must name what the Sentinels watch"),
        ("sentinel://one:26379,two:x/mymaster/0", "must name hosts and ports by commas"),
        ("sentinel://one:26379,/mymaster/0", "must name hosts and ports by commas"),
        ("sentinel://:secret@one:26379/mymaster/first", "must end with the number of a database"),
        ("sentinel://one/mymaster?password=secret", "has no option password"),
        ("http://one/0", "must start with redis://"),
        ("sentinel:one/mymaster/0", "must start with redis://"),
        ("Sentinel://:secret@one/mymaster/0", "must start with redis://"),
        ("VALKEY://one/0", "must start with redis://"),
    ],
)
def test_a_bad_url_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch, url: str, says: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    with pytest.raises(ImproperlyConfigured, match=f"REDIS_URL {says}") as refused:
        env.redis("REDIS_URL")
    assert "secret" not in str(refused.value)


def test_a_url_names_sentinels_and_how_to_come_in() -> None:
    url = "sentinel://inbox:p%40ss@one,[::1]:5000/my%20master/3?sentinel_username=s&sentinel_password=t"
    found = redis_urls.sentinels(url)
    assert found is not None
    assert found.hosts == (("one", 26379), ("::1", 5000))
    assert (found.master, found.options) == ("my master", {"db": 3, "username": "inbox", "password": "p@ss"})
    assert found.asking == {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "username": "s", "password": "t"}
    celery, options = redis_urls.broker(url)
    assert celery == "sentinel://inbox:p%40ss@one:26379/3;sentinel://inbox:p%40ss@[::1]:5000/3"
    assert options["master_name"] == "my master"


def test_a_url_is_taken_apart_by_what_it_is_made_of_alone() -> None:
    """Python's own way refuses each of these, the brackets in its newer versions, and quotes the password."""
    found = redis_urls.sentinels("sentinel://inbox:s\N{CARE OF}cret@one:5000,[::1]:5001,[::2]/mymaster")
    assert found is not None
    assert found.hosts == (("one", 5000), ("::1", 5001), ("::2", 26379))
    assert (found.password, found.db) == ("s\N{CARE OF}cret", 0)


@pytest.mark.parametrize(
    ("given", "used"), [("valkey://one:6379/0", "redis://one:6379/0"), ("valkeys://one", "rediss://one")]
)
def test_valkey_is_spoken_to_as_redis(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("REDIS_URL", given)
    assert env.redis("REDIS_URL") == used


def all_heard(heard: "Queue[list[str]]") -> list[list[str]]:
    found = []
    with suppress(Empty):
        while True:
            found.append(heard.get_nowait())
    return found


def in_a_thread(url: str, heard: "Queue[list[str]]", ended: threading.Event) -> None:
    """As a worker listens: anew whenever the connection is lost."""
    while not ended.is_set():
        ear = wires.Ear(url)
        with suppress(redis.RedisError, OSError):
            for signal in ear.signals():
                heard.put(signal)
                if ended.is_set():
                    ear.close()
        ended.wait(0.05)


async def on_a_loop(url: str, heard: "Queue[list[str]]", ended: threading.Event) -> None:
    """As a web process does."""
    while not ended.is_set():
        with suppress(redis.RedisError, OSError):
            async for signals in wires.listen(url):
                for signal in signals:
                    heard.put(signal)
                if ended.is_set():
                    break
        await asyncio.sleep(0.05)


def published_until_heard(wire: wires.Wire, signal: tuple[str, ...], queues: "list[Queue[list[str]]]") -> None:
    """What is published while nobody leads is lost, as signals may be."""
    deadline = time.monotonic() + SECONDS
    missing = list(queues)
    while missing:
        assert time.monotonic() < deadline, "not heard"
        with suppress(redis.RedisError):
            wire.publish([signal])
        time.sleep(0.1)
        missing = [queue for queue in missing if list(signal) not in all_heard(queue)]


@pytest.mark.timeout(120)
def test_all_that_talks_to_redis_follows_who_leads(
    watched: Watched, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit, "PATIENCE_SECONDS", 2.0)  # else it counts nothing where the machine is busy
    settings.RATE_LIMIT_PER_MINUTE, settings.REDIS_URL = 5, watched.url
    by_thread: Queue[list[str]] = Queue()
    by_loop: Queue[list[str]] = Queue()
    ended = threading.Event()
    wire = wires.Wire(watched.url)
    counter: Any = ratelimit._Shared(watched.url)
    told = redis_urls.client(watched.url, socket_timeout=2, socket_connect_timeout=2)
    listeners = [
        threading.Thread(target=in_a_thread, args=(watched.url, by_thread, ended)),
        threading.Thread(target=lambda: asyncio.run(on_a_loop(watched.url, by_loop, ended))),
    ]
    for listener in listeners:
        listener.start()
    try:
        for turn in ("before", "after"):
            published_until_heard(wire, ("intent", turn), [by_thread, by_loop])
            counter._paused_until = 0.0
            assert counter.add(f"test.{turn}") == 1
            assert health.messages_waiting(told) == 0
            assert told.connection_pool.master_address == ("127.0.0.1", watched.leading)
            celery(watched.url, turn)
            if turn == "before":
                watched.lead_by_another()
    finally:
        ended.set()
        with suppress(redis.RedisError):
            wire.publish([("intent", "over")])
        for listener in listeners:
            listener.join(SECONDS)
        assert not any(listener.is_alive() for listener in listeners)
        told.close()


def celery(url: str, text: str) -> None:
    """A message sent and read as Celery does."""
    broker, options = redis_urls.broker(url)
    with Connection(broker, transport_options=options | {"global_keyprefix": "axme."}) as connection:
        queue: SimpleQueue = connection.SimpleQueue("tried")
        queue.put(text)
        message = queue.get(timeout=SECONDS)
        message.ack()
        assert message.payload == text
        queue.close()
