"""A workspace that is suspended or archived: on every door nothing goes on, all can be read, and nothing is lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from intents import auth
from intents.accounts.models import AgentStop, AuditEntry, Member, Workspace
from intents.accounts.services import tenancy
from intents.accounts.stops import MOVING, WorkspaceStopped
from intents.engine import figures
from intents.engine.models import Delivery
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339
from intents.management.setup import ACTOR
from intents.mesh import settling
from tests.callers import Answer, Caller, KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked
from tests.intents.factory import take
from tests.intents.locks import begin, beside
from tests.intents.scenario_runs import CHECK, COOL, SIGN, apply, bundle, decide, states
from tests.intents.waiting import look, token_of

NEW = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
TELL = {"step_id": "tell", "runtime_type": "notification", "config": {"subject": "Soon", "channels": ["inbox"]}}


def set_status(by: Caller, status: str, workspace: Workspace, **more: Any) -> Answer:
    return by.patch(f"/workspaces/{workspace.id}", {"status": status} | more)


def stopped(answer: Answer, status: str = "suspended") -> None:
    assert (answer.status, answer.code) == (403, "policy_denied"), answer.raw
    assert answer.json["error"]["details"] == {"status": status}, answer.raw
    assert status in answer.json["error"]["message"]


BY_MACHINES: dict[str, Callable[[Caller, str, Asked], Answer]] = {
    "submit": lambda it, work, _: it.post("/intents", NEW),
    "ask people": lambda it, work, _: it.post("/intents", NEW | {"human_task": {"title": "Go?"}}),
    "run": lambda it, work, _: it.post("/scenarios/apply", bundle(CHECK)),
    "resume": lambda it, work, _: it.post(f"{work}/resume", {"done": True}),
    "progress": lambda it, work, _: it.post(f"{work}/progress", {"percent": 5}),
    "wait": lambda it, work, _: it.post(f"{work}/wait", {"for": "time", "delay_seconds": 60}),
    "cancel": lambda it, work, _: it.post(f"{work}/resolve", {"status": "CANCELED", "reason": "x"}),
    "controls": lambda it, work, _: it.post(f"{work}/controls", {"controls_patch": {"a": 1}}),
    "cancel many": lambda it, work, _: it.post(
        "/intents/bulk-cancel", {"older_than_hours": 1, "dry_run": False, "reason": "x"}
    ),
    "reply": lambda it, work, _: it.post(
        f"/inbox/{work.rpartition('/')[2]}/reply", {"message": "x"}, x_owner_agent="order-service"
    ),
    "stop an agent": lambda it, work, _: it.post("/mesh/agents/order-service/pause"),
}
BY_PEOPLE: dict[str, Callable[[Caller, str, Asked], Answer]] = {
    "decide": lambda it, _, asked: it.post(f"/tasks/{asked.task_id}/decide", {"outcome": "approved"}),
    "decide by resume": lambda it, _, asked: it.post(
        f"/intents/{asked.intent_id}/resume", {"task_result": {"outcome": "approved"}}
    ),
    "claim a task": lambda it, _, asked: it.post(f"/tasks/{asked.task_id}/claim"),
    "comment": lambda it, _, asked: it.post(f"/tasks/{asked.task_id}/comment", {"comment": "hm"}),
    "question": lambda it, _, asked: it.post(f"/tasks/{asked.task_id}/ask", {"question": "why?"}),
    "delegate": lambda it, _, asked: it.post(f"/tasks/{asked.task_id}/delegate", {"to": "bob@myorg.example"}),
    "cancel": lambda it, work, _: it.post(f"{work}/resolve", {"status": "CANCELED", "reason": "x"}),
    "run": lambda it, work, _: it.post("/scenarios/apply", bundle(CHECK)),
    "workspace": lambda it, work, _: it.post("/organizations", {"name": "Elsewhere"}),
}


@pytest.mark.parametrize("status", ["suspended", "archived"])
def test_nothing_goes_on_and_all_can_be_read(
    workspace: Workspace,
    alice: PersonCaller,
    bob: PersonCaller,
    machine: KeyCaller,
    shop: KeyCaller,
    worker: KeyCaller,
    asked: Asked,
    status: str,
) -> None:
    first = shop.post("/intents", NEW, key="again").ok()
    held = f"/intents/{first['intent_id']}"
    assert take(worker)
    waits = shop.submit()
    take(worker)
    token = token_of(worker.post(f"/intents/{waits}/wait", {"for": "tool", "tool": "printer"}).ok())
    assert set_status(alice, status, workspace).ok()["workspace"]["status"] == status
    for door, ask in BY_MACHINES.items():
        answer = ask(machine, held, asked)
        if door == "stop an agent":
            assert answer.status == 403
        else:
            stopped(answer, status)
    for ask in BY_PEOPLE.values():
        stopped(ask(alice, held, asked), status)
    stopped(worker.post(f"{held}/resume", {"done": True}), status)
    with pytest.raises(WorkspaceStopped):
        take(worker)
    called = shop.post(f"/callbacks/{token}", {"ok": True})
    assert (called.status, "retry-after" in called.headers) == (503, True), "the tool comes again"
    batch = shop.post("/intents/batch", {"intents": [NEW]}).ok()["intents"]
    assert [one["ok"] for one in batch] == [False]
    assert worker.post("/mesh/heartbeat").ok()["status"] == "suspended"
    assert {one["status"] for one in machine.get("/mesh/agents").ok()["agents"]} == {"active"}
    assert auth.still_valid([worker.key_id]) == set(), "its streams end"
    assert shop.post("/intents", NEW, key="again").ok() == first, "what was accepted is accepted still"
    assert asked.task(bob)["state"] == "open"
    for path in (held, f"{held}/events", "/intents", "/tasks", "/me/tasks", "/mesh/events"):
        (bob if "task" in path else machine).get(path).ok()
    machine.get("/inbox", owner_agent="shop").ok()

    assert set_status(alice, "active", workspace).ok()["workspace"]["status"] == "active"
    assert AgentStop.objects.count() == 0
    asked.decide(bob, "approved").ok()
    shop.post(f"/callbacks/{token}", {"ok": True}).ok()
    worker.post(f"{held}/resume", {"done": True}).ok()
    noted = AuditEntry.objects.filter(action="workspace.set_status").order_by("id")
    assert [one.details for one in noted] == [
        {"before": "active", "status": status},
        {"before": status, "status": "active"},
    ]


@pytest.mark.parametrize("moves", [False, True])
def test_what_agents_hold_goes_back_and_no_attempt_counts(
    now: SettableClock, workspace: Workspace, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, moves: bool
) -> None:
    """Also of one that is on its way to another cell."""
    intent_id = shop.submit()
    assert take(worker)
    if moves:
        AgentStop.objects.create(workspace=workspace, name="", state=MOVING, by="command", at=clock.now())
    set_status(alice, "suspended", workspace).ok()
    settling.settle()
    now.advance(seconds=5)
    look()
    set_status(alice, "active", workspace).ok()
    (again,) = take(worker)
    assert (str(again.intent.id), again.delivery.attempt) == (intent_id, 1)


def test_a_run_goes_on_where_it_was(
    now: SettableClock, workspace: Workspace, alice: PersonCaller, machine: KeyCaller, worker: KeyCaller
) -> None:
    wait = {"step_id": "rest", "runtime_type": "delay", "config": {"seconds": 60}}
    run = apply(machine, wait, CHECK)
    set_status(alice, "suspended", workspace).ok()
    for _ in range(3):
        now.advance(minutes=5)
        look()
    assert machine.intent(run)["status"] == "WAITING"
    set_status(alice, "active", workspace).ok()
    now.advance(minutes=10)
    look()
    (work,) = take(worker)
    worker.post(f"/intents/{work.intent.id}/resume", {"done": True}).ok()
    look()
    assert machine.intent(run)["status"] == "COMPLETED"


@pytest.mark.parametrize("tells", [True, False])
def test_a_run_asks_and_tells_nobody_meanwhile(
    now: SettableClock, workspace: Workspace, alice: PersonCaller, bob: PersonCaller, machine: KeyCaller, tells: bool
) -> None:
    run = apply(machine, COOL, *([TELL] if tells else []), SIGN)
    set_status(alice, "suspended", workspace).ok()
    for _ in range(3):
        now.advance(minutes=5)
        look()
    assert bob.get("/me/tasks").ok()["tasks"] == []
    assert states(run)[1:] == [("tell" if tells else "sign", "retrying")]
    assert machine.intent(run)["status"] == "WAITING"
    set_status(alice, "active", workspace).ok()
    now.advance(minutes=10)
    look()
    assert len(bob.get("/me/tasks").ok()["tasks"]) == 1
    decide(bob, run)
    assert machine.intent(run)["status"] == "COMPLETED"


def test_a_deadline_goes_on(now: SettableClock, workspace: Workspace, alice: PersonCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit(deadline_at=rfc3339(now.now + timedelta(minutes=1)))
    set_status(alice, "suspended", workspace).ok()
    now.advance(minutes=2)
    look()
    assert shop.intent(intent_id)["status"] == "TIMED_OUT"


def test_who_may(
    workspace: Workspace, alice: PersonCaller, olga: PersonCaller, bob: PersonCaller, machine: KeyCaller, shop: KeyCaller
) -> None:
    admin = make_person(workspace, "adam@myorg.example", Role.ADMIN)
    for caller in (olga, bob, machine, bob.also(machine)):
        assert set_status(caller, "suspended", workspace).status == 403
    assert set_status(admin, "archived", workspace).status == 403
    set_status(admin, "suspended", workspace, name="Live").ok()
    assert set_status(admin, "active", workspace).ok()["workspace"]["name"] == "Live"
    set_status(alice, "archived", workspace).ok()
    assert set_status(admin, "active", workspace).status == 403
    set_status(alice, "active", workspace).ok()
    for status in ("pending", "deleted", ""):
        assert set_status(alice, status, workspace).json["error"]["details"]["field"] == "status"
    shop.submit()


def test_an_organization_stops_all_its_workspaces(
    workspace: Workspace, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller
) -> None:
    org = f"/organizations/{workspace.organization_id}"
    lab = Workspace.objects.create(organization=workspace.organization, slug="lab", name="Lab")
    for of_hers in (None, Role.VIEWER, Role.ADMIN):
        assert alice.patch(org, {"status": "suspended"}).status == 403, "she does not own the other workspace"
        Member.objects.update_or_create(workspace=lab, user=bob.user, defaults={"role": Role.OWNER})
        if of_hers:
            Member.objects.update_or_create(workspace=lab, user=alice.user, defaults={"role": of_hers})
    assert alice.patch(org, {"status": "suspended"}).status == 403
    Member.objects.filter(workspace=lab, user=alice.user).update(role=Role.OWNER, suspended_at=clock.now())
    assert alice.patch(org, {"status": "suspended"}).status == 403, "she owns it no more"
    lab.delete()
    made = alice.post(f"{org}/workspaces", {"name": "Lab", "environment": "sandbox"}).ok()["workspace"]
    for status in ("pending", "archived", "suspended"):
        assert alice.patch(org, {"status": status}).ok()["organization"]["status"] == status
        answer = shop.post("/intents", NEW)
        assert answer.json["error"]["details"] == {"status": status}
    assert AgentStop.objects.filter(workspace_id=made["workspace_id"], name="", state="suspended").exists()
    assert set_status(alice, "archived", workspace).ok()["workspace"]["status"] == "archived"
    stopped(shop.post("/intents", NEW), "archived")
    alice.patch(org, {"status": "active"}).ok()
    stopped(shop.post("/intents", NEW), "archived")
    set_status(alice, "active", workspace).ok()
    shop.post("/intents", NEW).ok()
    assert AgentStop.objects.count() == 0


def test_what_the_operator_has_set_only_they_change(
    workspace: Workspace, alice: PersonCaller, shop: KeyCaller, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("set_status", "myorg/production", "suspended")
    stopped(shop.post("/intents", NEW))
    refused = set_status(alice, "active", workspace)
    assert (refused.status, "operator" in refused.json["error"]["message"]) == (403, True)
    call_command("set_status", "myorg/production", "active")
    shop.post("/intents", NEW).ok()
    call_command("set_status", "myorg", "archived")
    stopped(shop.post("/intents", NEW), "archived")
    assert alice.patch(f"/organizations/{workspace.organization_id}", {"status": "active"}).status == 403
    with pytest.raises(CommandError, match="an organization alone"):
        call_command("set_status", "myorg/production", "pending")
    call_command("set_status", "myorg", "active")
    set_status(alice, "suspended", workspace).ok()
    set_status(alice, "active", workspace).ok()
    set_status(alice, "suspended", workspace).ok()
    call_command("set_status", "myorg/production", "suspended")
    assert set_status(alice, "active", workspace).status == 403, "it was so before, and is the operator's now"
    set_status(alice, "suspended", workspace).ok()
    assert set_status(alice, "active", workspace).status == 403
    call_command("set_status", "myorg/production", "active")
    shop.post("/intents", NEW).ok()


def test_a_workspace_that_is_made_meanwhile_stops_with_its_organization(workspace: Workspace) -> None:
    """Whoever comes second sees what the first has done."""
    organization = workspace.organization
    with beside() as other:
        other.execute("SELECT FROM intents_organization WHERE id = %s FOR NO KEY UPDATE", [organization.id])
        make = partial(tenancy.create_workspace, actor=ACTOR, organization=organization, slug="lab")
        thread, made = begin(make)
        other.execute("UPDATE intents_organization SET status = 'suspended' WHERE id = %s", [organization.id])
        other.commit()
        thread.join(30)
    assert len(made) == 1
    assert AgentStop.objects.filter(workspace__slug="lab", name="", state="suspended").exists()


@pytest.mark.parametrize("stops", ["workspace", "agent"])
def test_what_is_kept_back_is_not_late(
    workspace: Workspace, alice: PersonCaller, worker: KeyCaller, shop: KeyCaller, stops: str
) -> None:
    """Else what one workspace stops would be an alarm for the whole server."""
    intent_id = shop.submit()
    ago = timezone.now() - timedelta(minutes=5)
    Delivery.objects.filter(intent_id=intent_id).update(binding="http", by_server=True, created_at=ago)
    assert (figures.readiness()["outbox_lag_seconds"] or 0) > 200
    if stops == "workspace":
        set_status(alice, "suspended", workspace).ok()
    else:
        alice.post("/mesh/agents/order-service/pause").ok()
    assert figures.readiness()["outbox_lag_seconds"] == 0
