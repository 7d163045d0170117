"""Which plan a task gets: that of its own `escalation`, or else of its intent's reminder fields, or else of the first policy
of the workspace whose rules fit it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.assignees.services.principals import Names
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars import working_time
from inbox.calendars.models import Calendar
from inbox.escalation import selectors
from inbox.escalation.models import Policy
from inbox.plans import plan as plans
from inbox.plans.escalation import End, Escalation, Ladder, Least, Level, Match, of_fields
from inbox.tasks.services.open import Opening, assignees
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import RISKS, RISKY, is_negative
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.models import IntentBody
from intents.engine.waits import Timeout
from intents.kernel import canonical
from intents.kernel.errors import InvalidField

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a row of another shape than this server writes raises."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is known of a task that is to be opened. `spec` is the completed human task, `remind` the intent's own reminder
    fields as a ladder, `broken` collects the policies that cannot be read: they are passed over."""

    intent_type: str
    agent: str
    payload: Mapping[str, Any]
    spec: Mapping[str, Any]
    names: Names
    remind: Ladder | None = None
    broken: set[UUID] = field(default_factory=set)


def prepare(*, requests: Sequence[HumanTaskRequest], now: datetime) -> list[Opening]:
    """Questions of locked intents of one workspace, with the least that its policies ask for and with how their waits end;
    and what opening their tasks needs. A timeout with a time stays; in the task's own calendar it is working time."""
    bodies, policies = selectors.asked([one.intent for one in requests])
    names = Names(requests[0].intent.workspace_id)
    names.learn(text for one in requests for text in _named(one))
    return [_prepared(one, bodies[one.intent.id], policies, names, now=now) for one in requests]


def _named(request: HumanTaskRequest) -> list[str]:
    """Whom a request names, but for what a policy does."""
    levels = request.spec["escalation"].get("levels", ()) if "escalation" in request.spec else ()
    return [*assignees(request.spec), *(level["to"] for level in levels)]


def _prepared(
    request: HumanTaskRequest, body: IntentBody, policies: Sequence[Policy], names: Names, *, now: datetime
) -> Opening:
    intent, spec, timeout = request.intent, request.spec, request.timeout
    if timeout.at is not None and "calendar" in spec:
        own = working(named(workspace_id=intent.workspace_id, text=spec["calendar"]))
        timeout = replace(timeout, at=working_time.due(own, now, (timeout.at - now).total_seconds()))
    fields = of_fields(
        remind_after=intent.remind_after_seconds,
        remind_interval=intent.remind_interval_seconds,
        max_reminders=intent.max_reminders,
        escalate_to=intent.escalate_to,
    )
    asking = Asking(
        intent_type=intent.intent_type,
        agent=intent.sender,
        payload=canonical.loads(body.payload) if policies else {},
        spec=spec,
        names=names,
        remind=fields,
    )
    asking = raised(asking=asking, policies=policies)
    plan = choose(asking=asking, policies=policies, now=now)
    if asking.spec["risk"] != "low":
        # Its agent called it low, and so was let to count silence as a yes.
        if timeout.then == "complete" and not is_negative(spec["task_type"], timeout.outcome or ""):
            timeout = Timeout(at=timeout.at)
        if plan is not None and plan.then == "complete":
            plan = replace(plan, then="expire", outcome=None)
    if plan is not None and timeout.at is not None:
        plan = replace(plan, end_at=None, then=None, outcome=None, why=None)
    elif plan is not None and plan.end_at is not None:
        timeout = ending(plan=plan, on_submit=request.on_submit)
    put = replace(request, spec=dict(asking.spec), timeout=timeout)
    return Opening(put, body, plan.dumps() if plan else None, names, has_broken_policy=bool(asking.broken))


def raised(*, asking: Asking, policies: Sequence[Policy]) -> Asking:
    """What is asked, with the risk and the separation of duties that it has at least: agents can only raise them. Without
    a word of the policies duties are separate at high and critical risk."""
    rules = [_least(asking, row) for row in policies if row.least != "{}"]
    risk = min([asking.spec["risk"], *(one.risk for one in rules if one.risk)], key=RISKS.index)
    said = {one.separation_of_duties for one in rules}
    apart = asking.spec["separation_of_duties"] or True in said or (risk in RISKY and False not in said)
    return replace(asking, spec={**asking.spec, "risk": risk, "separation_of_duties": apart})


