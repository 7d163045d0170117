"""What an agent does with an intent in its hands: acknowledge, begin, report, checkpoint, finish, fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.accounts import stops
from intents.engine import admission, outbox, permissions, selectors, signs
from intents.engine.admission import Wanted
from intents.engine.events import Entry, Pending
from intents.engine.lifecycle import EventType, Status, WaitReason, refusal
from intents.engine.models import Intent, IntentEvent, StoredStep
from intents.engine.services.parking import retry_later
from intents.engine.services.transitions import Move, move, move_many, note, noted
from intents.engine.signs import Sign
from intents.kernel import live
from intents.kernel.actors import Machine, Tenant, key_of
from intents.kernel.addresses import local_name
from intents.kernel.errors import InvalidField, StaleLease
from intents.kernel.unit_of_work import unit


@dataclass(frozen=True, slots=True)
class Change:
    """What a request did: `event` is the one it added last, None when it changed nothing (`applied` false). `step` is one
    that it stored."""

    intent: Intent
    event: IntentEvent | None
    step: StoredStep | None = None

    @property
    def applied(self) -> bool:
        return self.event is not None


Steps = Sequence[Move | Entry]
"""What a request does with a locked intent, one after the other; none where it changes nothing."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a request does with a locked intent, and which of its credentials: judged, and not written yet."""

    intent: Intent
    actor: Tenant
    steps: Steps
    store: StoredStep | None = None
    """A step's result to store, of which its intent has none yet."""

    @classmethod
    def acknowledge(cls, *, intent: Intent, actor: Tenant) -> "Act":
        """Nothing where that was done, or the work has begun."""
        if intent.status in (Status.ACKNOWLEDGED, Status.IN_PROGRESS):
            return cls(intent, actor, ())
        return cls(intent, actor, [Move(intent=intent, to=Status.ACKNOWLEDGED, pending=Pending("agent", intent.to_agent))])

    @classmethod
    def begin(cls, *, intent: Intent, actor: Tenant) -> "Act":
        """Start the work; nothing where it has begun."""
        if intent.status == Status.IN_PROGRESS:
            return cls(intent, actor, ())
        return cls(intent, actor, [Move(intent=intent, to=Status.IN_PROGRESS, pending=Pending("agent", intent.to_agent))])

    @classmethod
    def progress(cls, *, intent: Intent, actor: Tenant, now: datetime, details: dict[str, Any]) -> "Act":
        """Record progress, beginning the work where it had not begun."""
        if intent.status != Status.IN_PROGRESS:
            return cls(intent, actor, [Move(intent=intent, to=Status.IN_PROGRESS, details=details)])
        told = noted(intent=intent, event_type=EventType.IN_PROGRESS, actor=actor, now=now, details=details)
        return cls(intent, actor, [told])

    @classmethod
    def checkpoint(cls, *, intent: Intent, actor: Tenant, now: datetime, details: dict[str, Any]) -> "Act":
        """Record a checkpoint, beginning the work where it had not begun."""
        begun = [] if intent.status == Status.IN_PROGRESS else [Move(intent=intent, to=Status.IN_PROGRESS)]
        told = noted(intent=intent, event_type=EventType.CHECKPOINT, actor=actor, now=now, details=details)
        return cls(intent, actor, [*begun, told])

    @classmethod
    def complete(cls, *, intent: Intent, actor: Tenant, result: dict[str, Any]) -> "Act":
        return cls(intent, actor, [Move(intent=intent, to=Status.COMPLETED, details={"result": result})])

    def done(self, *, now: datetime) -> Change:
        """Write it by itself. Raises InvalidTransition."""
        if not self.steps:
            return Change(self.intent, None)
        return Change(self.intent, move_many(moves=self.steps, actor=self.actor, now=now)[-1])


def at_work(
    *, actor: Tenant, intent_id: UUID, lease_token: UUID | None, or_owner: bool = False, or_asking: bool = False
) -> tuple[Tenant, Intent, datetime]:
    """Who of the request works on the intent, or also owns it; the locked intent, which is neither waiting, unless also
    for a person, nor over; and the time.

    Raises Missing, Denied, StaleLease, InvalidTransition.
    """
    intent, now = selectors.lock_intent(actor, intent_id)
    acting = (or_owner and permissions.who(permissions.owns, actor, intent)) or permissions.worker(actor, intent)
    permissions.ensure_lease(selectors.lease(intent) if lease_token else None, lease_token)
    if not (or_asking and intent.waiting_reason == WaitReason.HUMAN):
        _ensure_workable(intent)
    return acting, intent, now


def _ensure_workable(intent: Intent) -> None:
    """Raises Denied for a locked intent that waits for a person, and InvalidTransition for one that waits for anything else,
    or is over."""
    permissions.ensure_no_person_is_asked(intent)
    if Status(intent.status) not in (Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED, Status.IN_PROGRESS):
        raise refusal(Status(intent.status), "nobody works on it now")


def at_hand(*, actor: Tenant, intent: Intent) -> Tenant:
    """Who of the request works on a locked intent, which is neither waiting nor over. Raises Denied, InvalidTransition."""
    worker = permissions.worker(actor, intent)
    _ensure_workable(intent)
    return worker


