"""The demo: there is much to decide, the agents react, and all of it can be taken away."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from axme_site.demo import agent, asking
from axme_site.demo.cast import DEPUTY, MANAGER, OPS
from axme_site.demo.fill import fill
from axme_site.demo.scenes import by_key
from axme_site.management.commands import demo as command
from inbox import demo
from inbox.calendars.models import Calendar, Schedule
from inbox.escalation.models import Policy
from inbox.tasks.models import Decision, Task
from inbox.vocabulary.kinds import KINDS, is_negative, kind_of
from intents import seats
from intents.accounts.models import Agent, User, Workspace
from intents.dispatch import scheduler
from intents.dispatch.bindings import internal
from intents.engine.models import Intent, IntentEvent
from intents.files.models import Media
from intents.kernel.actors import Person, Role, Scope
from intents.kernel.errors import Denied
from tests.callers import KeyCaller, PersonCaller, make_machine, make_person, token_for
from tests.conftest import SettableClock
from tests.intents.media import ready
from tests.security import writes
from tests.security.conftest import Store

RULES = (Policy, Calendar, Schedule)
ANSWERS: dict[str, dict[str, Any]] = {
    "supplier-form": {"vat_id": "NO 999 999 999", "payment_days": 30, "contact": "post@fjord.example"},
    "duplicates-owner": {"assignee": "Finance"},
    "which-address": {"address": "Hafenstr. 12, Rostock"},
}


class Demo:
    """The demo workspace and its people."""

    def __init__(self) -> None:
        command.make()
        self.workspace = Workspace.objects.get(slug=command.WORKSPACE, organization__slug=command.ORGANIZATION)
        self.people = {email: token_for(self.workspace, User.objects.get(email=email)) for email in (MANAGER, DEPUTY, OPS)}
        self.machine = make_machine(self.workspace, "demo", Scope.WORKSPACE)

    def fill(self) -> bool:
        return fill(actor=command.ACTOR, workspace=self.workspace)

    @property
    def manager(self) -> PersonCaller:
        return self.people[MANAGER]

    def person(self, email: str) -> Person:
        caller = self.people[email]
        (seat,) = seats.of(user_id=caller.user.id, session_id=caller.token.id)
        return seat.person

    def open(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.machine.get("/tasks", limit=200).ok()["tasks"]
        return found

    def key(self, intent_id: str) -> str:
        """Which scene an intent is."""
        row = Intent.objects.get(id=intent_id)
        known = by_key(row.created_at)
        return next(key for key in known if asking.correlation(row.workspace_id, key) == row.correlation_id)

    def intent(self, key: str) -> dict[str, Any]:
        wanted = asking.correlation(self.workspace.id, key)
        return self.machine.intent(str(Intent.objects.get(correlation_id=wanted).id))

    def decide(self, task: dict[str, Any], outcome: str) -> None:
        data = dict(ANSWERS.get(self.key(task["intent_id"]), {}))
        if task["human_task"]["evidence_required"]:
            data["evidence"] = [ready(self.machine, owner_agent="demo/deploy")]
        body = {"outcome": outcome, "comment": "I looked at it", "data": data or None}
        self.manager.post(f"/tasks/{task['task_id']}/decide", body).ok()


@pytest.fixture
def stage(database: None, settings: LazySettings, tmp_path: Path) -> Iterator[Demo]:
    settings.MEDIA_DIR = tmp_path / "media"
    handlers = dict(internal._handlers)
    agent.register()
    yield Demo()
    internal._handlers.clear()
    internal._handlers.update(handlers)


def play(now: SettableClock, seconds: int = 12) -> None:
    """Let the agents work for a while."""
    for _ in range(seconds):
        now.advance(seconds=1)
        for _ in range(3):
            scheduler.sweep_all()


def test_there_is_something_of_every_kind_and_risk_to_decide_and_some_is_decided(stage: Demo, now: SettableClock) -> None:
    assert stage.fill()
    tasks = stage.open()
    assert len(tasks) >= 20
    assert {kind_of(one["human_task"]["task_type"]).name for one in tasks} == set(KINDS)
    assert {one["risk"] for one in tasks} == {"low", "medium", "high", "critical"}
    due = sorted(one["due_at"] for one in tasks if "due_at" in one)
    assert due[0] < (now.now + timedelta(minutes=20)).isoformat()
    assert due[-1] > (now.now + timedelta(days=3)).isoformat()
    assert Decision.objects.count() >= 4
    assert [one for one in tasks if "attachments" in one["human_task"]]
    assert [one for one in tasks if one["human_task"]["evidence_required"]]


def test_everybody_of_the_demo_has_something_to_do_and_nothing_is_stuck(stage: Demo) -> None:
    stage.fill()
    for caller in stage.people.values():
        assert caller.get("/me/tasks").ok()["tasks"]
    for one in stage.open():
        assert stage.machine.get(f"/tasks/{one['task_id']}").ok()["task"]["deciders"]


def test_policies_say_what_happens_next_to_some_of_it(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    by_scene = {stage.key(one["intent_id"]): one["task_id"] for one in stage.open()}
    shown = {
        key: stage.manager.get(f"/tasks/{by_scene[key]}").ok()["task"] for key in ("refund-nordlicht", "freeze-override")
    }
    refund = shown["refund-nordlicht"]
    # The clock stands on a Tuesday at 10:00 in Berlin.
    assert refund["due_at"] == "2030-01-15T17:00:00.000000Z"
    assert [(one["what"], one["at"][11:16]) for one in refund["next_steps"]] == [
        *(("reminder", "10:00"), ("escalation", "11:00"), ("reminder", "12:00"), ("escalation", "13:00")),
        *(("reminder", "14:00"), ("end", "17:00")),
    ]
    assert refund["next_steps"][1]["who"] in (OPS, DEPUTY)
    assert [one["what"] for one in shown["freeze-override"]["next_steps"]] == ["reminder", "reminder", "escalation", "end"]


def test_it_is_filled_once_in_its_life(stage: Demo) -> None:
    assert stage.fill()
    before = Intent.objects.count()
    assert not stage.fill()
    demo.remove(actor=stage.person(OPS))
    assert not stage.fill()
    assert (Intent.objects.count(), before > 20) == (0, True)


def test_after_a_yes_each_agent_tells_its_steps_and_comes_to_an_end(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    for task in stage.open():
        kind = kind_of(task["human_task"]["task_type"])
        stage.decide(task, next(one for one in kind.positive if one in task["human_task"]["allowed_outcomes"]))
    play(now)
    asked_on = {stage.key(one["intent_id"]) for one in stage.open()}
    # Two go on with another question, and two take more people than one.
    assert asked_on == {"refund-apology", "checkout-healthy", "advance-payment", "lease-warehouse"}
    for scene in by_key(now.now).values():
        shown = stage.intent(scene.key)
        if scene.key in asked_on:
            continue
        assert shown["status"] == "COMPLETED", scene.key
        if scene.decided is None or not is_negative(scene.task.get("task_type", "approval"), scene.decided.outcome):
            assert shown["result"].items() >= scene.result.items()
            told = [event["details"].get("message") for event in stage.machine.events(shown["intent_id"])]
            assert [one for one in scene.doing if one not in told] == []


def test_after_a_no_nothing_is_done(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    (refund,) = [one for one in stage.open() if stage.key(one["intent_id"]) == "refund-acme"]
    stage.decide(refund, "rejected")
    play(now, seconds=2)
    assert stage.intent("refund-acme")["result"] == {"outcome": "rejected", "note": "Understood. Nothing was done."}


def test_what_nobody_decides_in_time_ends_without_a_failure(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    play(now)
    now.advance(days=5)
    play(now, seconds=3)
    assert {stage.key(one["intent_id"]) for one in stage.open()} == {"price-list"}
    assert not Intent.objects.filter(status__in=("FAILED", "TIMED_OUT", "CANCELED")).exists()
    assert stage.intent("freeze-override")["result"]["outcome"] == "expired"


def test_an_agent_that_is_called_twice_asks_on_once(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    row = Intent.objects.get(id=stage.intent("refund-acme")["intent_id"])
    handed = {
        "intent_id": str(row.id),
        "correlation_id": str(row.correlation_id),
        "resume": None,
        "checkpoint": {"state": {"step": 1, "outcome": "approved"}},
    }
    billing = internal.acting(Agent.objects.get(name="demo/billing"))
    assert agent.react(billing, handed) == agent.react(billing, handed)
    wanted = asking.correlation(row.workspace_id, "refund-apology")
    assert Intent.objects.filter(correlation_id=wanted).count() == 1


def test_an_agent_that_is_asked_something_answers(stage: Demo, now: SettableClock) -> None:
    stage.fill()
    by_scene = {stage.key(one["intent_id"]): one["task_id"] for one in stage.open()}
    for key in ("refund-acme", "price-list"):
        stage.manager.post(f"/tasks/{by_scene[key]}/ask", {"question": "Are you sure?"}).ok()
    play(now, seconds=4)
    for key, part in (("refund-acme", "no order of its own"), ("price-list", "All that I know")):
        last = stage.machine.events(stage.intent(key)["intent_id"])[-1]
        assert (last["event_type"], part in last["details"]["message"]) == ("intent.answer", True)
    assert {one["task_id"] for one in stage.open()} == set(by_scene.values())


def test_an_intent_of_somebody_else_gets_an_answer_too(stage: Demo) -> None:
    stage.fill()
    intent_id = stage.machine.submit("demo/billing")
    for _ in range(3):
        scheduler.sweep_all()
    assert "demo" in stage.machine.intent(intent_id)["result"]["note"]


def test_removing_takes_what_is_the_demos_and_nothing_else(
    stage: Demo, now: SettableClock, charlie: PersonCaller, foreign_machine: KeyCaller, tmp_path: Path
) -> None:
    mine, theirs = stage.machine.submit(human_task={"title": "Mine"}), foreign_machine.submit()
    file = ready(stage.machine, owner_agent="shop")
    before = (Task.objects.count(), IntentEvent.objects.count(), Media.objects.count())
    rules = [model.objects.count() for model in RULES]
    stage.fill()
    for task in stage.open()[:6]:
        if task["intent_id"] != mine and task["human_task"]["task_type"] == "approval":
            stage.decide(task, "approved")
    play(now, seconds=3)
    assert demo.is_there(stage.person(MANAGER))
    assert demo.remove(actor=stage.person(OPS)) >= 24
    assert not demo.is_there(stage.person(MANAGER))
    assert (Task.objects.count(), IntentEvent.objects.count(), Media.objects.count()) == before
    assert [model.objects.count() for model in RULES] == rules == [0, 0, 0]
    assert {str(one) for one in Intent.objects.values_list("id", flat=True)} == {mine, theirs}
    assert not Agent.objects.filter(name__startswith="demo/").exists()
    assert [path.stem for path in (tmp_path / "media").rglob("*") if path.is_file()] == [
        bytes(Media.objects.get(id=file).sha256 or b"").hex()
    ]
    assert demo.remove(actor=stage.person(OPS)) == 0
    play(now, seconds=3)


def test_a_policy_of_ones_own_stays_with_what_it_uses(stage: Demo) -> None:
    stage.fill()
    alice = make_person(stage.workspace, "alice@myorg.example", Role.OWNER)
    escalation = {
        "levels": [{"after_seconds": 60, "to": "oncall:Demo on call"}],
        "end": {"after_seconds": 600, "then": "fail"},
    }
    own = {"name": "Mine", "place": 1, "escalation": escalation, "calendar": "Demo office"}
    alice.post("/policies", own).ok()
    demo.remove(actor=stage.person(OPS))
    assert [model.objects.count() for model in RULES] == [1, 1, 1]
    assert Policy.objects.get().name == "Mine"


def test_a_viewer_cannot_remove_it(stage: Demo) -> None:
    stage.fill()
    store = Store(["intents_intent", "intents_agent", "inbox_task"])
    vera = make_person(stage.workspace, "vera@myorg.example", Role.VIEWER)
    (seat,) = seats.of(user_id=vera.user.id, session_id=vera.token.id)
    with writes.counted(store.tables):
        before = store.hashes()
        with pytest.raises(Denied):
            demo.remove(actor=seat.person)
        assert store.hashes() == before
