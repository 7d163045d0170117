"""Each kind of wait: how it begins, what satisfies it, what its time-out does, and what the agent is told."""

from datetime import timedelta

import pytest

from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Delivery, Intent, Timer
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import make, take
from tests.intents.waiting import (
    BODIES,
    CHILD,
    LIMIT,
    TITLED,
    handed,
    kinds,
    look,
    nothing_is_left,
    resume_of,
    states,
    token_of,
    wait,
)


@pytest.mark.parametrize("kind", BODIES)
def test_a_wait_puts_the_intent_aside_and_ends_the_lease(shop: KeyCaller, worker: KeyCaller, kind: str) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    answer = wait(worker, made.id, kind, **BODIES[kind])
    shown = shop.intent(made.id)
    assert (answer["applied"], shown["status"], shown["waiting_reason"]) == (True, "WAITING", f"WAITING_FOR_{TITLED[kind]}")
    assert answer["event"]["seq"] == shop.events(made.id)[-1]["seq"]
    assert answer["event"]["status"] == "WAITING"
    assert not Delivery.objects.filter(intent_id=made.id, state__in=["ready", "leased"]).exists()
    assert take(worker) == []
    assert states(made.id) == ["open"]


@pytest.mark.parametrize("kind", BODIES)
def test_an_intent_that_was_never_delivered_can_wait(shop: KeyCaller, worker: KeyCaller, kind: str) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, kind, **BODIES[kind])
    assert shop.intent(intent_id)["status"] == "WAITING"
    assert take(worker) == []


@pytest.mark.parametrize("kind", BODIES)
def test_only_the_agent_at_work_lets_an_intent_wait(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, alice: PersonCaller, foreign_machine: KeyCaller, kind: str
) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    body = {"for": kind} | BODIES[kind]
    path = f"/intents/{made.id}/wait"
    # Only a machine can submit children.
    assert (shop.post(path, body).status, alice.post(path, body).status) == (403, 401 if kind == "agent" else 403)
    assert (stranger.post(path, body).status, foreign_machine.post(path, body).status) == (404, 404)
    assert shop.intent(made.id)["status"] == "IN_PROGRESS"
    assert Intent.objects.count() == 1


@pytest.mark.parametrize("kind", BODIES)
def test_a_worker_whose_lease_is_over_cannot_let_it_wait(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, peer: KeyCaller, kind: str
) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    assert made.leased is not None
    now.advance(hours=1)
    look()
    (again,) = take(peer)
    body = {"for": kind} | BODIES[kind]
    late = worker.post(f"/intents/{made.id}/wait", body | {"lease_token": str(made.leased.delivery.lease_token)})
    assert (late.status, late.code) == (409, "stale_lease")
    assert Intent.objects.count() == 1
    peer.post(f"/intents/{made.id}/wait", body | {"lease_token": str(again.delivery.lease_token)}).ok()


@pytest.mark.parametrize("state", [*WaitReason, Status.COMPLETED, Status.FAILED, Status.CANCELED, Status.TIMED_OUT])
@pytest.mark.parametrize("kind", BODIES)
def test_an_intent_that_waits_or_is_over_cannot_wait(
    shop: KeyCaller, worker: KeyCaller, kind: str, state: Status | WaitReason
) -> None:
    made = make(state, sender=shop, handler=worker)
    before = shop.events(made.id)
    refused = worker.post(f"/intents/{made.id}/wait", {"for": kind} | BODIES[kind])
    assert refused.status == (403 if state is WaitReason.HUMAN else 409)
    assert shop.events(made.id) == before


def test_an_agent_waits_for_all_there_is_one_after_another(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, machine: KeyCaller
) -> None:
    intent_id = shop.submit()
    take(worker)
    wait(worker, intent_id, "human", human_task={"title": "Go?"})
    bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve", "comment": "yes"}).ok()
    one = handed(worker)
    assert (one["status"], one["delivery_attempt"]) == ("IN_PROGRESS", 1)
    assert one["resume"] == {"task_result": {"outcome": "approved", "comment": "yes"}}
    token = token_of(wait(worker, intent_id, "tool", tool="printer"))
    machine.post(f"/callbacks/{token}", {"pages": 3}).ok()
    assert resume_of(worker) == {"result": {"pages": 3}, "received_at": rfc3339(now.now)}
    (child,) = wait(worker, intent_id, "agent", intents=[CHILD])["child_intent_ids"]
    machine.post(f"/intents/{child}/resume", {"made": 1}).ok()
    look()
    results = {child: {"status": "COMPLETED", "result": {"made": 1}}}
    assert resume_of(worker) == {"until": "all", "results": results}
    due_at = wait(worker, intent_id, "time", delay_seconds=60)["due_at"]
    now.advance(seconds=60)
    look()
    assert resume_of(worker) == {"due_at": due_at} == {"due_at": rfc3339(now.now)}
    worker.post(f"/intents/{intent_id}/resume", {"done": True}).ok()
    assert states(intent_id) == ["satisfied"] * 4
    assert nothing_is_left(intent_id)
    now.advance(days=30)
    look()
    assert kinds(shop, intent_id)[-1] == "completed"


