"""Leases that a standstill of the server itself ran down: nobody loses work, and no delivery is held against anybody."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings

from intents.dispatch import scheduler
from intents.engine import leases, leasing
from intents.engine.leases import Holder
from intents.engine.models import Delivery
from intents.engine.services import deliveries
from intents.kernel import instances
from intents.kernel.models import new_id
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.factory import take

GRACE = settings.INSTANCE_SILENT_SECONDS


def lease_of(intent_id: str | UUID) -> Delivery:
    return Delivery.objects.get(intent_id=intent_id)


def stand_still(now: SettableClock, seconds: float) -> None:
    """The server looked a moment ago, and then not for `seconds`."""
    scheduler.sweep_all()
    now.advance(seconds=seconds)


@pytest.mark.parametrize("lease", [1, 10, 60])
def test_a_lease_in_force_when_the_server_stopped_gets_the_time_back_and_a_grace(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, lease: int
) -> None:
    intent_id = shop.submit(max_delivery_attempts=1)
    take(worker, lease_seconds=lease)
    stand_still(now, 120)
    scheduler.sweep_all()
    assert lease_of(intent_id).lease_expires_at == now.now + timedelta(seconds=lease + GRACE)
    now.advance(seconds=GRACE - 1)
    scheduler.sweep_all()
    assert worker.post(f"/intents/{intent_id}/heartbeat").status == 200
    assert worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()["intent"]["status"] == "COMPLETED"


def test_an_agent_that_calls_before_the_server_has_looked_keeps_its_work(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller
) -> None:
    intent_id = shop.submit(max_delivery_attempts=1)
    (handed,) = take(worker, lease_seconds=10)
    stand_still(now, 15)
    token = {"lease_token": str(handed.delivery.lease_token)}
    assert worker.post(f"/intents/{intent_id}/heartbeat", token).status == 200
    scheduler.sweep_all()
    assert lease_of(intent_id).lease_token == handed.delivery.lease_token


def test_a_sweep_that_began_before_the_standstill_takes_nothing_back(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller
) -> None:
    intent_id = shop.submit()
    take(worker, lease_seconds=10)
    scheduler.sweep_all()
    now.advance(seconds=11)
    due = leases.expired(limit=10)
    assert due == []  # nobody has looked for 11 seconds
    now.advance(seconds=-11)
    scheduler.sweep_all()
    now.advance(seconds=4)
    scheduler.sweep_all()
    now.advance(seconds=4)
    scheduler.sweep_all()
    now.advance(seconds=3)
    due = leases.expired(limit=10)
    assert [str(one.intent_id) for one in due] == [intent_id]
    now.advance(seconds=60)
    assert deliveries._reclaim(due) == 0


def test_work_nobody_came_back_for_is_delivered_again_and_the_delivery_does_not_count(
    now: SettableClock, worker: KeyCaller, peer: KeyCaller, shop: KeyCaller
) -> None:
    intent_id = shop.submit(max_delivery_attempts=1)
    take(worker, lease_seconds=10)
    stand_still(now, 120)
    scheduler.sweep_all()
    for _ in range(7):
        now.advance(seconds=4)
        scheduler.sweep_all()
    failed = [event for event in shop.events(intent_id) if event["event_type"] == "intent.delivery_failed"]
    assert [event["details"]["reason"] for event in failed] == ["the server stood still"]
    (again,) = take(peer, lease_seconds=4)
    assert (str(again.intent.id), again.delivery.attempt) == (intent_id, 1)
    # An end that is the agent's own counts.
    for _ in range(2):
        now.advance(seconds=3)
        scheduler.sweep_all()
    assert shop.intent(intent_id)["status"] == "FAILED"


def test_a_lease_that_was_renewed_since_counts_again(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit(max_delivery_attempts=1)
    take(worker, lease_seconds=10)
    stand_still(now, 120)
    scheduler.sweep_all()
    worker.post(f"/intents/{intent_id}/heartbeat").ok()
    for _ in range(7):
        now.advance(seconds=4)
        scheduler.sweep_all()
    assert shop.intent(intent_id)["status"] == "FAILED"


def test_a_delivery_under_way_goes_on(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    actor = worker.actor
    claimed = leasing.lease(
        workspace_id=actor.workspace_id,
        target="order-service",
        holder=Holder(actor.credential_id),
        limit=1,
        lease_seconds=60,
        binding="pull",
    )
    stand_still(now, 120)
    scheduler.sweep_all()
    (handed,) = deliveries.dispatch(actor=actor, leased=claimed)
    assert (str(handed.intent.id), handed.delivery.lease_expires_at) == (intent_id, now.now + timedelta(seconds=60))


def test_a_process_that_stood_still_has_time_to_be_heard(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    process = new_id()
    instances.register(process, kind="web", host="here")
    deliveries.deliver(actor=worker.actor, target="order-service", holder=Holder(worker.key_id, process))
    stand_still(now, 120)
    assert leases.reap_dead_instances() == 0
    scheduler.sweep_all()
    assert leases.reap_dead_instances() == 0
    now.advance(seconds=4)
    scheduler.sweep_all()
    instances.register(process, kind="web", host="here")
    for _ in range(3):
        now.advance(seconds=4)
        scheduler.sweep_all()
    assert leases.reap_dead_instances() == 0
    for _ in range(2):
        now.advance(seconds=4)
        scheduler.sweep_all()
    assert leases.reap_dead_instances() == 1
    scheduler.sweep_all()
    (again,) = take(worker)
    assert (str(again.intent.id), again.delivery.attempt) == (intent_id, 1)


@pytest.mark.parametrize("seen", ["before the look", "after it"])
def test_a_client_that_hung_up_meanwhile_has_the_grace_to_come_back(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, seen: str
) -> None:
    intent_id = shop.submit()
    (handed,) = take(worker)
    stand_still(now, 120)
    if seen == "after it":
        scheduler.sweep_all()
    leases.shorten_lease(leases.of([handed.delivery]))
    scheduler.sweep_all()
    for _ in range(3):
        now.advance(seconds=4)
        scheduler.sweep_all()
    worker.post(f"/intents/{intent_id}/heartbeat").ok()
    assert lease_of(intent_id).lease_expires_at == now.now + timedelta(seconds=settings.DEFAULT_LEASE_SECONDS)


def test_who_was_over_before_the_standstill_gets_nothing(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    scheduler.sweep_all()
    take(worker, lease_seconds=1)
    now.advance(seconds=2)
    scheduler.statements.rows("UPDATE intents_pulse SET looked_at = %s", [now.now])
    now.advance(seconds=120)
    scheduler.sweep_all()
    assert lease_of(intent_id).state == "ready"


def test_a_clock_that_was_set_back_moves_no_lease(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker, lease_seconds=60)
    scheduler.sweep_all()
    now.advance(seconds=-3600)
    before = lease_of(intent_id).lease_expires_at
    scheduler.sweep_all()
    assert (lease_of(intent_id).lease_expires_at, lease_of(intent_id).excused) == (before, False)


def test_looks_that_come_in_time_move_no_lease(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    take(worker, lease_seconds=10)
    ends_at = lease_of(intent_id).lease_expires_at
    for _ in range(3):
        scheduler.sweep_all()
        now.advance(seconds=3)
    assert lease_of(intent_id).lease_expires_at == ends_at
    now.advance(seconds=2)
    scheduler.sweep_all()
    assert lease_of(intent_id).state == "ready"
