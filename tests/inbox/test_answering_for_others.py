"""Whoever was not asked answers for nobody: every role, with every pair of credentials, at every door."""

from collections.abc import Iterator
from typing import Any

import pytest

from inbox.tasks.models import Task
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import groups
from intents.engine.models import Intent
from intents.kernel.actors import Role, Scope
from tests import turns
from tests.callers import SETUP, Answer, Caller, KeyCaller, PersonCaller, make_machine, make_person
from tests.inbox.conftest import Asked, ask, ask_midway

OVERRIDERS = (Role.OWNER, Role.ADMIN)
REFUSED = (401, 403, 404, 409, 422)
RESULT = {"outcome": "approved", "comment": "looks good"}


@pytest.fixture
def dora(workspace: Workspace) -> PersonCaller:
    """The one who is asked."""
    return make_person(workspace, "dora@myorg.example", Role.APPROVER)


@pytest.fixture
def keys(workspace: Workspace, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller) -> dict[str, KeyCaller]:
    return {
        "sender's key": shop,
        "agent's key": worker,
        "stranger's key": stranger,
        "workspace key": make_machine(workspace, "demo", Scope.WORKSPACE),
    }


@pytest.fixture
def callers(workspace: Workspace, keys: dict[str, KeyCaller]) -> list[tuple[str, Caller]]:
    """Each role that was not asked, alone and beside each key, and each key alone."""
    people = {str(role): make_person(workspace, f"{role}.not.asked@myorg.example", role) for role in Role}
    pairs = [(f"{role} with the {name}", key.also(who)) for role, who in people.items() for name, key in keys.items()]
    return [*people.items(), *keys.items(), *pairs]


def asking(state: str, shop: KeyCaller, worker: KeyCaller, dora: PersonCaller) -> Asked:
    """A critical task that only Dora is asked about, in a state that is not over."""
    task: dict[str, Any] = {"risk": "critical", "required_comment": True, "assignees": ["dora@myorg.example"]}
    if state == "held":
        task["risk"] = "low"  # what is risky is not held
    asked = ask_midway(shop, worker, **task) if state == "midway" else ask(shop, **task)
    if state == "claimed":
        asked.post(dora, "claim").ok()
    if state == "held":
        asked.decide_on_page(dora, "rejected", comment="no")
    return asked


def answers(asked: Asked, *, may_override: bool) -> Iterator[tuple[str, Any]]:
    """Every request that could complete the intent, move it on, or decide its task."""
    intent, task = f"/intents/{asked.intent_id}", f"/tasks/{asked.task_id}"
    yield f"{intent}/resolve", {"status": "COMPLETED", "result": RESULT}
    for body in (
        {"task_result": RESULT},
        RESULT,
        {"approve_current_step": True},
        {"approve_current_step": True, "task_result": RESULT},
        {"action": "complete"} | RESULT,
        {"action": "progress"},
        {"action": "checkpoint", "step": 1},
        {"action": "wait", "for": "time", "delay_seconds": 1},
    ):
        yield f"{intent}/resume", body
    for verb in ("approve", "reject"):
        yield f"/inbox/{asked.intent_id}/{verb}", {"comment": "fine"}
        yield f"/inbox/{asked.intent_id}/{verb}?owner_agent=order-service", {"comment": "fine"}
    yield f"{intent}/wait", {"for": "time", "delay_seconds": 1}
    yield f"{intent}/acknowledge", {}
    yield f"{intent}/progress", {"percent": 99}
    yield f"{intent}/checkpoint", {"step": 1}
    yield f"{intent}/transfer", {"to_agent": "stranger"}
    yield f"{intent}/fail", {"error": {"code": "x"}, "retryable": True}
    yield f"{task}/decide", RESULT
    for named in (asked.intent_id, asked.task_id):
        yield f"/approvals/{named}/decision", {"decision": "approve", "comment": "fine"}
    if not may_override:
        yield f"{task}/decide", RESULT | {"override": True}
    for verb, body in (
        ("claim", {}),
        ("undo", {}),
        ("delegate", {"to": "bob@myorg.example"}),
    ):
        yield f"{task}/{verb}", body


def send(who: Caller, path: str, body: Any) -> Answer:
    path, _, query = path.partition("?")
    _, _, value = query.partition("=")
    if not query:
        return who.post(path, body)
    return who.post(path, body, x_owner_agent=value)


