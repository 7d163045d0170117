"""When the time of a wait is over: what was chosen happens, and silence approves nothing."""

from datetime import timedelta
from typing import Any

import pytest

from intents.engine.models import Intent, Wait
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.waiting import BODIES, LIMIT, TITLED, handed, kinds, look, nothing_is_left, resume_of, states, wait

ENDLESS = sorted(BODIES.keys() - {"time"})


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_wait_that_fails_when_its_time_is_over(now: SettableClock, shop: KeyCaller, worker: KeyCaller, kind: str) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, kind, **BODIES[kind], **{LIMIT[kind]: 60})
    now.advance(seconds=59)
    look()
    assert states(intent_id) == ["open"]
    now.advance(seconds=1)
    look()
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["error"]["code"]) == ("FAILED", "wait_timeout")
    assert shown["error"]["waiting_reason"] == f"WAITING_FOR_{TITLED[kind]}"
    assert states(intent_id) == ["expired"]
    assert nothing_is_left(intent_id)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_wait_that_goes_on_when_its_time_is_over(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, kind: str
) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, kind, **BODIES[kind], **{LIMIT[kind]: 60}, on_timeout="resume")
    now.advance(seconds=60)
    look()
    one = handed(worker)
    assert (one["status"], one["resume"]) == ("IN_PROGRESS", {"expired": True})
    assert states(intent_id) == ["expired"]
    worker.post(f"/intents/{intent_id}/resume", {"done": 1}).ok()
    look()
    assert nothing_is_left(intent_id)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_wait_that_completes_the_intent_when_its_time_is_over(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, kind: str
) -> None:
    intent_id = shop.submit()
    wait(worker, intent_id, kind, **BODIES[kind], **{LIMIT[kind]: 60}, on_timeout={"complete": "approved"})
    now.advance(seconds=60)
    look()
    shown = shop.intent(intent_id)
    assert (shown["status"], shown["result"]) == ("COMPLETED", {"outcome": "approved", "expired": True})
    assert states(intent_id) == ["expired"]
    assert nothing_is_left(intent_id)


@pytest.mark.parametrize("risk", ["medium", "high", "critical"])
@pytest.mark.parametrize(
    ("task_type", "positive", "negative"),
    [("approval", "approved", "rejected"), ("confirmation", "confirmed", "denied"), ("override", "approved", "rejected")],
)
def test_silence_approves_nothing_but_what_is_of_low_risk(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, risk: str, task_type: str, positive: str, negative: str
) -> None:
    """The approval that approved itself after 30 seconds."""
    intent_id = shop.submit()
    body = {"for": "human", "human_task": {"task_type": task_type, "risk": risk}, "deadline_seconds": 30}
    path = f"/intents/{intent_id}/wait"
    refused = worker.post(path, body | {"on_timeout": {"complete": positive}})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "on_timeout.complete")
    assert Wait.objects.count() == 0
    worker.post(path, body | {"on_timeout": {"complete": negative}}).ok()
    now.advance(seconds=30)
    look()
    assert shop.intent(intent_id)["result"] == {"outcome": negative, "expired": True}


def test_a_wait_for_people_asks_one_more_before_it_fails(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    intent_id = shop.submit(escalate_to="olga@myorg.example")
    task = {"assignees": ["bob@myorg.example"]}
    wait(worker, intent_id, "human", human_task=task, deadline_seconds=60, on_timeout="escalate")
    assert olga.get("/me/tasks").ok()["tasks"] == []
    now.advance(seconds=60)
    look()
    look()
    assert shop.intent(intent_id)["status"] == "WAITING"
    assert kinds(shop, intent_id)[-1] == "escalated"
    assert kinds(shop, intent_id).count("escalated") == 1
    (shown,) = olga.get("/me/tasks").ok()["tasks"]
    assert (shown["intent_id"], shown["due_at"]) == (intent_id, rfc3339(now.now + timedelta(seconds=60)))
    now.advance(seconds=60)
    look()
    assert (shop.intent(intent_id)["status"], states(intent_id)) == ("FAILED", ["expired"])
    assert nothing_is_left(intent_id)


def test_the_one_asked_last_decides(now: SettableClock, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller) -> None:
    intent_id = shop.submit(escalate_to="olga@myorg.example")
    task = {"assignees": ["absent@myorg.example"]}
    wait(worker, intent_id, "human", human_task=task, deadline_seconds=60, on_timeout="escalate")
    now.advance(seconds=61)
    look()
    olga.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()
    now.advance(days=1)
    look()
    assert resume_of(worker)["task_result"]["outcome"] == "approved"
    assert states(intent_id) == ["satisfied"]


@pytest.mark.parametrize("fields", [{}, {"deadline_seconds": 60}])
def test_a_wait_escalates_only_to_somebody_and_after_a_time(
    shop: KeyCaller, worker: KeyCaller, fields: dict[str, Any]
) -> None:
    intent_id = shop.submit(**({} if fields else {"escalate_to": "olga@myorg.example"}))
    refused = worker.post(
        f"/intents/{intent_id}/wait", {"for": "human", "human_task": {}, "on_timeout": "escalate"} | fields
    )
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "on_timeout")
    assert shop.intent(intent_id)["status"] == "SUBMITTED"


@pytest.mark.parametrize("kind", LIMIT)
@pytest.mark.parametrize("then", ["fail", "resume", {"complete": "approved"}])
def test_what_happens_after_a_time_is_refused_without_that_time(
    shop: KeyCaller, worker: KeyCaller, kind: str, then: object
) -> None:
    intent_id = shop.submit()
    refused = worker.post(f"/intents/{intent_id}/wait", {"for": kind, "on_timeout": then} | BODIES[kind])
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "on_timeout")
    assert LIMIT[kind] in refused.json["error"]["message"]
    assert shop.intent(intent_id)["status"] == "SUBMITTED"


@pytest.mark.parametrize("kind", ["tool", "agent"])
def test_only_people_can_be_escalated_to(shop: KeyCaller, worker: KeyCaller, kind: str) -> None:
    intent_id = shop.submit(escalate_to="olga@myorg.example")
    refused = worker.post(f"/intents/{intent_id}/wait", {"for": kind, "on_timeout": "escalate"} | BODIES[kind])
    assert refused.status == 422
    assert Intent.objects.count() == 1


def test_the_shortest_and_the_longest_wait_are_as_long_as_asked(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    start, longest = now.now, timedelta(days=3660)
    short, long = shop.submit(), shop.submit()
    wait(worker, short, "time", delay_seconds=0.001)
    assert wait(worker, long, "time", until=rfc3339(start + longest))["due_at"] == rfc3339(start + longest)
    look()
    assert states(short) == ["open"]
    now.advance(milliseconds=1)
    look()
    assert (states(short), states(long)) == (["satisfied"], ["open"])
    now.set(start + longest)
    look()
    assert states(long) == ["satisfied"]


def test_a_late_retry_waits_no_longer_than_the_longest_delay(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    intent_id = shop.submit()
    shop.post(
        f"/intents/{intent_id}/controls", {"controls_patch": {"max_retry_count": 1000, "retry_backoff_seconds": 86_400}}
    )
    for retried in (0, 29, 30, 62, 999):
        Intent.objects.filter(id=intent_id).update(retry_count=retried)
        done = worker.post(f"/intents/{intent_id}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
        assert done["event"]["details"]["delay_seconds"] == 3600
        now.advance(hours=1)
        look()
    last = worker.post(f"/intents/{intent_id}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
    assert last["intent"]["status"] == "FAILED"
