"""Policies of agents: rates and budgets are exact."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from intents.kernel import clock
from intents.mesh import pruning
from intents.mesh.models import MeshBreach, MeshHour, MeshReservation
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.mesh_limits import AGENT, body, breached, limited, send, used


def test_a_rate_counts_what_an_agent_sends_and_is_sent_by_the_hour_and_the_day(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    limited(machine, max_intents_per_hour=2, max_intents_per_day=3)
    send(shop).ok()
    send(worker, to="shop").ok()
    breached(send(shop), "max_intents_per_hour")
    breached(send(worker, to="shop"), "max_intents_per_hour")
    now.advance(hours=1)
    send(shop).ok()
    assert breached(send(shop), "max_intents_per_day")["allowed"] == "3"
    assert used(machine)["intents_today"] == 3
    now.advance(days=1)
    send(shop).ok()
    assert used(machine) | {"spent_usd": "0"} == {
        "intents_this_hour": 1,
        "intents_today": 1,
        "spent_usd": "0",
        "reserved_usd": "0",
        "each_usd": "0",
    }


def test_a_budget_is_set_aside_at_admission_and_settled_by_what_is_told(
    worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    limited(machine, max_cost_per_day_usd=1, max_cost_per_intent_usd=0.4)
    first, second = (send(shop).ok()["intent_id"] for _ in range(2))
    details = breached(send(shop), "max_cost_per_day_usd")
    assert (details["spent_usd"], details["reserved_usd"], details["next_usd"]) == ("0", "0.8", "0.4")
    aside = [
        by.get("/mesh/spend", **query).ok() for by, query in ((machine, {}), (machine, {"agent": "shop"}), (worker, {}))
    ]
    assert [(one["total_usd"], one["reserved_usd"]) for one in aside] == [("0", "0.8"), ("0", "0"), ("0", "0.8")]
    shop.post(f"/intents/{second}/resolve", {"status": "CANCELED", "reason": "too dear"}).ok()
    assert used(machine)["reserved_usd"] == "0.4", "what nobody began burns nothing"
    take(worker)
    told = {"metrics": {"cost_usd": 0.1, "usage": [{"intent_id": first, "cost_usd": 0.1}]}}
    worker.post("/mesh/heartbeat", told).ok()
    assert (used(machine)["spent_usd"], used(machine)["reserved_usd"]) == ("0.1", "0.3")
    worker.post(f"/intents/{first}/resume", {"done": True}).ok()
    assert used(machine)["reserved_usd"] == "0.3", "until its agent has told of it"
    worker.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.05}}).ok()
    assert (used(machine)["spent_usd"], used(machine)["reserved_usd"]) == ("0.15", "0")


def test_what_is_refused_for_another_reason_or_sent_again_counts_once(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_intents_per_hour=2)
    answers = [shop.post("/intents", body(), key="one").ok() for _ in range(3)]
    assert len({one["intent_id"] for one in answers}) == 1
    assert shop.post("/intents", body() | {"deadline_at": "2001-01-01T00:00:00Z"}).status == 422
    assert used(machine)["intents_this_hour"] == 1
    send(shop).ok()
    assert shop.post("/intents", body(), key="one").ok() == answers[0], "a limit that is used up takes nothing back"


def test_a_batch_is_admitted_one_by_one(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_intents_per_day=3)
    done = shop.post("/intents/batch", {"intents": [body()] * 5}).ok()["intents"]
    assert [one["ok"] for one in done] == [True, True, True, False, False]
    assert done[3]["error"]["details"]["policy"] == "max_intents_per_day"
    assert used(machine)["intents_today"] == 3
    assert [one["limit"] for one in machine.get("/mesh/breaches").ok()["breaches"]] == ["max_intents_per_day"]


def test_limits_are_exact_under_sixteen_senders(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    limited(machine, max_cost_per_day_usd=1, max_cost_per_intent_usd=0.1, max_intents_per_hour=100)

    def one(_number: int) -> int:
        try:
            return send(shop).status
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as senders:
        found = list(senders.map(one, range(32)))
    assert (found.count(200), found.count(429)) == (10, 22)
    assert (used(machine)["reserved_usd"], used(machine)["intents_today"]) == ("1", 10)


def test_an_agents_own_limits_go_over_those_of_all(
    alice: PersonCaller, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    alice.put("/mesh/policies/cost", {"max_intents_per_hour": 1, "action_on_breach": "block"}).ok()
    limited(alice, max_intents_per_hour=2)
    limited(alice, "shop", max_intents_per_hour=100)
    for _ in range(2):
        send(shop).ok()
    breached(send(shop), "max_intents_per_hour")
    send(shop, to="elsewhere").ok()
    breached(send(shop, to="elsewhere"), "max_intents_per_hour")
    assert machine.put("/mesh/policies/cost", {}).status == 403
    assert machine.put("/mesh/agents/demo/policies/cost", {}).status == 403, "a key does not loosen its own"
    assert shop.put(f"{AGENT}/policies/cost", {}).status == 403


def test_types_and_tools_are_allowed_and_denied(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    allowed = {"allowed_intent_types": ["order.*"], "denied_intent_types": ["order.refund.v1"], "allowed_tools": ["print*"]}
    machine.put(f"{AGENT}/policies/action", allowed).ok()
    for refused in ("order.refund.v1", "mail.send.v1"):
        answer = send(shop, intent_type=refused)
        assert (answer.status, answer.code, answer.json["error"]["details"]["policy"]) == (
            403,
            "policy_denied",
            "intent_types",
        )
    assert send(worker, to="shop", intent_type="mail.send.v1").status == 403
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    wait = f"/intents/{intent_id}/wait"
    assert worker.post(wait, {"for": "tool", "tool": "scanner"}).status == 403
    worker.post(wait, {"for": "tool", "tool": "printer"}).ok()


def test_policies_that_are_set_at_once_are_both_set(alice: PersonCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    def put(number: int) -> int:
        try:
            if number % 2:
                return alice.put(f"{AGENT}/policies/cost", {"max_intents_per_day": 9}).status
            return alice.put(f"{AGENT}/policies/action", {"denied_tools": ["printer"]}).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as owners:
        assert set(owners.map(put, range(8))) == {200}
    holds = alice.get(f"{AGENT}/policies").ok()["policy"]
    assert (holds["max_intents_per_day"], holds["denied_tools"]) == (9, ["printer"])


def test_what_an_intent_may_cost_holds_without_a_budget_of_the_day(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_intent_usd=0.4, action_on_breach="pause")
    intent_id = send(shop).ok()["intent_id"]
    take(worker)
    for number, state in ((1, "active"), (2, "paused")):
        told = {"cost_usd": 0.3, "usage": [{"intent_id": intent_id, "cost_usd": 0.3}], "number": number}
        worker.post("/mesh/heartbeat", {"metrics": told}).ok()
        assert machine.get(AGENT).ok()["agent"]["status"] == state
    send(shop).ok()


def test_what_was_set_aside_is_forgotten_once_it_counts_no_more(
    now: SettableClock, shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    """Each submit sums what is set aside."""
    limited(machine, max_cost_per_day_usd=10, max_cost_per_intent_usd=1)
    ended, open_one = (send(shop).ok()["intent_id"] for _ in range(2))
    shop.post(f"/intents/{ended}/resolve", {"status": "CANCELED", "reason": "no need"}).ok()
    now.advance(hours=2)
    pruning.prune()
    assert [str(one) for one in MeshReservation.objects.values_list("intent_id", flat=True)] == [open_one]


def test_what_was_spent_is_told_by_agent_type_model_and_hour(
    now: SettableClock, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    usage = [{"intent_type": "a.b.v1", "model": "small", "intents": 1, "cost_usd": 0.2}, {"model": "large", "cost_usd": 0.5}]
    worker.post("/mesh/heartbeat", {"metrics": {"intents_total": 3, "cost_usd": 1, "usage": usage}}).ok()
    now.advance(hours=1)
    shop.post("/mesh/heartbeat", {"metrics": {"cost_usd": 0.1}}).ok()

    def spend(by: str) -> dict[str, str]:
        found = machine.get("/mesh/spend", by=by).ok()
        assert found["total_usd"] == "1.1"
        return {one["key"]: one["cost_usd"] for one in found["items"]}

    assert spend("agent") == {"order-service": "1", "shop": "0.1"}
    assert spend("intent_type") == {"": "0.9", "a.b.v1": "0.2"}
    assert spend("model") == {"large": "0.5", "": "0.4", "small": "0.2"}
    assert list(spend("hour")) == ["2030-01-15T09:00Z", "2030-01-15T10:00Z"]
    assert worker.get("/mesh/spend").ok()["total_usd"] == "1"


def test_what_intents_have_cost_is_settled_in_one_order_whatever_order_it_is_told_in(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    limited(machine, max_cost_per_intent_usd=0.4)
    sent = [send(shop).ok()["intent_id"] for _ in range(4)]
    usage = [{"intent_id": one, "cost_usd": 0.5} for one in (sent[2], sent[0], sent[3], sent[1])]
    worker.post("/mesh/heartbeat", {"metrics": {"usage": usage}}).ok()
    noted = MeshBreach.objects.order_by("id").values_list("period", flat=True)
    assert list(noted) == [UUID(one).hex for one in sorted(sent)]


def test_what_was_spent_is_told_of_all_also_where_it_has_too_many_parts_to_list(machine: KeyCaller) -> None:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    told = [
        MeshHour(workspace_id=machine.actor.workspace_id, name=f"a{number}", hour=hour, intents=1, cost_usd=Decimal("0.01"))
        for number in range(1001)
    ]
    MeshHour.objects.bulk_create(told)
    found = machine.get("/mesh/spend", by="agent").ok()
    assert (len(found["items"]), found["total_usd"]) == (1000, "10.01")


def test_a_key_counts_for_its_own_agent_whomever_it_names(
    alice: PersonCaller, machine: KeyCaller, worker: KeyCaller, shop: KeyCaller
) -> None:
    limited(alice, "demo", max_intents_per_hour=2)
    alice.put("/mesh/agents/demo/policies/action", {"denied_intent_types": ["mail.*"]}).ok()
    assert machine.post("/intents", body() | {"intent_type": "mail.send.v1"}, x_owner_agent="shop").status == 403
    machine.post("/intents", body(), x_owner_agent="shop").ok()
    machine.post("/intents/batch", {"intents": [body()]}, x_owner_agent="unheard-of").ok()
    details = breached(machine.post("/intents", body(), x_owner_agent="another"), "max_intents_per_hour")
    assert details["agent"] == "demo"
    assert used(alice, "demo")["intents_this_hour"] == 2


@pytest.mark.parametrize(
    "path", ["agents", "agents/order-service", "agents/order-service/policies", "events", "breaches", "spend", "policies"]
)
def test_what_agents_cost_is_for_who_watches_and_not_for_who_decides(
    worker: KeyCaller, machine: KeyCaller, bob: PersonCaller, vera: PersonCaller, olga: PersonCaller, path: str
) -> None:
    answers = [one.get(f"/mesh/{path}").status for one in (bob, vera, olga, machine, machine.also(bob))]
    assert answers == [403, 200, 200, 200, 200]
