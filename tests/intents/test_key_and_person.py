"""A key and a person's token in one request: it may do what either may, and the record names both."""

from typing import Any

import pytest

from intents.accounts.models import AuditEntry, Workspace
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.intents.factory import take

AGENT = "agent://myorg/production/order-service"
SENDER = "agent://myorg/production/shop"
ROLES = list(Role)


@pytest.fixture(params=ROLES)
def who(request: pytest.FixtureRequest, workspace: Workspace) -> PersonCaller:
    return make_person(workspace, "who@myorg.example", request.param)


@pytest.mark.parametrize("status", ["CANCELED", "FAILED", "COMPLETED"])
def test_the_key_ends_what_its_agent_sent_or_handles(
    shop: KeyCaller, worker: KeyCaller, who: PersonCaller, status: str
) -> None:
    for key, label in ((shop, SENDER), (worker, AGENT)):
        body: dict[str, Any] = {"status": status, "reason": "x", "error": {"code": "x"}, "result": {"n": 1}}
        wanted = {"CANCELED": "reason", "FAILED": "error", "COMPLETED": "result"}[status]
        sent = {"status": status, wanted: body[wanted]}
        event = key.also(who).post(f"/intents/{shop.submit()}/resolve", sent).ok()["event"]
        assert (event["actor"], event["details"]["with_person"]) == (label, "who@myorg.example")


def test_the_key_works_on_what_is_its_agents(shop: KeyCaller, worker: KeyCaller, who: PersonCaller) -> None:
    both, intent_id = worker.also(who), shop.submit()
    path = f"/intents/{intent_id}"
    take(worker)
    both.post(f"{path}/acknowledge").ok()
    both.post(f"{path}/progress", {"percent": 5}).ok()
    both.post(f"{path}/checkpoint", {"step": 1}).ok()
    both.post(f"{path}/heartbeat").ok()
    assert both.send("PUT", f"{path}/steps/pay", raw=b'{"result": 1}').status == 201
    both.post(f"{path}/wait", {"for": "tool", "tool": "bank"}).ok()
    shop.also(who).post(f"{path}/resume", {"go": "on"}).ok()
    event = both.post(f"{path}/resume", {"done": True}).ok()["event"]
    assert (event["status"], event["actor"], event["details"]["with_person"]) == ("COMPLETED", AGENT, "who@myorg.example")
    assert {one["actor"] for one in shop.events(intent_id)} == {SENDER, AGENT}


def test_the_key_changes_how_its_agents_intents_are_treated(shop: KeyCaller, who: PersonCaller) -> None:
    both, path = shop.also(who), f"/intents/{shop.submit()}"
    controls = both.post(f"{path}/controls", {"controls_patch": {"note": "x"}}).ok()
    policy = both.post(f"{path}/policy", {"grants_patch": {"resume": ["agent://myorg/production/stranger"]}}).ok()
    for done in (controls, policy):
        assert (done["event"]["actor"], done["event"]["details"]["with_person"]) == (SENDER, "who@myorg.example")


def test_the_key_handles_its_own_threads(shop: KeyCaller, worker: KeyCaller, who: PersonCaller) -> None:
    both = worker.also(who)
    intent_id = shop.submit()
    assert [one["thread_id"] for one in both.get("/inbox").ok()["threads"]] == [intent_id]
    both.post(f"/inbox/{intent_id}/reply", {"message": "on it"}).ok()
    both.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "stranger"}).ok()
    assert both.post(f"/inbox/{intent_id}/messages/delete", {"mode": "self"}).ok()["deleted_count"] > 0
    done = both.post(f"/inbox/{intent_id}/approve", {"comment": "fine"}).ok()
    assert done["thread"]["status"] == "done"
    last = shop.events(intent_id)[-1]
    assert (last["actor"], last["details"]["with_person"]) == (AGENT, "who@myorg.example")


def test_what_the_key_may_not_the_person_still_may(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, olga: PersonCaller
) -> None:
    event = (
        stranger.also(olga).post(f"/intents/{shop.submit()}/resolve", {"status": "CANCELED", "reason": "x"}).ok()["event"]
    )
    assert (event["actor"], event["details"]["with_key"]) == (
        "olga@myorg.example",
        "agent://myorg/production/stranger",
    )


