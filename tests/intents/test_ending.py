"""Ending intents from outside, one or many; and changing how a live one is treated."""

from datetime import timedelta
from typing import Any

import pytest

from intents.dispatch import scheduler
from intents.engine.lifecycle import Status
from intents.engine.models import Delivery, Intent, Timer
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import make, take

ENDINGS = {
    "COMPLETED": {"status": "COMPLETED", "result": {"a": 1}},
    "FAILED": {"status": "FAILED", "error": {"code": "x"}},
    "CANCELED": {"status": "CANCELED", "reason": "enough"},
}


@pytest.mark.parametrize("status", ENDINGS)
def test_the_sender_ends_an_intent(shop: KeyCaller, status: str) -> None:
    intent_id = shop.submit(deadline_at="2099-01-01T00:00:00Z", reply_to="boss")
    done = shop.post(f"/intents/{intent_id}/resolve", ENDINGS[status]).ok()
    assert (done["intent"]["status"], done["event"]["event_type"]) == (status, f"intent.{status.lower()}")
    told = {name: value for name, value in ENDINGS[status].items() if name != "status"}
    assert done["event"]["details"] == told
    assert {name: done["intent"][name] for name in told} == told
    assert done["completion_delivery"]["delivered"] is True
    assert not Timer.objects.exists()
    assert {row.state for row in Delivery.objects.filter(binding="pull", target="order-service")} == {"done"}


def test_without_reply_to_nothing_is_delivered_back(shop: KeyCaller) -> None:
    done = shop.post(f"/intents/{shop.submit()}/resolve", ENDINGS["FAILED"]).ok()
    assert done["completion_delivery"]["delivered"] is False


@pytest.mark.parametrize("first", ENDINGS)
@pytest.mark.parametrize("second", ENDINGS)
def test_an_intent_ends_once(shop: KeyCaller, first: str, second: str) -> None:
    path = f"/intents/{shop.submit()}/resolve"
    shop.post(path, ENDINGS[first]).ok()
    refused = shop.post(path, ENDINGS[second])
    assert (refused.status, refused.code) == (409, "invalid_transition")
    assert refused.json["error"]["details"]["status"] == first


