"""A stream of an intent's events begins with what is there, and misses nothing of what comes while it opens."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.test import override_settings

from intents.engine import histories
from intents.engine.histories import Chunk, ReadFrom
from intents.kernel import live
from intents.kernel.actors import Tenant
from intents.streams import events
from intents.streams import hub as hubs
from intents.streams.events import EventStreams, Opened, Opening
from tests.callers import Answer, KeyCaller
from tests.intents.feeds import frames
from tests.security.edge import SECONDS, Loop


def test_what_is_recorded_while_a_stream_opens_is_sent(
    loop: Loop, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = machine.submit()
    told = threading.Event()
    read, woken = histories.opened, EventStreams.woken

    def opened(places: Sequence[ReadFrom], *, events: int, size: int) -> list[tuple[int, Chunk] | None]:
        found = read(places, events=events, size=size)
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

    monkeypatch.setattr(histories, "opened", opened)
    monkeypatch.setattr(EventStreams, "woken", heard)
    monkeypatch.setattr(EventStreams, "look", never)
    sent = frames(loop.send(machine, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": 50}).raw)
    assert [kind for _, kind, _ in sent] == ["intent.created", "intent.submitted", "intent.canceled"]


def test_what_is_recorded_before_a_process_hears_signals_is_sent(
    machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = machine.submit()
    recorded = threading.Event()
    read, subscribe = histories.opened, live.subscribe

    async def late() -> AsyncIterator[list[str]]:
        await asyncio.to_thread(recorded.wait, SECONDS)
        async for signal in subscribe():
            yield signal

    def opened(places: Sequence[ReadFrom], *, events: int, size: int) -> list[tuple[int, Chunk] | None]:
        found = read(places, events=events, size=size)
        machine.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
        recorded.set()
        while not hubs._hubs[loop._loop].listening:
            time.sleep(0.01)
        return found

    async def never(self: EventStreams) -> None:
        """Nothing is found by a look of its own."""

    monkeypatch.setattr(live, "subscribe", late)
    monkeypatch.setattr(histories, "opened", opened)
    monkeypatch.setattr(EventStreams, "woken", lambda self, signal: None)
    monkeypatch.setattr(EventStreams, "look", never)
    with override_settings(EDGE_THREADS=1):
        loop = Loop()
        try:
            answer = loop.send(machine, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": 50})
        finally:
            loop.end()
    assert [kind for _, kind, _ in frames(answer.raw)] == ["intent.created", "intent.submitted", "intent.canceled"]


def test_streams_that_open_at_once_share_a_look_up_and_each_has_its_own_answer(
    loop: Loop, machine: KeyCaller, billing: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [machine.submit() for _ in range(3)]
    for intent_id in ids:
        machine.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": intent_id}).ok()
    stranger = KeyCaller({"x-api-key": "axme_sa_nobody"})
    asked = [
        *((machine, one) for one in ids),
        (machine, str(uuid4())),
        (billing, ids[0]),
        (stranger, ids[0]),
        (machine, "x"),
    ]
    shared: list[int] = []
    read = histories.opened

    def opened(places: Sequence[ReadFrom], *, events: int, size: int) -> list[tuple[int, Chunk] | None]:
        shared.append(len(places))
        waiting = hubs._hubs[loop._loop].kind(EventStreams)._openings._waiting
        until = time.monotonic() + SECONDS
        while len(shared) == 1 and len(waiting) < len(asked) - 1 and time.monotonic() < until:
            time.sleep(0.01)
        return read(places, events=events, size=size)

    monkeypatch.setattr(histories, "opened", opened)

    def open_one(caller: KeyCaller, intent_id: str) -> Answer:
        return loop.send(caller, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": 50})

    with ThreadPoolExecutor(len(asked) + 1) as threads:
        first = threads.submit(open_one, machine, ids[0])
        while not shared:
            time.sleep(0.01)
        answers = list(threads.map(open_one, *zip(*asked, strict=True)))
    assert shared == [1, len(asked) - 2], "not the one of no key, and not the one of no id"
    assert [one.status for one in answers] == [200, 200, 200, 404, 404, 401, 404]
    for intent_id, answer in zip([*ids, ids[0]], [*answers[:3], first.result()], strict=True):
        told = frames(answer.raw)
        assert [kind for _, kind, _ in told] == ["intent.created", "intent.submitted", "intent.canceled"]
        assert {data["intent_id"] for _, _, data in told} == {intent_id}


def test_whatever_is_wrong_with_one_that_opens_is_its_own_affair(machine: KeyCaller) -> None:
    intent_id = UUID(machine.submit())

    def odd() -> Tenant:
        raise ValueError("odd")

    actor = machine.actor
    wrong, right = events._opened([Opening(odd, intent_id, 0), Opening(lambda: actor, intent_id, 0)])
    assert isinstance(wrong, ValueError)
    assert isinstance(right, Opened)
    assert right.newest == 2
