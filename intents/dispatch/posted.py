"""What becomes of intents that were posted to their agents: taken, posted again later, or given up; many at once.

What an answer says is done one by one, each in a savepoint, so that a refusal costs nobody else anything; all the rest takes
the same few statements however many were posted.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from intents.accounts import stops
from intents.accounts.selectors import active_by_id
from intents.dispatch.bindings.internal import acting_as
from intents.engine import admission, leases, permissions
from intents.engine.events import Entry, Pending
from intents.engine.leases import Lease
from intents.engine.lifecycle import EventType, Status
from intents.engine.models import Intent
from intents.engine.selectors import Locked
from intents.engine.services import resume, work
from intents.engine.services.transitions import Move, move_many, note_many
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Machine, System
from intents.kernel.errors import DomainError
from intents.sending import posting
from intents.sending.connector import Answer
from intents.sending.outbox import Settled

LEASE_SLACK_SECONDS = 24 * 3600
LEASE_SPARE_SECONDS = LEASE_SLACK_SECONDS / 2
"""How long the lease outlives the next try, and how much of that it may lack before it is written again: the row is tried
however late the workers are."""
PUSHER = System(name="push")


@dataclass(frozen=True, slots=True)
class OutgoingPush:
    """A delivery to be posted to `url` with the secrets that `signing` holds, encrypted."""

    id: UUID
    attempt: int
    delivery_id: UUID
    lease_token: UUID
    intent_id: UUID
    agent_id: UUID
    url: str
    signing: bytes | None
    body: str
    at: datetime
    address_id: None = None
    """None is ever busy: the lease itself counts what is in flight to an agent."""

    @property
    def lease(self) -> Lease:
        """What the agent has its work under."""
        return Lease(self.delivery_id, self.lease_token)


Posted = Settled[OutgoingPush]


class EnterWait(Protocol):
    """Lets an intent wait as an answer says: `sent` is the body of the call that does so. Raises DomainError."""

    def __call__(self, *, actor: Machine, intent_id: UUID, sent: dict[str, Any]) -> None: ...


_enter_wait: list[EnterWait] = []


def register_waits(enter: EnterWait) -> None:
    """Let answers put intents aside by `enter`."""
    _enter_wait[:] = [enter]


def settle(tries: Sequence[Posted], locked: Locked) -> None:
    """Do what follows from tries that ended, and put them on record. Their intents are `locked`."""
    said = _taken([one for one in tries if one.result.sent], locked)
    _defer([one for one in tries if one.retry_at], locked)
    _give_up([one.result.message for one in tries if one.failed_for_good], locked)
    # Last, for what an answer does may reach other intents, such as children: the rows in hand are no longer true then.
    warnings = {one.message.id: one.warning or _done(one) for one in said}
    statements.insert([posting.attempt(one, warning=warnings.get(one.result.message.id), now=locked.now) for one in tries])


@dataclass(frozen=True, slots=True)
class _Said:
    """What an `agent` answered is to become of an intent, None for nothing, and what was wrong with its answer."""

    message: OutgoingPush
    agent: Machine | None
    body: dict[str, Any] | None
    warning: str | None


def _taken(tries: Sequence[Posted], locked: Locked) -> list[_Said]:
    """The agents have them: their leases begin, and what they say nothing about is acknowledged. When an intent has gone on
    by the API meanwhile, nothing is left to be done."""
    if not tries:
        return []
    in_force = leases.start_leases([one.result.message.lease for one in tries])
    agents = active_by_id({one.result.message.agent_id for one in tries})
    actors = {agent_id: acting_as(agent) for agent_id, agent in agents.items()}
    found = [_said(one, actors.get(one.result.message.agent_id)) for one in tries]
    silent = [one for one in found if one.body is None and one.message.intent_id in in_force]
    moves = [move for one in silent if (move := _acknowledged(locked.intents[one.message.intent_id], one.agent))]
    move_many(moves=moves, actor=PUSHER, now=locked.now)
    return found


def _said(one: Posted, agent: Machine | None) -> _Said:
    message = one.result.message
    if agent is None:
        return _Said(message, None, None, "the agent may not work now: what it said was not done")
    return _Said(message, agent, *said(one.result.detail))


def _acknowledged(intent: Intent, agent: Machine | None) -> Move | None:
    """As `work.acknowledge`, of an intent that the agent holds."""
    if agent is None or not permissions.works_on(agent, intent) or intent.status not in (Status.SUBMITTED, Status.DELIVERED):
        return None
    return Move(intent=intent, to=Status.ACKNOWLEDGED, pending=Pending("agent", intent.to_agent), by=agent)


def _done(one: _Said) -> str | None:
    """Do what an answer says. Returns why it cannot be: then the agent has the intent all the same. Raises
    WorkspaceMoving."""
    if one.body is None or one.agent is None:
        return None
    try:
        with transaction.atomic():
            _do(one.body, actor=one.agent, message=one.message)
    except stops.WorkspaceMoving:
        raise  # it is posted again, by the same id, where the workspace is then
    except DomainError as refusal:
        admission.note_refused(one.agent.workspace_id, refusal)
        with suppress(DomainError), transaction.atomic():
            work.acknowledge(actor=one.agent, intent_id=one.message.intent_id, lease_token=one.message.lease_token)
        return refusal.message
    return None


def _do(body: dict[str, Any], *, actor: Machine, message: OutgoingPush) -> None:
    """What an answer says, as a `resume` with the same body would. Raises DomainError."""
    if body["action"] == "wait" and _enter_wait:
        sent = {name: value for name, value in body.items() if name != "action"} | {"lease_token": str(message.lease_token)}
        _enter_wait[0](actor=actor, intent_id=message.intent_id, sent=sent)
    else:
        resume.resume(actor=actor, intent_id=message.intent_id, body=body, lease_token=message.lease_token)


def _defer(tries: Sequence[Posted], locked: Locked) -> None:
    """Tries failed that are not the last: their leases outlive the next, and the histories tell."""
    due = {one.result.message.lease: one.retry_at for one in tries if one.retry_at}
    terms = {lease: (at - locked.now).total_seconds() + LEASE_SLACK_SECONDS for lease, at in due.items()}
    in_force = leases.extend(terms, spare=LEASE_SPARE_SECONDS)
    note_many([_told(one, locked) for one in tries if one.result.message.lease_token in in_force])


def _told(one: Posted, locked: Locked) -> Entry:
    message, intent = one.result.message, locked.intents[one.result.message.intent_id]
    assert one.retry_at is not None
    details = {"try": message.attempt, "reason": one.result.answer, "retry_at": clock.rfc3339(one.retry_at)}
    return Entry(
        intent=intent,
        event_type=EventType.DELIVERY_FAILED,
        actor=PUSHER.label,
        at=locked.now,
        details=details,
        pending=Pending("agent", intent.to_agent),
    )


def _give_up(messages: Sequence[OutgoingPush], locked: Locked) -> None:
    in_force = leases.extend({one.lease: 0 for one in messages})
    moves = [
        Move(
            intent=locked.intents[one.intent_id],
            to=Status.FAILED,
            details={"error": _error(one)},
            dead_letter=True,
        )
        for one in messages
        if one.lease_token in in_force
    ]
    move_many(moves=moves, actor=PUSHER, now=locked.now)


def _error(message: OutgoingPush) -> dict[str, Any]:
    said = f"posted {message.attempt} times and never taken"
    return {"code": "delivery_failed", "message": said, "tries": message.attempt}


def said(answer: Answer) -> tuple[dict[str, Any] | None, str | None]:
    """What an answer of 2xx says is to become of the intent, and what was wrong with it: only a JSON object with `action`
    says anything."""
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return None, None
    if answer.cut:
        return None, "the answer was too long, or broke off, and was not read"
    if not answer.body.strip():
        return None, None
    try:
        body = canonical.parse(answer.body)
        if not isinstance(body, dict) or "action" not in body:
            return None, None
        canonical.sized(body, "the answer")
    except DomainError as refusal:
        return None, f"the answer was not read: {refusal.message}"
    return body, None
