"""An intent that comes with a human task: what its sender is told, and whom the server wakes."""

from collections.abc import Sequence
from typing import Any

import pytest

from intents.engine.lifecycle import Status
from intents.engine.services import submission, submit
from intents.kernel import live
from tests.callers import KeyCaller

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
