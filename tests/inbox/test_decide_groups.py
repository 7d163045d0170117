"""What a group of decisions does: each its own, or nothing."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from psycopg import errors as pg

from inbox.api import grouped
from inbox.tasks.services import decide_together
from intents import auth
from intents.accounts.models import Workspace
from intents.accounts.services import tokens
from intents.api.grouped import taking
from intents.kernel import statements
from intents.kernel.tracing import Trace
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask, ask_midway, person
from tests.inbox.deciding import APPROVE, done, ordinary, read, some, taken, yes
from tests.intents.locks import beside
from tests.planning import AT_LEAST, planned_each_time

pytestmark = pytest.mark.usefixtures("looked_up_once")


def test_each_does_its_own_and_what_is_refused_nothing(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, alice: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    a, b, c, d, e = (ask(shop, title="Refund?") for _ in range(5))
    f = ask_midway(shop, worker, title="Go on?")
    group = [
        yes(bob, a),
        taken(alice, f"/tasks/{b.task_id}/decide", {"outcome": "rejected", "comment": "no"}, trace=Trace("hers", "hers")),
        yes(vera, c),
        yes(charlie, d),
        taken(bob, f"/tasks/{a.task_id}/decide", {"outcome": "rejected"}),
        yes(alice, a),
        yes(bob, f),
        taken(bob, f"/approvals/{uuid4()}/decision", APPROVE),
        taken(bob, f"/tasks/{e.intent_id}/decide", {"outcome": "approved"}),
    ]
    assert done(*group) == [True, True, False, False, False, False, True, False, False]
    statuses = [shop.intent(one.intent_id)["status"] for one in (a, b, c, d, e, f)]
    assert statuses == ["COMPLETED", "COMPLETED", "WAITING", "WAITING", "WAITING", "IN_PROGRESS"]
    assert [shop.intent(one.intent_id)["result"]["outcome"] for one in (a, b)] == ["approved", "rejected"]
    assert [shop.events(one.intent_id)[-1]["actor"] for one in (a, b, f)] == [
        bob.user.email,
        alice.user.email,
        bob.user.email,
    ]
    traces = "SELECT trace_id FROM intents_{} WHERE intent_id = %s::uuid ORDER BY id DESC LIMIT 1"
    assert [statements.rows(traces.format("workspaceevent"), [one.intent_id]) for one in (a, b)] == [
        [("traced",)],
        [("hers",)],
    ]
    assert [statements.rows(traces.format("intentevent"), [one.intent_id]) for one in (a, b)] == [[("traced",)], [("hers",)]]


def test_the_key_that_came_along_stands_in_the_record(
    shop: KeyCaller, machine: KeyCaller, foreign_machine: KeyCaller, bob: PersonCaller
) -> None:
    asked, other = (ask(shop, title="Refund?") for _ in range(2))
    both = Caller(bob.headers | machine.headers)
    auth.forget()
    for one in (both, foreign_machine):
        one.get("/capabilities").ok()
    found = read(both, f"/approvals/{asked.intent_id}/decision", APPROVE)
    assert found
    assert done(found) == [True]
    ordinary(both, f"/approvals/{other.intent_id}/decision", APPROVE).ok()
    told = [{**shop.events(one.intent_id)[-1]["details"], "decision": None} for one in (asked, other)]
    assert told[0] == told[1]
    assert told[0] != {"result": {"outcome": "approved"}, "decision": None}, "the key is named"
    mixed = Caller(bob.headers | foreign_machine.headers)
    assert read(mixed, f"/approvals/{asked.intent_id}/decision", APPROVE) is None
    assert read(machine, f"/approvals/{asked.intent_id}/decision", APPROVE) is None, "machines decide nothing"


def test_who_may_no_more_decides_nothing(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    first, second = (ask(shop, title="Refund?") for _ in range(2))
    group = [yes(bob, first), yes(alice, second)]
    tokens.revoke_person_token(actor=person(alice), token=bob.token)
    assert done(*group) == [False, True]
    assert shop.intent(first.intent_id)["status"] == "WAITING"


def test_who_stands_behind_what_is_asked_does_not_decide_it(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> None:
    intent_id = shop.also(bob).submit(human_task={"title": "Refund?", "risk": "high"})
    (found,) = shop.get("/tasks", intent_id=intent_id).ok()["tasks"]
    asked = Asked(intent_id, found["task_id"])
    assert done(yes(bob, asked)) == [False]
    refused = ordinary(bob, f"/approvals/{intent_id}/decision", APPROVE)
    assert "separation of duties" in refused.json["error"]["message"]
    assert done(yes(alice, asked)) == [True]


def test_nobody_decides_anything_where_a_workspace_is_suspended(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, workspace: Workspace
) -> None:
    asked = ask(shop, title="Refund?")
    alice.patch(f"/workspaces/{workspace.id}", {"status": "suspended"}).ok()
    assert done(yes(bob, asked)) == [False]
    assert ordinary(bob, f"/approvals/{asked.intent_id}/decision", APPROVE).json["error"]["details"]["status"] == "suspended"
    alice.patch(f"/workspaces/{workspace.id}", {"status": "active"}).ok()
    assert done(yes(bob, asked)) == [True]


def test_what_somebody_holds_has_claimed_or_has_decided_is_left(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    held, free, claimed, decided = (ask(shop, title="Refund?") for _ in range(4))
    claimed.post(alice, "claim").ok()
    decided.decide(alice, "rejected").ok()
    with beside() as other:
        for lock in ("intents_intent WHERE id = %s", "inbox_task WHERE intent_id = %s"):
            other.execute(f"SELECT FROM {lock} FOR UPDATE", [held.intent_id])
            assert done(yes(bob, held, key="k")) == [False]
            other.rollback()
        other.execute("SELECT FROM intents_intent WHERE id = %s FOR UPDATE", [held.intent_id])
        assert done(*(yes(bob, one) for one in (held, free, claimed, decided))) == [False, True, False, False]
    assert done(yes(bob, held, key="k")) == [True], "nothing is kept of what was left out"


def test_a_group_takes_as_many_statements_whatever_its_size(shop: KeyCaller, bob: PersonCaller) -> None:
    counts = []
    for size in (2, 2, 16):
        group = [yes(bob, asked, key=f"key of {asked.task_id}") for asked in some(shop, size)]
        with CaptureQueriesContext(connection) as queries:
            assert done(*group) == [True] * size
        counts.append(len([one for one in queries if one["sql"] not in ("BEGIN", "COMMIT")]))
    # The keys, the tasks, the people, what is done, and the answers.
    assert counts[1] == counts[2] == 5


@pytest.mark.parametrize("size", [1, 24])
def test_a_groups_statements_are_planned_once_however_many_it_is_of(shop: KeyCaller, bob: PersonCaller, size: int) -> None:
    left = some(shop, size * AT_LEAST)

    def decide() -> None:
        left.extend([] if left else some(shop, size))
        group = [yes(bob, one, key=f"of {one.task_id}") for one in (left.pop() for _ in range(size))]
        assert done(*group) == [True] * size

    assert planned_each_time(decide) == []


@pytest.mark.parametrize("path", ["/v1/tasks/{}/decide", "/v1/approvals/{}/decision"])
def test_limits_and_metrics_name_a_call_as_its_route(path: str) -> None:
    place = grouped.find("POST", path.format(uuid4()))
    assert place
    assert place.call.route == f"/{resolve(place.path).route}"


@pytest.mark.parametrize("path", ["/v1/tasks/{}/decision", "/v1/approvals/{}/decide", "/v1/tasks/{}/claim", "/v1/tasks"])
def test_no_other_path_is_taken_for_one(path: str) -> None:
    assert grouped.find("POST", path.format(uuid4())) is None
    assert grouped.find("GET", f"/v1/tasks/{uuid4()}/decide") is None


@pytest.mark.parametrize("cause", [pg.DeadlockDetected(), pg.AdminShutdown()])
def test_what_may_have_been_committed_is_not_tried_again(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch, cause: pg.Error
) -> None:
    group = [yes(bob, ask(shop, title="Refund?"), key="k")]

    def fail(*given: Any) -> Any:
        raise OperationalError from cause

    monkeypatch.setattr(decide_together.idempotency, "Records", fail)
    if isinstance(cause, pg.AdminShutdown):
        with pytest.raises(OperationalError):
            done(*group)
    else:
        (answer,) = taking.run(grouped.LANE, group)
        assert (answer.answer, answer.undone) == (None, True)
    monkeypatch.undo()
    assert done(*group) == [True]
