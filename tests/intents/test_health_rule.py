"""When an endpoint is disabled, when somebody is told, and when one try at a time is made: the rules alone."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from intents.sending import breaker, health
from intents.sending.connector import Fault
from intents.sending.health import Notice, Tried
from intents.sending.models import EndpointHealth

BEGUN = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
ID = uuid4()


def at(hours: float) -> datetime:
    return BEGUN + timedelta(hours=hours)


def tried(*, gone: bool = False, fault: Fault | None = None) -> Tried:
    return Tried(endpoint_id=ID, workspace_id=ID, taken=False, gone=gone, fault=fault)


def fresh(hours: float = 0) -> EndpointHealth:
    return EndpointHealth(id=ID, workspace_id=ID, failing_since=at(hours), marked_at=at(hours))


def failing(hours: Iterable[float]) -> list[tuple[float, str, int]]:
    """What is told of an endpoint that fails after so many hours each: when, what, and the percentage."""
    told: list[tuple[float, str, int]] = []
    row: EndpointHealth | None = None
    for hour in hours:
        row = row or fresh(hour)
        notice = health.failed(row, tried(), now=at(hour))
        if notice is not None:
            told.append((hour, str(notice.turn), notice.percent))
    return told


HOURLY = range(200)
TRIES = (0, 0.01, 0.1, 0.6, 2.6, 7.6, 17.6, 37.6, 74.6)
"""When one message is tried."""


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (HOURLY, [(60, "failing", 50), (108, "failing", 90), (120, "disabled", 100)]),
        (TRIES, [(74.6, "failing", 50)]),
        ([*TRIES, 119.99], [(74.6, "failing", 50), (119.99, "failing", 90)]),
        ([*TRIES, 120], [(74.6, "failing", 50), (120, "disabled", 100)]),
        ([0, 120], [(120, "disabled", 100)]),
        # The failures of the last five days are all within twelve hours: the server, or the traffic, stood still before.
        ([0, 0.5, 1, 122, 123, 133.9], [(122, "failing", 90)]),
        ([0, 0.5, 1, 122, 123, 133.9, 134], [(122, "failing", 90), (134, "disabled", 100)]),
        ([0, 300], [(300, "failing", 90)]),
        # Twelve hours apart, but long ago.
        ([0, 13, 300, 301], [(300, "failing", 90)]),
        ([0, 13, 300, 301, 312], [(300, "failing", 90), (312, "disabled", 100)]),
        ([0], []),
    ],
)
def test_an_endpoint_is_disabled_after_five_days_of_failures_two_of_them_twelve_hours_apart(
    hours: Iterable[float], told: list[tuple[float, str, int]]
) -> None:
    assert failing(hours) == told


def test_each_step_is_told_once_and_nothing_after_the_last() -> None:
    told = failing(hour / 4 for hour in range(800))
    assert [(turn, percent) for _, turn, percent in told] == [("failing", 50), ("failing", 90), ("disabled", 100)]


def test_an_endpoint_that_says_it_is_gone_is_disabled_at_once() -> None:
    row = fresh()
    notice = health.failed(row, tried(gone=True), now=at(0))
    assert isinstance(notice, Notice)
    assert (notice.turn, notice.reason, row.disabled_at) == ("disabled", "gone", at(0))
    assert health.failed(row, tried(gone=True), now=at(1)) is None


def broken(row: EndpointHealth, *faults: Fault | None) -> EndpointHealth:
    for fault in faults:
        health.failed(row, tried(fault=fault), now=at(1))
    return row


@pytest.mark.parametrize("fault", [Fault.CONNECT, Fault.TIMEOUT, Fault.DNS, Fault.TLS, Fault.BROKEN])
def test_five_tries_in_a_row_without_an_answer_break_the_circuit(fault: Fault) -> None:
    row = broken(fresh(), *[fault] * 4)
    assert (row.faults, row.probe_at) == (4, None)
    broken(row, fault)
    assert (row.faults, row.probe_at) == (breaker.FAULTS, at(1) + breaker.FIRST_PAUSE)


def test_any_answer_closes_the_circuit() -> None:
    row = broken(fresh(), *[Fault.TIMEOUT] * 9, None)
    assert (row.faults, row.probe_at) == (0, None)
    assert broken(row, *[Fault.TIMEOUT] * 4).probe_at is None


def test_what_this_server_refuses_to_do_breaks_no_circuit() -> None:
    row = broken(fresh(), *[Fault.TIMEOUT] * 4, *[Fault.REFUSED] * 9)
    assert (row.faults, row.probe_at) == (4, None)


def test_pauses_between_single_tries_grow_to_five_minutes() -> None:
    row = broken(fresh(), *[Fault.CONNECT] * 4)
    pauses = []
    for _ in range(100):
        broken(row, Fault.CONNECT)
        assert row.probe_at is not None
        pauses.append((row.probe_at - at(1)).total_seconds())
    assert pauses[:8] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert set(pauses[8:]) == {300}
