"""The one verb of many meanings, row by row of the protocol's table."""

from typing import Any

import pytest

from intents.engine.lifecycle import Status, WaitReason
from intents.engine.models import Delivery
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.intents.factory import make, take

OWN_WAITS = (WaitReason.TOOL, WaitReason.AGENT, WaitReason.TIME)


def resume(caller: Caller, intent_id: str, body: dict[str, Any]) -> Any:
    return caller.post(f"/intents/{intent_id}/resume", body)


# Row 2: approve_current_step


@pytest.mark.parametrize("reason", OWN_WAITS)
def test_approving_the_step_satisfies_a_wait(shop: KeyCaller, worker: KeyCaller, reason: WaitReason) -> None:
    made = make(reason, sender=shop, handler=worker)
    done = resume(shop, made.id, {"approve_current_step": True, "note": "go"}).ok()
    assert (done["applied"], done["intent"]["status"]) == (True, "IN_PROGRESS")
    (again,) = take(worker)
    assert again.json()["resume"] == {"note": "go"}


@pytest.mark.parametrize("state", [Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED])
def test_approving_the_step_begins_the_work(shop: KeyCaller, worker: KeyCaller, state: Status) -> None:
    made = make(state, sender=shop, handler=worker)
    done = resume(shop, made.id, {"approve_current_step": True}).ok()
    assert (done["applied"], done["intent"]["status"], done["event"]["event_type"]) == (
        True,
        "IN_PROGRESS",
        "intent.in_progress",
    )


def test_approving_the_step_of_begun_work_applies_nothing(shop: KeyCaller, worker: KeyCaller) -> None:
    made = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    done = resume(shop, made.id, {"approve_current_step": True}).ok()
    assert (done["applied"], done["event"], done["intent"]["status"]) == (False, None, "IN_PROGRESS")


def test_approving_the_step_never_answers_for_a_person(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    made = make(WaitReason.HUMAN, sender=shop, handler=worker)
    for caller in (shop, worker, machine):
        refused = resume(caller, made.id, {"approve_current_step": True})
        assert (refused.status, refused.code) == (403, "policy_denied")


# Row 3: the agent at work


@pytest.mark.parametrize("state", [Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED, Status.IN_PROGRESS])
def test_the_agents_body_is_the_result(shop: KeyCaller, worker: KeyCaller, state: Status) -> None:
    made = make(state, sender=shop, handler=worker)
    done = resume(worker, made.id, {"tracking": "1Z", "deep": {"a": [1]}}).ok()
    assert (done["ok"], done["applied"], done["intent"]["status"]) == (True, True, "COMPLETED")
    assert done["intent"]["result"] == done["event"]["details"]["result"] == {"tracking": "1Z", "deep": {"a": [1]}}
    assert done["policy_generation"] == 1


def test_the_envelopes_own_keys_are_no_part_of_the_result(shop: KeyCaller, worker: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    assert made.leased is not None
    token = str(made.leased.delivery.lease_token)
    body = {"action": "complete", "lease_token": token, "expected_policy_generation": 1, "a": 1}
    assert resume(worker, made.id, body).ok()["intent"]["result"] == {"a": 1}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "fail", "error": {"code": "x"}}, {"code": "x"}),
        ({"action": "fail", "error": "out of stock"}, {"message": "out of stock"}),
        ({"action": "fail", "why": "none"}, {"why": "none"}),
        ({"action": "fail"}, {}),
    ],
)
def test_failing_makes_an_error_of_the_body(worker: KeyCaller, shop: KeyCaller, body: Any, error: Any) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    done = resume(worker, made.id, body).ok()
    assert (done["intent"]["status"], done["intent"]["error"]) == ("FAILED", error)


