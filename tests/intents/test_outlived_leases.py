"""Connections and leases: one that is open renews the lease of what has begun; one whose stream has ended while its agent
works on is watched for how it ends as long as the lease is in force."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any, cast

import pytest
from django.conf import settings
from django.db import connection

from axme_site.connections import Connection
from intents.engine import leases
from intents.engine.models import Delivery
from intents.kernel.actors import Machine
from intents.kernel.models import new_id
from intents.streams import agents, hub
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
    """Who takes what a stream sends, unless it is `stuck`, and never leaves."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.read = b""
        self.got = asyncio.Event()
        self.stuck = stuck

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(self, message: Message) -> None:
        self.read += message["body"]
        self.got.set()
        if self.stuck:
            await asyncio.Event().wait()


async def opened(streams: AgentStreams, client: Client, actor: Machine) -> AgentStream:
    """A stream that was given what waits for the agent."""
    response = Response(client.receive, client.send)
    stream = AgentStream(streams, actor, response, name=actor.name, since=0, only=None, connection=None, wait_seconds=60)
    streams.enter(stream)
    await streams.settle()
    await client.got.wait()
    await asyncio.sleep(0)
    assert b"intent.delivered" in client.read
    return stream


async def end(stream: AgentStream) -> None:
    stream.finish()
    await asyncio.sleep(0)


def test_an_open_stream_renews_the_lease_for_as_long_as_the_work_lasts(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id = shop.submit()
    streams = AgentStreams(cast("Hub", Threads()))
    asyncio.run(opened(streams, Client(), worker.actor))
    assert worker.post(f"/intents/{intent_id}/progress", {"percent": 1}).ok()
    for _ in range(3):
        now.advance(seconds=0.9 * settings.DEFAULT_LEASE_SECONDS)
        asyncio.run(streams.tick())
        left = Delivery.objects.get(intent_id=intent_id).lease_expires_at
        assert left == now.now + timedelta(seconds=settings.DEFAULT_LEASE_SECONDS)


def test_a_response_that_we_ended_renews_no_lease_though_its_client_does_not_read_the_end(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id, client, actor = shop.submit(), Client(), worker.actor
    streams = AgentStreams(cast("Hub", Threads()))
    with asyncio.Runner() as runner:
        stream = runner.run(opened(streams, client, actor), context=copy_context())
        client.stuck = True
        worker.post(f"/intents/{intent_id}/progress", {"percent": 1}).ok()
        runner.run(streams.tick(), context=copy_context())
        assert stream.begun
        runner.run(end(stream), context=copy_context())
        now.advance(seconds=0.9 * settings.DEFAULT_LEASE_SECONDS)
        runner.run(streams.tick(), context=copy_context())
    left = Delivery.objects.get(intent_id=intent_id).lease_expires_at
    assert left == now.now + timedelta(seconds=0.1 * settings.DEFAULT_LEASE_SECONDS)


def test_who_does_not_read_what_was_given_keeps_it_by_the_connection_for_a_minute_alone(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id, actor = shop.submit(), worker.actor
    streams = AgentStreams(cast("Hub", Threads()))
    with asyncio.Runner() as runner:
        stream = runner.run(opened(streams, Client(stuck=True), actor), context=copy_context())
        now.advance(seconds=0.9 * settings.DEFAULT_LEASE_SECONDS)
        runner.run(streams.tick(), context=copy_context())
        assert not stream.response.over
        monkeypatch.setattr(agents, "UNREAD_SECONDS", 0.0)
        now.advance(seconds=0.9 * settings.DEFAULT_LEASE_SECONDS)
        runner.run(streams.tick(), context=copy_context())
        assert stream.response.over
    left = Delivery.objects.get(intent_id=intent_id).lease_expires_at
    assert left == now.now + timedelta(seconds=0.1 * settings.DEFAULT_LEASE_SECONDS)


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


@pytest.mark.parametrize("seconds", [1, 2, 6, 15, 600])
def test_a_process_is_heard_of_before_it_counts_as_gone(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    monkeypatch.setattr(settings, "INSTANCE_SILENT_SECONDS", seconds)
    assert hub.beat_seconds() + hub.TICK_SECONDS < seconds
