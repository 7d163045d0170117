"""A month of the demo before its visitor came, day by day, so that lists, charts and percentiles have something to tell.

Every row is written by the services that write real ones, under a clock and with ids of its time. One day went badly: the
scanner failed for hours, and people were slow. A day is one transaction, made once.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from axme_site.demo import fill
from axme_site.demo.cast import AGENTS, DEPUTY, MANAGER, OPS
from axme_site.demo.scenes import Verdict
from inbox.demo import PREFIX
from intents.accounts import audit
from intents.accounts.models import AuditEntry, Workspace
from intents.accounts.selectors import active_agents
from intents.dispatch import scheduler
from intents.dispatch.bindings import internal
from intents.engine.services import waits, work
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit
from intents.engine.services.waits import Limit
from intents.feed import sequencer
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Actor, Machine
from intents.kernel.models import ids_of
from intents.kernel.unit_of_work import unit
from intents.rollups import folding

ACTION = "demo.history"
DAYS = 30
FRIDAY = 4
ASKED = 0.3
"""The share of what happens that people are asked about."""
BAD_DAY = 9
"""So many days ago, or on the working day before: on a weekend too little happens for it to be seen."""

PATIENCE = timedelta(hours=6)
OVER = PATIENCE + timedelta(hours=1)
"""Whatever was begun so long ago is over: longest takes what people are asked, or what an agent works at."""

UNREADABLE = {"code": "unreadable", "message": "The scanner's service answered 502 three times."}


@dataclass(frozen=True, slots=True)
class Job:
    """What an agent has another do: for how many seconds, and how often it fails."""

    asking: str
    doing: str
    intent_type: str
    seconds: float
    failing: float


JOBS = (
    Job("support", "scanner", "document.scan.v1", 6.0, 0.04),
    Job("contracts", "translator", "text.translate.v1", 95.0, 0.01),
    Job("purchasing", "data", "supplier.check.v1", 20.0, 0.02),
)


CUSTOMERS = ("Café Lumen", "ACME GmbH", "Papier Lang OHG", "Helios Energy", "Nordwind AB")
PEOPLE = ("Priya Nair", "Jonas Weber", "Aiko Tanaka", "Lena Fischer", "Tom Okafor")


@dataclass(frozen=True, slots=True)
class Question:
    """What an agent asks people: `title` takes the payload's fields."""

    agent: str
    intent_type: str
    title: str
    payload: Callable[[random.Random], dict[str, Any]]
    risk: str
    minutes: float
    yes: float


QUESTIONS = (
    Question(
        "billing",
        "refund.request.v1",
        "Refund {amount:.2f} EUR to {customer}?",
        lambda dice: {"customer": dice.choice(CUSTOMERS), "amount": dice.randrange(900, 60_000) / 100, "currency": "EUR"},
        "low",
        18,
        0.9,
    ),
    Question(
        "access",
        "access.request.v1",
        "Let {user} read {system}?",
        lambda dice: {"user": dice.choice(PEOPLE), "system": dice.choice(("the ledger", "payroll", "the shop's logs"))},
        "medium",
        34,
        0.75,
    ),
    Question(
        "purchasing",
        "order.request.v1",
        "Order {quantity} x {item}?",
        lambda dice: {"item": dice.choice(("toner", "coffee beans", "standing desks")), "quantity": dice.randrange(1, 40)},
        "medium",
        55,
        0.85,
    ),
    Question(
        "travel",
        "trip.request.v1",
        "Book {city} for {user}?",
        lambda dice: {"user": dice.choice(PEOPLE), "city": dice.choice(("Vienna", "Porto", "Gdańsk", "Lyon"))},
        "low",
        80,
        0.95,
    ),
)
DECIDERS = (MANAGER, MANAGER, MANAGER, DEPUTY, DEPUTY, OPS)


_FORGET_NOTICES = "DELETE FROM inbox_notice n USING inbox_task t WHERE t.id = n.task_id AND t.intent_id = ANY(%s)"
"""Nobody is notified any more of what was asked then."""


