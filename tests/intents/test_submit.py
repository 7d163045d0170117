"""Submitting, looking, listing: the first calls of every client."""

import json
from typing import Any
from uuid import UUID

import pytest

from intents.engine.models import Delivery, Intent, IntentEvent, Timer
from tests.callers import Caller, KeyCaller
from tests.conftest import SettableClock

BODY: dict[str, Any] = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"order_id": "ORD-1"}}


def test_it_answers_with_the_id_the_status_and_the_time(machine: KeyCaller) -> None:
    made = machine.post("/intents", BODY).ok()
    assert set(made) >= {"intent_id", "status", "created_at"}
    assert made["status"] == "SUBMITTED"
    assert UUID(made["intent_id"]).version == 7


def test_it_writes_the_intent_two_events_the_outbox_and_the_timer_at_once(machine: KeyCaller) -> None:
    intent_id = machine.submit(deadline_at="2099-01-01T00:00:00Z")
    kinds = IntentEvent.objects.filter(intent_id=intent_id).order_by("seq").values_list("seq", "event_type", "status")
    assert list(kinds) == [(1, "intent.created", "CREATED"), (2, "intent.submitted", "SUBMITTED")]
    assert Delivery.objects.get(intent_id=intent_id).target == "order-service"
    assert Timer.objects.get(intent_id=intent_id).kind == "deadline"


def test_it_shows_everything_that_was_sent(machine: KeyCaller) -> None:
    fields = {
        "correlation_id": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4",
        "reply_to": "agent://myorg/production/shop",
        "deadline_at": "2099-01-01T02:00:00+02:00",
        "remind_after_seconds": 60,
        "remind_interval_seconds": 30,
        "max_reminders": 3,
        "escalate_to": "agent://myorg/production/boss",
        "max_delivery_attempts": 5,
    }
    shown = machine.intent(machine.submit(payload={"a": [1, "ü", None]}, **fields))
    assert shown["payload"] == {"a": [1, "ü", None]}
    assert {name: shown[name] for name in fields} == fields | {"deadline_at": "2099-01-01T00:00:00.000000Z"}
    assert shown["due_at"] == "2099-01-01T00:00:00.000000Z"
    assert (shown["from_agent"], shown["to_agent"]) == ("agent://myorg/production/demo", "order-service")


def test_a_new_intent_has_the_schemas_fields(machine: KeyCaller) -> None:
    shown = machine.intent(machine.submit())
    assert shown.keys() >= {
        *("intent_id", "intent_type", "status", "lifecycle_status", "waiting_reason", "lifecycle_waiting_reason"),
        *("correlation_id", "from_agent", "to_agent", "payload", "created_at", "updated_at", "handler", "result", "error"),
        *("checkpoint", "due_at", "policy_generation", "child_intent_ids", "parent_intent_id"),
    }
    assert (shown["lifecycle_status"], shown["policy_generation"]) == ("SUBMITTED", 1)
    empty = ("waiting_reason", "result", "error", "checkpoint", "due_at", "handler", "parent_intent_id")
    assert [shown[name] for name in empty] == [None] * len(empty)
    assert shown["child_intent_ids"] == []


def test_camel_case_is_accepted_at_the_top_and_the_payload_is_not_touched(machine: KeyCaller) -> None:
    body = {
        "intentType": "order.fulfill.v1",
        "toAgent": "order-service",
        "correlationId": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4",
        "replyTo": "shop",
        "deadlineAt": "2099-01-01T00:00:00Z",
        "remindAfterSeconds": 5,
        "maxDeliveryAttempts": 4,
        "payload": {"camelCase": 1, "snake_case": 2},
    }
    shown = machine.intent(machine.post("/intents", body).ok()["intent_id"])
    assert shown["payload"] == {"camelCase": 1, "snake_case": 2}
    assert (shown["intent_type"], shown["reply_to"], shown["max_delivery_attempts"]) == ("order.fulfill.v1", "shop", 4)


