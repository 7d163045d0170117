"""What a group does with intents: each request as if it had come alone, or not at all."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from psycopg import errors as pg

from intents.accounts.models import Workspace
from intents.api.grouped import calls, taking
from intents.api.grouped.taking import Taken
from intents.engine.models import Delivery, IdempotencyRecord, Intent
from intents.engine.services import together
from tests.callers import KeyCaller, make_machine
from tests.intents.locks import beside
from tests.intents.test_children import family
from tests.intents.waiting import look, resume_of
from tests.planning import planned_each_time

pytestmark = pytest.mark.usefixtures("looked_up_once")

ALL = ("acknowledge", "progress", "checkpoint", "resume", "resolve", "heartbeat")
BODIES: dict[str, dict[str, Any]] = {"resolve": {"status": "COMPLETED", "result": {}}}


def taken(by: KeyCaller, call: str, intent_id: str, body: Any = None, *, key: str = "") -> Taken:
    """A call by `by`, read."""
    assert by.actor
    place = calls.find("POST", f"/v1/intents/{intent_id}/{call}")
    assert place
    headers = [(b"x-api-key", by.secret.encode())] + ([(b"idempotency-key", key.encode())] if key else [])
    found = taking.take(place, headers, json.dumps(BODIES.get(call, {}) if body is None else body).encode())
    assert found
    return found


def done(*group: Taken) -> list[bool]:
    """Which of a lane's group were."""
    answers = taking.run(group[0].call.lane, group)
    for one, answer in zip(group, answers, strict=True):
        if answer.answer and "intent" in (told := json.loads(answer.answer)):
            assert told["intent"]["intent_id"] == str(one.wanted.intent_id)
    return [one.answer is not None for one in answers]


def test_each_does_its_own_and_what_is_refused_nothing(
    shop: KeyCaller, worker: KeyCaller, foreign_machine: KeyCaller
) -> None:
    a, b, c, d, e = (shop.submit() for _ in range(5))
    group = [
        taken(worker, "acknowledge", a),
        taken(worker, "resume", b, {"total": 1}),
        taken(foreign_machine, "acknowledge", c),
        taken(worker, "acknowledge", d, {"lease_token": str(uuid4())}),
        taken(worker, "checkpoint", e, {"step": 1}),
        taken(worker, "acknowledge", e),
        taken(worker, "acknowledge", str(uuid4())),
        taken(shop, "acknowledge", c),
    ]
    assert done(*group) == [True, True, False, False, True, False, False, False]
    states = [shop.intent(one)["status"] for one in (a, b, c, d, e)]
    assert states == ["ACKNOWLEDGED", "COMPLETED", "SUBMITTED", "SUBMITTED", "IN_PROGRESS"]
    assert shop.intent(b)["result"] == {"total": 1}
    assert shop.intent(e)["checkpoint"] == {"step": 1}
    checkpoint = Intent.objects.get(id=e).checkpoint_seq
    assert [one["event_type"] for one in shop.events(e) if one["seq"] == checkpoint] == ["intent.checkpoint"]


def test_all_that_agents_do_is_for_a_group(shop: KeyCaller, worker: KeyCaller) -> None:
    begun, waiting = shop.submit(), shop.submit()
    worker.post(f"/intents/{begun}/progress").ok()
    worker.post(f"/intents/{waiting}/wait", {"for": "tool", "tool": "printer"}).ok()
    asked: list[tuple[KeyCaller, str, dict[str, Any]]] = [
        (worker, "progress", {"message": "on", "percent": 12.5}),
        (worker, "checkpoint", {"state": [1]}),
        (worker, "resume", {"action": "complete", "a": 1}),
        (worker, "resume", {"action": "progress", "percent": 3}),
        (worker, "resume", {"action": "checkpoint", "expected_policy_generation": 1}),
        (shop, "resume", {"approve_current_step": True}),
        (shop, "resolve", {"status": "COMPLETED", "result": {}}),
    ]
    group = [taken(by, call, shop.submit(), body) for by, call, body in asked]
    group += [taken(worker, "acknowledge", begun), taken(worker, "resolve", waiting)]
    assert done(*group) == [True] * len(group)


