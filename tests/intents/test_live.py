"""Hints between processes: what one publishes, the others' subscriptions get."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from queue import Queue
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import redis
from channels.layers import ChannelLayerManager

from intents.kernel import live
from intents.kernel.near import Near
from intents.kernel.wires import Ear, Wire

SECONDS = 60
Value = TypeVar("Value")


@pytest.fixture
def through_redis(redis_url: str, settings: Any) -> None:
    settings.REDIS_URL = redis_url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": redis_url, "socket_timeout": None}], "prefix": "axme"},
        }
    }


@pytest.mark.usefixtures("through_redis")
def test_signals_of_a_process_reach_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LATER_SECONDS", 0.05)
    first, second, later = (("intent", str(uuid4())) for _ in range(3))
    publisher = live.Publisher()

    async def heard() -> list[list[str]]:
        signals = live.subscribe()
        found = [await anext(signals)]
        for put, signal in ((publisher.put, first), (publisher.put, second), (publisher.put_later, later)):
            put([signal])
            found.append(await anext(signals))
        await signals.aclose()
        return found

    assert asyncio.run(within(heard())) == [[], list(first), list(second), list(later)]
    until(lambda: publisher.sent >= 3)  # it counts once a message is out, which may be heard by then
    assert (publisher.sent, publisher.dropped) == (3, 0)


@pytest.mark.usefixtures("through_redis")
def test_signals_are_understood_by_processes_of_an_earlier_version_and_theirs_here() -> None:
    """They use the channel layer."""
    signal = ("intent", str(uuid4()))

    async def both_ways() -> Any:
        layer = ChannelLayerManager()["default"]
        channel = await layer.new_channel()
        await layer.group_add(live.GROUP, channel)
        live.Publisher().put([signal])
        theirs = await layer.receive(channel)
        signals = live.subscribe()
        await anext(signals)
        await layer.group_send(live.GROUP, {"type": live.MESSAGE, live.FIELD: [list(signal)]})
        ours = await anext(signals)
        await signals.aclose()
        await layer.flush()
        return theirs, ours

    theirs, ours = asyncio.run(within(both_ways()))
    assert theirs | {"from": ""} == {"type": "hint", "hints": [list(signal)], "from": ""}
    assert ours == list(signal)


@pytest.mark.usefixtures("through_redis")
def test_who_listens_in_a_process_is_told_at_once_of_its_own_and_by_redis_of_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own, anothers = (("intent", str(uuid4())) for _ in range(2))
    me = live.Publisher()
    monkeypatch.setitem(live._publishers, os.getpid(), me)

    async def heard() -> tuple[list[list[str]], list[list[str]]]:
        near: list[list[str]] = []
        came = asyncio.Event()
        me.near.attach(asyncio.get_running_loop(), lambda signal: (near.append(signal), came.set())[0])
        signals = live.subscribe()
        far = [await anext(signals)]
        sent = me.sent
        await asyncio.to_thread(me.put, [own])
        await came.wait()
        await asyncio.to_thread(until, lambda: me.sent > sent)  # out before what the other says
        live.Publisher().put([anothers])
        far.append(await anext(signals))
        await signals.aclose()
        me.near.detach(asyncio.get_running_loop())
        return near, far

    assert asyncio.run(within(heard())) == ([list(own)], [[], list(anothers)])


def test_who_listens_in_a_process_is_told_also_while_redis_is_away(settings: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"
        publisher = live.Publisher()

        async def heard() -> list[list[str]]:
            loop = asyncio.get_running_loop()
            first: asyncio.Future[list[str]] = loop.create_future()
            found: list[list[str]] = []

            def call(signal: list[str]) -> None:
                if not first.done():
                    first.set_result(signal)
                    raise ValueError("which harms no other")
                found.append(signal)

            publisher.near.attach(loop, call)
            publisher.put([("intent", "1"), ("intent", "2")])
            found.append(await first)
            await asyncio.sleep(0)
            publisher.near.detach(loop)
            publisher.put([("intent", "3")])
            await asyncio.sleep(0)
            return found

        assert sorted(asyncio.run(within(heard()))) == [["intent", "1"], ["intent", "2"]]


def test_a_loop_that_is_closed_is_forgotten() -> None:
    near, loop = Near(), asyncio.new_event_loop()
    near.attach(loop, lambda signal: None)
    loop.close()
    near.tell([("work",)])
    assert not near.hears(loop)


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not found() and time.monotonic() < deadline:
        time.sleep(0.01)


class EndlessWire(Wire):
    """While a message goes out, the next signal comes."""

    def __init__(self, publisher: live.Publisher) -> None:
        self.publisher, self.told = publisher, threading.Event()

    def publish(self, signals: Iterable[tuple[str, ...]], origin: str = "") -> None:
        if ("endpoint", "one") in signals:
            self.told.set()
        if not self.told.is_set():
            self.publisher.put([("intent", str(uuid4()))])


@pytest.mark.usefixtures("through_redis")
def test_what_waits_for_its_moment_is_told_also_while_there_is_no_end_to_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LATER_SECONDS", 0.05)
    publisher = live.Publisher()
    wire = EndlessWire(publisher)
    monkeypatch.setattr(live.wires, "Wire", lambda url: wire)
    publisher.put([("intent", "first")])
    publisher.put_later([("endpoint", "one")])
    assert wire.told.wait(SECONDS)


def test_signals_are_dropped_and_counted_while_redis_is_away_and_nobody_waits(settings: Any) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{taken.getsockname()[1]}/0"
        publisher = live.Publisher()
        took = []
        for name in ("first", "second"):
            started = time.monotonic()
            publisher.put([("intent", name)])
            took.append(time.monotonic() - started)
        assert min(took) < live.PUBLISH_SECONDS
        until(lambda: publisher.dropped >= 2)
        assert (publisher.sent, publisher.dropped) == (0, 2)
        with pytest.raises((redis.RedisError, OSError)):
            asyncio.run(within(anext(live.subscribe())))


@pytest.mark.usefixtures("through_redis")
def test_a_thread_hears_signals_until_it_is_told_to_end(redis_url: str) -> None:
    signal = ("intent", str(uuid4()))
    ear, found = Ear(redis_url), Queue[list[str]]()

    def listen() -> None:
        for one in ear.signals():
            found.put(one)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert found.get(timeout=SECONDS) == []
    live.Publisher().put([signal])
    assert found.get(timeout=SECONDS) == list(signal)
    ear.close()
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert found.empty()


@pytest.mark.usefixtures("through_redis")
def test_who_listens_waits_while_nothing_is_said_whatever_options_the_url_has(redis_url: str, settings: Any) -> None:
    settings.REDIS_URL = f"{redis_url}?socket_timeout=0.1&protocol=3"
    signal, publisher = ("intent", str(uuid4())), live.Publisher()
    signals, ear = live.subscribe(), Ear(settings.REDIS_URL)
    by_thread = ear.signals()

    async def heard() -> list[list[str]]:
        assert next(by_thread) == []
        found = [await anext(signals)]
        await asyncio.sleep(0.3)
        publisher.put([signal])
        found += [await anext(signals), next(by_thread)]
        await signals.aclose()
        return found

    assert asyncio.run(within(heard())) == [[], list(signal), list(signal)]
    assert ear._connection._sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    ear.close()


def test_a_thread_that_listens_is_told_when_nobody_is_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises((redis.RedisError, OSError)):
            next(Ear(f"redis://127.0.0.1:{taken.getsockname()[1]}/0").signals())


async def within(work: Awaitable[Value]) -> Value:
    async with asyncio.timeout(SECONDS):
        return await work


class SlowLayer:
    """An in-process layer whose first message takes until it is `free`; `heard` once two have come."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.begun, self.free, self.heard = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def group_send(self, group: str, message: Any) -> None:
        self.begun.set()
        await self.free.wait()
        self.messages.append(sorted(message["hints"]))
        if len(self.messages) == 2:
            self.heard.set()