def test_resolving_a_submitted_intent_passes_through_in_progress(shop: KeyCaller) -> None:
    intent_id = shop.submit()
    shop.post(f"/intents/{intent_id}/resolve", ENDINGS["COMPLETED"]).ok()
    kinds = [event["event_type"] for event in shop.events(intent_id)]
    assert kinds == ["intent.created", "intent.submitted", "intent.in_progress", "intent.completed"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "COMPLETED"}, ""),
        ({"status": "FAILED", "result": {}}, ""),
        ({"status": "CANCELED", "error": {}}, ""),
        ({"status": "TIMED_OUT", "error": {}}, "status"),
        ({"status": "WAITING"}, "status"),
        ({"status": "completed", "result": {}}, "status"),
        ({}, "status"),
        ({"status": "COMPLETED", "result": []}, "result"),
        ({"status": "CANCELED", "reason": 5}, "reason"),
        ({"status": "CANCELED", "reason": "x" * 2001}, "reason"),
        ({"status": "CANCELED", "reason": "x", "seq": 1}, "seq"),
    ],
)
def test_a_malformed_ending_is_422_and_ends_nothing(shop: KeyCaller, body: dict[str, Any], field: str) -> None:
    intent_id = shop.submit()
    refused = shop.post(f"/intents/{intent_id}/resolve", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert shop.intent(intent_id)["status"] == "SUBMITTED"


def test_an_ended_intent_is_not_delivered(shop: KeyCaller, worker: KeyCaller) -> None:
    shop.post(f"/intents/{shop.submit()}/resolve", ENDINGS["CANCELED"]).ok()
    assert take(worker) == []


class TestBulkCancel:
    @pytest.fixture
    def old(self, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, now: SettableClock) -> list[str]:
        """Two old live intents and an old one that is over; and a new one."""
        made = [make(state, sender=shop, handler=worker).id for state in (Status.SUBMITTED, Status.IN_PROGRESS)]
        machine.post(f"/intents/{shop.submit()}/resume", {}).ok()
        now.advance(hours=2)
        shop.submit()
        return made

    def test_it_cancels_nothing_unless_it_is_told_to(self, machine: KeyCaller, old: list[str]) -> None:
        for body in ({"older_than_hours": 1}, {"older_than_hours": 1, "dry_run": True}):
            told = machine.post("/intents/bulk-cancel", body).ok()
            assert (told["would_cancel"], told["intent_ids"]) == (2, old)
            assert "canceled" not in told
        assert not Intent.objects.filter(status="CANCELED").exists()

    def test_it_cancels_the_old_live_ones(self, machine: KeyCaller, old: list[str]) -> None:
        body = {"older_than_hours": 1, "dry_run": False, "reason": "cleaning"}
        told = machine.post("/intents/bulk-cancel", body).ok()
        assert (told["canceled"], told["intent_ids"]) == (2, old)
        assert {str(row.id) for row in Intent.objects.filter(status="CANCELED")} == set(old)
        assert machine.intent(old[0])["reason"] == "cleaning"

    def test_its_filters_hold_when_it_cancels(self, machine: KeyCaller, old: list[str]) -> None:
        body = {"older_than_hours": 1, "dry_run": False, "status_filter": ["IN_PROGRESS"]}
        assert machine.post("/intents/bulk-cancel", body).ok()["intent_ids"] == old[1:]
        body = {"older_than_hours": 0, "dry_run": False, "limit": 1}
        assert machine.post("/intents/bulk-cancel", body).ok()["intent_ids"] == old[:1]

    def test_it_is_for_operators_and_workspace_keys(
        self, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, charlie: PersonCaller, old: list[str]
    ) -> None:
        body = {"older_than_hours": 1, "dry_run": False}
        assert [caller.post("/intents/bulk-cancel", body).status for caller in (shop, bob)] == [403, 403]
        assert charlie.post("/intents/bulk-cancel", body).ok()["canceled"] == 0
        assert olga.post("/intents/bulk-cancel", body).ok()["canceled"] == 2

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "older_than_hours"),
            ({"older_than_hours": -1}, "older_than_hours"),
            ({"older_than_hours": 1e300}, "older_than_hours"),
            ({"older_than_hours": "1"}, "older_than_hours"),
            ({"older_than_hours": 1, "dry_run": "false"}, "dry_run"),
            ({"older_than_hours": 1, "dry_run": None}, "dry_run"),
            ({"older_than_hours": 1, "limit": 0}, "limit"),
            ({"older_than_hours": 1, "status_filter": ["COMPLETED"]}, "status_filter.0"),
            ({"older_than_hours": 1, "status_filter": "WAITING"}, "status_filter"),
            ({"older_than_hours": 1, "dryRun": False}, "dryRun"),
        ],
    )
    def test_a_malformed_wish_cancels_nothing(self, machine: KeyCaller, old: list[str], body: Any, field: str) -> None:
        refused = machine.post("/intents/bulk-cancel", body | ({"dry_run": False} if "dry_run" not in body else {}))
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
        assert not Intent.objects.filter(status="CANCELED").exists()


