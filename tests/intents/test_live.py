"""Hints between processes: what one publishes, the others' subscriptions get."""

import asyncio
from typing import Any
from uuid import uuid4

from channels.layers import ChannelLayerManager

from intents.kernel import live

SECONDS = 10


def test_a_hint_published_through_redis_reaches_a_subscriber(redis_url: str, settings: Any) -> None:
    settings.REDIS_URL = redis_url
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": redis_url, "socket_timeout": None}], "prefix": "axme"},
        }
    }
    hint = ("intent", str(uuid4()))

    async def subscribe_and_publish() -> Any:
        layer = ChannelLayerManager()["default"]
        channel = await layer.new_channel()
        await layer.group_add(live.GROUP, channel)
        live.Publisher().put([hint])
        async with asyncio.timeout(SECONDS):
            return await layer.receive(channel)

    message = asyncio.run(subscribe_and_publish())
    assert message["hints"] == [list(hint)]


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