def test_a_parent_learns_of_children_that_end_together(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    _, children = family(shop, worker, 2)
    assert done(*(taken(machine, "resume", one, {"made": one}) for one in children)) == [True, True]
    look()
    assert resume_of(worker)["results"] == {one: {"status": "COMPLETED", "result": {"made": one}} for one in children}


def test_what_somebody_holds_is_left_out_and_holds_up_no_other(shop: KeyCaller, worker: KeyCaller) -> None:
    held, free = shop.submit(), shop.submit()
    lease(worker, [held, free])
    with beside() as other:
        for call, lock in (("heartbeat", "delivery WHERE intent_id"), ("checkpoint", "intent WHERE id")):
            other.execute(f"SELECT FROM intents_{lock} = %s FOR UPDATE", [held])
            assert done(*(taken(worker, call, one, key=call) for one in (held, free))) == [False, True]
            other.rollback()
            assert done(taken(worker, call, held, key=call)) == [True], "nothing is kept of what was left out"


def test_what_takes_more_than_the_one_statement_goes_by_itself(shop: KeyCaller, worker: KeyCaller) -> None:
    failing, canceled, waiting = (shop.submit() for _ in range(3))
    worker.post(f"/intents/{waiting}/wait", {"for": "tool", "tool": "printer"}).ok()
    group = [
        taken(worker, "resume", failing, {"action": "fail", "error": {"message": "no"}}),
        taken(shop, "resolve", canceled, {"status": "CANCELED", "reason": "enough"}),
        taken(shop, "resume", waiting, {"go": "on"}),
    ]
    assert done(*group) == [False, False, False]
    assert [shop.intent(one)["status"] for one in (failing, canceled, waiting)] == ["SUBMITTED", "SUBMITTED", "WAITING"]


def test_a_key_is_used_once_and_of_what_is_refused_not_at_all(shop: KeyCaller, worker: KeyCaller) -> None:
    a, b = shop.submit(), shop.submit()
    stale = {"lease_token": str(uuid4())}
    assert done(taken(worker, "checkpoint", a, {"step": 1}, key="k"), taken(worker, "acknowledge", b, stale, key="k")) == [
        True,
        False,
    ]
    kept = [route.rpartition("/")[2] for route in IdempotencyRecord.objects.values_list("route", flat=True)]
    assert kept == ["checkpoint"]
    assert done(taken(worker, "checkpoint", a, {"step": 1}, key="k")) == [False]
    again = worker.post(f"/intents/{a}/checkpoint", {"step": 1}, key="k")
    assert (again.ok()["event"]["event_type"], again.headers["idempotent-replayed"]) == ("intent.checkpoint", "true")
    assert worker.post(f"/intents/{a}/checkpoint", {"step": 2}, key="k").code == "idempotency_conflict"


def test_an_agent_that_was_stopped_does_nothing(shop: KeyCaller, machine: KeyCaller, worker: KeyCaller) -> None:
    one = shop.submit()
    group = [taken(worker, "acknowledge", one)]
    machine.post(f"/mesh/agents/{worker.actor.name}/kill").ok()
    assert done(*group) == [False]
    assert shop.intent(one)["status"] == "SUBMITTED"


def test_no_key_of_another_workspace_takes_what_the_server_brought_to_an_agent_of_its_name(
    shop: KeyCaller, worker: KeyCaller, other_workspace: Workspace
) -> None:
    namesake = make_machine(other_workspace, worker.actor.name)
    for_both = shop.submit(), shop.submit()
    lease(worker, list(for_both))
    brought = Delivery.objects.filter(intent_id__in=for_both)
    brought.update(by_server=True, holder_key_id=None)
    assert done(taken(namesake, "progress", for_both[0])) == [False]
    assert namesake.post(f"/intents/{for_both[1]}/progress").status == 404
    assert set(brought.values_list("holder_key_id", flat=True)) == {None}
    assert done(*(taken(worker, "heartbeat", one) for one in for_both)) == [True, True]


@pytest.mark.parametrize("call", ALL)
def test_a_group_takes_as_many_statements_whatever_its_size(shop: KeyCaller, worker: KeyCaller, call: str) -> None:
    counts = []
    for size in (2, 2, 16):
        made = [shop.submit() for _ in range(size)]
        lease(worker, made)
        group = [taken(worker, call, one, key=f"key of {one}") for one in made]
        with CaptureQueriesContext(connection) as queries:
            assert done(*group) == [True] * size
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 9


@pytest.mark.parametrize("call", ALL)
def test_limits_and_metrics_name_a_call_as_its_route(call: str) -> None:
    path = f"/v1/intents/{uuid4()}/{call}"
    place = calls.find("POST", path)
    assert place
    assert place.call.route == f"/{resolve(path).route}"


@pytest.mark.parametrize("size", [2, 64])
def test_a_groups_statements_are_planned_once_however_many_it_is_of(shop: KeyCaller, worker: KeyCaller, size: int) -> None:
    def work() -> None:
        made = [shop.submit() for _ in range(size)]
        lease(worker, made)
        for call in ("heartbeat", "acknowledge", "checkpoint", "resume"):
            assert done(*(taken(worker, call, one, key=f"{call} {one}") for one in made)) == [True] * size

    assert planned_each_time(work) == []


def lease(worker: KeyCaller, intent_ids: list[str]) -> None:
    """Let the agent hold these."""
    found = Delivery.objects.filter(intent_id__in=intent_ids)
    found.update(
        state="leased",
        holder_key_id=worker.key_id,
        lease_token=uuid4(),
        lease_seconds=60,
        lease_expires_at="2099-01-01T00:00:00Z",
    )


@pytest.mark.parametrize("call", ["acknowledge", "heartbeat"])
@pytest.mark.parametrize("cause", [pg.DeadlockDetected(), pg.LockNotAvailable(), pg.AdminShutdown()])
def test_what_may_have_been_committed_is_not_tried_again(
    shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch, cause: pg.Error, call: str
) -> None:
    one = shop.submit()
    lease(worker, [one])
    group = [taken(worker, call, one, key="k")]

    def fail(*given: Any) -> Any:
        raise OperationalError from cause

    monkeypatch.setattr(together.idempotency, "Records", fail)
    if isinstance(cause, pg.AdminShutdown):
        with pytest.raises(OperationalError):
            done(*group)
    else:
        answers = taking.run(group[0].call.lane, group)
        assert [(one.answer, one.undone) for one in answers] == [(None, True)]
    monkeypatch.undo()
    assert done(*group) == [True]
