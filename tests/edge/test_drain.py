"""Stopping: what is in flight finishes, streams can be taken up elsewhere, nothing hangs."""

import asyncio
import signal
import threading
from collections.abc import Callable

import pytest

from axme_site import drain
from axme_site.drain import Cohort
from tests import turns
from tests.edge.conftest import Hold, Process, eventually
from tests.edge.wire import Wire, ask

pytestmark = turns.one(0, of=2)

LONG = 600
"""Seconds to drain: who ends within a test's patience did not wait for that."""


def held_request(site: Process, hold: Hold) -> Wire:
    """A request that has reached its view."""
    wire = site.wire().request(f"GET {hold.path(name='flight')}")
    eventually(lambda: "flight" in site.ask("GET /v1/done").json()["started"])
    return wire


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_finishes(start: Callable[..., Process], hold: Hold, number: int) -> None:
    site = start(drain=LONG)
    wire = held_request(site, hold)
    site.tell(number)
    eventually(lambda: site.lines("draining"))
    hold.release()
    answer = wire.finish()
    assert (answer.status, answer.json()) == (200, {"held": True})
    assert site.exit_code() == 0


def test_an_idle_server_stops_at_once(start: Callable[..., Process]) -> None:
    site = start(drain=LONG)
    with site.wire() as kept, site.wire():
        kept.request("GET /v1/nothing").answer()
        site.tell()
        assert site.exit_code() == 0


def test_a_stopping_server_is_not_ready_and_opens_no_stream(start: Callable[..., Process], hold: Hold) -> None:
    site = start(drain=LONG)
    wire = held_request(site, hold)
    site.tell()
    eventually(lambda: site.lines("draining"))
    ready = site.ask("GET /health/ready")
    assert ready.status == 503
    assert ready.json()["checks"]["draining"] == {"ok": False, "ms": 0.0, "detail": "stopping"}
    stream = site.ask("GET /v1/stream/short")
    assert (stream.status, stream.json()["error"]["code"]) == (503, "unavailable")
    assert stream.headers["Retry-After"]
    assert stream.headers["X-Request-Id"]
    # Other calls are still answered, and asked to go elsewhere next time.
    other = site.ask("GET /v1/nothing")
    assert (other.status, other.headers["Connection"]) == (200, "close")
    assert site.ask("GET /health").status == 200
    hold.release()
    assert wire.finish().status == 200
    assert site.exit_code() == 0


def test_open_streams_end_in_order(start: Callable[..., Process]) -> None:
    site = start(drain=LONG)
    with site.wire() as wire:
        wire.request("GET /v1/stream/hold").until(b"id: 7")
        site.tell()
        # The last event and the end of a whole response, not a cut.
        assert b"stream.timeout" in wire.until(b"0\r\n\r\n")
    assert site.exit_code() == 0


def test_a_second_signal_ends_it_at_once(start: Callable[..., Process], hold: Hold) -> None:
    site = start(drain=LONG)
    with held_request(site, hold):
        site.tell()
        eventually(lambda: site.lines("draining"))
        site.tell()
        assert site.exit_code() == 0


def test_a_request_that_never_ends_holds_it_no_longer_than_it_may(start: Callable[..., Process], hold: Hold) -> None:
    site = start(drain=1)
    with held_request(site, hold):
        site.tell()
        assert site.exit_code() == 0
    assert [line["complete"] for line in site.lines("drained")] == [False]


def test_requests_under_way_are_not_dropped_under_load(start: Callable[..., Process]) -> None:
    site = start(drain=LONG)
    cut: list[str] = []
    answered = [0] * 4
    stopped = threading.Event()

    def call(number: int) -> None:
        while not stopped.is_set():
            try:
                assert ask(site.port, "GET /v1/echo").status == 200
                answered[number] += 1
            except ConnectionRefusedError:
                return  # told so before anything was sent: safe to send elsewhere
            except Exception as error:
                cut.append(repr(error))

    callers = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for caller in callers:
        caller.start()
    eventually(lambda: min(answered) > 20)
    site.tell()
    code = site.exit_code()
    stopped.set()
    for caller in callers:
        caller.join()
    assert code == 0
    # A connection in the kernel's queue at the moment the listener closes is reset, one per caller at worst.
    assert len(cut) <= 4, cut
    assert all("Reset" in error for error in cut), cut


def test_it_is_quiet_once_nobody_has_come_for_a_while_and_all_have_left(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, pauses = Cohort(), 0

    async def pause(seconds: float) -> None:
        """In the first pause somebody comes and leaves, in the second somebody comes, in the third they leave."""
        nonlocal pauses
        pauses += 1
        if pauses in (1, 2):
            cohort.enter()
        if pauses in (1, 3):
            cohort.leave()

    monkeypatch.setattr(drain.asyncio, "sleep", pause)
    assert asyncio.run(cohort.wait_quiet(0.1, float("inf")))
    assert pauses == 3
    cohort.enter()
    assert not asyncio.run(cohort.wait_quiet(0.1, 0))
