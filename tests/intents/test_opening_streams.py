"""A stream of an intent's events begins with what is there, and misses nothing of what comes while it opens."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from django.test import override_settings

from intents.kernel import live
from intents.kernel.actors import Tenant
from intents.streams import events, routes
from intents.streams import hub as hubs
from intents.streams.events import EventStreams, Frames
from tests.callers import KeyCaller
from tests.intents.feeds import frames
from tests.security.edge import SECONDS, Loop


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """With one thread for the database, so that its connection can be closed there."""
    with override_settings(EDGE_THREADS=1):
        loop = Loop()
        yield loop
        loop.end()


def test_what_is_recorded_while_a_stream_opens_is_sent(
    loop: Loop, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = machine.submit()
    told = threading.Event()
    read, woken = events.opened, EventStreams.woken

    def opened(actor: Tenant, of: UUID, since: int) -> tuple[int, Frames | None]:
        found = read(actor, of, since)
        hub = hubs._hubs[loop._loop]
        while not hub.listening:  # it begins to with its first stream, which is this one
            time.sleep(0.01)
        machine.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        assert told.wait(SECONDS)
        return found

    def heard(self: EventStreams, signal: list[str]) -> None:
        woken(self, signal)
        if signal == ["intent", intent_id]:
            told.set()

    async def never(self: EventStreams) -> None:
        """Nothing is found by a look of its own."""

    monkeypatch.setattr(routes, "opened", opened)
    monkeypatch.setattr(EventStreams, "woken", heard)
    monkeypatch.setattr(EventStreams, "look", never)
    sent = frames(loop.send(machine, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": 5}).raw)
    assert [kind for _, kind, _ in sent] == ["intent.created", "intent.submitted", "intent.canceled"]


def test_what_is_recorded_before_a_process_hears_signals_is_sent(
    machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = machine.submit()
    recorded = threading.Event()
    read, subscribe = events.opened, live.subscribe

    async def late() -> AsyncIterator[list[str]]:
        await asyncio.to_thread(recorded.wait, SECONDS)
        async for signal in subscribe():
            yield signal

    def opened(actor: Tenant, of: UUID, since: int) -> tuple[int, Frames | None]:
        found = read(actor, of, since)
        machine.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        recorded.set()
        while not hubs._hubs[loop._loop].listening:
            time.sleep(0.01)
        return found

    async def never(self: EventStreams) -> None:
        """Nothing is found by a look of its own."""

    monkeypatch.setattr(live, "subscribe", late)
    monkeypatch.setattr(routes, "opened", opened)
    monkeypatch.setattr(EventStreams, "woken", lambda self, signal: None)
    monkeypatch.setattr(EventStreams, "look", never)
    with override_settings(EDGE_THREADS=1):
        loop = Loop()
        try:
            answer = loop.send(machine, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": 5})
        finally:
            loop.end()
    assert [kind for _, kind, _ in frames(answer.raw)] == ["intent.created", "intent.submitted", "intent.canceled"]