def test_hints_that_come_while_one_is_on_its_way_go_out_together(monkeypatch: Any) -> None:
    async def rush() -> Any:
        layer = SlowLayer()
        monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
        publisher = live.Publisher()
        publisher.attach(asyncio.get_running_loop())
        publisher.put([("intent", "first")])
        async with asyncio.timeout(SECONDS):
            await layer.begun.wait()
            for number in range(3):
                publisher.put([("intent", str(number))])
            layer.free.set()
            await layer.heard.wait()
        return layer.messages

    assert asyncio.run(rush()) == [[["intent", "first"]], [["intent", "0"], ["intent", "1"], ["intent", "2"]]]


def test_what_changes_all_the_time_is_told_now_and_then_and_the_last_of_it_too(monkeypatch: Any) -> None:
    monkeypatch.setattr(live, "LATER_SECONDS", 0.05)

    async def rush() -> Any:
        layer = SlowLayer()
        layer.free.set()
        monkeypatch.setattr(live, "get_channel_layer", lambda: layer)
        publisher = live.Publisher()
        publisher.attach(asyncio.get_running_loop())
        for _ in range(100):
            publisher.put_later([("endpoint", "first")])
        async with asyncio.timeout(SECONDS):
            await layer.begun.wait()
            publisher.put_later([("endpoint", "last")])
            await layer.heard.wait()
        return layer.messages

    assert asyncio.run(rush()) == [[["endpoint", "first"]], [["endpoint", "last"]]]