class TestControls:
    def test_keys_are_merged_and_null_takes_one_away(self, shop: KeyCaller) -> None:
        path = f"/intents/{shop.submit()}/controls"
        shop.post(path, {"controls_patch": {"a": 1, "b": {"c": [2]}, "max_retry_count": 2}}).ok()
        done = shop.post(path, {"controls_patch": {"a": None, "d": "x"}, "reason": "tuning"}).ok()
        assert done["intent"]["controls"] == {"b": {"c": [2]}, "d": "x", "max_retry_count": 2}
        assert (done["policy_generation"], done["intent"]["policy_generation"]) == (3, 3)
        assert done["event"]["event_type"] == "intent.policy_updated"
        assert done["event"]["details"]["reason"] == "tuning"

    def test_the_same_for_the_policys_grants_and_envelope(self, shop: KeyCaller) -> None:
        path = f"/intents/{shop.submit()}/policy"
        shop.post(path, {"grants_patch": {"resume": ["agent://a/b"]}, "envelope_patch": {"x": 1}}).ok()
        done = shop.post(path, {"grants_patch": {"resume": None, "y": 1}, "envelope_patch": {"z": 2}}).ok()
        assert done["intent"]["policy"] == {"grants": {"y": 1}, "envelope": {"x": 1, "z": 2}}

    def test_an_expected_generation_that_does_not_match_is_409(self, shop: KeyCaller) -> None:
        intent_id = shop.submit()
        for verb in ("controls", "policy"):
            refused = shop.post(f"/intents/{intent_id}/{verb}", {"expected_policy_generation": 2})
            assert (refused.status, refused.code) == (409, "stale_policy_generation")
        assert shop.post(f"/intents/{intent_id}/controls", {"expected_policy_generation": 1}).ok()["policy_generation"] == 2

    @pytest.mark.parametrize("patch", [{"timeout_seconds": 60}, {"deadline_at": "2030-01-15T09:01:00Z"}])
    def test_a_new_deadline_holds_in_place_of_the_old(
        self, shop: KeyCaller, now: SettableClock, patch: dict[str, Any]
    ) -> None:
        intent_id = shop.submit(deadline_at=rfc3339(now.now + timedelta(seconds=30)))
        shown = shop.post(f"/intents/{intent_id}/controls", {"controls_patch": patch}).ok()["intent"]
        assert shown["deadline_at"] == "2030-01-15T09:01:00.000000Z"
        now.advance(seconds=59)
        assert scheduler.sweep() == 0
        now.advance(seconds=1)
        assert scheduler.sweep() == 1
        shown = shop.intent(intent_id)
        assert (shown["status"], shown["error"]["code"]) == ("TIMED_OUT", "deadline_exceeded")

    @pytest.mark.parametrize(
        ("patch", "field"),
        [
            ({"timeout_seconds": -1}, "controls_patch.timeout_seconds"),
            ({"timeout_seconds": 1.5}, "controls_patch.timeout_seconds"),
            ({"timeout_seconds": 2**53 - 1}, "controls_patch.timeout_seconds"),
            ({"timeout_seconds": True}, "controls_patch.timeout_seconds"),
            ({"max_retry_count": "3"}, "controls_patch.max_retry_count"),
            ({"retry_backoff_seconds": -0.1}, "controls_patch.retry_backoff_seconds"),
            ({"deadline_at": "2030-01-15T08:59:59Z"}, "controls_patch.deadline_at"),
            ({"deadline_at": "2030-01-15T09:30:00"}, "controls_patch.deadline_at"),
            ({"deadline_at": 5}, "controls_patch.deadline_at"),
            ({"deadline_at": "9999-12-31T23:59:59-14:00"}, "controls_patch.deadline_at"),
            ({"deadline_at": "9999-12-31T23:59:59Z"}, "controls_patch.deadline_at"),
            ({"deadline_at": "0001-01-01T00:00:00+14:00"}, "controls_patch.deadline_at"),
        ],
    )
    def test_a_known_key_is_checked(self, shop: KeyCaller, now: SettableClock, patch: dict[str, Any], field: str) -> None:
        intent_id = shop.submit()
        refused = shop.post(f"/intents/{intent_id}/controls", {"controls_patch": patch})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
        assert shop.intent(intent_id)["policy_generation"] == 1

    def test_a_resume_grant_is_a_list_of_addresses(self, shop: KeyCaller) -> None:
        path = f"/intents/{shop.submit()}/policy"
        for granted in ("agent://a/b", [5], {"a": 1}):
            refused = shop.post(path, {"grants_patch": {"resume": granted}})
            assert refused.json["error"]["details"]["field"] == "grants_patch.resume"

    def test_large_numbers_and_floats_survive_any_number_of_changes(self, shop: KeyCaller) -> None:
        path = f"/intents/{shop.submit()}/controls"
        for number in (1e17, 2**53 - 1, 1e-300, 0.1):
            shop.post(path, {"controls_patch": {"n": number}}).ok()
            assert shop.post(path, {"controls_patch": {"m": 1}}).ok()["intent"]["controls"]["n"] == number
