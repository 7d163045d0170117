"""Running again what failed: one new intent in place of each, as the first was, and no way around those who decide."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from inbox.operations.bulk import runner
from intents.accounts.models import AuditEntry, Workspace
from intents.accounts.services import tenancy
from intents.engine import chains
from intents.engine.lifecycle import Status
from intents.engine.models import Intent, IntentBody
from intents.kernel.actors import Role
from tests.callers import SETUP, Answer, KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.intents.factory import STATES, make, take

RERUNNABLE = (Status.FAILED, Status.CANCELED, Status.TIMED_OUT)
PAYLOAD = {"zeta": 1, "amount": 129, "note": "pay"}


def again(who: PersonCaller | KeyCaller, intent_id: str, **options: Any) -> Answer:
    return who.post(f"/operations/intents/{intent_id}/run-again", {"reason": "the printer is back"}, **options)


def failed(shop: KeyCaller, worker: KeyCaller, **fields: Any) -> str:
    return make(Status.FAILED, sender=shop, handler=worker, **fields).id


def test_a_failed_intent_is_run_again_as_a_new_one_like_it(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    deadline = (now.now + timedelta(hours=3)).isoformat()
    fields = {"payload": PAYLOAD, "deadline_at": deadline, "max_delivery_attempts": 7, "reply_to": "billing"}
    first = shop.submit("order-service", **fields)
    shop.post(f"/intents/{first}/controls", {"controls_patch": {"max_retry_count": 9, "timeout_seconds": 10_800}}).ok()
    shop.post(f"/intents/{first}/policy", {"grants_patch": {"resume": ["agent://myorg/production/ops"]}}).ok()
    take(worker)
    worker.post(f"/intents/{first}/fail", {"error": {"code": "paper"}, "retryable": False}).ok()
    before = shop.events(first)
    now.advance(days=5)
    made = again(olga, first).ok()
    assert (made["applied"], made["intent_id"]) == (True, first)
    new = made["rerun_as_intent_id"]
    old, intent = shop.intent(first), shop.intent(new)
    kept = (
        "intent_type",
        "payload",
        "from_agent",
        "to_agent",
        "reply_to",
        "correlation_id",
        "max_delivery_attempts",
        "policy",
    )
    assert {name: intent[name] for name in kept} == {name: old[name] for name in kept}
    assert (old["rerun_as_intent_id"], intent["rerun_of_intent_id"]) == (new, first)
    assert (intent["status"], intent["controls"]) == ("SUBMITTED", {"max_retry_count": 9})
    assert IntentBody.objects.get(intent_id=new).sent == IntentBody.objects.get(intent_id=first).sent
    row = Intent.objects.get(id=new)
    assert row.deadline_at == now.now + timedelta(hours=3)
    assert shop.events(first) == before
    created = shop.events(new)[0]
    assert (created["actor"], created["details"]["reason"]) == ("olga@myorg.example", "the printer is back")
    assert chains.chain_fault(row) is None
    (taken,) = take(worker)
    assert str(taken.intent.id) == new
    entry = AuditEntry.objects.get(action="intent.rerun")
    assert (entry.actor, entry.subject, entry.details["rerun_intent_id"]) == ("olga@myorg.example", first, new)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_only_what_ended_without_completing_is_run_again(
    state: Any, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    one = make(state, sender=shop, handler=worker).id
    answer = again(olga, one)
    assert answer.status == (200 if state in RERUNNABLE else 409)
    assert Intent.objects.filter(rerun_of_id=one).count() == (state in RERUNNABLE)
    if state not in RERUNNABLE:
        assert answer.json["error"]["code"] == "invalid_transition"


def test_asking_again_answers_with_the_same_new_intent_also_when_that_failed_too(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, alice: PersonCaller
) -> None:
    first = failed(shop, worker)
    second = again(olga, first).ok()["rerun_as_intent_id"]
    assert again(alice, first).ok() == {
        "ok": True,
        "applied": False,
        "intent_id": first,
        "rerun_as_intent_id": second,
    }
    assert again(olga, first, key="once").ok() == again(olga, first, key="once").ok()
    shop.post(f"/intents/{second}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    assert again(olga, first).ok()["rerun_as_intent_id"] == second
    third = again(olga, second).ok()["rerun_as_intent_id"]
    assert Intent.objects.filter(rerun_of_id__isnull=False).count() == 2
    again_as = {one["id"]: one["rerun_as_intent_id"] for one in olga.get("/operations/intents", q="is:rerun").ok()["items"]}
    assert again_as == {second: third, first: second}
    assert olga.get("/operations/intents", q="is:canceled -is:rerun").ok()["total"] == 0
    assert shop.intent(third)["rerun_of_intent_id"] == second


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one(shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, alice: PersonCaller) -> None:
    first = failed(shop, worker)
    answers: list[dict[str, Any]] = []
    start = threading.Barrier(6)

    def call(who: PersonCaller) -> None:
        start.wait()
        answers.append(again(who, first).ok())
        connection.close()

    threads = [threading.Thread(target=call, args=(who,)) for who in (olga, alice) * 3]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one["applied"] for one in answers) == [False] * 5 + [True]
    assert len({one["rerun_as_intent_id"] for one in answers}) == 1
    assert Intent.objects.filter(rerun_of_id=first).count() == 1


def test_only_those_who_repair_run_an_intent_again(
    shop: KeyCaller,
    worker: KeyCaller,
    machine: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
) -> None:
    first = failed(shop, worker)
    for who, refused in ((machine, 403), (shop, 403), (worker, 403), (bob, 403), (vera, 403), (charlie, 404)):
        assert again(who, first).status == refused
    assert again(alice, str(uuid4())).status == 404
    assert alice.post(f"/operations/intents/{first}/run-again", {"reason": " "}).status == 422
    assert Intent.objects.filter(rerun_of_id__isnull=False).count() == 0
    assert again(alice, first).ok()["applied"] is True


def test_people_are_asked_anew_and_who_runs_it_again_does_not_decide(
    workspace: Workspace, shop: KeyCaller, olga: PersonCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    tenancy.set_member(actor=SETUP, workspace=workspace, user=bob.user, role=Role.ADMIN)
    asked = ask(shop.also(bob), title="Refund?", assignees=["approver", "admin", "operator", "owner"], risk="high")
    assert asked.decide(bob, "approved").status == 403
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    new = again(olga, asked.intent_id).ok()["rerun_as_intent_id"]
    assert shop.intent(new)["status"] == "WAITING"
    assert [event["actor"] for event in shop.events(new)] == ["olga@myorg.example"] * 3
    (task,) = alice.get("/tasks", intent_id=new).ok()["tasks"]
    assert task["human_task"] == asked.task(alice)["human_task"]
    for who in (olga, bob):
        assert who.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).status == 403
    alice.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).ok()
    assert shop.intent(new)["status"] == "COMPLETED"
    assert again(olga, new).status == 409


def test_those_who_ran_it_again_before_decide_nothing_of_it_either(
    workspace: Workspace, shop: KeyCaller, olga: PersonCaller, alice: PersonCaller
) -> None:
    first = ask(shop, title="Refund?", assignees=["operator", "owner"], risk="high").intent_id
    shop.post(f"/intents/{first}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    second = again(olga, first).ok()["rerun_as_intent_id"]
    shop.post(f"/intents/{second}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    third = again(alice, second).ok()["rerun_as_intent_id"]
    (task,) = alice.get("/tasks", intent_id=third).ok()["tasks"]
    for who in (olga, alice):
        assert who.post(f"/tasks/{task['task_id']}/decide", {"outcome": "approved"}).status == 403


@pytest.mark.parametrize("change", [{"payload": "{}"}, {"payload": '{"amount":1}'}, {"salt": b"0" * 16}])
def test_what_has_lost_its_payload_is_not_run_again(
    change: dict[str, Any], shop: KeyCaller, worker: KeyCaller, olga: PersonCaller
) -> None:
    first = failed(shop, worker, payload=PAYLOAD)
    stored = IntentBody.objects.filter(intent_id=first)
    (before,) = stored.values(*change)
    stored.update(**change)
    answer = again(olga, first)
    assert answer.status == 409
    assert "erased" in answer.json["error"]["message"]
    other = failed(shop, worker, payload=PAYLOAD)
    ordered = {"action": "run_again", "ids": [first, other], "reason": "x"}
    bulk = olga.post("/operations/bulk", ordered).ok()["bulk_id"]
    runner.work()
    done = olga.get(f"/operations/bulk/{bulk}").ok()
    assert (done["succeeded"], done["failed"]) == (1, 1)
    stored.update(**before)
    assert Intent.objects.filter(rerun_of_id=first).count() == 0


def test_a_bulk_runs_again_what_can_be_and_tells_why_it_skips_the_rest(
    shop: KeyCaller, worker: KeyCaller, workspace: Workspace, olga: PersonCaller
) -> None:
    billing = make_machine(workspace, "billing")
    before, completed = failed(shop, worker), make(Status.COMPLETED, sender=shop, handler=worker).id
    again(olga, before).ok()
    asked = ask(shop, title="Refund?", assignees=["owner"]).intent_id
    shop.post(f"/intents/{asked}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    others = [failed(shop, worker), failed(billing, worker), failed(shop, worker), asked]
    live = shop.submit()
    ids = [before, completed, *others, live]
    made = olga.post("/operations/bulk", {"action": "run_again", "ids": ids, "reason": "repaired"}).ok()
    skipped = {one["reason"]: one["count"] for one in made["skipped"]}
    assert skipped == {"completed": 1, "is not over": 1, "was run again already": 1}
    runner.work()
    done = olga.get(f"/operations/bulk/{made['bulk_id']}").ok()
    assert (done["succeeded"], done["skipped"], done["failed"]) == (4, 3, 0)
    for one in others:
        new = Intent.objects.get(rerun_of_id=one)
        assert new.sender == Intent.objects.get(id=one).sender
        assert chains.chain_fault(new) is None
        assert olga.events(str(new.id))[0]["details"]["bulk_id"] == made["bulk_id"]
    assert Intent.objects.get(rerun_of_id=asked).status == Status.WAITING