def test_one_field_in_two_spellings_is_refused(machine: KeyCaller) -> None:
    refused = machine.post("/intents", BODY | {"intentType": "other.v1"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "intentType")


def test_the_sender_comes_from_the_key_not_from_the_body(shop: KeyCaller) -> None:
    intent_id = shop.submit(from_agent="agent://myorg/production/ceo")
    assert shop.intent(intent_id)["from_agent"] == "agent://myorg/production/shop"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"status": "COMPLETED"}, "status"),
        ({"workspace_id": "x"}, "workspace_id"),
        ({"payload": []}, "payload"),
        ({"payload": None}, "payload"),
        ({"payload": "{}"}, "payload"),
        ({"intent_type": "Order"}, "intent_type"),
        ({"intent_type": "order.v1\n"}, "intent_type"),
        ({"intent_type": "a." * 200 + "v1"}, "intent_type"),
        ({"intent_type": 5}, "intent_type"),
        ({"to_agent": ""}, "to_agent"),
        ({"to_agent": ["a"]}, "to_agent"),
        ({"correlation_id": "not-a-uuid"}, "correlation_id"),
        ({"deadline_at": "tomorrow"}, "deadline_at"),
        ({"deadline_at": "2099-01-01T00:00:00"}, "deadline_at"),
        ({"deadline_at": 4070908800}, "deadline_at"),
        ({"deadline_at": "2001-01-01T00:00:00Z"}, "deadline_at"),
        ({"deadline_at": "9999-12-31T23:59:59Z"}, "deadline_at"),
        ({"deadline_at": "9999-12-31T23:59:59-23:59"}, "deadline_at"),
        ({"deadline_at": "0001-01-01T00:00:00+14:00"}, "deadline_at"),
        ({"remind_after_seconds": -1}, "remind_after_seconds"),
        ({"remind_after_seconds": 0}, "remind_after_seconds"),
        ({"remind_after_seconds": "60"}, "remind_after_seconds"),
        ({"remind_after_seconds": 1.5}, "remind_after_seconds"),
        ({"remind_after_seconds": True}, "remind_after_seconds"),
        ({"max_reminders": 2**31}, "max_reminders"),
        ({"max_delivery_attempts": 2**53 - 1}, "max_delivery_attempts"),
    ],
)
def test_a_malformed_field_is_422_by_its_name_and_nothing_is_written(
    machine: KeyCaller, change: dict[str, Any], field: str
) -> None:
    refused = machine.post("/intents", BODY | change)
    assert (refused.status, refused.code) == (422, "schema_invalid")
    assert refused.json["error"]["details"]["field"] == field
    assert Intent.objects.count() == 0


@pytest.mark.parametrize("missing", ["intent_type", "to_agent"])
def test_a_missing_field_is_422_by_its_name(machine: KeyCaller, missing: str) -> None:
    refused = machine.post("/intents", {name: value for name, value in BODY.items() if name != missing})
    assert refused.status == 422
    assert refused.json["error"]["details"]["field"] == missing


def test_an_empty_body_counts_as_an_empty_object(machine: KeyCaller) -> None:
    intent_id = machine.submit()
    assert machine.send("POST", f"/intents/{intent_id}/acknowledge").ok()["intent"]["status"] == "ACKNOWLEDGED"
    assert machine.send("POST", "/intents").json["error"]["details"]["field"] == "intent_type"


def test_a_payload_of_128_kib_is_taken_and_one_byte_more_is_413(machine: KeyCaller) -> None:
    # {"t":"..."} is 8 bytes around the text.
    body = BODY | {"payload": {"t": "x" * (128 * 1024 - 8)}}
    machine.post("/intents", body).ok()
    body = BODY | {"payload": {"t": "x" * (128 * 1024 - 7)}}
    refused = machine.post("/intents", body)
    assert (refused.status, refused.code) == (413, "payload_too_large")
    assert Intent.objects.count() == 1


def test_a_deadline_must_be_in_the_future(machine: KeyCaller, now: SettableClock) -> None:
    at = now.now.isoformat()
    assert machine.post("/intents", BODY | {"deadline_at": at}).status == 422
    now.advance(microseconds=-1)
    machine.post("/intents", BODY | {"deadline_at": at}).ok()


class TestList:
    @pytest.fixture
    def made(self, machine: KeyCaller, shop: KeyCaller) -> list[str]:
        made = [machine.submit(), shop.submit(), machine.submit(to_agent="a/b"), machine.submit(intent_type="x.y.v2")]
        machine.post(f"/intents/{made[0]}/resume", {"a": 1}).ok()
        machine.post(f"/intents/{made[1]}/progress", {"percent": 1}).ok()
        return made

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, [3, 2, 1, 0]),
            ({"status": "COMPLETED"}, [0]),
            ({"status": "COMPLETED,IN_PROGRESS"}, [1, 0]),
            ({"status": "TIMED_OUT"}, []),
            ({"to_agent": "agent://myorg/production/order-service"}, [3, 1, 0]),
            ({"to_agent": "agent://a/b"}, [2]),
            ({"from_agent": "shop"}, [1]),
            ({"type": "x.y.v2"}, [3]),
            ({"type": "x.y"}, []),
            ({"from_agent": "demo", "status": "SUBMITTED"}, [3, 2]),
            ({"limit": 2}, [3, 2]),
        ],
    )
    def test_it_lists_newest_first_what_the_filters_let_through(
        self, machine: KeyCaller, made: list[str], query: dict[str, Any], found: list[int]
    ) -> None:
        rows = machine.get("/intents", **query).ok()["intents"]
        assert [made.index(row["intent_id"]) for row in rows] == found

    def test_the_cursor_leads_through_everything_once(self, machine: KeyCaller, made: list[str]) -> None:
        for size in (1, 2, 3, 4, 5):
            seen, cursor = [], None
            while True:
                page = machine.get("/intents", limit=size, **({"cursor": cursor} if cursor else {})).ok()
                seen += [row["intent_id"] for row in page["intents"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert seen == made[::-1]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({"status": "NOPE"}, "status"),
            ({"status": ""}, "status"),
            ({"limit": 0}, "limit"),
            ({"limit": 201}, "limit"),
            ({"limit": "x"}, "limit"),
            ({"cursor": "x"}, "cursor"),
        ],
    )
    def test_a_malformed_filter_is_422(self, machine: KeyCaller, query: dict[str, Any], field: str) -> None:
        refused = machine.get("/intents", **query)
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)

    def test_another_workspaces_address_is_404(self, machine: KeyCaller) -> None:
        assert machine.get("/intents", to_agent="agent://rivals/production/x").status == 404


