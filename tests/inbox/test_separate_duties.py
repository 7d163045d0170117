"""Whom separation of duties keeps out: all behind the credentials of a request, whatever names these chose."""

from typing import Any

import pytest

from intents import auth
from intents.accounts.models import Workspace
from intents.accounts.services import agents, keys
from intents.dispatch import scheduler
from intents.engine.models import Intent
from intents.kernel.actors import Role, Scope
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_machine, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person

END = {"after_seconds": 3600, "then": "fail"}


@pytest.fixture
def ada(workspace: Workspace, bob: PersonCaller) -> PersonCaller:
    """An admin who is behind what is asked; Bob is not."""
    return make_person(workspace, "ada@myorg.example", Role.ADMIN)


@pytest.fixture
def adas(workspace: Workspace, ada: PersonCaller) -> KeyCaller:
    """A workspace key that Ada made, of an agent that she made."""
    row = agents.create_agent(actor=person(ada), workspace=workspace, name="adas")
    key, secret = keys.create_key(actor=person(ada), agent=row, scope=Scope.WORKSPACE)
    return KeyCaller({"x-api-key": secret}, secret=secret, key_id=key.id, agent=row)


def as_(who: Caller, name: str) -> Caller:
    return Caller(who.headers | {"x-owner-agent": name})


def asked_as(who: Caller, to_agent: str = "ghost-b", **task: Any) -> Asked:
    intent_id = who.submit(to_agent, human_task={"risk": "critical"} | task)
    return Asked(intent_id, task_of(who, intent_id))


def task_of(who: Caller, intent_id: str) -> str:
    (found,) = (
        Caller({k: v for k, v in who.headers.items() if k == "x-api-key"}).get("/tasks", intent_id=intent_id).ok()["tasks"]
    )
    return str(found["task_id"])


def ensure_kept_out(asked: Asked, who: PersonCaller, other: PersonCaller) -> None:
    for more in ({}, {"override": True}):
        refused = asked.decide(who, "approved", comment="fine", **more)
        assert (refused.status, refused.code) == (403, "policy_denied")
        assert "separation of duties" in refused.json["error"]["message"]
    asked.decide(other, "approved", comment="I am not behind it").ok()


@pytest.mark.parametrize("name", ["ghost-a", "shop", "adas"])
def test_who_made_the_key_is_behind_it_whatever_name_it_speaks_as(
    shop: KeyCaller, adas: KeyCaller, ada: PersonCaller, bob: PersonCaller, name: str
) -> None:
    ensure_kept_out(asked_as(as_(adas, name)), ada, bob)


def test_who_made_the_key_that_asks_midway_is_behind_it_too(
    shop: KeyCaller, adas: KeyCaller, ada: PersonCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit("ghost-b")
    adas.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"risk": "high"}}, x_owner_agent="ghost-b").ok()
    ensure_kept_out(Asked(intent_id, task_of(shop, intent_id)), ada, bob)


def test_who_sent_what_this_is_a_part_of_is_behind_it_too(
    shop: KeyCaller, worker: KeyCaller, adas: KeyCaller, ada: PersonCaller, bob: PersonCaller
) -> None:
    root = as_(adas, "ghost-a").submit("order-service")
    child = {"intent_type": "pay.it.v1", "to_agent": "ghost-c", "payload": {}, "human_task": {"risk": "critical"}}
    made = worker.post(f"/intents/{root}/wait", {"for": "agent", "intents": [child]}).ok()
    (child_id,) = made["child_intent_ids"]
    ensure_kept_out(Asked(child_id, task_of(worker, child_id)), ada, bob)


def test_whose_token_came_along_is_behind_the_request(shop: KeyCaller, ada: PersonCaller, bob: PersonCaller) -> None:
    asked = asked_as(shop.also(ada))
    row = Intent.objects.get(id=asked.intent_id)
    assert (row.account_id, row.person_id) == (shop.agent.id, ada.user.id)
    ensure_kept_out(asked, ada, bob)


def test_whose_token_came_along_in_a_batch_or_midway_is_behind_it(
    shop: KeyCaller, worker: KeyCaller, ada: PersonCaller, bob: PersonCaller
) -> None:
    item = {"intent_type": "pay.it.v1", "to_agent": "ghost-b", "payload": {}, "human_task": {"risk": "critical"}}
    (one,) = shop.also(ada).post("/intents/batch", {"intents": [item]}).ok()["intents"]
    ensure_kept_out(Asked(one["intent_id"], task_of(shop, one["intent_id"])), ada, bob)
    intent_id = shop.submit()
    worker.also(ada).post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"risk": "high"}}).ok()
    ensure_kept_out(Asked(intent_id, task_of(shop, intent_id)), ada, bob)


