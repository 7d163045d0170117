"""Leases that many are begun, extended and ended of at once: in one order, and never past a stop that came first."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from intents.engine import leases, leasing, outbox, pulse, signs
from intents.engine.leases import Holder, Lease
from intents.engine.models import Delivery
from intents.engine.services import deliveries
from intents.engine.services.deliveries import LeasedIntent
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.feeds import in_thread
from tests.intents.locks import begin, beside
from tests.intents.test_mesh_stopping import AGENT, killed
from tests.intents.test_together import done, taken

pytestmark = pytest.mark.usefixtures("looked_up_once")

PROCESS = new_id()
LOCK = "SELECT FROM intents_delivery WHERE id = %s FOR UPDATE NOWAIT"


def settled(given: list[Lease]) -> None:
    ids = Delivery.objects.filter(id__in=[one.delivery_id for one in given]).values_list("intent_id", flat=True)
    with transaction.atomic():
        statements.rows(outbox.SETTLE, {"idle": list(ids), "given_up": [], "now": clock.now()})
        transaction.set_rollback(True)  # the intents are not over


def acted(given: list[Lease], worker: KeyCaller) -> None:
    """End what has the first lease in the transaction that renews the second."""
    first, second = (str(row_of(one).intent_id) for one in sorted(given, key=lambda one: one.delivery_id))
    done(taken(worker, "progress", second), taken(worker, "resume", first))


MANY: dict[str, Callable[[list[Lease], KeyCaller], object]] = {
    "begun": lambda given, worker: leases.start_leases(given),
    "extended": lambda given, worker: leases.extend(dict.fromkeys(given, 3600.0)),
    "renewed": lambda given, worker: leases.renew_attached(given, instance_id=PROCESS),
    "renewed by calls": lambda given, worker: signs.renew_many([sign(one, worker) for one in given]),
    "detached": lambda given, worker: leases.detach_connection(given),
    "detached as a process ends": lambda given, worker: leases.detach_connections_of(PROCESS),
    "shortened": lambda given, worker: leases.shorten_lease(given),
    "reaped": lambda given, worker: leases.reap_dead_instances(),
    "recalled": lambda given, worker: leases.recall(workspace_id=worker.actor.workspace_id, targets=[worker.actor.name]),
    "returned": lambda given, worker: outbox.return_undelivered(given),
    "settled": lambda given, worker: settled(given),
    "renewed and settled together": acted,
    "excused": lambda given, worker: pulse.resume(),
}


@pytest.mark.parametrize("what", MANY)
def test_leases_are_locked_in_the_order_of_their_ids_however_they_lie(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, what: str
) -> None:
    for _ in range(2):
        shop.submit()
    given = leases.of(
        one.delivery
        for one in deliveries.deliver(
            actor=worker.actor, target=worker.actor.name, holder=Holder(worker.key_id, PROCESS), limit=2
        )
    )
    first, second = sorted(given, key=lambda one: one.delivery_id)
    Delivery.objects.filter(id=first.delivery_id).update(target=worker.actor.name)  # now it lies behind the other
    now.advance(seconds=600)
    if what == "excused":
        statements.rows("INSERT INTO intents_pulse (id, looked_at) VALUES (1, %s)", [now.now - timedelta(seconds=599)])
    with beside() as other:
        other.execute(LOCK, [first.delivery_id])
        thread, _ = begin(lambda: MANY[what](given, worker))
        other.execute(LOCK, [second.delivery_id])
        other.rollback()
        thread.join(30)
    assert not thread.is_alive()


def test_the_open_connection_renews_what_has_begun_for_as_long_as_that_lasts(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller
) -> None:
    shop.submit()
    (held,) = deliveries.deliver(actor=worker.actor, target=worker.actor.name, holder=Holder(worker.key_id, PROCESS))
    given = leases.of([held.delivery])
    assert held.delivery.lease_expires_at is not None
    now.advance(seconds=400)
    leases.renew_attached(given, instance_id=PROCESS)
    assert row(held.intent.id).lease_expires_at == held.delivery.lease_expires_at, "half of it is left"
    now.advance(seconds=400)
    leases.renew_attached(given, instance_id=PROCESS)
    assert row(held.intent.id).lease_expires_at == now.now + timedelta(seconds=900)


def row(intent_id: UUID) -> Delivery:
    return Delivery.objects.get(intent_id=intent_id)


EXTENDING: dict[str, Callable[[Lease, KeyCaller], object]] = {
    "begun": lambda given, worker: leases.start_leases([given]),
    "extended": lambda given, worker: leases.extend({given: 24 * 3600.0}),
    "renewed": lambda given, worker: signs.renew(sign(given, worker)),
    "renewed with others": lambda given, worker: signs.renew_many([sign(given, worker)]),
    "shortened": lambda given, worker: leases.shorten_lease([given]),
}


def sign(given: Lease, worker: KeyCaller) -> signs.Sign:
    return signs.Sign.by(worker.actor, row_of(given).intent_id)


def row_of(given: Lease) -> Delivery:
    return Delivery.objects.get(id=given.delivery_id)


@pytest.mark.parametrize("what", EXTENDING)
def test_what_is_recalled_while_somebody_waits_to_extend_it_stays_recalled(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, what: str
) -> None:
    shop.submit(max_delivery_attempts=1)
    (held,) = take(worker)
    (given,) = leases.of([held.delivery])
    with transaction.atomic():
        killed(machine)
        thread, came = begin(lambda: EXTENDING[what](given, worker))
    thread.join(30)
    assert not came[0], "the lease is none any more"
    found = row_of(given)
    assert (found.excused, found.last_error) == (True, leases.RECALLED)
    assert deliveries.reclaim_expired() == 1
    machine.post(f"{AGENT}/resume").ok()
    assert [one.delivery.attempt for one in take(worker)] == [1]


def test_what_is_given_while_a_kill_is_written_goes_back_when_it_is(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit(max_delivery_attempts=1)
    given: list[LeasedIntent] = []
    with transaction.atomic():
        killed(machine)
        thread = threading.Thread(target=in_thread, args=(lambda: given.extend(take(worker)),))
        thread.start()
        thread.join(30)
    assert [one.delivery.attempt for one in given] == [1], "it does not see what is not committed"
    assert deliveries.reclaim_expired() == 1
    machine.post(f"{AGENT}/resume").ok()
    assert [one.delivery.attempt for one in take(worker)] == [1]


def test_what_is_given_once_a_kill_is_over_stays_given(worker: KeyCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    shop.submit()
    given: list[LeasedIntent] = []

    def goes_on() -> None:
        machine.post(f"{AGENT}/resume").ok()
        given.extend(take(worker))

    with transaction.atomic():
        transaction.on_commit(goes_on)
        killed(machine)
    (lease,) = leases.of(one.delivery for one in given)
    assert (row_of(lease).state, row_of(lease).excused) == ("leased", False)
    assert deliveries.reclaim_expired() == 0


def test_what_was_just_being_given_to_an_agent_when_it_was_killed_goes_back_and_burns_no_attempt(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit(max_delivery_attempts=1)
    actor, claimed = worker.actor, []

    def claim() -> None:
        claimed.extend(
            leasing.lease(
                workspace_id=actor.workspace_id,
                target=actor.name,
                holder=Holder(actor.credential_id),
                limit=1,
                binding="pull",
                speaker=actor.name,
            )
        )

    with transaction.atomic():
        killed(machine)
        # It does not see what is not committed, as the stop did not see what was not claimed.
        thread = threading.Thread(target=in_thread, args=(claim,))
        thread.start()
        thread.join(30)
    assert deliveries.dispatch(actor=actor, leased=claimed) == []
    assert deliveries.reclaim_expired() == 1, "at once"
    machine.post(f"{AGENT}/resume").ok()
    assert [one.delivery.attempt for one in take(worker)] == [1]
