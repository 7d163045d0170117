"""An intent that comes with a human task: what its sender is told, and whom the server wakes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from intents.engine.human_gate import HumanTaskRequest
from intents.engine.lifecycle import Status
from intents.engine.models import Intent, IntentEvent
from intents.engine.services import submission, submit
from intents.kernel import live
from intents.kernel.actors import Actor
from tests.callers import KeyCaller, PersonCaller

pytestmark = pytest.mark.django_db

ORDER: dict[str, Any] = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
ASKING = ORDER | {"human_task": {"title": "Refund?"}}


class Heard:
    """Stands where wake-up signals leave the process."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, ...]] = []

    def put(self, signals: Sequence[tuple[str, ...]]) -> None:
        self.signals += signals

    def mailboxes(self) -> list[str]:
        return [signal[2] for signal in self.signals if signal[0] == "mailbox"]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    found = Heard()
    monkeypatch.setattr(live, "publisher", lambda: found)
    return found


def test_the_status_answered_is_the_one_the_intent_has(shop: KeyCaller) -> None:
    for body in (ORDER, ASKING):
        first = shop.post("/intents", body, key=f"k-{len(body)}")
        again = shop.post("/intents", body, key=f"k-{len(body)}")
        told = first.ok()
        assert (again.ok(), told["status"]) == (told, shop.intent(told["intent_id"])["status"])
    batch = shop.post("/intents/batch", {"intents": [ASKING, ORDER]}).ok()["intents"]
    assert [one["status"] for one in batch] == [shop.intent(one["intent_id"])["status"] for one in batch]
    assert [one["status"] for one in batch] == ["WAITING", "SUBMITTED"]


def test_a_repeat_is_told_the_status_that_was_written_whatever_was_expected(
    shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (submission, submit):
        monkeypatch.setattr(module, "ASKED", Status.SUBMITTED)
    first = shop.post("/intents", ASKING, key="k").ok()
    assert first["status"] == "WAITING"
    assert shop.post("/intents", ASKING, key="k").ok() == first


def test_an_agent_is_not_woken_for_what_is_with_people(
    shop: KeyCaller, heard: Heard, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        shop.post("/intents", ASKING).ok()
        shop.post("/intents/batch", {"intents": [ASKING]}).ok()
    assert {signal[0] for signal in heard.signals} >= {"intent", "task"}
    assert heard.mailboxes() == []
    with django_capture_on_commit_callbacks(execute=True):
        shop.post("/intents", ORDER | {"to_agent": "billing"}).ok()
        shop.post("/intents/batch", {"intents": [ASKING, ORDER]}).ok()
    assert sorted(heard.mailboxes()) == ["billing", "order-service"]


def test_what_is_put_to_people_is_the_intent_as_it_is_stored(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dict[str, Any], dict[str, Any]]] = []
    put = submit.ask_people

    def ask(*, requests: Sequence[HumanTaskRequest], actor: Actor, now: datetime) -> list[IntentEvent]:
        for one in requests:
            assert now >= one.intent.created_at
            asked.append((columns(one.intent), columns(Intent.objects.get(id=one.intent.id))))
        return put(requests=requests, actor=actor, now=now)

    monkeypatch.setattr(submit, "ask_people", ask)
    full = ASKING | {
        "reply_to": "agent://myorg/production/shop",
        "deadline_at": "2099-01-01T00:00:00Z",
        "remind_after_seconds": 60,
        "remind_interval_seconds": 30,
        "max_reminders": 3,
        "escalate_to": "agent://myorg/production/boss",
        "max_delivery_attempts": 5,
        "correlation_id": "5b6fd6a2-2b10-4a8e-b2b5-4c65a1bdb8a4",
    }
    shop.post("/intents", full, key="k").ok()
    shop.post("/intents", ASKING, authorization=f"Bearer {bob.secret}").ok()
    shop.post("/intents/batch", {"intents": [full, ASKING]}).ok()
    assert len(asked) == 4
    for given, stored in asked:
        assert given == stored
        assert stored["seq"] == 2


def columns(intent: Intent) -> dict[str, Any]:
    """Those that somebody reads: which transaction changed it is the database's own affair."""
    names = [field.attname for field in Intent._meta.concrete_fields if field.attname != "changed_in"]
    return {name: getattr(intent, name) for name in names} | {"last_hash": bytes(intent.last_hash)}


def test_people_are_asked_after_what_a_rule_adds_to_the_history(machine: KeyCaller, shop: KeyCaller) -> None:
    schema = {"semantic_type": ORDER["intent_type"], "schema_json": {"required": ["order_id"]}, "compatibility_mode": "warn"}
    machine.post("/schemas", schema).ok()
    one = shop.post("/intents", ASKING).ok()
    (batched,) = shop.post("/intents/batch", {"intents": [ASKING]}).ok()["intents"]
    for made in (one, batched):
        events = shop.get(f"/intents/{made['intent_id']}/events").ok()["events"]
        assert [event["event_type"] for event in events] == [
            "intent.created",
            "intent.submitted",
            "intent.comment",
            "intent.human_task_assigned",
        ]