def test_whose_token_came_along_when_the_key_was_made_is_behind_it(
    workspace: Workspace, machine: KeyCaller, bob: PersonCaller, ada: PersonCaller
) -> None:
    """Bob has no right to make keys, but a shared workspace key has."""
    both = machine.also(bob)
    account = both.post("/service-accounts", {"name": "bobs"}).ok()["service_account"]["service_account_id"]
    secret = both.post(f"/service-accounts/{account}/keys", {"scope": "own"}).ok()["key"]["token"]
    ensure_kept_out(asked_as(Caller({"x-api-key": secret})), bob, ada)


def test_who_owned_the_agent_is_behind_it_after_another_became_the_owner(
    shop: KeyCaller, alice: PersonCaller, ada: PersonCaller, bob: PersonCaller, vera: PersonCaller
) -> None:
    for owner in (ada, vera):
        alice.patch("/agents/shop", {"owner": owner.user.email}).ok()
    ensure_kept_out(asked_as(shop), ada, bob)


def test_a_machine_does_not_say_who_owns_an_agent(
    machine: KeyCaller, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    for who in (machine, machine.also(bob), machine.also(olga), shop):
        refused = who.patch("/agents/shop", {"owner": "bob@myorg.example"})
        assert (refused.status, refused.code) == (403, "policy_denied")
    machine.also(alice).patch("/agents/shop", {"owner": "bob@myorg.example"}).ok()


@pytest.mark.parametrize("risk", ["high", "critical"])
def test_an_agent_does_not_switch_it_off(adas: KeyCaller, ada: PersonCaller, bob: PersonCaller, risk: str) -> None:
    asked = asked_as(adas, risk=risk, separation_of_duties=False)
    assert asked.task(bob)["human_task"]["separation_of_duties"] is True
    ensure_kept_out(asked, ada, bob)


# The least of a policy


def least(who: PersonCaller, rule: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"name": "Least", "escalation": {"end": END}, "least": rule} | more
    made: dict[str, Any] = who.post("/policies", body).ok()["policy"]
    return made


def test_a_policy_lets_agents_do_without_it(adas: KeyCaller, ada: PersonCaller) -> None:
    least(ada, {"separation_of_duties": False}, match={"agents": ["adas"]})
    asked_as(adas, separation_of_duties=False).decide(ada, "approved").ok()
    assert asked_as(adas).decide(ada, "approved").code == "policy_denied", "who says nothing keeps the default"
    assert asked_as(as_(adas, "ghost"), separation_of_duties=False).decide(ada, "approved").code == "policy_denied"


def test_a_policy_asks_for_it_at_any_risk(adas: KeyCaller, ada: PersonCaller, bob: PersonCaller) -> None:
    least(ada, {"separation_of_duties": True})
    ensure_kept_out(asked_as(adas, risk="low", separation_of_duties=False), ada, bob)


@pytest.mark.parametrize("midway", [False, True])
def test_a_policy_raises_the_risk_by_type_and_amount_and_never_lowers_it(
    shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller, midway: bool
) -> None:
    least(alice, {"risk": "high"}, match={"payload": [{"field": "amount", "at_least": 1000}]})
    for amount, sent, wanted in ((1000, "low", "high"), (999, "low", "low"), (1000, "critical", "critical")):
        if midway:
            intent_id = shop.submit(payload={"amount": amount})
            worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"risk": sent}}).ok()
            asked = Asked(intent_id, task_of(shop, intent_id))
        else:
            asked = ask(shop, {"amount": amount}, risk=sent)
        shown = asked.task(bob)
        assert (shown["risk"], shown["human_task"]["separation_of_duties"]) == (wanted, wanted != "low")


def test_the_least_of_every_policy_that_fits_counts(shop: KeyCaller, alice: PersonCaller, bob: PersonCaller) -> None:
    least(alice, {}, place=1)
    least(alice, {"risk": "medium"}, name="Medium", place=2)
    least(alice, {"risk": "critical"}, name="Critical", place=3, match={"intent_types": ["order.*"]})
    assert ask(shop, risk="low").task(bob)["risk"] == "critical"