@pytest.mark.slow
@pytest.mark.parametrize("state", turns.each(("open", "midway", "claimed", "held"), of=2))
def test_no_role_and_no_pair_of_credentials_answers_for_who_was_asked(
    shop: KeyCaller,
    worker: KeyCaller,
    bob: PersonCaller,
    dora: PersonCaller,
    callers: list[tuple[str, Caller]],
    state: str,
) -> None:
    asked = asking(state, shop, worker, dora)
    before = Task.objects.values("state", "outcome", "decided_by", "claimed_by").get(id=asked.task_id)
    seq = Intent.objects.get(id=asked.intent_id).seq
    wrong = []
    for name, who in callers:
        for path, body in answers(asked, may_override=name.startswith(OVERRIDERS)):
            answer = send(who, path, body)
            row = Intent.objects.get(id=asked.intent_id)
            if answer.status not in REFUSED or row.status != "WAITING" or row.seq != seq:
                wrong.append((name, path, body, answer.status, row.status))
                assert row.status == "WAITING", wrong
                seq = row.seq
    assert wrong == []
    assert Task.objects.values("state", "outcome", "decided_by", "claimed_by").get(id=asked.task_id) == before
    if state != "held":
        asked.decide(dora, "approved", comment="I was asked").ok()


@pytest.mark.parametrize("state", ["open", "midway", "claimed", "held"])
@pytest.mark.parametrize("role", list(Role))
def test_completing_past_the_task_is_policy_denied_for_people_too(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, dora: PersonCaller, state: str, role: Role
) -> None:
    asked = asking(state, shop, worker, dora)
    who = make_person(workspace, "other@myorg.example", role)
    for caller in (who, shop.also(who), worker.also(who), dora, shop, worker):
        refused = caller.post(f"/intents/{asked.intent_id}/resolve", {"status": "COMPLETED", "result": RESULT})
        assert (refused.status, refused.code) == (403, "policy_denied")


@pytest.mark.parametrize("state", ["open", "midway", "claimed", "held"])
@pytest.mark.parametrize("status", ["CANCELED", "FAILED"])
@pytest.mark.parametrize("who", ["owner", "admin", "operator", "sender", "agent", "approver beside the sender's key"])
def test_cancel_and_fail_stay_while_a_person_is_asked(
    shop: KeyCaller,
    worker: KeyCaller,
    workspace: Workspace,
    dora: PersonCaller,
    bob: PersonCaller,
    state: str,
    status: str,
    who: str,
) -> None:
    asked = asking(state, shop, worker, dora)
    known: dict[str, Caller] = {"sender": shop, "agent": worker, "approver beside the sender's key": shop.also(bob)}
    caller = known.get(who) or make_person(workspace, "other@myorg.example", Role(who))
    body = {"status": status, "reason": "stop"} if status == "CANCELED" else {"status": status, "error": {"code": "x"}}
    caller.post(f"/intents/{asked.intent_id}/resolve", body).ok()
    assert asked.task(dora)["state"] == "withdrawn"


@pytest.mark.parametrize("to", ["oscar@myorg.example", "Night shift"])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN, Role.OWNER])
def test_nobody_puts_to_themselves_what_they_were_not_asked(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, dora: PersonCaller, alice: PersonCaller, role: Role, to: str
) -> None:
    asked = asking("open", shop, worker, dora)
    oscar = make_person(workspace, "oscar@myorg.example", role)
    join(workspace, "Night shift", oscar)
    refused = asked.post(oscar, "assign", {"to": to})
    assert (refused.status, refused.code) == (403, "policy_denied")
    assert asked.decide(oscar, "approved", comment="fine").status == 403
    asked.post(oscar, "assign", {"to": "alice@myorg.example"}).ok()


def test_an_owners_way_is_override_with_a_reason_and_notice(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, dora: PersonCaller, alice: PersonCaller
) -> None:
    asked = asking("open", shop, worker, dora)
    assert asked.decide(alice, "approved", override=True).json["error"]["details"]["field"] == "comment"
    made = asked.decide(alice, "approved", override=True, comment="Dora is ill").ok()
    assert made["decision"]["authority"] == "override"
    assert shop.events(asked.intent_id)[-1]["details"]["decision"]["authority"] == "override"


def join(workspace: Workspace, name: str, who: PersonCaller) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name=name)
    groups.join(actor=SETUP, group=group, member=Member.objects.get(workspace=workspace, user=who.user))
    auth.forget()