def test_what_ended_the_wait_comes_with_every_delivery_until_the_next_wait(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    intent_id = shop.submit()
    due_at = wait(worker, intent_id, "time", delay_seconds=5)["due_at"]
    now.advance(seconds=5)
    look()
    assert resume_of(worker) == {"due_at": due_at}
    now.advance(hours=1)
    look()
    again = handed(worker)
    assert (again["delivery_attempt"], again["status"], again["resume"]) == (2, "IN_PROGRESS", {"due_at": due_at})


@pytest.mark.parametrize("kind", ["tool", "agent", "time"])
def test_its_sender_ends_any_wait_but_one_for_people(shop: KeyCaller, worker: KeyCaller, kind: str) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, kind, **BODIES[kind])
    done = shop.post(f"/intents/{intent_id}/resume", {"go": "on"}).ok()
    assert (done["applied"], done["event"]["event_type"]) == (True, "intent.resumed")
    assert resume_of(worker) == {"go": "on"}
    assert not Timer.objects.filter(intent_id=intent_id).exists()


def test_no_machine_ends_a_wait_for_people(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, "human", human_task={"title": "Go?"})
    for caller in (shop, worker, machine):
        for body in (
            {"go": 1},
            {"approve_current_step": True},
            {"task_result": {"outcome": "approved"}},
            {"action": "complete"},
        ):
            assert caller.post(f"/intents/{intent_id}/resume", body).status == 403
        refused = caller.post(f"/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {}})
        assert (refused.status, refused.code) == (403, "policy_denied")
    assert states(intent_id) == ["open"]
    bob.post(f"/intents/{intent_id}/resume", {"task_result": {"outcome": "approved"}}).ok()


@pytest.mark.parametrize("kind", BODIES)
def test_a_deadline_ends_the_intent_whatever_it_waits_for(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, kind: str
) -> None:
    intent_id = shop.submit(deadline_at=rfc3339(now.now + timedelta(seconds=60)))
    body = BODIES[kind] | ({LIMIT[kind]: 60, "on_timeout": "resume"} if kind in LIMIT else {})
    wait(worker, intent_id, kind, **body)
    now.advance(seconds=60)
    look()
    assert (shop.intent(intent_id)["status"], states(intent_id)) == ("TIMED_OUT", ["expired"])
    assert nothing_is_left(intent_id)
    assert bob.get("/me/tasks").ok()["tasks"] == []
    now.advance(days=1)
    look()
    assert kinds(shop, intent_id)[-1] == "timed_out"


@pytest.mark.parametrize("status", ["CANCELED", "FAILED"])
@pytest.mark.parametrize("kind", BODIES)
def test_an_intent_that_is_ended_while_it_waits_waits_no_more(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, kind: str, status: str
) -> None:
    """The cancel that reported success and did nothing while suspended; the leftover timer that resumed it after all."""
    intent_id = shop.submit()
    body = BODIES[kind] | ({LIMIT[kind]: 60, "on_timeout": "resume"} if kind in LIMIT else {})
    answer = wait(worker, intent_id, kind, **body)
    done = shop.post(f"/intents/{intent_id}/resolve", {"status": status, "reason": "x", "error": {"code": "x"}}).ok()
    assert done["intent"]["status"] == shop.intent(intent_id)["status"] == status
    assert states(intent_id) == ["withdrawn"]
    assert nothing_is_left(intent_id)
    now.advance(days=1)
    look()
    match kind:
        case "human":
            assert bob.get("/me/tasks").ok()["tasks"] == []
            assert bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).status == 409
        case "tool":
            late = shop.post(f"/callbacks/{token_of(answer)}", {})
            assert (late.status, late.code, late.json["error"]["details"]["status"]) == (409, "invalid_transition", status)
        case "agent":
            (child,) = answer["child_intent_ids"]
            assert shop.get(f"/intents/{child}").status == 404
            assert Intent.objects.get(id=child).status == "CANCELED"
    assert shop.intent(intent_id)["status"] == status
    assert take(worker) == []


def test_a_canceled_run_stays_canceled_when_its_wait_would_have_been_over(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller
) -> None:
    """Killing a paused run resumed it."""
    intent_id = shop.submit()
    wait(worker, intent_id, "time", delay_seconds=30)
    done = machine.post("/intents/bulk-cancel", {"older_than_hours": 0, "dry_run": False})
    now.advance(seconds=1)
    done = machine.post("/intents/bulk-cancel", {"older_than_hours": 0, "dry_run": False}).ok()
    assert done["intent_ids"] == [intent_id]
    now.advance(seconds=60)
    look()
    assert kinds(shop, intent_id)[-1] == "canceled"
    assert shop.post(f"/intents/{intent_id}/resume", {"go": 1}).status == 409


def test_a_leftover_timer_does_not_resume_an_answered_wait_again(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller
) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, "human", human_task={}, deadline_seconds=60, on_timeout="resume")
    bob.post(f"/approvals/{intent_id}/decision", {"decision": "reject"}).ok()
    assert nothing_is_left(intent_id) is False
    assert resume_of(worker)["task_result"]["outcome"] == "rejected"
    wait(worker, intent_id, "tool", tool="printer")
    now.advance(days=1)
    look()
    assert states(intent_id) == ["satisfied", "open"]
    assert kinds(shop, intent_id).count("resumed") == 1


def test_two_tasks_of_one_intent_never_swap_their_answers(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    intent_id = shop.submit()
    for number in range(3):
        wait(worker, intent_id, "human", human_task={"title": f"Question {number}", "task_type": "clarification"})
        shown = bob.get("/me/tasks").ok()["tasks"]
        assert [one["human_task"]["title"] for one in shown] == [f"Question {number}"]
        answer = {"outcome": "provided", "data": {"answer": number}}
        bob.post(f"/tasks/{shown[0]['task_id']}/decide", answer).ok()
        assert bob.post(f"/tasks/{shown[0]['task_id']}/decide", answer).code == "already_decided"
        assert resume_of(worker)["task_result"]["data"] == {"answer": number}
