"""What a group's statement accepts: plain submits; what a rule concerns it leaves to the ordinary path."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg import errors as pg

from intents import auth
from intents.accounts.models import AgentKey, Workspace
from intents.api.grouped import calls, submits, taking
from intents.api.grouped.taking import Done, Taken
from intents.engine.models import Delivery, Intent, IntentEvent
from intents.engine.services import group_commit
from intents.kernel import clock, statements, tracing
from intents.kernel.actors import Scope
from intents.kernel.errors import InvalidField
from intents.kernel.tracing import Trace
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.intents.mesh_limits import limited
from tests.planning import planned_each_time

pytestmark = pytest.mark.usefixtures("looked_up_once")


def take(headers: list[tuple[bytes, bytes]], body: bytes) -> Taken | None:
    place = calls.find("POST", "/v1/intents")
    assert place
    return taking.take(place, headers, body)


def run(group: Sequence[Taken]) -> list[Done]:
    return taking.run(submits.SUBMIT.lane, group)


def taken(by: KeyCaller, *, key: str = "", **fields: Any) -> Taken:
    """A submit by `by`, read."""
    assert by.actor
    headers = [(b"x-api-key", by.secret.encode())] + ([(b"idempotency-key", key.encode())] if key else [])
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}} | fields
    body["correlation_id"] = str(uuid4())
    found = take(headers, json.dumps(body).encode())
    assert found is not None
    return found


def accepted(*group: Taken) -> list[bool]:
    answers = [json.loads(one.answer) if one.answer else None for one in run(group)]
    made = {str(one.id): one for one in Intent.objects.all()}
    for each, one in zip(group, answers, strict=True):
        if one is not None:
            assert made[one["intent_id"]].correlation_id == each.wanted.asked.correlation_id
            assert (one["status"], made[one["intent_id"]].status) == (made[one["intent_id"]].status, one["status"])
    return [one is not None for one in answers]


def test_a_group_of_one_and_a_group_of_several_are_stored_alike(shop: KeyCaller) -> None:
    ordinary = shop.post("/intents", {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}).ok()
    groups = [[taken(shop)], [taken(shop), taken(shop)]]
    assert [accepted(*group) for group in groups] == [[True], [True, True]]
    own = {"id", "changed_in", "created_at", "updated_at", "last_hash", "correlation_id"}
    rows = [{name: value for name, value in one.items() if name not in own} for one in Intent.objects.values()]
    for one in rows:
        assert one == rows[0]
    assert len(rows) == Delivery.objects.count() == 4
    for one in Intent.objects.all():
        events = shop.get(f"/intents/{one.id}/events").ok()["events"]
        assert [event["event_type"] for event in events] == ["intent.created", "intent.submitted"]
    shown = [shop.intent(str(one.id)).keys() for one in Intent.objects.all()]
    assert shown == [shop.intent(ordinary["intent_id"]).keys()] * 4


QUESTION = {"title": "Refund 42.00 EUR to ACME", "assignees": ["bob@myorg.example"]}
_OPENED = "SELECT trace_id, request_id FROM intents_workspaceevent WHERE event_type = 'task.opened' AND intent_id = %s"


def test_those_that_ask_people_are_stored_as_if_each_had_come_alone(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, foreign_machine: KeyCaller, charlie: PersonCaller
) -> None:
    group = []
    for n, by in enumerate((shop, worker, shop, foreign_machine, shop, foreign_machine)):
        tracing.bind(Trace(f"trace-{n}", f"request-{n}"))
        asks = {} if n == 4 else {"human_task": QUESTION if by is not foreign_machine else {"title": "Pay?"}}
        group.append(taken(by, key=f"k{n}", **asks))
    tracing.bind(Trace("another", "another"))
    assert accepted(*group) == [True] * 6
    made = list(Intent.objects.order_by("id"))
    by_correlation = {one.correlation_id: one for one in made}
    for n, each in enumerate(group):
        intent = by_correlation[each.wanted.asked.correlation_id]
        assert intent.status == ("SUBMITTED" if n == 4 else "WAITING")
        events = IntentEvent.objects.filter(intent_id=intent.id).order_by("seq")
        assert {(one.trace_id, one.request_id) for one in events} == {(f"trace-{n}", f"request-{n}")}
        assert {one.actor for one in events} == {each.actor.label}
        hashes = [bytes(one.hash) for one in events]
        assert [bytes(one.prev_hash) for one in events][1:] == hashes[:-1]
        assert bytes(intent.last_hash) == hashes[-1]
        opened = statements.rows(_OPENED, [intent.id])
        assert opened == ([] if n == 4 else [(f"trace-{n}", f"request-{n}")]), "and the feed of the workspace"
    assert len(bob.get("/me/tasks").ok()["tasks"]) == 3
    assert len(charlie.get("/me/tasks").ok()["tasks"]) == 2
    again = shop.post(
        "/intents", {"intent_type": "order.fulfill.v1", "to_agent": "order-service"} | {"payload": {}}, key="k0"
    )
    assert again.code == "idempotency_conflict"


def test_those_that_ask_people_are_not_looked_up_again(shop: KeyCaller) -> None:
    assert accepted(taken(shop)) == [True]  # the limits of the workspace are looked up now and then
    group = [taken(shop, key=f"k{n}", human_task={"title": "Pay?"}) for n in range(3)]
    with CaptureQueriesContext(connection) as captured:
        assert all(one.answer for one in run(group))
    texts = [query["sql"] for query in captured.captured_queries if query["sql"] not in ("BEGIN", "COMMIT")]
    # They are stored, what their tasks need is read, and these are stored.
    assert len(texts) == 3, texts


def test_one_whose_people_cannot_be_asked_leaves_the_group_undone(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = {"title": "Pay?", "attachments": [str(uuid4())]}
    assert accepted(taken(shop, human_task=QUESTION), taken(shop, human_task=unknown), taken(shop)) == [True, False, True]
    group = [taken(shop, human_task=QUESTION), taken(shop)]

    def fail(**given: Any) -> Any:
        raise InvalidField("human_task", "not this one")

    monkeypatch.setattr(group_commit, "questions", fail)
    before = Intent.objects.count()
    assert accepted(*group) == [False, False]
    assert Intent.objects.count() == before


def test_one_that_cannot_be_judged_harms_no_other(shop: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    group = [taken(shop), taken(shop, human_task=QUESTION), taken(shop)]
    raised: Exception = RuntimeError("at fault")

    def fail(one: Any) -> Any:
        raise raised

    monkeypatch.setattr(submits, "_prepared", fail)
    assert accepted(*group) == [True, False, True]
    body = b'{"intent_type": "order.fulfill.v1", "to_agent": "order-service"}'
    assert take([(b"x-api-key", shop.secret.encode())], body) is None
    raised = OperationalError()
    with pytest.raises(OperationalError):
        run(group)


def test_what_takes_long_to_judge_goes_by_itself(shop: KeyCaller) -> None:
    asked = {"title": "Pay?", "form_schema": {"type": "object"}}
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "human_task": asked}
    assert shop.actor
    assert take([(b"x-api-key", shop.secret.encode())], json.dumps(body).encode()) is None


def test_what_a_rule_concerns_is_left_alone_and_nothing_of_it_stored(
    shop: KeyCaller, machine: KeyCaller, worker: KeyCaller, workspace: Workspace, foreign_machine: KeyCaller
) -> None:
    for name in ("killed", "paused", "limited", "bad"):
        make_machine(workspace, name)
    machine.post("/mesh/agents/killed/kill").ok()
    machine.post("/mesh/agents/paused/pause").ok()
    bad = make_machine(workspace, "bad")
    plain = taken(bad)
    machine.post("/mesh/agents/bad/kill").ok()
    limited(machine, "limited", max_intents_per_day=5)
    past = (clock.now() - timedelta(hours=1)).isoformat()
    group = [
        taken(shop),
        taken(shop, to_agent="killed"),
        taken(shop, to_agent="paused"),
        plain,
        taken(shop, to_agent="limited"),
        taken(shop, deadline_at=past),
        taken(foreign_machine, to_agent="killed"),
        taken(shop, payload={"last": True}),
    ]
    assert accepted(*group) == [True, False, True, False, False, False, True, True]
    assert (Intent.objects.count(), IntentEvent.objects.count()) == (4, 8)


def test_a_workspace_that_knows_its_agents_accepts_no_others(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, foreign_machine: KeyCaller
) -> None:
    workspace.require_registered_agents = True
    workspace.save()
    group = [taken(shop), taken(shop, to_agent="nobody"), taken(foreign_machine, to_agent="nobody")]
    assert accepted(*group) == [True, False, True]


def test_a_key_is_taken_once_in_a_group_and_in_the_next(shop: KeyCaller, foreign_machine: KeyCaller) -> None:
    assert accepted(taken(shop, key="a"), taken(shop, key="b"), taken(shop, key="a"), taken(foreign_machine, key="a")) == [
        True,
        True,
        False,
        True,
    ]
    assert accepted(taken(shop, key="b"), taken(shop, key="c")) == [False, True]
    assert accepted(taken(shop, key="c")) == [False]
    assert Intent.objects.count() == 4
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
    assert shop.post("/intents", body, key="c").headers["idempotent-replayed"] == "true"


def test_a_key_that_nobody_looked_up_is_not_taken(shop: KeyCaller) -> None:
    auth.forget()
    headers = [(b"x-api-key", shop.secret.encode())]
    body = b'{"intent_type": "order.fulfill.v1", "to_agent": "order-service"}'
    assert take(headers, body) is None
    assert shop.actor
    assert take(headers, body) is not None
    assert take([(b"authorization", b"Bearer " + shop.secret.encode())], body) is not None


def test_who_waited_is_looked_up_again_and_does_nothing_by_what_was_revoked(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrower = make_machine(workspace, "narrower", Scope.WORKSPACE)
    early, group = taken(shop), [taken(one) for one in (shop, worker, narrower, shop, worker)]
    AgentKey.objects.filter(id=shop.key_id).update(revoked_at=clock.now())
    AgentKey.objects.filter(id=narrower.key_id).update(scope=Scope.OWN)
    auth.forget()
    assert accepted(early) == [True], "it was looked up a moment ago"
    monkeypatch.setattr(taking, "WAITED_SECONDS", -600.0)
    with CaptureQueriesContext(connection) as captured:
        assert accepted(*group) == [False, True, False, False, True]
    looked_up = [one for one in captured.captured_queries if "FROM intents_agentkey" in one["sql"]]
    assert len(looked_up) == 3, "each once"
    assert shop.post("/intents", {}).code == "invalid_platform_api_key"


@pytest.mark.parametrize("cause", [pg.DeadlockDetected(), pg.LockNotAvailable(), pg.AdminShutdown(), pg.OperationalError()])
def test_what_may_have_been_committed_is_not_tried_again(
    shop: KeyCaller, monkeypatch: pytest.MonkeyPatch, cause: pg.Error
) -> None:
    """A lost connection tells nobody whether the group was committed; a deadlock tells that it was not."""
    group = [taken(shop), taken(shop)]

    def fail(*given: Any) -> Any:
        raise OperationalError from cause

    monkeypatch.setattr(statements, "rows", fail)
    if isinstance(cause, pg.DeadlockDetected | pg.LockNotAvailable):
        assert [one.answer for one in run(group)] == [None, None]
    else:
        with pytest.raises(OperationalError):
            run(group)
    monkeypatch.undo()
    assert connection.is_usable()


@pytest.mark.parametrize("size", [2, 8, 64])
def test_a_groups_statement_is_planned_once_however_many_it_is_of(shop: KeyCaller, size: int) -> None:
    def submit() -> None:
        assert accepted(*(taken(shop) for _ in range(size))) == [True] * size

    assert planned_each_time(submit) == []