@unit
def acknowledge(*, actor: Tenant, intent_id: UUID, lease_token: UUID | None = None) -> Change:
    """The agent has the intent and will begin. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    return Act.acknowledge(intent=intent, actor=actor).done(now=now)


def heartbeat(*, actor: Machine, intent_id: UUID, lease_token: UUID | None = None) -> datetime:
    """The work goes on: when the renewed lease ends. Raises Missing, StaleLease when the caller holds no lease."""
    intent = selectors.intent(actor, intent_id)
    permissions.ensure_lease(selectors.lease(intent) if lease_token else None, lease_token)
    ends_at = signs.renew(Sign.by(actor, intent_id))
    if ends_at is None:
        raise StaleLease("you hold no lease on this intent", status=intent.status)
    return ends_at


@unit
def progress(
    *,
    actor: Tenant,
    intent_id: UUID,
    message: str | None = None,
    percent: float | None = None,
    lease_token: UUID | None = None,
) -> Change:
    """Report how far the work is: `percent` from 0 to 100. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    details = {name: value for name, value in (("message", message), ("percent", percent)) if value is not None}
    return Act.progress(intent=intent, actor=actor, now=now, details=details).done(now=now)


@unit
def checkpoint(*, actor: Tenant, intent_id: UUID, details: dict[str, Any], lease_token: UUID | None = None) -> Change:
    """Remember where the work stands, for whoever gets the intent next. `details`: step, total, state, message.

    Raises Missing, Denied, StaleLease, InvalidTransition.
    """
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    return Act.checkpoint(intent=intent, actor=actor, now=now, details=details).done(now=now)


@unit
def fail(
    *,
    actor: Tenant,
    intent_id: UUID,
    error: dict[str, Any],
    retryable: bool = False,
    lease_token: UUID | None = None,
) -> Change:
    """The work failed; while a person is asked, for good. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token, or_asking=True)
    return failed(intent=intent, error=error, retryable=retryable, actor=actor, now=now)


def completed(*, intent: Intent, result: dict[str, Any], actor: Tenant, now: datetime) -> Change:
    """End the work on a locked intent with its result. Raises InvalidTransition."""
    return Act.complete(intent=intent, actor=actor, result=result).done(now=now)


def failed(*, intent: Intent, error: dict[str, Any], retryable: bool, actor: Tenant, now: datetime) -> Change:
    """A retryable failure within the retry budget is tried again after a delay; any other ends the locked intent,
    dead-lettered when its retries are used up. Raises InvalidTransition."""
    if retryable and (waiting := retry_later(intent=intent, error=error, actor=actor, now=now)):
        return Change(intent, waiting)
    ended = Move(intent=intent, to=Status.FAILED, details={"error": error}, dead_letter=retryable)
    return Change(intent, move(move=ended, actor=actor, now=now))


@unit
def transfer(
    *, actor: Tenant, intent_id: UUID, to_agent: str, lease_token: UUID | None = None, reason: str | None = None
) -> Change:
    """Hand an intent over to another agent of the workspace, which is handed it anew, with what ended its last wait; a lease
    on it ends. A `reason` is kept on record.

    Raises Missing, Denied, StaleLease, InvalidTransition, InvalidAddress, AgentNotFound, InvalidField for its own agent.
    """
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token, or_owner=True)
    mailbox = local_name(to_agent, org=actor.org_slug, workspace=actor.workspace_slug)
    selectors.ensure_agents_name(actor.workspace_id, mailbox)
    if mailbox == intent.mailbox:
        raise InvalidField("to_agent", "this agent has it already")
    more = {"reason": reason} if reason else None
    return transferred(intent=intent, to_agent=to_agent, mailbox=mailbox, actor=actor, now=now, more=more)


def transferred(
    *,
    intent: Intent,
    to_agent: str,
    mailbox: str,
    actor: Tenant,
    now: datetime,
    more: dict[str, Any] | None = None,
) -> Change:
    """Hand a locked intent, on which somebody works or could, over to `to_agent`, in the workspace `mailbox`. `more` is for
    the record. Raises AgentStopped when nothing may be sent to it, and Denied when this may not."""
    stops.ensure_may_send(intent.workspace_id, speakers=(), mailbox=mailbox)
    ensure_may_be_given(intent=intent, mailbox=mailbox, actor=actor)
    details = {"from_agent": intent.to_agent, "to_agent": to_agent} | (more or {})
    resume = outbox.open_resume(intent.id)
    outbox.settle(intent.id, now=now)
    intent.mailbox, intent.to_agent, intent.handler = mailbox, to_agent, None
    Intent.objects.filter(id=intent.id).update(mailbox=mailbox, to_agent=to_agent)
    event = note(
        intent=intent,
        event_type=EventType.TRANSFER,
        actor=actor,
        now=now,
        details=details,
        pending=Pending("agent", to_agent),
    )
    outbox.enqueue_many([(intent, resume)], now=now)
    live.wake_up(mailboxes=[(intent.workspace_id, mailbox)])
    return Change(intent, event)


def ensure_may_be_given(*, intent: Intent, mailbox: str, actor: Tenant) -> None:
    """Raises Denied when the rules of an agent do not let `actor` give it this intent, which another has."""
    key = key_of(actor)
    given = Wanted(
        id=intent.id,
        sender=intent.sender,
        mailbox=mailbox,
        speaker=key.name if key else intent.sender,
        intent_type=intent.intent_type,
    )
    admission.ensure_handed_over(intent.workspace_id, given)


@unit
def complete(*, actor: Tenant, intent_id: UUID, result: dict[str, Any], lease_token: UUID | None = None) -> Change:
    """The work is done. Raises Missing, Denied, StaleLease, InvalidTransition."""
    actor, intent, now = at_work(actor=actor, intent_id=intent_id, lease_token=lease_token)
    return completed(intent=intent, result=result, actor=actor, now=now)
