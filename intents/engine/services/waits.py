"""Entering waits: an agent puts its intent aside, for a person, a tool, other agents or time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from intents.engine import admission, waits
from intents.engine.events import Pending
from intents.engine.human_gate import HumanTaskRequest, Silence, gate
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Intent, IntentEvent
from intents.engine.services import signals, work
from intents.engine.services.human_tasks import ask_people
from intents.engine.services.parking import park, satisfy
from intents.engine.services.submission import Submission
from intents.engine.services.submit import submit_many
from intents.engine.waits import Timeout
from intents.kernel import canonical, clock
from intents.kernel.actors import Machine, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import DomainError, InvalidField
from intents.kernel.unit_of_work import unit

LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Parked:
    """The intent, the event of its wait (or of its end, when it was satisfied at once), and what the caller must know."""

    intent: Intent
    event: IntentEvent
    more: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How long to wait, `seconds` (None: without end), and what then: see `Timeout`."""

    seconds: float | None = None
    then: str = "fail"
    outcome: str | None = None

    def at(self, now: datetime) -> Timeout:
        ends_at = None if self.seconds is None else now + timedelta(seconds=self.seconds)
        return Timeout(at=ends_at, then=self.then, outcome=self.outcome)


@unit
def wait_for_person(
    *, actor: Tenant, intent_id: UUID, spec: dict[str, Any], limit: Limit, lease_token: UUID | None = None
) -> Parked:
    """Open a task for people. Raises Missing, Denied, StaleLease, InvalidTransition, InvalidField."""
    silence = Silence(limit.outcome or "", limit.seconds) if limit.then == "complete" else None
    checked = gate().check(spec, actor=actor, field="human_task", silence=silence)
    actor, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    if limit.then == "escalate" and (limit.seconds is None or intent.escalate_to is None):
        raise InvalidField("on_timeout", "escalate needs deadline_seconds, and escalate_to on the intent")
    request = HumanTaskRequest(intent=intent, spec=checked, asked_by=actor, on_submit=False, timeout=limit.at(now))
    (event,) = ask_people(requests=[request], actor=actor, now=now)
    return Parked(intent, event, {})


@unit
def wait_for_tool(
    *,
    actor: Tenant,
    intent_id: UUID,
    tool: str,
    external_id: str | None,
    limit: Limit,
    lease_token: UUID | None = None,
) -> Parked:
    """Wait for an outside tool. `more.callback_token` belongs into a keyless callback address; with an `external_id` the
    tool's completion may also name its job. Raises Missing, Denied, StaleLease, InvalidTransition, Conflict."""
    actor, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    admission.ensure_tool(intent.workspace_id, intent.mailbox, tool)
    job = waits.Job(tool, external_id) if external_id is not None else None
    signal = signals.early(intent=intent, job=job, now=now) if job else None
    details = {"tool": tool, "external_id": external_id}
    wait, event = park(
        intent=intent,
        reason=WaitReason.TOOL,
        spec=details,
        timeout=limit.at(now),
        details=details,
        pending=Pending("internal", tool),
        actor=actor,
        now=now,
        job=job,
    )
    token = signals.new_callback(wait=wait, now=now)
    if signal is not None and job is not None:
        signal.wait_id = wait.id
        signal.save(update_fields=["wait_id"])
        result = canonical.loads(signal.result)
        resume = signals.resume_of(result=result, received_at=signal.received_at, job=job)
        event = satisfy(intent=intent, resume=resume, actor=actor, now=now)
    return Parked(intent, event, {"callback_token": token})


@unit
def wait_for_agents(
    *,
    actor: Machine,
    intent_id: UUID,
    children: Sequence[Submission],
    until: str,
    limit: Limit,
    lease_token: UUID | None = None,
) -> Parked:
    """Submit `children`, each with `parent_id` set to this intent, and wait until all or any of them have ended.

    Raises Missing, Denied, StaleLease, InvalidTransition, and what a child was refused for, naming it.
    """
    _, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    ids: list[str] = []
    for index, child in enumerate(submit_many(actor=actor, submissions=children)):
        if isinstance(child, DomainError):
            field = child.details.get("field")
            where = f"intents.{index}" + (f".{field}" if field else "")
            raise InvalidField(where, child.message, reason=child.code) from child
        ids.append(str(child.intent_id))
    details = {"child_intent_ids": ids, "until": until}
    _, event = park(
        intent=intent,
        reason=WaitReason.AGENT,
        spec=details,
        timeout=limit.at(now),
        details=details,
        pending=Pending("agent", children[0].to_agent),
        actor=actor,
        now=now,
    )
    return Parked(intent, event, {"child_intent_ids": ids})


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A time to wait for, one of: `until`, `delay_seconds`, or the next time of `cron` in `timezone`."""

    until: datetime | None = None
    delay_seconds: float | None = None
    cron: str | None = None
    timezone: str = "UTC"

    def after(self, now: datetime) -> datetime:
        """Raises InvalidField."""
        if self.until is not None:
            if self.until <= now:
                raise InvalidField("until", "this time has passed already")
            return self.until
        if self.delay_seconds is not None:
            return now + timedelta(seconds=self.delay_seconds)
        return next_time(cron=self.cron or "", timezone=self.timezone, now=now)


def next_time(*, cron: str, timezone: str, now: datetime) -> datetime:
    """The first time after `now` that `cron` names in the IANA zone `timezone`. Raises InvalidField."""
    if timezone not in clock.zones():
        raise InvalidField("timezone", "an IANA time zone like Europe/Riga")
    try:
        # In an hour that comes twice the iterator begins with the first of the two, also when that is over.
        times: Iterator[datetime] = CronSim(cron, now.astimezone(ZoneInfo(timezone)))
        return next(one for one in times if one.astimezone(UTC) > now)
    except CronSimError as error:
        raise InvalidField("cron", f"not a cron expression: {error}") from None
    except StopIteration:
        raise InvalidField("cron", "this names no time to come") from None


@unit
def wait_for_time(*, actor: Tenant, intent_id: UUID, when: When, lease_token: UUID | None = None) -> Parked:
    """Wait for a time. Raises Missing, Denied, StaleLease, InvalidTransition, InvalidField."""
    actor, intent, now = work.at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    due_at = when.after(now)
    if due_at - now > LONGEST:
        raise InvalidField("cron" if when.cron else "until", f"at most {LONGEST.days} days ahead")
    details = {"due_at": rfc3339(due_at)} | ({"cron": when.cron, "timezone": when.timezone} if when.cron else {})
    _, event = park(
        intent=intent,
        reason=WaitReason.TIME,
        spec=details,
        timeout=Timeout(at=due_at),
        details=details,
        pending=Pending("internal", "time"),
        actor=actor,
        now=now,
    )
    return Parked(intent, event, {"due_at": rfc3339(due_at)})
