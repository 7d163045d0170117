"""Hints between processes: what one publishes, the others' subscriptions get."""

import asyncio
from typing import Any
from uuid import uuid4

from channels.layers import ChannelLayerManager

from intents import live

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
