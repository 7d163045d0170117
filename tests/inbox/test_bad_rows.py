"""A row that cannot be read or done costs itself alone: what stands beside it is told, done and listed."""

import json
import time
from typing import Any

import pytest
from django.test import Client

from inbox.escalation.models import Policy
from inbox.notifications.models import Notification, NotificationSettings
from inbox.notifications.services import fan_out
from inbox.tasks.models import Task
from intents.accounts.models import Workspace
from intents.dispatch import scheduler
from intents.dispatch.bindings import internal
from intents.engine.models import Delivery, IntentBody, IntentEvent, Wait
from intents.engine.services import children, deliveries
from intents.kernel import batches, canonical
from intents.kernel.batches import Batches
from intents.kernel.errors import Unavailable
from intents.kernel.models import new_id
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.inbox.outgoing import notified
from tests.intents.factory import take
from tests.intents.waiting import wait
from tests.pages.browser import Browser

CHILD = {"intent_type": "a.b.v1", "to_agent": "nobody", "payload": {}}


def family(shop: KeyCaller, worker: KeyCaller) -> str:
    """A parent whose only child has ended, which it was not told yet."""
    parent = shop.submit()
    (child,) = wait(worker, parent, "agent", intents=[CHILD])["child_intent_ids"]
    worker.post(f"/intents/{child}/resolve", {"status": "CANCELED", "reason": "no"}).ok()
    return parent


def break_wait(intent_id: str) -> str:
    found = Wait.objects.get(intent_id=intent_id, state="open")
    whole = found.spec
    Wait.objects.filter(id=found.id).update(spec="garbage")
    return whole


