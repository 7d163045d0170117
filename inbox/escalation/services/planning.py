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
from inbox.calendars.rota import working
from inbox.escalation import selectors
from inbox.escalation.models import Policy
from inbox.plans import plan as plans
from inbox.plans import quorum
from inbox.plans.escalation import End, Escalation, Ladder, Least, Level, Match, of_fields
from inbox.standing import selectors as standing
from inbox.tasks import ballots
from inbox.tasks.services.open import Opening
from inbox.tasks.specs import assignees
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import RISKS, RISKY, is_negative
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.models import IntentBody
from intents.engine.waits import Timeout
from intents.kernel import canonical
from intents.kernel.actors import Machine, Person
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
    known = selectors.asked([one.intent for one in requests])
    names = Names(requests[0].intent.workspace_id)
    names.learn(text for one in requests for text in _named(one))
    prepared = (_prepared(one, known.bodies[one.intent.id], known.policies, names, now=now) for one in requests)
    return [replace(one, is_granted=_is_granted(one, known.grants)) if known.grants else one for one in prepared]


def _is_granted(opening: Opening, grants: Sequence[standing.Outline]) -> bool:
    """Whether a standing grant may decide a task, by what its agent asks; limits and rights are looked at later."""
    if opening.request.spec.get("standing_grants") is False:
        return False
    intent, payload = opening.request.intent, canonical.loads(opening.body.payload)
    return any(
        one.fits(intent_type=intent.intent_type, agent=intent.sender, risk=opening.request.spec["risk"], payload=payload)
        for one in grants
    )


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
    until = timeout.at
    if plan is not None and timeout.at is not None:
        ends = {**plan.source, "ends": False} if plan.source else None
        plan = replace(plan, end_at=None, then=None, outcome=None, why=None, source=ends)
    elif plan is not None and plan.end_at is not None:
        timeout = ending(plan=plan, on_submit=request.on_submit)
    spec = dict(asking.spec)
    if _came_with_another(request):
        spec["standing_grants"] = False
    if (late := _first_stage_end(spec, workspace_id=intent.workspace_id, now=now)) is not None:
        timeout = replace(timeout, at=min(timeout.at, late) if timeout.at else late)
    put, broken = replace(request, spec=spec, timeout=timeout), bool(asking.broken)
    return Opening(put, body, plan.dumps() if plan else None, names, has_broken_policy=broken, until=until)


def _came_with_another(request: HumanTaskRequest) -> bool:
    """Whether the token of a person came along who did not send the intent: only of who sent it the intent itself says so,
    and nobody's own request is decided by what they granted."""
    by = request.asked_by
    came = by.person_id if isinstance(by, Machine) else by.user_id if isinstance(by, Person) else None
    return came is not None and not request.on_submit and came != request.intent.person_id


def _first_stage_end(spec: Mapping[str, Any], *, workspace_id: UUID, now: datetime) -> datetime | None:
    seconds = spec["stages"][0].get("deadline_seconds") if "stages" in spec else None
    if seconds is None:
        return None
    own = named(workspace_id=workspace_id, text=spec["calendar"]) if "calendar" in spec else None
    return working_time.due(working(own), now, seconds)


def raised(*, asking: Asking, policies: Sequence[Policy]) -> Asking:
    """What is asked, with the risk and the separation of duties that it has at least: agents can only raise them. Without
    a word of the policies duties are separate at high and critical risk."""
    rules = [_least(asking, row) for row in policies if row.least != "{}"]
    risk = min([asking.spec["risk"], *(one.risk for one in rules if one.risk)], key=RISKS.index)
    said = {one.separation_of_duties for one in rules}
    apart = asking.spec["separation_of_duties"] or True in said or (risk in RISKY and False not in said)
    spec = {**asking.spec, "risk": risk, "separation_of_duties": apart}
    if any(one.standing_grants is False for one in rules):
        spec["standing_grants"] = False
    if approval := next((found for one in rules if (found := one.approval())), None):
        if "stages" in approval:
            spec = {name: value for name, value in spec.items() if name not in ("assignees", "notify_email", "quorum")}
        elif "quorum" in approval:
            spec.pop("stages", None)
        spec |= approval
        asking.names.learn(text for stage in approval.get("stages", ()) for text in stage["assignees"])
    return replace(asking, spec=spec)


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
    hours = working(calendar)
    plan = plans.make(
        ladder,
        start=now,
        end=end,
        calendar=hours,
        resolve=names.principal,
        task_type=spec["task_type"],
        outcomes=spec["allowed_outcomes"],
        policy=policy,
        called=calendar.name if calendar else None,
    )
    if len(spec.get("stages", ())) < 2:
        return plan
    # Each stage begins it again.
    made_of = plans.source(ladder, calendar=hours, task_type=spec["task_type"], outcomes=spec["allowed_outcomes"])
    return replace(plan, source=made_of)


def ending(*, plan: plans.Plan, on_submit: bool) -> Timeout:
    """How a plan ends a wait. Expiring completes an intent that came with its task; any other goes back to its agent."""
    if plan.then != "expire":
        return Timeout(at=plan.end_at, then=plan.then or "fail", outcome=plan.outcome)
    if on_submit:
        return Timeout(at=plan.end_at, then="complete", outcome="expired")
    return Timeout(at=plan.end_at, then="resume")


def named(*, workspace_id: UUID, text: str) -> Calendar | None:
    """The calendar of this name, whatever its case, or this id."""
    return calendar_selectors.calendar_named(workspace_id, text)


def checked(*, workspace_id: UUID, spec: dict[str, Any], field: str) -> dict[str, Any]:
    """A completed human task, when all are known whom its escalation and its calendar name, and there are enough people for
    its quorums. Raises InvalidField."""
    levels = [Level(**level) for level in spec.get("escalation", {}).get("levels", ())]
    ensure_known(workspace_id=workspace_id, levels=levels, calendar=spec.get("calendar"), field=f"{field}.")
    if not quorum.is_plain(spec):
        ballots.ensure_possible(workspace_id=workspace_id, spec=spec, field=field)
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
