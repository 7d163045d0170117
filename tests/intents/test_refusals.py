"""A refusal names the field as it was sent, and says in plain words what is wrong with it."""

from typing import Any

import pytest

from intents.engine.lifecycle import Status
from tests.callers import KeyCaller
from tests.intents.factory import make

BODY = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
TIME = "must be a time with its zone, like 2026-01-31T09:00:00Z"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"payload": []}, "payload: must be an object"),
        ({"surprise": 1}, "surprise: unknown field"),
        (
            {"intent_type": "Order"},
            "intent_type: must be a dotted name that ends in its version, like order.fulfill.v1, or one word",
        ),
        ({"to_agent": ""}, "to_agent: must not be empty"),
        ({"to_agent": 5}, "to_agent: must be text"),
        ({"deadline_at": "2099-01-01T00:00:00"}, f"deadline_at: {TIME}"),
        ({"deadline_at": "tomorrow"}, "deadline_at: must be a time like 2026-01-31T09:00:00Z"),
        ({"deadline_at": 5}, "deadline_at: must be a time like 2026-01-31T09:00:00Z"),
        ({"max_delivery_attempts": 0}, "max_delivery_attempts: must be at least 1"),
        ({"max_delivery_attempts": "3"}, "max_delivery_attempts: must be a whole number"),
        ({"correlation_id": "x"}, "correlation_id: must be a UUID"),
        ({"human_task": {"title": 5}}, "human_task.title: must be text"),
        ({"human_task": {"risk": "huge"}}, "human_task.risk: must be 'low', 'medium', 'high' or 'critical'"),
        ({"human_task": {"notify_email": "Ada"}}, "human_task.notify_email: must be an email address"),
    ],
)
def test_a_submit(machine: KeyCaller, change: dict[str, Any], told: str) -> None:
    for refused in (
        machine.post("/intents", BODY | change).json,
        machine.post("/intents/batch", {"intents": [BODY | change]}).ok()["intents"][0],
    ):
        assert (refused["error"]["code"], refused["error"]["message"]) == ("schema_invalid", told)
        assert refused["error"]["details"]["field"] == told.partition(":")[0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "for: is required"),
        ({"for": "rain"}, "for: must be one of 'human', 'tool', 'agent', 'time'"),
        ({"for": "tool"}, "tool: is required"),
        ({"for": "tool", "tool": "bank", "surprise": 1}, "surprise: unknown field"),
        ({"for": "tool", "tool": "bank", "timeout_seconds": 0}, "timeout_seconds: must be more than 0"),
        ({"for": "tool", "tool": "bank", "timeout_seconds": 1, "on_timeout": "x"}, "on_timeout: must be 'fail' or 'resume'"),
        (
            {"for": "tool", "tool": "bank", "timeout_seconds": 1, "on_timeout": {"complete": ""}},
            "on_timeout.complete: must not be empty",
        ),
        ({"for": "agent", "intents": []}, "intents: must not be empty"),
        ({"for": "agent", "intents": [BODY, {**BODY, "payload": 1}]}, "intents.1.payload: must be an object"),
        ({"for": "time"}, "give one of until, delay_seconds and cron"),
    ],
)
def test_a_wait(worker: KeyCaller, shop: KeyCaller, body: dict[str, Any], told: str) -> None:
    intent_id = make(Status.DELIVERED, sender=shop, handler=worker).id
    for path, sent in (("wait", body), ("resume", {"action": "wait"} | body)):
        refused = worker.post(f"/intents/{intent_id}/{path}", sent)
        assert (refused.status, refused.json["error"]["message"]) == (422, told), path


def test_a_query(machine: KeyCaller) -> None:
    refused = machine.get("/intents", limit="many")
    assert (refused.status, refused.json["error"]["message"]) == (422, "limit: must be a whole number")
