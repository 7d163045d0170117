"""The health of endpoints, counted by several workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from intents.dispatch.bindings import http
from intents.kernel.unit_of_work import unit
from intents.sending import health, posting
from intents.sending.connector import Fault
from intents.sending.health import Notice, Tried, Turn
from intents.sending.models import EndpointHealth
from tests.callers import KeyCaller
from tests.intents.pushes import call_at
from tests.intents.receivers import Receiver
from tests.intents.waiting import at_once, look, pool  # noqa: F401 - a fixture

WORKERS = 4
BEGUN = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
ONE, OTHER = uuid4(), uuid4()


def tried(workspace: Any, *endpoints: UUID, taken: bool = False, fault: Fault | None = None) -> list[Tried]:
    return [Tried(endpoint_id=one, workspace_id=workspace.id, taken=taken, fault=fault) for one in endpoints]


settle = unit(health.settle)


def test_faults_of_many_workers_are_all_counted(workspace: Any, pool: ThreadPoolExecutor) -> None:  # noqa: F811
    """Each counts tries at two endpoints, in either order."""

    def count() -> None:
        for number in range(25):
            order = (ONE, OTHER) if number % 2 else (OTHER, ONE)
            settle(tried(workspace, *order, fault=Fault.TIMEOUT), now=BEGUN)

    at_once(pool, *[count] * WORKERS)
    assert dict(EndpointHealth.objects.values_list("id", "faults")) == dict.fromkeys([ONE, OTHER], 25 * WORKERS)


def test_each_step_is_told_by_one_of_many_workers(workspace: Any, pool: ThreadPoolExecutor) -> None:  # noqa: F811
    told: list[Notice] = []
    for hour in (0, 30, 59, 60, 61, 107, 108, 109, 119, 120, 121):
        moment = BEGUN + timedelta(hours=hour)

        def count(moment: datetime = moment) -> list[Notice]:
            return [notice for _ in range(3) for notice in settle(tried(workspace, ONE), now=moment)]

        told += [notice for notices in at_once(pool, *[count] * WORKERS) for notice in notices]
        row = EndpointHealth.objects.get()
        assert row.disabled_at == (BEGUN + timedelta(hours=120) if hour >= 120 else None)
    assert [(notice.turn, notice.percent) for notice in told] == [("failing", 50), ("failing", 90), ("disabled", 100)]


def test_a_success_among_failures_begins_the_count_anew(workspace: Any) -> None:
    settle(tried(workspace, ONE, OTHER), now=BEGUN)
    late = BEGUN + timedelta(hours=61)
    (notice,) = settle(tried(workspace, ONE), now=late)
    assert (notice.turn, notice.percent) == (Turn.FAILING, 50)
    (back,) = settle(tried(workspace, ONE, OTHER, taken=True), now=late)
    assert (back.turn, back.endpoint_id, back.since) == (Turn.RECOVERED, ONE, BEGUN)
    assert not EndpointHealth.objects.exists()
    later = BEGUN + timedelta(hours=121)
    mixed = [*tried(workspace, ONE), *tried(workspace, ONE, taken=True), *tried(workspace, ONE, fault=Fault.DNS)]
    assert settle(mixed, now=later) == []
    row = EndpointHealth.objects.get()
    assert (row.failing_since, row.faults) == (later, 1)


def test_a_success_enables_no_endpoint_that_is_disabled(workspace: Any) -> None:
    gone = [Tried(endpoint_id=ONE, workspace_id=workspace.id, taken=False, gone=True)]
    assert [notice.reason for notice in settle(gone, now=BEGUN)] == ["gone"]
    assert settle(tried(workspace, ONE, taken=True), now=BEGUN) == []
    assert EndpointHealth.objects.get().disabled_reason == "gone"


@pytest.mark.usefixtures("inside", "called")
def test_many_workers_together_lease_as_much_for_an_endpoint_as_one(
    machine: KeyCaller,
    shop: KeyCaller,
    outside: Receiver,
    pool: ThreadPoolExecutor,  # noqa: F811
) -> None:
    call_at(machine, outside, "/takes")
    for _ in range(20):
        shop.submit("called")
    look()
    leased = at_once(pool, *[lambda: http.CHANNEL.outbox.lease(limit=32)] * WORKERS)
    assert sum(len(one) for one in leased) == posting.IN_FLIGHT
