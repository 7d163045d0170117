"""A binding is one file and one registration: work flows through one that no statement and no constraint has heard of."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from intents.accounts import bindings
from intents.accounts.bindings import Binding
from intents.accounts.models import Agent as AgentRow
from intents.dispatch.bindings import internal
from intents.engine import figures, invariants, leasing
from intents.engine.leases import Holder
from intents.engine.models import Delivery
from intents.engine.services import work
from intents.engine.services.deliveries import dispatch
from tests.callers import KeyCaller, make_machine
from tests.intents.waiting import look

pytestmark = pytest.mark.django_db


class Pigeons:
    """A binding by which the server carries work to agents itself, and brings back what they answer."""

    def __init__(self, *, homes: list[str] | None = None) -> None:
        self.flown: list[str] = []
        self.homes = homes
        targets = None if homes is None else lambda: homes or []
        self.binding = Binding(name="pigeon", modes=("pigeon",), run=self.fly, targets=targets)

    def fly(self) -> int:
        claimed = leasing.lease_own(binding="pigeon", targets=self.homes or ["loft"], limit=10, lease_seconds=60)
        for delivery in claimed:
            actor = internal.acting(AgentRow.objects.get(workspace_id=delivery.workspace_id, name=delivery.target))
            for one in dispatch(actor=actor, leased=[delivery]):
                self.flown.append(one.payload)
                result = {"carried": True}
                work.complete(actor=actor, intent_id=one.intent.id, result=result, lease_token=delivery.lease_token)
        return len(claimed)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers is forgotten after it."""
    with monkeypatch.context() as patched:
        patched.setattr(bindings, "_bindings", dict(bindings._bindings))
        yield
    bindings.choice.cache_clear()


@pytest.fixture
def loft(workspace: Any) -> KeyCaller:
    return make_machine(workspace, "loft")


def rows(intent_id: str) -> list[tuple[str, str, bool, bool]]:
    found = Delivery.objects.filter(intent_id=intent_id).order_by("id")
    return [(one.binding, one.state, one.hands_out, one.by_server) for one in found]


def test_work_flows_through_a_new_binding_that_the_server_carries_out(
    loft: KeyCaller, machine: KeyCaller, shop: KeyCaller
) -> None:
    pigeons = Pigeons()
    bindings.register(pigeons.binding)
    machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).ok()
    intent_id = shop.submit("loft", payload={"n": 1})
    assert rows(intent_id) == [("pigeon", "ready", True, True)]
    look()
    assert (pigeons.flown, shop.intent(intent_id)["status"]) == (['{"n":1}'], "COMPLETED")
    assert rows(intent_id) == [("pigeon", "done", True, True)]
    assert invariants.findings() == []


def test_work_goes_back_through_a_new_binding_after_a_wait(loft: KeyCaller, machine: KeyCaller, shop: KeyCaller) -> None:
    bindings.register(Binding(name="carrier", modes=("carried",)))
    machine.patch("/agents/loft", {"delivery_mode": "carried"}).ok()
    intent_id = shop.submit("loft")
    actor = loft.actor

    def claim(binding: str) -> list[Delivery]:
        held = Holder(actor.credential_id)
        return leasing.lease(workspace_id=actor.workspace_id, target="loft", holder=held, limit=1, binding=binding)

    assert (claim("pull"), rows(intent_id)) == ([], [("carrier", "ready", True, False)])
    (handed,) = dispatch(actor=actor, leased=claim("carrier"))
    loft.post(f"/intents/{intent_id}/wait", {"for": "time", "delay_seconds": 3600}).ok()
    shop.post(f"/intents/{intent_id}/resume", {"go": "on"}).ok()
    (again,) = dispatch(actor=actor, leased=claim("carrier"))
    assert (handed.delivery.id != again.delivery.id, again.json()["resume"]) == (True, {"go": "on"})
    loft.post(f"/intents/{intent_id}/resume", {"lease_token": str(again.delivery.lease_token), "done": True}).ok()
    assert rows(intent_id) == [("carrier", "done", True, False)] * 2
    assert invariants.findings() == []


def test_a_batch_goes_by_the_bindings_that_its_agents_chose(loft: KeyCaller, machine: KeyCaller, shop: KeyCaller) -> None:
    bindings.register(Pigeons().binding)
    machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).ok()
    names = ("loft", "order-service", "nobody-registered")
    intents = [{"intent_type": "note.v1", "to_agent": name, "payload": {}} for name in names]
    answer = shop.post("/intents/batch", {"intents": intents}).ok()
    ids = [one["intent_id"] for one in answer["intents"]]
    assert [rows(one) for one in ids] == [
        [("pigeon", "ready", True, True)],
        [("pull", "ready", True, False)],
        [("pull", "ready", True, False)],
    ]


def test_an_intent_is_in_one_agents_hands_whatever_the_binding(loft: KeyCaller, machine: KeyCaller, shop: KeyCaller) -> None:
    bindings.register(Pigeons().binding)
    intent_id = shop.submit("loft")
    machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).ok()
    with pytest.raises(IntegrityError, match="delivery_handed_to_one"), transaction.atomic():
        Delivery.objects.create(
            workspace_id=loft.actor.workspace_id,
            intent_id=intent_id,
            binding="pigeon",
            target="loft",
            created_at=timezone.now(),
        )


@pytest.mark.parametrize(("homes", "late"), [(None, True), (["loft"], True), (["elsewhere"], False), ([], False)])
def test_the_lag_counts_work_of_a_new_binding_that_is_this_servers(
    loft: KeyCaller, machine: KeyCaller, shop: KeyCaller, homes: list[str] | None, late: bool
) -> None:
    bindings.register(Pigeons(homes=homes).binding)
    machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).ok()
    shop.submit("loft")
    Delivery.objects.update(created_at=timezone.now() - timedelta(seconds=40))
    lag = figures.readiness()["outbox_lag_seconds"]
    assert lag is not None
    assert (lag >= 40) is late


def test_the_modes_that_are_taken_are_those_of_the_registry(loft: KeyCaller, machine: KeyCaller) -> None:
    assert machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).json["error"]["details"]["field"] == "delivery_mode"
    bindings.register(Pigeons().binding)
    assert machine.patch("/agents/loft", {"delivery_mode": "pigeon"}).ok()["agent"]["delivery_mode"] == "pigeon"
