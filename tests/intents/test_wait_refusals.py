"""What makes no sense is refused, whatever is written into a wait, and the intent stays where it was."""

from typing import Any

import pytest

from intents.engine.models import Intent, Timer, Wait
from tests.callers import KeyCaller
from tests.conftest import SettableClock
from tests.intents.waiting import BODIES, CHILD

BAD: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"for": "luck"}, None),
    ({"for": "human"}, "human_task"),
    ({"for": "human", "human_task": {"task_type": "dance"}}, None),
    ({"for": "human", "human_task": {}, "deadline_seconds": 0}, "deadline_seconds"),
    ({"for": "human", "human_task": {}, "timeout_seconds": 5}, "timeout_seconds"),
    ({"for": "tool"}, "tool"),
    ({"for": "tool", "tool": ""}, "tool"),
    ({"for": "tool", "tool": "x" * 121}, "tool"),
    ({"for": "tool", "tool": "x", "external_id": ""}, "external_id"),
    ({"for": "tool", "tool": "x", "external_id": "y" * 256}, "external_id"),
    ({"for": "tool", "tool": "x", "timeout_seconds": 0}, "timeout_seconds"),
    ({"for": "tool", "tool": "x", "timeout_seconds": -1}, "timeout_seconds"),
    ({"for": "tool", "tool": "x", "timeout_seconds": 1e12}, "timeout_seconds"),
    ({"for": "tool", "tool": "x", "timeout_seconds": "5"}, "timeout_seconds"),
    ({"for": "tool", "tool": "x", "on_timeout": "shrug"}, None),
    ({"for": "tool", "tool": "x", "on_timeout": {"complete": ""}}, None),
    ({"for": "agent"}, "intents"),
    ({"for": "agent", "intents": []}, "intents"),
    ({"for": "agent", "intents": [CHILD] * 501}, "intents"),
    ({"for": "agent", "intents": [CHILD], "until": "some"}, "until"),
    ({"for": "agent", "intents": [CHILD, CHILD | {"deadline_at": "2001-01-01T00:00:00Z"}]}, "intents.1.deadline_at"),
    ({"for": "time"}, None),
    ({"for": "time", "delay_seconds": 0}, "delay_seconds"),
    ({"for": "time", "delay_seconds": -5}, "delay_seconds"),
    ({"for": "time", "delay_seconds": 1e300}, "delay_seconds"),
    ({"for": "time", "delay_seconds": 5, "cron": "* * * * *"}, None),
    ({"for": "time", "until": "2030-01-15T09:00:00Z"}, "until"),
    ({"for": "time", "until": "2001-01-01T00:00:00Z"}, "until"),
    ({"for": "time", "until": "2999-01-01T00:00:00Z"}, "until"),
    ({"for": "time", "until": "2031-01-01T00:00:00"}, "until"),
    ({"for": "time", "until": 5}, "until"),
    ({"for": "time", "cron": "61 * * * *"}, "cron"),
    ({"for": "time", "cron": "* * * * *", "timezone": "Mars/Olympus"}, "timezone"),
    ({"for": "time", "delay_seconds": 5, "on_timeout": "fail"}, "on_timeout"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=[str(body)[:70] for body, _ in BAD])
def test_a_malformed_wait_is_422_and_leaves_the_intent_where_it_was(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, body: dict[str, Any], field: str | None
) -> None:
    intent_id = shop.submit()
    before = shop.events(intent_id)
    refused = worker.post(f"/intents/{intent_id}/wait", body)
    assert refused.status == 422, refused.raw
    named = refused.json["error"]["details"]["field"]
    if field is not None:
        assert named.endswith(field)
    assert shop.events(intent_id) == before
    assert (Intent.objects.count(), Wait.objects.count(), Timer.objects.count()) == (1, 0, 0)


VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e300,
    2**31,
    2**53 - 1,
    "",
    "x",
    "\u202e\u200b😀",
    "x" * 10_000,
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2030-02-30T00:00:00Z",
    [],
    [[]],
    {},
    {"complete": None},
    {"x": {"y": None}},
)
FIELDS = {
    "human": ("human_task", "deadline_seconds", "on_timeout", "lease_token", "for"),
    "tool": ("tool", "external_id", "timeout_seconds", "on_timeout", "lease_token"),
    "agent": ("intents", "until", "timeout_seconds", "on_timeout", "lease_token"),
    "time": ("until", "delay_seconds", "cron", "timezone", "lease_token"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in FIELDS.items() for field in fields])
def test_no_value_of_any_field_makes_a_wait_fail(shop: KeyCaller, worker: KeyCaller, kind: str, field: str) -> None:
    for value in VALUES:
        intent_id = shop.submit()
        answer = worker.post(f"/intents/{intent_id}/wait", {"for": kind} | BODIES[kind] | {field: value})
        assert answer.status in (200, 404, 409, 422), (value, answer.raw)
        if answer.status == 422:
            assert "field" in answer.json["error"]["details"], value
        assert (shop.intent(intent_id)["status"] == "WAITING") == (answer.status == 200)
