"""Connections and leases: one that is open renews the lease of what has begun; one whose stream has ended while its agent
works on is watched for how it ends as long as the lease is in force."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import connection

from axme_site.connections import Connection
from intents.engine import leases
from intents.engine.models import Delivery
from intents.kernel.models import new_id
from intents.streams.agents import AgentStream, AgentStreams
from intents.streams.hub import Hub, Stream, StreamKind
from intents.streams.sse import Message, Response
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.factory import take


class Threads:
    """Of a hub what a look needs: threads, here with a database connection for one call each."""

    def __init__(self) -> None:
        self.kinds: list[StreamKind] = []
        self.streams: set[Stream] = set()
        self.instance_id = new_id()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def enter(self, stream: Stream) -> None:
        self.streams.add(stream)

    async def in_thread(self, work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        def run() -> Any:
            try:
                return work(*args, **named)
            finally:
                connection.close()

        return await asyncio.to_thread(run)


class Client:
    """Who reads a stream and never leaves."""

    def __init__(self) -> None:
        self.read = b""
        self.got = asyncio.Event()

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(self, message: Message) -> None:
        self.read += message["body"]
        self.got.set()


def test_an_open_stream_renews_the_lease_for_as_long_as_the_work_lasts(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id, client, actor = shop.submit(), Client(), worker.actor
    streams = AgentStreams(cast("Hub", Threads()))

    async def opened() -> None:
        stream = AgentStream(
            streams,
            actor,
            Response(client.receive, client.send),
            name=actor.name,
            since=0,
            only=None,
            connection=None,
            wait_seconds=60,
        )
        streams.enter(stream)
        await streams.settle()
        await client.got.wait()
        await asyncio.sleep(0)

    asyncio.run(opened())
    assert b"intent.delivered" in client.read
    assert worker.post(f"/intents/{intent_id}/progress", {"percent": 1}).ok()
    for _ in range(3):
        now.advance(seconds=0.9 * settings.DEFAULT_LEASE_SECONDS)
        asyncio.run(streams.tick())
        left = Delivery.objects.get(intent_id=intent_id).lease_expires_at
        assert left == now.now + timedelta(seconds=settings.DEFAULT_LEASE_SECONDS)


def test_a_connection_is_watched_no_longer_than_the_lease(shop: KeyCaller, worker: KeyCaller) -> None:
    streams, client = AgentStreams(cast("Hub", Threads())), Connection()
    for _ in range(2):
        shop.submit()
    done, going_on = take(worker, limit=2)
    for held in (done, going_on):
        streams.watch(client, leases.of([held.delivery])[0])
    for held, watched in ((done, True), (going_on, False)):
        asyncio.run(streams.look())
        assert client.watched
        worker.post(f"/intents/{held.intent.id}/resume", {"result": "done"}).ok()
        asyncio.run(streams.look())
        assert client.watched is watched
