"""Levels that ask whoever is on call, or the manager of the owner of the agent that asks: found when they are reached."""

from typing import Any

import pytest

from intents.accounts.models import Agent, Member, Workspace
from intents.accounts.services import agents, membership, tenancy
from intents.dispatch import scheduler
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway
from tests.inbox.outgoing import notified, send
from tests.mailbox import Mailbox

HOUR = 3600
END = {"after_seconds": 72 * HOUR, "then": "fail"}


def levels(*to: str, hours: int = 2) -> dict[str, Any]:
    return {"levels": [{"after_seconds": hours * HOUR, "to": one} for one in to], "end": END}


def sweep(now: SettableClock, **parts: float) -> None:
    now.advance(**parts)
    while scheduler.sweep():
        pass


def reached(shop: KeyCaller, asked: Asked) -> list[tuple[str, str | None, str | None]]:
    """Whom levels asked: as written, who that was, and why it was not who was meant."""
    events = [one["details"] for one in shop.events(asked.intent_id) if one["event_type"] == "intent.escalated"]
    return [(one["to"], one.get("who"), one.get("why")) for one in events]


def ahead(caller: PersonCaller | KeyCaller, asked: Asked) -> list[tuple[str, str | None, str | None]]:
    steps = asked.task(caller)["next_steps"]
    return [(one["to"], one["who"], one["why"]) for one in steps if one["what"] == "escalation"]


def manager(of: PersonCaller, address: str | None) -> None:
    membership.set_manager(actor=SETUP, member=Member.objects.get(user=of.user), manager=address)


@pytest.fixture
def night(now: SettableClock, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller) -> str:
    """Bob is on call on the day of these tests from 09:00 in UTC, Olga on the next."""
    body = {"name": "Night shift", "time_zone": "UTC", "starts_on": "2030-01-15", "hand_over": "09:00", "shift_days": 1}
    made = alice.post("/schedules", body | {"people": [bob.user.email, olga.user.email]}).ok()["schedule"]
    return f"/schedules/{made['schedule_id']}"


def test_whoever_is_on_call_when_a_level_is_reached_is_asked(
    now: SettableClock, night: str, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, assignees=["alice@myorg.example"], escalation=levels("oncall:night SHIFT", hours=23))
    assert ahead(alice, asked) == [("oncall:night SHIFT", "bob@myorg.example", None)]
    # Between the opening and the level, somebody else takes the shift.
    body = {"person": "olga@myorg.example", "from": "2030-01-16T07:00:00Z", "until": "2030-01-16T09:00:00Z"}
    alice.post(f"{night}/overrides", body).ok()
    assert ahead(alice, asked) == [("oncall:night SHIFT", "olga@myorg.example", None)]
    sweep(now, hours=23)
    assert reached(shop, asked) == [("oncall:night SHIFT", "olga@myorg.example", None)]
    assert asked.decide(bob, "approved").code == "policy_denied"
    asked.decide(olga, "approved").ok()


def test_after_an_outage_whoever_is_on_call_by_then_is_asked(
    now: SettableClock, night: str, olga: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, assignees=["alice@myorg.example"], escalation=levels("oncall:Night shift"))
    assert ahead(olga, asked) == [("oncall:Night shift", "bob@myorg.example", None)]
    sweep(now, hours=30)
    assert reached(shop, asked) == [("oncall:Night shift", "olga@myorg.example", None)]


def test_a_level_that_is_gone_through_again_asks_whoever_is_on_call_then(
    now: SettableClock, night: str, alice: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, assignees=["alice@myorg.example"], escalation=levels("oncall:Night shift", hours=20) | {"repeat": 1})
    both = ["bob@myorg.example", "olga@myorg.example"]
    assert [who for _, who, _ in ahead(alice, asked)] == both
    for _ in both:
        sweep(now, hours=20)
    assert [who for _, who, _ in reached(shop, asked)] == both


@pytest.mark.parametrize("why", ["off hours", "left", "behind the agent", "deleted"])
def test_when_nobody_on_call_could_decide_the_owners_are_asked_and_told_why(
    now: SettableClock, night: str, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller, why: str
) -> None:
    if why == "behind the agent":
        agents.update_agent(actor=SETUP, agent=shop.agent, owner="bob@myorg.example")
    separate = {"separation_of_duties": True} if why == "behind the agent" else {}
    asked = ask(shop, assignees=["olga@myorg.example"], escalation=levels("oncall:Night shift"), **separate)
    match why:
        case "off hours":
            alice.patch(night, {"hours": {"sun": [["00:00", "01:00"]]}}).ok()
        case "left":
            tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=bob.user))
        case "deleted":
            alice.delete(night).ok()
    said = {
        "off hours": "nobody is on call in Night shift then",
        "left": "bob@myorg.example, on call in Night shift, cannot decide here",
        "behind the agent": "bob@myorg.example, on call in Night shift, stands behind the agent that asks",
        "deleted": "the schedule of those on call was deleted",
    }
    expected = [("oncall:Night shift", "owner", said[why])]
    assert ahead(alice, asked) == expected
    sweep(now, hours=2)
    assert reached(shop, asked) == expected
    asked.decide(alice, "approved").ok()