@pytest.mark.parametrize("role", [Role.APPROVER, Role.VIEWER])
def test_what_neither_may_both_may_not(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, workspace: Workspace, role: Role
) -> None:
    both = stranger.also(make_person(workspace, "who@myorg.example", role))
    path = f"/intents/{shop.submit()}"
    calls: list[tuple[str, Any]] = [
        (f"{path}/resolve", {"status": "COMPLETED", "result": {}}),
        (f"{path}/resolve", {"status": "CANCELED", "reason": "x"}),
        (f"{path}/resume", {"done": True}),
        (f"{path}/resume", {"approve_current_step": True}),
        (f"{path}/controls", {"controls_patch": {"a": 1}}),
        (f"{path}/policy", {"grants_patch": {"resume": []}}),
        (f"{path}/acknowledge", {}),
        (f"{path}/fail", {"error": {"code": "x"}}),
        (f"{path}/transfer", {"to_agent": "stranger"}),
        ("/intents/bulk-cancel", {"older_than_hours": 1, "reason": "x", "dry_run": False}),
        ("/service-accounts", {"name": "new-agent"}),
        (f"/service-accounts/{worker.agent.id}/keys", {}),
        (f"/service-accounts/{worker.agent.id}/keys/{worker.key_id}/revoke", {}),
    ]
    for call, body in calls:
        refused = both.post(call, body)
        assert (refused.status, refused.code) == (403, "policy_denied"), (call, refused.raw)
    assert shop.intent(path.rpartition("/")[2])["status"] == "SUBMITTED"


def test_a_workspace_key_manages_agents_and_keys_whoever_comes_along(
    machine: KeyCaller, worker: KeyCaller, who: PersonCaller
) -> None:
    both = machine.also(who)
    account = both.post("/service-accounts", {"name": "new-agent"}).ok()["service_account"]
    both.get(f"/service-accounts/{account['service_account_id']}").ok()
    key = both.post(f"/service-accounts/{account['service_account_id']}/keys", {}).ok()["key"]
    both.post(f"/service-accounts/{account['service_account_id']}/keys/{key['key_id']}/revoke", {}).ok()
    noted = AuditEntry.objects.filter(action__in=["agent.create", "key.create", "key.revoke"]).order_by("-id")[:3]
    for one in noted:
        names = {one.actor, *one.details.values()}
        assert {"who@myorg.example", "agent://myorg/production/demo"} <= {str(name) for name in names}


def test_only_the_person_decides_and_the_key_is_named(machine: KeyCaller, shop: KeyCaller, bob: PersonCaller) -> None:
    intent_id = shop.submit(human_task={})
    machine.also(bob).post(f"/intents/{intent_id}/resume", {"task_result": {"outcome": "approved"}}).ok()
    last = shop.events(intent_id)[-1]
    assert (last["actor"], last["details"]["with_key"]) == ("bob@myorg.example", "agent://myorg/production/demo")


def test_an_intent_names_the_person_beside_its_key(shop: KeyCaller, bob: PersonCaller) -> None:
    first = shop.events(shop.also(bob).submit())[0]
    assert (first["actor"], first["details"]["with_person"]) == (SENDER, "bob@myorg.example")
    assert "with_person" not in shop.events(shop.submit())[0]["details"]


def test_a_result_that_holds_a_task_result_is_still_the_agents_result(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    """Agents send back what people answered."""
    intent_id = shop.submit()
    take(worker)
    body = {"task_result": {"outcome": "approved"}, "sent": True}
    assert worker.also(bob).post(f"/intents/{intent_id}/resume", body).ok()["event"]["details"]["result"] == body


def test_a_decision_that_is_sent_again_does_not_end_the_work(shop: KeyCaller, machine: KeyCaller, bob: PersonCaller) -> None:
    intent_id = shop.submit()
    machine.post(f"/intents/{intent_id}/wait", {"for": "human", "human_task": {}}).ok()
    both, body = machine.also(bob), {"task_result": {"outcome": "approved"}}
    both.post(f"/intents/{intent_id}/resume", body).ok()
    again = both.post(f"/intents/{intent_id}/resume", body)
    assert (again.status, again.code) == (409, "already_decided")
    assert shop.intent(intent_id)["status"] == "IN_PROGRESS"
