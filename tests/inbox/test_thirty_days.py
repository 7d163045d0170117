"""Random policies over thirty days of a settable clock: never early, never too often, never after the answer, and an end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from inbox.calendars.working_time import WorkingHours, due, hours
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.tasks.services import hold
from inbox.tasks.services.decide import Channel, decide
from intents.dispatch import scheduler
from intents.engine import invariants
from intents.engine.models import Timer
from intents.kernel import clock
from intents.kernel.actors import Person
from tests import turns
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
START = datetime(2030, 3, 15, 13, 0, tzinfo=UTC)
OFFICE = {
    "name": "Office",
    "time_zone": "America/New_York",
    "hours": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "country": "US",
}
WORKING = WorkingHours("America/New_York", hours(OFFICE["hours"]), "US")  # type: ignore[arg-type]
PEOPLE = ("olga@myorg.example", "owner", "approver")

LENGTHS = st.integers(MINUTE, 3 * DAY)


@st.composite
def escalations(draw: st.DrawFn) -> dict[str, Any]:
    levels = [{"after_seconds": draw(LENGTHS), "to": draw(st.sampled_from(PEOPLE))} for _ in range(draw(st.integers(0, 3)))]
    made: dict[str, Any] = {"levels": levels, "repeat": draw(st.integers(0, 2)) if levels else 0}
    least = sum(level["after_seconds"] for level in levels)
    if draw(st.booleans()):
        after = draw(LENGTHS)
        made["reminders"] = {
            "after_seconds": after,
            "interval_seconds": draw(LENGTHS),
            "at_most": draw(st.integers(1, 8)),
        }
        least = max(least, after)
    then = draw(st.sampled_from(["fail", "expire", "owner", "complete"]))
    made["end"] = {"after_seconds": least + draw(LENGTHS), "then": then}
    if then == "complete":
        made["end"]["outcome"] = "approved"
    return made


@dataclass
class Life:
    """One task under a policy, and the times at which the sweeper runs, in seconds from the beginning: outages between."""

    escalation: dict[str, Any]
    working: bool
    sweeps: list[int]
    answer_at: int | None
    undone: bool


LIVES = st.builds(
    Life,
    escalation=escalations(),
    working=st.booleans(),
    sweeps=st.lists(st.integers(0, 30 * DAY), max_size=25, unique=True).map(sorted),
    answer_at=st.none() | st.integers(0, 12 * DAY),
    undone=st.booleans(),
)


@pytest.fixture
def asker(shop: KeyCaller, alice: PersonCaller, olga: PersonCaller) -> KeyCaller:
    alice.post("/calendars", OFFICE).ok()
    return shop


@turns.one(0, of=2)
@pytest.mark.slow
def test_thirty_days_of_any_policy(asker: KeyCaller, bob: PersonCaller) -> None:
    decider = person(bob)

    @settings(max_examples=40, deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
    @given(life=LIVES)
    def live(life: Life) -> None:
        _live(life, asker, decider)

    live()


def _live(life: Life, asker: KeyCaller, decider: Person) -> None:
    task: dict[str, Any] = {"assignees": ["bob@myorg.example"], "risk": "low", "escalation": life.escalation}
    with clock.frozen_at(START):
        asked = ask(asker, **task, **({"calendar": "Office"} if life.working else {}))
    task_id = UUID(asked.task_id)
    # In the order of time: the sweeps, and an answer between them, which is perhaps taken back and given again.
    doings = [(at, "sweep") for at in life.sweeps]
    answered: datetime | None = None
    if life.answer_at is not None:
        doings += [(life.answer_at, "answer")]
        doings += [(life.answer_at + 3, "undo"), (life.answer_at + 3, "sweep")] if life.undone else []
    doings += [(200 * DAY, "sweep")]
    for seconds, doing in sorted(doings, key=lambda one: one[0]):
        moment = START + timedelta(seconds=seconds)
        with clock.frozen_at(moment):
            row = Task.objects.get(id=task_id)
            if doing == "answer" and row.state == "open" and (row.due_at is None or moment < row.due_at):
                given_ = Answer(outcome="approved")
                decided = decide(actor=decider, seen=row, answer=given_, channel=Channel.WEB)
                assert not Timer.objects.filter(intent_id=asked.intent_id, kind__in=["remind", "escalate"]).exists()
                answered = moment
                note(f"answered {moment}, {decided.task.state}")
            elif doing == "undo" and row.state == "held":
                hold.undo(actor=decider, task_id=task_id)
                answered = None
            elif doing == "sweep":
                while scheduler.sweep():
                    pass
        assert [str(one) for one in invariants.findings()] == []
    _check(life, asker, asked.intent_id, answered)


def _check(life: Life, asker: KeyCaller, intent_id: str, answered: datetime | None) -> None:
    calendar = WORKING if life.working else None
    reminders = life.escalation.get("reminders")
    allowed = []
    if reminders:
        steps = [reminders["after_seconds"] + n * reminders["interval_seconds"] for n in range(reminders["at_most"])]
        allowed = [due(calendar, START, seconds) for seconds in steps]
    at, levels = 0, []
    for level in life.escalation["levels"] * (life.escalation["repeat"] + 1):
        at += level["after_seconds"]
        levels.append(due(calendar, START, at))
    end = life.escalation["end"]
    if end["then"] == "owner":
        levels = [one for one in levels if one < due(calendar, START, end["after_seconds"])]
        levels.append(due(calendar, START, end["after_seconds"]))
    last = due(calendar, START, end["after_seconds"] * (2 if end["then"] == "owner" else 1))

    events = asker.events(intent_id)
    reminded = [datetime.fromisoformat(one["at"]) for one in events if one["event_type"] == "intent.reminder"]
    escalated = [one for one in events if one["event_type"] == "intent.escalated"]
    # Never early and never more than allowed: by any moment there were at most as many as were due.
    for times, planned in ((reminded, allowed), ([datetime.fromisoformat(one["at"]) for one in escalated], levels)):
        for number, moment in enumerate(times):
            assert number < sum(one <= moment for one in planned)
            # Nor twice for one outage: something fell due since the one before.
            before = times[number - 1] if number else START - timedelta(seconds=1)
            assert any(before < one <= moment for one in planned)
            assert moment < last
            assert answered is None or moment <= answered
    for one in escalated:
        # The right level at once.
        assert one["details"]["level"] == sum(at <= datetime.fromisoformat(one["at"]) for at in levels)
    intent = asker.intent(intent_id)
    if answered is not None:
        assert (intent["status"], intent["result"]["outcome"]) == ("COMPLETED", "approved")
        assert "expired" not in intent["result"]
    elif end["then"] in ("fail", "owner"):
        assert (intent["status"], intent["error"]["outcome"]) == ("FAILED", "expired")
    else:
        outcome = {"expire": "expired", "complete": "approved"}[end["then"]]
        assert (intent["status"], intent["result"]) == ("COMPLETED", {"outcome": outcome, "expired": True})
    assert not Timer.objects.filter(intent_id=intent_id).exists()