def test_the_least_is_kept_and_changed_with_its_policy(alice: PersonCaller, machine: KeyCaller) -> None:
    made = least(alice, {"risk": "high"})
    assert made["least"] == {"risk": "high"}
    path = f"/policies/{made['policy_id']}"
    assert alice.patch(path, {"name": "Renamed"}).ok()["policy"]["least"] == {"risk": "high"}
    assert alice.patch(path, {"least": {"separation_of_duties": True}}).ok()["policy"]["least"] == {
        "separation_of_duties": True
    }
    assert machine.patch(path, {"least": {}}).status == 403
    for wrong in ({"risk": "tiny"}, {"separation_of_duties": "no"}, {"surprise": 1}):
        assert alice.patch(path, {"least": wrong}).status == 422


def test_who_is_behind_is_found_again_for_the_next_question(
    shop: KeyCaller, worker: KeyCaller, ada: PersonCaller, bob: PersonCaller
) -> None:
    """The intent keeps who sent it: its agent asks much later, with a key of its own."""
    intent_id = shop.also(ada).submit()
    auth.forget()
    worker.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {"risk": "high"}}).ok()
    ensure_kept_out(Asked(intent_id, task_of(shop, intent_id)), ada, bob)


def test_an_agent_of_nobody_has_nobody_behind_it(workspace: Workspace, bob: PersonCaller, ada: PersonCaller) -> None:
    agents.create_agent(actor=SETUP, workspace=workspace, name="plain")
    asked_as(make_machine(workspace, "plain")).decide(ada, "approved").ok()


# Silence


SILENT = {"end": {"after_seconds": 3600, "then": "complete", "outcome": "approved"}}


def silent_wait(shop: KeyCaller, worker: KeyCaller, **task: Any) -> str:
    """An intent whose agent takes an hour's silence for a yes."""
    intent_id = shop.submit(payload={"amount": 1_000_000})
    body = {"for": "human", "human_task": {"risk": "low"} | task, "deadline_seconds": 3600}
    worker.post(f"/intents/{intent_id}/wait", body | {"on_timeout": {"complete": "approved"}}).ok()
    return intent_id


def an_hour_later(now: SettableClock) -> None:
    now.advance(hours=1)
    scheduler.sweep_all()


@pytest.mark.parametrize("seconds", [1, 59])
def test_silence_is_no_yes_before_anybody_can_have_seen_the_question(
    shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, seconds: int
) -> None:
    body = {"for": "human", "human_task": {"risk": "low"}, "deadline_seconds": seconds}
    refused = worker.post(f"/intents/{shop.submit()}/wait", body | {"on_timeout": {"complete": "approved"}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "deadline_seconds")
    task = {"risk": "low", "escalation": {"end": SILENT["end"] | {"after_seconds": seconds}}}
    body = {"intent_type": "pay.it.v1", "to_agent": "x", "payload": {}, "human_task": task}
    assert shop.post("/intents", body).json["error"]["details"]["field"] == "human_task.escalation.end.after_seconds"
    policy = {"name": "Quick", "match": {"risks": ["low"]}, "escalation": task["escalation"]}
    assert alice.post("/policies", policy).json["error"]["details"]["field"] == "escalation.end.after_seconds"


def test_silence_is_no_yes_where_nobody_could_have_said_no(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    midway, first = silent_wait(shop, worker), ask(shop, risk="low", escalation=SILENT).intent_id
    an_hour_later(now)
    assert shop.intent(midway)["error"]["outcome"] == "expired"
    assert shop.intent(first)["result"]["outcome"] == "expired"


def test_silence_is_a_yes_at_low_risk_where_somebody_could_have_said_no(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    midway, first = silent_wait(shop, worker), ask(shop, risk="low", escalation=SILENT).intent_id
    an_hour_later(now)
    assert [shop.intent(one)["result"]["outcome"] for one in (midway, first)] == ["approved", "approved"]


def test_silence_is_no_yes_where_the_workspace_asks_for_more_than_low_risk(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    least(alice, {"risk": "medium"}, match={"payload": [{"field": "amount", "at_least": 1000}]})
    midway = silent_wait(shop, worker)
    first = ask(shop, {"amount": 1_000_000}, risk="low", escalation=SILENT).intent_id
    an_hour_later(now)
    assert shop.intent(midway)["error"]["outcome"] == "expired"
    assert shop.intent(first)["result"]["outcome"] == "expired"
