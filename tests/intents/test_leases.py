"""How long an agent holds its work: what renews a lease, and what does not."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import OperationalError

from intents.engine import leases
from intents.engine.models import Delivery
from intents.engine.services import deliveries
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.factory import take


def lease_of(intent_id: str) -> Delivery:
    return Delivery.objects.get(intent_id=intent_id)


def test_a_sender_with_the_agents_key_that_looks_does_not_renew_the_agents_lease(
    now: SettableClock, machine: KeyCaller
) -> None:
    intent_id = machine.submit("order-service")
    take(machine, "order-service")
    before = lease_of(intent_id)
    now.advance(seconds=5)
    machine.intent(intent_id)
    machine.events(intent_id)
    machine.get(f"/intents/{intent_id}/steps").ok()
    after = lease_of(intent_id)
    assert (after.lease_expires_at, after.begun_at) == (before.lease_expires_at, None)


def test_an_agent_that_looks_at_its_work_renews_its_lease(
    now: SettableClock, worker: KeyCaller, machine: KeyCaller, shop: KeyCaller
) -> None:
    for agent, headers in ((worker, {}), (machine, {"x-owner-agent": "order-service"})):
        intent_id = shop.submit("order-service")
        take(agent, "order-service")
        before = lease_of(intent_id).lease_expires_at
        assert before is not None
        now.advance(seconds=5)
        assert agent.send("GET", f"/intents/{intent_id}", headers=headers).status == 200
        assert lease_of(intent_id).lease_expires_at == before + timedelta(seconds=5)
        assert lease_of(intent_id).begun_at == now.now
        agent.post(f"/intents/{intent_id}/resume", {"done": True}).ok()


@pytest.mark.parametrize("call", ["resume", "fail"])
def test_an_ending_that_is_refused_renews_the_lease(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, call: str
) -> None:
    intent_id = shop.submit("order-service")
    take(worker, "order-service")
    before = lease_of(intent_id).lease_expires_at
    assert before is not None
    now.advance(seconds=5)
    refused = worker.post(f"/intents/{intent_id}/{call}", {"lease_token": str(UUID(int=1)), "error": {"code": "no"}})
    assert refused.status == 409
    assert lease_of(intent_id).lease_expires_at == before + timedelta(seconds=5)


def test_a_claim_whose_delivery_failed_lapses_soon(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    intent_id = shop.submit("order-service")

    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "lock_many", fail)
        with pytest.raises(OperationalError):
            take(worker)
    now.advance(seconds=leases.DISPATCH_SECONDS)
    assert deliveries.reclaim_expired() == 1
    (again,) = take(worker)
    assert (str(again.intent.id), again.delivery.attempt) == (intent_id, 2)
    deliveries.return_untold()
    assert lease_of(intent_id).lease_token == again.delivery.lease_token


def test_a_handed_over_claim_lasts_as_long_as_the_lease(now: SettableClock, worker: KeyCaller, shop: KeyCaller) -> None:
    shop.submit("order-service")
    (handed,) = take(worker, lease_seconds=60)
    assert handed.delivery.lease_expires_at == now.now + timedelta(seconds=60)
    now.advance(seconds=59)
    assert deliveries.reclaim_expired() == 0


def test_work_that_reached_nobody_is_free_at_once_and_its_attempt_does_not_count(worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit("order-service")
    for _ in range(5):
        handed = take(worker)
        assert [(str(one.intent.id), one.delivery.attempt) for one in handed] == [(intent_id, 1)]
        deliveries.return_undelivered(handed)
    (kept,) = take(worker)
    # What somebody else holds by now is not taken from them.
    deliveries.return_undelivered(handed)
    assert lease_of(intent_id).lease_token == kept.delivery.lease_token
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
