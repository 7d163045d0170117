"""The plan of a task: all that happens while nobody decides, with its times, fixed when the task is opened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from inbox.calendars.working_time import WorkingHours, due, explained
from inbox.plans.escalation import End, Escalation, Ladder
from inbox.vocabulary.kinds import meant
from intents.kernel import canonical
from intents.kernel.actors import Role
from intents.kernel.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Step:
    """At `at`, the task is assigned to `principal` as well, who is called `to`."""

    at: datetime
    to: str
    principal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`policy` is the name of the workspace's policy that it follows, None when the request brought its own. `end_at` is
    when nobody can decide any more, which `why` explains; `then` is fail, expire or complete, with `outcome`. Without
    `end_at` the plan says nothing of the end. `question_pause_seconds` is how long its times may stand still in all while
    the agent is asked, see `plans.pause`. `source` is what it was made of, kept where it begins again."""

    policy: str | None = None
    calendar: str | None = None
    reminders: tuple[datetime, ...] = ()
    levels: tuple[Step, ...] = ()
    end_at: datetime | None = None
    then: str | None = None
    outcome: str | None = None
    why: str | None = None
    question_pause_seconds: int | None = None
    source: dict[str, Any] | None = None

    def dumps(self) -> str:
        told = {
            "policy": self.policy,
            "calendar": self.calendar,
            "reminders": [rfc3339(at) for at in self.reminders],
            "levels": [{"at": rfc3339(one.at), "to": one.to, "principal": one.principal} for one in self.levels],
            "end_at": rfc3339(self.end_at) if self.end_at else None,
            "then": self.then,
            "outcome": self.outcome,
            "why": self.why,
        }
        paused = {"question_pause_seconds": self.question_pause_seconds} if self.question_pause_seconds else {}
        return canonical.dumps(told | paused | ({"source": self.source} if self.source else {}))


def loads(text: str) -> Plan:
    """The plan that `Plan.dumps` wrote."""
    told = canonical.loads(text)
    return Plan(
        policy=told["policy"],
        calendar=told["calendar"],
        reminders=tuple(map(datetime.fromisoformat, told["reminders"])),
        levels=tuple(Step(datetime.fromisoformat(one["at"]), one["to"], one["principal"]) for one in told["levels"]),
        end_at=datetime.fromisoformat(told["end_at"]) if told["end_at"] else None,
        then=told["then"],
        outcome=told["outcome"],
        why=told["why"],
        question_pause_seconds=told.get("question_pause_seconds"),
        source=told.get("source"),
    )


def source(ladder: Ladder, *, calendar: WorkingHours | None, task_type: str, outcomes: list[str]) -> dict[str, Any]:
    """What `again` makes a plan of."""
    return {
        "ladder": ladder.model_dump(mode="json", exclude_none=True),
        "ends": isinstance(ladder, Escalation),
        "calendar": [calendar.time_zone, calendar.hours, calendar.country] if calendar else None,
        "task_type": task_type,
        "outcomes": outcomes,
    }


def again(text: str, *, start: datetime, resolve: Callable[[str], str]) -> Plan:
    """The plan that `Plan.dumps` wrote, begun anew at `start`, where it kept what it was made of."""
    old = loads(text)
    if old.source is None:
        return old
    made_of = old.source
    ladder = (Escalation if "end" in made_of["ladder"] else Ladder).model_validate(made_of["ladder"])
    calendar = None
    if made_of["calendar"]:
        zone, week, country = made_of["calendar"]
        calendar = WorkingHours(zone, tuple(tuple((start, end) for start, end in day) for day in week), country)
    plan = make(
        ladder,
        start=start,
        end=ladder.end if isinstance(ladder, Escalation) and made_of["ends"] else None,
        calendar=calendar,
        resolve=resolve,
        task_type=made_of["task_type"],
        outcomes=made_of["outcomes"],
        policy=old.policy,
        called=old.calendar,
    )
    return replace(plan, source=made_of)


def make(
    ladder: Ladder,
    *,
    start: datetime,
    end: End | None,
    calendar: WorkingHours | None,
    resolve: Callable[[str], str],
    task_type: str,
    outcomes: list[str],
    policy: str | None = None,
    called: str | None = None,
) -> Plan:
    """The plan of a task that opens at `start`. `resolve` turns whom a level names into a principal; `called` is the name
    of `calendar`.

    An outcome to complete with that the task does not offer is none: it fails then, which is neither a yes nor a no.
    """

    def at(seconds: int) -> datetime:
        return due(calendar, start, seconds)

    reminders = [at(seconds) for seconds in (ladder.reminders.offsets() if ladder.reminders else ())]
    levels = [Step(at(seconds), to, resolve(to)) for seconds, to in ladder.steps()]
    if end is None:
        return Plan(
            policy=policy,
            calendar=called,
            reminders=tuple(reminders),
            levels=tuple(levels),
            question_pause_seconds=ladder.question_pause_seconds,
        )
    seconds, then, outcome = end.after_seconds, end.then, None
    if end.outcome is not None:
        outcome = meant(task_type, end.outcome, outcomes)
        then = "complete" if outcome else "fail"
    if then == "owner":
        levels = [step for step in levels if step.at < at(seconds)]
        levels.append(Step(at(seconds), Role.OWNER, resolve(Role.OWNER)))
        seconds, then = 2 * seconds, "fail"
    return Plan(
        policy=policy,
        calendar=called,
        reminders=tuple(one for one in reminders if one < at(seconds)),
        levels=tuple(step for step in levels if step.at < at(seconds)),
        end_at=at(seconds),
        then=then,
        outcome=outcome,
        why=explained(calendar, start, seconds),
        question_pause_seconds=ladder.question_pause_seconds,
    )
