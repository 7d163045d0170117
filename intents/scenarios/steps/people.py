"""Steps that people decide: they wait on the run's own intent, so its id is the one that is approved."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from intents.engine.human_gate import HumanTaskRequest, gate
from intents.engine.waits import NEVER, Timeout
from intents.kernel.errors import InvalidField
from intents.scenarios import compiling
from intents.scenarios.kinds import (
    MOST_SECONDS,
    Asks,
    Compiling,
    ConfigField,
    Entered,
    Failed,
    Outcome,
    Rehearsed,
    Rehearsing,
    Resumed,
    Step,
    StepPosition,
    Succeeded,
)
from intents.scenarios.steps.agents import TIMED_OUT

APPROVERS = ("approver", "admin", "owner")
"""Whom a step asks that names nobody."""
APPROVES, REJECTS, ASKS, SILENT, LATE = "approves", "rejects", "asks", "silent", "late"
"""What a simulated approver does in a try."""
TAKES_SECONDS, ASKS_SECONDS, LATE_SECONDS = 60, 180, 86_400
_ASKING = ((1 / 3, "asked"), (2 / 3, "answered"))
MOST_SHOWN = 5
"""Reminders that a try shows of a step."""
_NOT_THE_TASK = ("assigned_to", "to", "seconds", "timeout_seconds", "deadline_seconds")
_REMINDING = ("remind_after_seconds", "remind_interval_seconds", "max_reminders", "escalate_to")


class HumanStep:
    """A step of a person. A refusal is its failure; nobody deciding in time is one too, and never a refusal."""

    instant = False
    writes = False

    def __init__(self, name: str = compiling.HUMAN) -> None:
        self.name = name

    def compile(self, raw: Step, at: Compiling) -> dict[str, Any]:
        place, config = at.config(raw)
        assigned = raw.get("assigned_to") or config.get("assigned_to") or config.get("to") or ""
        if not isinstance(assigned, str):
            raise InvalidField(
                f"{place}.{'assigned_to' if config.get('assigned_to') else 'to'}", "must be text: several are assignees"
            )
        task = raw.get("human_task")
        if task is not None or self.name == compiling.HUMAN:
            place = at.at("human_task")
            task = dict(task or at.document["intent"]["human_task"] or {})
        else:
            task = {key: value for key, value in config.items() if key not in _NOT_THE_TASK and not key.startswith("_")}
        task |= raw.get("policy") or {}
        task.setdefault("title", str(raw.get("description") or at.document["title"])[:255])
        asked = _asked(task, assigned, at)
        if "stages" not in task:
            task.pop("assignees", None)
            task |= asked
        checked = gate().check(task, actor=at.actor, field=place)
        limit = config.get("timeout_seconds") or config.get("deadline_seconds") or config.get("seconds")
        if limit is not None and (type(limit) is not int or not 1 <= limit <= MOST_SECONDS):
            raise InvalidField(at.config(raw)[0], "its time is a whole number of seconds")
        escalate_to = raw.get("escalate_to") or ""
        return {
            "human_task": checked,
            "asks_approvers": not asked and "stages" not in task,
            **({"deadline_seconds": raw.get("step_deadline_seconds") or limit} if limit else {}),
            "escalate_to": _principal(at.contacts(escalate_to)) if escalate_to else None,
        }

    def enter(self, position: StepPosition) -> Entered:
        intent, step, now = position.intent, position.step, position.now
        spec = dict(step["human_task"])
        spec["title"] = position.said(spec["title"])[:255]
        if spec.get("description"):
            spec["description"] = position.said(spec["description"])[:2000]
        if step["asks_approvers"] and position.run.applied_by:
            spec["assignees"] = [*APPROVERS, position.run.applied_by]
        own = any(step[name] for name in _REMINDING)
        defaults = {**position.defaults, "escalate_to": _escalates_to(position)}
        reminding = {name: step[name] if own else defaults.get(name) for name in _REMINDING}
        limit = step["deadline_seconds"]
        timeout = Timeout(at=now + timedelta(seconds=limit), then="resume") if limit else NEVER
        request = HumanTaskRequest(intent=intent, spec=spec, asked_by=position.actor, on_submit=False, timeout=timeout)
        return Asks(request, reminding)

    def resumed(self, position: StepPosition, resumed: Resumed) -> Outcome | None:
        return _outcome(position.step["human_task"], resumed.resume, resumed.more)

    @property
    def fields(self) -> Sequence[ConfigField]:
        """Those of a step of people are fields of every step, so `human_approval` has its own alone."""
        own = (ConfigField("assigned_to"), ConfigField("title"), ConfigField("timeout_seconds", "length"))
        return () if self.name == compiling.HUMAN else own

    def answers(self, step: Step) -> Sequence[str]:
        spec = step["human_task"]
        refuses = [gate().refuses(spec=spec, outcome=one) for one in spec["allowed_outcomes"]]
        return [*([] if all(refuses) else [APPROVES, ASKS]), *([REJECTS] if any(refuses) else []), SILENT, LATE]

    def rehearse(self, at: Rehearsing) -> Rehearsed:
        limit = at.step["deadline_seconds"]
        spec = dict(at.step["human_task"])
        takes = LATE_SECONDS if at.played == LATE else ASKS_SECONDS if at.played == ASKS else TAKES_SECONDS
        ends = limit is not None and at.played in (SILENT, LATE)
        if limit and not ends:
            takes = min(takes, limit / 2)
        notes = [(takes * part, words) for part, words in _ASKING if at.played == ASKS]
        if ends:
            notes += [(limit + 60, "answered_late")] if at.played == LATE else []
            outcome = _outcome(spec, {"expired": True}, {})
        elif at.played == SILENT:
            outcome = None
        else:
            refusing = at.played == REJECTS
            said = next(
                (one for one in spec["allowed_outcomes"] if gate().refuses(spec=spec, outcome=one) is refusing), None
            )
            result = {"outcome": said or spec["allowed_outcomes"][0]}
            outcome = _outcome(spec, {"task_result": result}, {"decision": {"negative": refusing and said is not None}})
        lasts = limit if ends else takes if outcome is not None else None
        return Rehearsed(outcome, lasts or 0, sorted([*notes, *_reminders(at.step, lasts)]))


def _reminders(step: Step, lasts: float | None) -> list[tuple[float, str]]:
    """When the step would remind those it asks, before it ends after so many seconds, None: never."""
    first, every = step["remind_after_seconds"], step["remind_interval_seconds"]
    if not first:
        return []
    most = min(step["max_reminders"] or 1, MOST_SHOWN)
    times = [first + number * (every or first) for number in range(most)]
    return [(when, "reminded") for when in times if lasts is None or when < lasts]


def _outcome(spec: Mapping[str, Any], resume: Mapping[str, Any], more: Mapping[str, Any]) -> Outcome | None:
    """How a step ends that asks by `spec`, when its wait ends so."""
    if (result := resume.get("task_result")) is not None:
        refused = bool(more.get("decision", {}).get("negative"))
        return _refused(result) if refused else Succeeded(result)
    if not resume.get("expired"):
        return None
    outcome = resume.get("outcome") or "expired"
    result = {"outcome": outcome, "expired": True}
    if outcome == "expired":
        return Failed({"code": TIMED_OUT, "message": "nobody decided in time", "outcome": outcome}, retryable=False)
    return _refused(result) if gate().refuses(spec=dict(spec), outcome=outcome) else Succeeded(result)


def _refused(result: Mapping[str, Any]) -> Failed:
    outcome = str(result.get("outcome"))
    told = {"code": outcome, "message": f"the step was decided: {outcome}", "outcome": outcome, "task_result": dict(result)}
    return Failed(told, retryable=False)


def _asked(task: Mapping[str, Any], assigned: str, at: Compiling) -> dict[str, Any]:
    """Whom the task asks, as fields of it; nothing means the approvers."""
    given = task.get("assignees")
    if given is not None and not (isinstance(given, list) and all(isinstance(one, str) for one in given)):
        raise InvalidField(f"{at.at('human_task')}.assignees", "must be a list of texts")
    names: list[str] = []
    if given:
        for one in given:
            if not (found := at.contacts(one)):
                return {"assignees": [*APPROVERS]} if len(given) > 1 else {}
            names += found
    elif assigned in at.humans:
        names = at.contacts(assigned)
    elif "@" in assigned:
        names = [assigned]
    # Whoever has no account gets an email, and the approvers are asked as well.
    if len(names) == 1 and "@" in names[0] and "notify_email" not in task:
        return {"notify_email": names[0]}
    if names:
        return {"assignees": list(dict.fromkeys(names))}
    return {"notify_email": task["notify_email"]} if "notify_email" in task else {}


def _principal(contacts: list[str]) -> str:
    """Whom `escalate_to` means, by the contacts that a document has for it: a name after its scheme."""
    return contacts[0].removeprefix("user://") if contacts else APPROVERS[-1]


def _escalates_to(position: StepPosition) -> str | None:
    """Whom the tasks of a run without a rule of their own escalate to."""
    name = position.defaults.get("escalate_to")
    if not name:
        return None
    contacts = {one["role"]: one["contact"] for one in position.program["humans"]}
    return _principal([contacts[name]] if contacts.get(name) else [] if name in contacts else [name])