def _least(asking: Asking, row: Policy) -> Least:
    """What a policy asks for at least, nothing when it is not for what is asked. Whether one that cannot be read does is not
    known: the risk is then high enough for no silence to count as a yes."""
    try:
        return Least.model_validate(canonical.loads(row.least)) if _matches(asking, row) else Least()
    except UNREADABLE:
        _note_broken(asking, row)
        return Least(risk="medium")


def choose(*, asking: Asking, policies: Sequence[Policy], now: datetime) -> plans.Plan | None:
    """The plan of a task that opens `now`; `policies` are those of its workspace in the order of their places."""
    spec = asking.spec
    own = Escalation.model_validate(spec["escalation"]) if "escalation" in spec else None
    ladder = own or asking.remind
    calendar = named(workspace_id=asking.names.workspace_id, text=spec["calendar"]) if "calendar" in spec else None
    if ladder is not None:
        return of(ladder=ladder, names=asking.names, spec=spec, calendar=calendar, policy=None, now=now)
    for row in policies:
        try:
            if _matches(asking, row):
                return of(
                    ladder=Escalation.model_validate(canonical.loads(row.escalation)),
                    names=asking.names,
                    spec=spec,
                    calendar=calendar if "calendar" in spec else row.calendar,
                    policy=row.name,
                    now=now,
                )
        except UNREADABLE:
            _note_broken(asking, row)
    return None


def _matches(asking: Asking, row: Policy) -> bool:
    match = Match.model_validate(canonical.loads(row.match))
    return match.fits(intent_type=asking.intent_type, agent=asking.agent, risk=asking.spec["risk"], payload=asking.payload)


def _note_broken(asking: Asking, row: Policy) -> None:
    if row.id not in asking.broken:
        asking.broken.add(row.id)
        log.exception("a policy cannot be read", extra={"action": "policies.unreadable", "row": str(row.id)})


def of(
    *,
    ladder: Ladder,
    names: Names,
    spec: Mapping[str, Any],
    calendar: Calendar | None,
    policy: str | None,
    now: datetime,
) -> plans.Plan:
    """The plan that `ladder` means for a task that opens `now`."""
    end: End | None = ladder.end if isinstance(ladder, Escalation) else None
    names.learn(level.to for level in ladder.levels)
    return plans.make(
        ladder,
        start=now,
        end=end,
        calendar=working(calendar),
        resolve=names.principal,
        task_type=spec["task_type"],
        outcomes=spec["allowed_outcomes"],
        policy=policy,
        called=calendar.name if calendar else None,
    )


def ending(*, plan: plans.Plan, on_submit: bool) -> Timeout:
    """How a plan ends a wait. Expiring completes an intent that came with its task; any other goes back to its agent."""
    if plan.then != "expire":
        return Timeout(at=plan.end_at, then=plan.then or "fail", outcome=plan.outcome)
    if on_submit:
        return Timeout(at=plan.end_at, then="complete", outcome="expired")
    return Timeout(at=plan.end_at, then="resume")


def working(row: Calendar | None) -> working_time.WorkingHours | None:
    """A stored calendar, to count by."""
    if row is None:
        return None
    return working_time.WorkingHours(row.time_zone, working_time.hours(canonical.loads(row.hours)), row.country)


def named(*, workspace_id: UUID, text: str) -> Calendar | None:
    """The calendar of this name, whatever its case, or this id."""
    return calendar_selectors.calendar_named(workspace_id, text)


def checked(*, workspace_id: UUID, spec: dict[str, Any], field: str) -> dict[str, Any]:
    """A completed human task, when all are known whom its escalation and its calendar name. Raises InvalidField."""
    levels = [Level(**level) for level in spec.get("escalation", {}).get("levels", ())]
    ensure_known(workspace_id=workspace_id, levels=levels, calendar=spec.get("calendar"), field=f"{field}.")
    return spec


def ensure_known(*, workspace_id: UUID, levels: Sequence[Level], calendar: str | None, field: str) -> Calendar | None:
    """The calendar that is named. Raises InvalidField, its place after `field`, when it or whom a level names is unknown."""
    names = Names(workspace_id)
    names.learn(level.to for level in levels)
    for place, level in enumerate(levels):
        if names.principal(level.to) == principals.name(level.to.strip()):
            raise InvalidField(
                f"{field}escalation.levels.{place}.to", "no member, group, role or on-call schedule is called that"
            )
    if calendar is None:
        return None
    row = named(workspace_id=workspace_id, text=calendar)
    if row is None:
        raise InvalidField(f"{field}calendar", "no calendar of this workspace is called that")
    return row