def make(*, actor: Actor, workspace: Workspace, told: Callable[[], bool] = lambda: False) -> int:
    """Make the days that are missing, the newest first, until `told` says to stop: how many intents that were."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made, bad_day = 0, bad_day_before(today)
    for ago in range(1, DAYS + 1):
        if told():
            break
        day = today - timedelta(days=ago)
        made += _day(actor=actor, workspace=workspace, day=day, until=now - OVER, bad=day == bad_day)
        sequencer.look_back(day)
    if made:
        folding.recount(today - timedelta(days=DAYS))
    return made


def bad_day_before(today: datetime) -> datetime:
    """The day that went badly, as seen from the beginning of a day."""
    day = today - timedelta(days=BAD_DAY)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


@unit
def _day(*, actor: Actor, workspace: Workspace, day: datetime, until: datetime, bad: bool) -> int:
    Workspace.objects.select_for_update(no_key=True).get(id=workspace.id)
    subject = day.date().isoformat()
    known = AuditEntry.objects.filter(workspace=workspace, action=ACTION, subject=subject).exists()
    machines = {row.name.removeprefix(PREFIX): internal.acting(row) for row in _agents(workspace)}
    if known or not machines.keys() >= AGENTS.keys():  # made before, or the demo was taken away
        return 0
    audit.note(workspace_id=workspace.id, actor=actor, action=ACTION, subject=subject)
    dice = random.Random(f"{workspace.id}{subject}")  # noqa: S311 - no secret
    times = [moment for moment in _times(dice, day) if moment < until]
    asked = [_ask(workspace, machines, dice, moment, bad=bad) for moment in times if dice.random() < ASKED]
    for moment in times[len(asked) :]:
        _do(machines, dice, moment, bad=bad)
    statements.rows(_FORGET_NOTICES, [asked])
    return len(times)


def _agents(workspace: Workspace) -> Sequence[Any]:
    return list(active_agents().filter(workspace_id=workspace.id, name__startswith=PREFIX))


def _times(dice: random.Random, day: datetime) -> Iterator[datetime]:
    """When something was asked for: mostly in the hours of an office, seldom on a weekend."""
    for hour in range(24):
        busy = 3.0 if 8 <= hour < 17 else 0.4
        expected = busy * (0.25 if day.weekday() > FRIDAY else 1.0)
        for _ in range(int(expected) + (dice.random() < expected % 1)):
            yield day + timedelta(hours=hour, seconds=dice.randrange(3600))


def ask_each_other(machines: dict[str, Machine], dice: random.Random) -> tuple[UUID, Job]:
    """One agent has another do something: the intent, and what is to be done."""
    job = dice.choice(JOBS)
    payload = {"document": f"D-{dice.randrange(10_000, 99_999)}", "pages": dice.randrange(1, 60)}
    return _submit(machines[job.asking], machines[job.doing], job.intent_type, payload), job


def _do(machines: dict[str, Machine], dice: random.Random, moment: datetime, *, bad: bool) -> None:
    with _at(moment):
        intent_id, job = ask_each_other(machines, dice)
    doing = machines[job.doing]
    with _at(moment + timedelta(seconds=job.seconds * dice.lognormvariate(0, 0.6))):
        if dice.random() < (0.6 if bad and job.doing == "scanner" else job.failing):
            work.fail(actor=doing, intent_id=intent_id, error=UNREADABLE)
        else:
            work.complete(actor=doing, intent_id=intent_id, result={"ok": True})


def _ask(workspace: Workspace, machines: dict[str, Machine], dice: random.Random, moment: datetime, *, bad: bool) -> UUID:
    """An agent asks people, who mostly answer. The intent's id."""
    question = dice.choice(QUESTIONS)
    agent, payload = machines[question.agent], question.payload(dice)
    spec = {"title": question.title.format(**payload), "risk": question.risk, "assignees": [MANAGER, DEPUTY, OPS]}
    with _at(moment):
        intent_id = _submit(agent, agent, question.intent_type, payload)
        limit = Limit(seconds=PATIENCE.total_seconds(), then="fail")
        waits.wait_for_person(actor=agent, intent_id=intent_id, spec=spec, limit=limit)
    took = timedelta(minutes=question.minutes * (6 if bad else 1) * dice.lognormvariate(0, 0.9))
    if took >= PATIENCE:
        with _at(moment + PATIENCE):
            scheduler.sweep()
        return intent_id
    with _at(moment + took):
        outcome = "approved" if dice.random() < question.yes else "rejected"
        fill.decided(workspace, intent_id, Verdict(dice.choice(DECIDERS), outcome))
    with _at(moment + took + timedelta(seconds=dice.randrange(2, 40))):
        work.complete(actor=agent, intent_id=intent_id, result={"outcome": outcome})
    return intent_id


def _submit(asking: Machine, doing: Machine, intent_type: str, payload: dict[str, Any]) -> UUID:
    text = canonical.dumps(payload)
    submission = Submission(
        intent_type=intent_type,
        to_agent=doing.label,
        payload=text,
        payload_sent=canonical.as_sent(payload, text),
        correlation_id=uuid4(),
    )
    submitted = submit(actor=asking, submission=submission)
    assert isinstance(submitted, Submitted)
    return submitted.intent_id


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    """What happens inside the block happened then."""
    with clock.frozen_at(moment), ids_of(moment):
        yield
