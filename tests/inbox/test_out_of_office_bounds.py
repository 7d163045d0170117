"""Out of office: previews, refusals, who may no more, and several at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from django.db import connection, transaction

from inbox.tasks import audience
from inbox.tasks.models import Task
from inbox.tasks.services import out_of_office
from intents.accounts.models import Absence, Member, Workspace
from intents.accounts.services import groups, membership, tenancy
from intents.engine.models import Intent
from intents.kernel import clock
from intents.kernel.actors import Role, Scope
from tests.callers import SETUP, KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.inbox.absent import ANN, BOB, ann, at_once, away, dan, listed
from tests.inbox.conftest import ask
from tests.intents.waiting import at_once as together
from tests.intents.waiting import pool

__all__ = ["ann", "at_once", "dan", "pool"]


def test_a_preview_tells_of_each_task_whether_it_goes_to_the_stand_in_and_else_why(
    now: SettableClock,
    workspace: Workspace,
    shop: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    ann: PersonCaller,
    dan: PersonCaller,
) -> None:
    goes = ask(shop, assignees=[BOB])
    role = ask(shop)
    both = ask(shop, assignees=[BOB, ANN])
    delegated = ask(shop, assignees=[BOB])
    delegated.post(bob, "delegate", {"to": "dan@myorg.example"}).ok()
    theirs = ask(shop, assignees=["dan@myorg.example"])
    theirs.post(dan, "delegate", {"to": BOB}).ok()
    apart = ask(shop, assignees=[BOB])
    Task.objects.filter(id=apart.task_id).update(excluded=[ann.user.id])
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    groups.join(actor=SETUP, group=group, member=Member.objects.get(user=bob.user))
    alone = ask(shop, assignees=["Finance"])
    plan = {"until": "2030-01-18", "stand_in": ANN}
    found = bob.post("/me/out-of-office/preview", plan).ok()
    assert {one["task_id"]: one["why_not"] for one in found["tasks"]} == {
        goes.task_id: None,
        role.task_id: "it was put to a group or role, and others there can decide it",
        both.task_id: "the stand-in is asked already",
        delegated.task_id: "you delegated it to somebody else",
        theirs.task_id: "it was delegated to you, and goes no further",
        apart.task_id: "separation of duties keeps the stand-in from it",
        alone.task_id: "it was put to a group or role, and only you can decide it",
    }
    assert (found["going"], found["stand_in_away"], Absence.objects.count()) == (1, None, 0)
    away(bob)
    assert {one.task_id for one in (goes, role, both, delegated, theirs, apart, alone)} & set(listed(ann)) == {
        goes.task_id,
        both.task_id,
    }
    away(ann, None)
    found = bob.post("/me/out-of-office/preview", plan).ok()
    assert (found["going"], found["stand_in_away"]["active"]) == (0, True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"until": "2030-01-14"}, "until"),
        ({"from": "2030-01-20", "until": "2030-01-18"}, "until"),
        ({"until": "2032-01-18"}, "until"),
        ({"until": "2030-01-18", "stand_in": BOB}, "stand_in"),
        ({"until": "2030-01-18", "stand_in": "vera@myorg.example"}, "stand_in"),
        ({"until": "2030-01-18", "stand_in": "charlie@rivals.example"}, "stand_in"),
    ],
)
def test_what_cannot_be_is_refused_naming_the_field(
    now: SettableClock, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, body: dict[str, str], field: str
) -> None:
    for refused in (bob.put("/me/out-of-office", body), bob.post("/me/out-of-office/preview", body)):
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert not Absence.objects.exists()


def test_who_loses_the_right_to_decide_passes_nothing_on(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(shop, assignees=[BOB])
    away(bob)
    member = Member.objects.get(user=bob.user)
    membership.suspend(actor=SETUP, member=member, suspended=True)
    assert (listed(ann), asked.decide(ann, "approved").code) == ([], "policy_denied")
    membership.suspend(actor=SETUP, member=member, suspended=False)
    assert listed(ann) == [asked.task_id]
    membership.remove(actor=SETUP, member=Member.objects.get(user=ann.user))
    assert Absence.objects.get().stand_in is None


@pytest.mark.parametrize("how", ["suspend", "remove", "viewer"])
def test_a_claim_of_the_stand_in_ends_with_the_rights_of_who_is_away(
    now: SettableClock, workspace: Workspace, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, how: str
) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    asked = ask(shop, assignees=[BOB, "Finance"])
    away(bob)
    asked.post(ann, "claim").ok()
    member = Member.objects.get(user=bob.user)
    match how:
        case "suspend":
            membership.suspend(actor=SETUP, member=member, suspended=True)
        case "remove":
            membership.remove(actor=SETUP, member=member)
        case "viewer":
            membership.change_role(actor=SETUP, member=member, role=Role.VIEWER)
    assert Task.objects.get(id=asked.task_id).state == "open", "whom else it was put to can take it on"
    groups.join(actor=SETUP, group=group, member=Member.objects.get(user=ann.user))
    asked.post(ann, "claim").ok()


def test_nobody_assigns_tasks_of_others_to_whom_they_stand_in_for(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller, dan: PersonCaller
) -> None:
    asked = ask(shop, assignees=["alice@myorg.example"])
    away(bob)
    assert asked.post(ann, "assign", {"to": BOB}).code == "policy_denied"
    assert asked.decide(ann, "approved").code == "policy_denied"
    away(dan, "alice@myorg.example")
    theirs = ask(shop, assignees=[BOB])
    body = {"action": "reassign", "ids": [theirs.intent_id], "arguments": {"from": BOB, "to": "dan@myorg.example"}}
    refused = alice.post("/operations/bulk", body | {"reason": "they leave"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "arguments.to")
    asked.post(dan, "assign", {"to": BOB}).ok()


def test_a_preview_knows_that_what_is_claimed_is_released(
    now: SettableClock, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(shop)
    asked.post(bob, "claim").ok()
    (found,) = bob.post("/me/out-of-office/preview", {"until": "2030-01-18", "stand_in": ANN}).ok()["tasks"]
    assert found["why_not"] == "it was put to a group or role, and others there can decide it"
    away(bob)
    asked.decide(alice, "approved").ok()


def test_a_stand_in_of_one_workspace_is_none_in_another(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller, other_workspace: Workspace
) -> None:
    for who in (bob, ann):
        tenancy.set_member(actor=SETUP, workspace=other_workspace, user=who.user, role=Role.OPERATOR)
    elsewhere = ask(make_machine(other_workspace, "elsewhere", Scope.WORKSPACE), assignees=[BOB])
    here = ask(shop, assignees=[BOB])
    away(bob)
    found = audience.principals([UUID(here.task_id), UUID(elsewhere.task_id)])
    anns = f"user:{ann.user.id}"
    assert (anns in found[UUID(here.task_id)], anns in found[UUID(elsewhere.task_id)]) == (True, False)


def test_announced_several_times_at_once_it_is_announced_once(
    bob: PersonCaller, ann: PersonCaller, pool: ThreadPoolExecutor
) -> None:
    body = {"until": (clock.now() + timedelta(days=5)).date().isoformat(), "stand_in": ANN}
    for _ in range(3):
        answers = together(pool, *[lambda: bob.put("/me/out-of-office", body)] * 6)
        assert [one.status for one in answers] == [200] * 6, [one.raw for one in answers]
        assert Absence.objects.get().stand_in is not None
        bob.delete("/me/out-of-office").ok()


def test_one_whose_tasks_are_busy_holds_up_no_other(
    now: SettableClock,
    shop: KeyCaller,
    bob: PersonCaller,
    ann: PersonCaller,
    dan: PersonCaller,
    pool: ThreadPoolExecutor,
) -> None:
    asked = ask(shop, assignees=[BOB])
    asked.post(bob, "claim").ok()
    away(bob, first="2030-01-16")
    away(dan, first="2030-01-16")
    now.advance(days=1)
    locked, done = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Intent.objects.select_for_update().get(id=asked.intent_id)
                locked.set()
                done.wait(30)
        finally:
            connection.close()

    holding = pool.submit(hold)
    try:
        assert locked.wait(30)
        assert out_of_office.tend() == 1
        assert set(Absence.objects.filter(begun=True).values_list("member__user__email", flat=True)) == {dan.user.email}
    finally:
        done.set()
        holding.result()
    assert (out_of_office.tend(), asked.task(bob)["state"]) == (1, "open")


def test_a_preview_does_not_count_on_a_stand_in_who_is_asked_and_must_not_decide(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, ann: PersonCaller
) -> None:
    asked = ask(shop, assignees=[BOB, ANN])
    Task.objects.filter(id=asked.task_id).update(excluded=[ann.user.id])
    (found,) = bob.post("/me/out-of-office/preview", {"until": "2030-01-18", "stand_in": ANN}).ok()["tasks"]
    assert found["why_not"] == "separation of duties keeps the stand-in from it"