def test_a_parent_whose_wait_cannot_be_read_holds_up_no_other(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = family(shop, worker), family(shop, worker)
    whole = break_wait(broken)
    scheduler.sweep_all()
    assert (shop.intent(sound)["status"], shop.intent(broken)["status"]) == ("IN_PROGRESS", "WAITING")
    # Left aside, it takes no place in the next batch, however small that is.
    another = family(shop, worker)
    assert children.relay(limit=1) == 1
    assert shop.intent(another)["status"] == "IN_PROGRESS"
    # Mended, it is told when it is looked at again.
    Wait.objects.filter(intent_id=broken, state="open").update(spec=whole)
    monkeypatch.setattr(batches, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(children._batches, "_until", {})
    scheduler.sweep_all()
    assert shop.intent(broken)["status"] == "IN_PROGRESS"


def test_a_lease_that_cannot_be_taken_back_holds_up_no_other(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = shop.submit(), shop.submit()
    take(worker, limit=2, lease_seconds=1)
    now.advance(seconds=2)
    real = deliveries._attempt_failed

    def failed(intent: Any, *args: Any) -> Any:
        if str(intent.id) == broken:
            raise ValueError("this one cannot be read")
        return real(intent, *args)

    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "_attempt_failed", failed)
        assert deliveries.reclaim_expired() == 1
    states = dict(Delivery.objects.values_list("intent_id", "state"))
    assert {str(intent): state for intent, state in states.items()} == {broken: "leased", sound: "ready"}


def test_work_of_an_inside_agent_that_cannot_be_read_holds_up_no_other(
    now: SettableClock, workspace: Workspace, machine: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_machine(workspace, "inside")
    machine.patch("/agents/inside", {"delivery_mode": "internal"}).ok()
    monkeypatch.setattr(internal, "_handlers", {"inside": lambda actor, work: {"done": True}})
    broken, sound = shop.submit("inside"), shop.submit("inside")
    whole = IntentBody.objects.get(intent_id=broken).payload
    IntentBody.objects.filter(intent_id=broken).update(payload="garbage")
    scheduler.sweep_all()
    assert shop.intent(sound)["status"] == "COMPLETED"
    IntentBody.objects.filter(intent_id=broken).update(payload=whole)


@pytest.mark.parametrize("column", ["spec", "plan"])
def test_a_task_that_cannot_be_read_is_missing_from_the_lists_and_no_other(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, column: str
) -> None:
    broken, sound = (shop.submit(human_task={"title": "Go?"}) for _ in range(2))
    row = Task.objects.get(intent_id=broken)
    before = getattr(row, column)
    Task.objects.filter(id=row.id).update(**{column: "garbage"})
    for caller, path in ((bob, "/me/tasks"), (bob, "/tasks"), (alice, "/tasks"), (shop, "/tasks")):
        assert [one["intent_id"] for one in caller.get(path).ok()["tasks"]] == [sound], path
    browser = Client()
    browser.force_login(bob.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.get("/inbox").status_code == 200
    assert browser.get(f"/inbox/{Task.objects.get(intent_id=sound).id}").status_code == 200
    Task.objects.filter(id=row.id).update(**{column: before})


@pytest.mark.parametrize("column", ["risk", "kind"])
def test_a_notification_that_cannot_be_read_is_missing_from_the_page_and_no_other(
    shop: KeyCaller, bob: PersonCaller, column: str
) -> None:
    broken, _ = (shop.submit(human_task={"title": title}) for title in ("Broken?", "Sound?"))
    fan_out.notify()
    Notification.objects.filter(task__intent_id=broken).update(**{column: "garbage"})
    browser = Browser().sign_in(bob.user)
    page = browser.get("/notifications?show=all")
    assert page.status == 200
    list_of = page.text.partition("Mark all as read")[2]
    assert "Sound?" in list_of
    assert "Broken?" not in list_of
    assert [one["body"] for one in json.loads(browser.get("/notifications/news").raw)["pop"]] == ["Sound?"]


def test_a_thread_that_cannot_be_read_is_missing_from_the_inbox_and_no_other(shop: KeyCaller, worker: KeyCaller) -> None:
    broken, sound = shop.submit(), shop.submit()
    event = IntentEvent.objects.filter(intent_id=broken).latest("seq")
    IntentEvent.objects.filter(id=event.id).update(details="garbage")
    assert [one["intent_id"] for one in worker.get("/inbox").ok()["threads"]] == [sound]
    # What a transaction of any other test might still precede is kept back until that is over.
    until = time.monotonic() + 60
    while not (changed := worker.get("/inbox/changes").ok())["changes"] and time.monotonic() < until:
        time.sleep(0.1)
    assert [one["thread"]["intent_id"] for one in changed["changes"]] == [sound]
    assert worker.get("/inbox/changes", cursor=changed["next_cursor"]).ok()["changes"] == []
    IntentEvent.objects.filter(id=event.id).update(details=event.details)


def test_settings_that_cannot_be_read_keep_nobody_from_being_told(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    NotificationSettings.objects.create(user=bob.user, chosen="garbage")
    shop.submit(human_task={"title": "Go?"})
    assert fan_out.notify() > 0
    for person in (bob, alice):
        assert len(person.get("/me/notifications").ok()["notifications"]) == 1


def test_a_notice_that_cannot_be_told_holds_up_no_other(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (shop.submit(human_task={"title": "Go?"}) for _ in range(2))
    real = fan_out._store

    def fail(found: Any, **known: Any) -> None:
        if any(one.task_id == Task.objects.get(intent_id=first).id for one in found):
            raise ValueError("this one cannot be read")
        real(found, **known)

    monkeypatch.setattr(fan_out, "_store", fail)
    assert fan_out.notify() >= 1
    told = [one["task_id"] for one in bob.get("/me/notifications").ok()["notifications"]]
    assert told == [str(Task.objects.get(intent_id=second).id)]


class Row:
    def __init__(self) -> None:
        self.id = new_id()


def test_what_is_busy_is_tried_at_the_next_look_and_what_fails_later(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, broken, sound = Row(), Row(), Row()

    def do(rows: Any) -> int:
        if busy in rows:
            raise Unavailable("the intent is busy")
        if broken in rows:
            raise ValueError("garbage")
        return len(rows)

    batch: Batches[Row] = Batches("test", do, lambda row: row.id)
    assert batch.run([busy, broken, sound]) == 1
    assert batch.aside() == [broken.id]
    later = batches.time.monotonic() + batches.AGAIN_SECONDS + 1
    monkeypatch.setattr(batches.time, "monotonic", lambda: later)
    assert batch.aside() == []


POLICY: dict[str, Any] = {
    "place": 1,
    "name": "Payments",
    "match": {"intent_types": ["pay.*"]},
    "least": {"risk": "high"},
    "escalation": {"end": {"after_seconds": 3600, "then": "fail"}},
}
SECOND = {
    "name": "All",
    "place": 2,
    "escalation": {"reminders": {"after_seconds": 60}, "end": {"after_seconds": 7200, "then": "fail"}},
}


def ends(caller: KeyCaller, intent_id: str) -> tuple[Any, str]:
    """Which policy a task follows, and its risk."""
    task = Task.objects.get(intent_id=intent_id)
    return (canonical.loads(task.plan)["policy"] if task.plan else None), task.risk


@pytest.mark.parametrize("column", ["match", "least", "escalation"])
@pytest.mark.parametrize("garbage", ["garbage", "[]", '{"intent_types": 7, "levels": 7, "risk": 7}'])
def test_a_policy_that_cannot_be_read_is_passed_over_and_told_of(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, column: str, garbage: str
) -> None:
    broken = alice.post("/policies", POLICY).ok()["policy"]["policy_id"]
    alice.post("/policies", SECOND).ok()
    Policy.objects.filter(id=broken).update(**{column: garbage})
    task = {"title": "Go?", "risk": "low", "task_type": "approval"}
    made = [shop.submit(intent_type="pay.it.v1", human_task=task) for _ in range(3)]
    for intent_id in made:
        policy, risk = ends(shop, intent_id)
        assert policy == ("Payments" if column == "least" else "All")
        # Whether it asks for more is not known: silence is no yes.
        assert risk == {"match": "medium", "least": "medium", "escalation": "high"}[column]
    assert bob.post(f"/tasks/{Task.objects.get(intent_id=made[0]).id}/decide", {"outcome": "approved"}).status == 200
    fan_out.notify()
    kinds = [(who, kind) for who, kind, _ in notified() if kind == "policy_broken"]
    assert kinds == [("alice", "policy_broken")], "owners and admins, once"


@pytest.mark.parametrize("column", ["match", "least", "escalation"])
def test_a_policy_that_cannot_be_read_is_shown_saved_anew_or_deleted(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, column: str
) -> None:
    broken = alice.post("/policies", POLICY).ok()["policy"]["policy_id"]
    alice.post("/policies", SECOND).ok()
    Policy.objects.filter(id=broken).update(**{column: "garbage"})
    for person in (alice, bob):
        browser = Browser().sign_in(person.user)
        page = browser.get("/settings/policies")
        assert page.status == 200
        assert "can't be read" in page.text
        assert browser.get(f"/settings/policies/{broken}").status == 200
    first = bob.get("/policies").ok()["policies"][0]
    assert (first["name"], first[column]) == ("Payments", {})
    refused = alice.patch(f"/policies/{broken}", {"name": "Money"})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, column)
    preview = {"intent_type": "pay.it.v1", "agent": "shop", "payload": {}, "human_task": {"title": "Go?"}}
    alice.post("/policies/preview", preview).ok()
    alice.patch(f"/policies/{broken}", {column: POLICY[column]}).ok()
    assert ends(shop, shop.submit(intent_type="pay.it.v1", human_task={"title": "Go?"})) == ("Payments", "high")
    Policy.objects.filter(id=broken).update(**{column: "garbage"})
    assert alice.send("DELETE", f"/policies/{broken}").status == 200