class TestEvents:
    def test_since_and_limit_cut_the_history(self, machine: KeyCaller) -> None:
        intent_id = machine.submit()
        for percent in (10, 20, 30):
            machine.post(f"/intents/{intent_id}/progress", {"percent": percent}).ok()
        assert [event["seq"] for event in machine.events(intent_id)] == [1, 2, 3, 4, 5]
        assert [event["seq"] for event in machine.events(intent_id, since=3)] == [4, 5]
        assert [event["seq"] for event in machine.events(intent_id, since=1, limit=2)] == [2, 3]
        assert machine.events(intent_id, since=5) == machine.events(intent_id, since=6) == []
        for beyond in (7, 2**31 - 1):
            refused = machine.get(f"/intents/{intent_id}/events", since=beyond)
            assert (refused.status, "5 events" in refused.json["error"]["message"]) == (409, True)

    @pytest.mark.parametrize("query", [{"since": -1}, {"since": "x"}, {"since": 2**31}, {"limit": 0}, {"limit": 1001}])
    def test_a_malformed_cursor_is_422(self, machine: KeyCaller, query: dict[str, Any]) -> None:
        refused = machine.get(f"/intents/{machine.submit()}/events", **query)
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, next(iter(query)))

    def test_an_event_has_the_schemas_fields(self, machine: KeyCaller) -> None:
        for event in machine.events(machine.submit()):
            assert event.keys() >= {
                *("intent_id", "seq", "event_type", "status", "waiting_reason", "pending_with", "handler", "actor", "at"),
                *("details", "hash", "prev_hash"),
            }
            assert event["actor"] == "agent://myorg/production/demo"

    def test_an_event_carries_the_trace_of_its_request(self, machine: KeyCaller) -> None:
        sent = {"x-trace-id": "trace-7", "x-request-id": "request-7"}
        made = machine.send("POST", "/intents", raw=json.dumps(BODY).encode(), headers=sent).ok()
        shown = {(event["trace_id"], event["request_id"]) for event in machine.events(made["intent_id"])}
        assert shown == {("trace-7", "request-7")}


def test_an_id_that_is_none_is_as_unknown_as_any_other(machine: KeyCaller) -> None:
    for unknown in ("nonsense", "01a1faa0-d7a6-7491-bfae-27ab1f66cf80", "%00", "a" * 500):
        refused = machine.get(f"/intents/{unknown}")
        assert (refused.status, refused.code) == (404, "not_found")


def test_a_path_that_leads_nowhere_is_404_and_a_wrong_method_405(machine: KeyCaller, nobody: Caller) -> None:
    assert (nobody.get("/nowhere").status, nobody.get("/nowhere").code) == (404, "not_supported")
    refused = machine.delete("/intents")
    assert (refused.status, refused.code) == (405, "not_supported")
    assert set(refused.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}


def test_every_refusal_has_the_same_shape_and_names_its_request(machine: KeyCaller, nobody: Caller) -> None:
    sent = {"x-request-id": "request-9"}
    refusals = [
        nobody.send("GET", "/intents", headers=sent),
        nobody.send("GET", "/nowhere", headers=sent),
        machine.send("DELETE", "/intents", headers=sent),
        machine.send("GET", "/intents/x", headers=sent),
        machine.send("POST", "/intents", raw=b"{", headers=sent),
        machine.send("POST", "/intents", raw=b'{"a":1}', headers=sent),
        machine.send("GET", "/intents", query={"limit": "x"}, headers=sent),
        machine.send("GET", "/intents", query={"owner_agent": "a"}, headers=sent | {"x-owner-agent": "b"}),
    ]
    assert [one.status for one in refusals] == [401, 404, 405, 404, 422, 422, 422, 400]
    for one in refusals:
        assert one.headers["content-type"] == "application/json"
        assert one.json.keys() == {"error", "detail", "request_id"}
        assert one.json["error"].keys() == {"code", "message", "details"}
        assert one.json["detail"] == one.json["error"]["message"]
        assert one.json["detail"]
        assert one.json["request_id"] == "request-9"