def test_a_retryable_failure_waits_for_time(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    done = resume(worker, made.id, {"action": "fail", "error": {"code": "x"}, "retryable": True}).ok()
    assert (done["intent"]["status"], done["intent"]["waiting_reason"]) == ("WAITING", "WAITING_FOR_TIME")


def test_progress_and_checkpoint_act_like_their_endpoints(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    done = resume(worker, made.id, {"action": "progress", "percent": 5}).ok()
    assert (done["event"]["event_type"], done["event"]["details"]) == ("intent.in_progress", {"percent": 5})
    done = resume(worker, made.id, {"action": "checkpoint", "step": 47, "state": {"a": 1}}).ok()
    assert (done["event"]["event_type"], done["intent"]["checkpoint"]) == (
        "intent.checkpoint",
        {"step": 47, "state": {"a": 1}},
    )


def test_an_agent_may_ask_to_wait_by_resume(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    body = {"action": "wait", "for": "tool", "tool": "bank", "external_id": "x"}
    waiting = resume(worker, made.id, body).ok()
    assert waiting["intent"]["status"] == "WAITING"
    assert waiting["intent"]["waiting_reason"] == "WAITING_FOR_TOOL"
    assert "/v1/callbacks/" in waiting["callback_url"]


def test_a_wait_that_says_not_what_for_is_422(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    assert resume(worker, made.id, {"action": "wait", "until": "tomorrow"}).status == 422


@pytest.mark.parametrize("action", ["explode", "", None, 5, ["complete"]])
def test_an_unknown_action_is_422(worker: KeyCaller, shop: KeyCaller, action: Any) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    refused = resume(worker, made.id, {"action": action})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "action")
    assert made.row.status == "DELIVERED"


def test_a_stale_lease_token_is_409_and_the_one_in_force_passes(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    stale = {"lease_token": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4"}
    for verb, body in (("resume", {"a": 1}), ("progress", {}), ("checkpoint", {}), ("acknowledge", {}), ("heartbeat", {})):
        refused = worker.post(f"/intents/{made.id}/{verb}", body | stale)
        assert (refused.status, refused.code) == (409, "stale_lease")
    refused = worker.post(f"/intents/{made.id}/fail", {"error": {}} | stale)
    assert (refused.status, refused.code) == (409, "stale_lease")
    assert made.leased is not None
    resume(worker, made.id, {"lease_token": str(made.leased.delivery.lease_token)}).ok()


def test_an_intent_never_delivered_can_be_completed_but_not_under_a_lease(worker: KeyCaller, shop: KeyCaller) -> None:
    made = make(Status.SUBMITTED, sender=shop, handler=worker)
    token = "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4"
    assert resume(worker, made.id, {"lease_token": token}).code == "stale_lease"
    resume(worker, made.id, {}).ok()
    assert [row.state for row in Delivery.objects.filter(intent_id=made.id)] == ["done"]


# Row 4: the sender satisfies the wait


@pytest.mark.parametrize("reason", OWN_WAITS)
def test_the_senders_body_goes_to_the_agent(shop: KeyCaller, worker: KeyCaller, reason: WaitReason) -> None:
    made = make(reason, sender=shop, handler=worker)
    done = resume(shop, made.id, {"answer": 42, "action": "complete"}).ok()
    assert (done["intent"]["status"], done["event"]["event_type"]) == ("IN_PROGRESS", "intent.resumed")
    (again,) = take(worker)
    assert (again.json()["resume"], again.json()["status"]) == ({"answer": 42}, "IN_PROGRESS")


def test_a_resume_grant_lets_another_agent_satisfy_the_wait_and_nothing_else(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller
) -> None:
    made = make(WaitReason.TOOL, sender=shop, handler=worker)
    assert resume(stranger, made.id, {"a": 1}).status == 404
    grants = {"grants_patch": {"resume": ["agent://myorg/production/stranger"]}}
    shop.post(f"/intents/{made.id}/policy", grants).ok()
    for verb, body in (
        ("resolve", {"status": "CANCELED", "reason": "x"}),
        ("policy", {"grants_patch": {"resume": []}}),
        ("controls", {"controls_patch": {"a": 1}}),
        ("fail", {"error": {}}),
    ):
        assert stranger.post(f"/intents/{made.id}/{verb}", body).status == 403, verb
    assert resume(stranger, made.id, {"a": 1}).ok()["intent"]["status"] == "IN_PROGRESS"


def test_a_grant_taken_away_is_gone(shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller) -> None:
    made = make(WaitReason.TOOL, sender=shop, handler=worker)
    for granted in (["agent://myorg/production/stranger"], []):
        shop.post(f"/intents/{made.id}/policy", {"grants_patch": {"resume": granted}}).ok()
    assert resume(stranger, made.id, {"a": 1}).status == 404


def test_an_operator_satisfies_a_wait_and_an_approver_does_not(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, bob: PersonCaller
) -> None:
    made = make(WaitReason.TOOL, sender=shop, handler=worker)
    assert resume(bob, made.id, {"a": 1}).status == 403
    resume(olga, made.id, {"a": 1}).ok()


def test_an_old_policy_generation_is_409(shop: KeyCaller, worker: KeyCaller) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    shop.post(f"/intents/{made.id}/controls", {"controls_patch": {"a": 1}}).ok()
    refused = resume(worker, made.id, {"expected_policy_generation": 1})
    assert (refused.status, refused.code) == (409, "stale_policy_generation")
    assert refused.json["error"]["details"]["policy_generation"] == 2
    assert resume(worker, made.id, {"expected_policy_generation": 2}).ok()["policy_generation"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expected_policy_generation": "1"}, "expected_policy_generation"),
        ({"expected_policy_generation": -1}, "expected_policy_generation"),
        ({"expected_policy_generation": 1.5}, "expected_policy_generation"),
        ({"lease_token": "x"}, "lease_token"),
        ({"lease_token": 5}, "lease_token"),
        ({"action": "fail", "retryable": "yes"}, "retryable"),
    ],
)
def test_a_malformed_known_key_is_422(shop: KeyCaller, worker: KeyCaller, body: dict[str, Any], field: str) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    refused = resume(worker, made.id, body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


@pytest.mark.parametrize("raw", [b"[]", b"5", b'"x"', b"null"])
def test_a_body_that_is_no_object_is_422(worker: KeyCaller, shop: KeyCaller, raw: bytes) -> None:
    made = make(Status.DELIVERED, sender=shop, handler=worker)
    assert worker.send("POST", f"/intents/{made.id}/resume", raw=raw).status == 422