@pytest.mark.parametrize("by", ["a level", "the intent's own fields"])
def test_owners_and_admins_are_told_that_nobody_is_on_call_when_a_level_needs_them(
    now: SettableClock, night: str, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller, mailbox: Mailbox, by: str
) -> None:
    make_person(bob.token.workspace, "adam@myorg.example", Role.ADMIN)
    alice.patch(night, {"hours": {"sun": [["00:00", "01:00"]]}}).ok()
    if by == "a level":
        ask(shop, title="Pay?", assignees=["bob@myorg.example"], escalation=levels("oncall:Night shift"))
    else:
        fields = {"remind_after_seconds": HOUR, "max_reminders": 1, "escalate_to": "oncall:Night shift"}
        shop.submit(human_task={"title": "Pay?", "assignees": ["bob@myorg.example"]}, **fields)
    for _ in range(2):
        send()
        sweep(now, hours=1)
    send()
    assert [(who, kind) for who, kind, _ in notified() if who != "bob"] == [("adam", "unreached"), ("alice", "unreached")]
    assert {mail["Subject"] for mail in mailbox.mails if not mail["To"].startswith("bob")} == {
        "Escalation found nobody: Pay?"
    }


def test_the_manager_of_the_owner_of_the_agent_is_asked(
    now: SettableClock, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    manager(bob, "olga@myorg.example")
    alice.patch("/agents/shop", {"owner": "bob@myorg.example"}).ok()
    asked = ask_midway(shop, worker, assignees=["bob@myorg.example"], escalation=levels("Manager"))
    assert ahead(alice, asked) == [("Manager", "olga@myorg.example", None)]
    sweep(now, hours=2)
    assert reached(shop, asked) == [("Manager", "olga@myorg.example", None)]
    asked.decide(olga, "approved").ok()


@pytest.mark.parametrize(
    ("owner", "managed_by", "why"),
    [
        (None, None, "shop has no owner"),
        ("bob@myorg.example", None, "bob@myorg.example, who owns shop, has no manager"),
        (
            "bob@myorg.example",
            "vera@myorg.example",
            "vera@myorg.example, the manager of bob@myorg.example, cannot decide here",
        ),
    ],
)
def test_where_there_is_no_manager_the_owners_are_asked_and_told_why(
    now: SettableClock,
    alice: PersonCaller,
    bob: PersonCaller,
    olga: PersonCaller,
    vera: PersonCaller,
    shop: KeyCaller,
    owner: str | None,
    managed_by: str | None,
    why: str,
) -> None:
    agents.update_agent(actor=SETUP, agent=shop.agent, owner=owner)
    manager(bob, managed_by)
    asked = ask(shop, assignees=["olga@myorg.example"], escalation=levels("manager"))
    sweep(now, hours=2)
    assert reached(shop, asked) == [("manager", "owner", why)]
    asked.decide(alice, "approved").ok()


def test_whoever_is_on_call_or_manages_can_be_asked_at_once_and_by_the_fields_of_an_intent(
    now: SettableClock, night: str, alice: PersonCaller, bob: PersonCaller, olga: PersonCaller, shop: KeyCaller
) -> None:
    asked = ask(shop, assignees=["oncall:Night shift", "manager"])
    assert asked.task(alice)["assigned_to"] == [f"user:{bob.user.id}", "role:owner"]
    manager(bob, "olga@myorg.example")
    agents.update_agent(actor=SETUP, agent=shop.agent, owner="bob@myorg.example")
    late = shop.submit(human_task={}, remind_after_seconds=HOUR, escalate_to="manager")
    sweep(now, hours=2)
    (event,) = [one for one in shop.events(late) if one["event_type"] == "intent.escalated"]
    assert (event["details"]["to"], event["details"]["who"]) == ("manager", "olga@myorg.example")


def test_a_wait_that_is_escalated_asks_the_manager(
    now: SettableClock, alice: PersonCaller, bob: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    manager(bob, "alice@myorg.example")
    agents.update_agent(actor=SETUP, agent=shop.agent, owner="bob@myorg.example")
    intent_id = shop.submit(escalate_to="manager")
    body = {"for": "human", "human_task": {"assignees": ["bob@myorg.example"]}, "deadline_seconds": HOUR}
    worker.post(f"/intents/{intent_id}/wait", body | {"on_timeout": "escalate"}).ok()
    (task,) = worker.get("/tasks", intent_id=intent_id).ok()["tasks"]
    asked = Asked(intent_id, task["task_id"])
    assert [(one["then"], one["who"]) for one in asked.task(alice)["next_steps"]] == [("escalate", "alice@myorg.example")]
    sweep(now, hours=1)
    assert reached(shop, asked) == [("manager", "alice@myorg.example", None)]
    asked.decide(alice, "approved").ok()


def test_a_schedule_that_a_policy_names_keeps_its_place_in_it(night: str, alice: PersonCaller) -> None:
    policy = {"name": "Late", "escalation": levels("oncall:night shift")}
    path = f"/policies/{alice.post('/policies', policy).ok()['policy']['policy_id']}"
    alice.patch(night, {"name": "Nights"}).ok()
    assert alice.get(path).ok()["policy"]["escalation"]["levels"][0]["to"] == "oncall:Nights"
    refused = alice.delete(night)
    assert (refused.status, refused.json["error"]["details"]["policy"]) == (409, "Late")
    for unknown in ("oncall:Night shift", "oncall:", "oncall"):
        refused = alice.post("/policies", {"name": "Other", "escalation": levels(unknown)})
        assert refused.json["error"]["details"]["field"] == "escalation.levels.0.to", unknown


def test_the_preview_tells_who_would_be_on_call(now: SettableClock, night: str, alice: PersonCaller) -> None:
    task = {"escalation": levels("oncall:Night shift", "manager", hours=24)}
    preview = alice.post("/policies/preview", {"intent_type": "refund.pay.v1", "agent": "shop", "human_task": task}).ok()
    found = [(one["who"], one["why"]) for one in preview["next_steps"] if one["what"] == "escalation"]
    assert found == [("olga@myorg.example", None), ("owner", "shop has no owner")]


def test_whoever_makes_an_agent_owns_it_and_owners_stand_behind_it(
    alice: PersonCaller, bob: PersonCaller, machine: KeyCaller, workspace: Workspace, shop: KeyCaller
) -> None:
    body = {"org_id": str(workspace.organization_id), "workspace_id": str(workspace.id), "name": "billing"}
    alice.post("/service-accounts", body).ok()
    assert alice.get("/agents/billing").ok()["agent"]["owner"] == "alice@myorg.example"
    agents.update_agent(actor=SETUP, agent=machine.agent, owner="bob@myorg.example")
    machine.post("/service-accounts", body | {"name": "refunds"}).ok()
    assert machine.get("/agents/refunds").ok()["agent"]["owner"] == "bob@myorg.example"
    refused = alice.patch("/agents/refunds", {"owner": "stranger@rivals.example"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "owner")
    Agent.objects.filter(id=shop.agent.id).update(owner=bob.user)
    assert "separation of duties" in ask(shop, risk="high").task(bob)["why_not"]


def test_a_member_reports_to_another_member(
    alice: PersonCaller, bob: PersonCaller, olga: PersonCaller, charlie: PersonCaller, workspace: Workspace
) -> None:
    path = f"/organizations/{workspace.organization_id}/members/{Member.objects.get(user=bob.user).id}"
    assert alice.patch(path, {"manager": "Olga@myorg.example"}).ok()["member"]["manager"] == "olga@myorg.example"
    both = alice.patch(path, {"manager": "alice@myorg.example", "role": "workspace_admin"}).ok()["member"]
    assert (both["manager"], both["workspace_role"]) == ("alice@myorg.example", "operator")
    for wrong in ("bob@myorg.example", "charlie@rivals.example"):
        refused = alice.patch(path, {"manager": wrong, "role": "member"})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "manager")
    assert alice.patch(path, {}).ok()["member"]["workspace_role"] == "operator"
    for caller in (bob, olga):
        assert caller.patch(path, {"manager": None}).status == 403
    assert alice.patch(path, {"manager": None}).ok()["member"]["manager"] is None


def test_nobody_is_managed_by_who_left(alice: PersonCaller, bob: PersonCaller, workspace: Workspace) -> None:
    manager(alice, "bob@myorg.example")
    tenancy.set_member(actor=SETUP, workspace=workspace, user=bob.user, role=Role.VIEWER)
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=bob.user))
    assert Member.objects.get(user=alice.user).manager is None
