"""Waits: an intent steps aside until something happens, and goes back to its agent with what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from intents.engine import continuations, outbox, waits
from intents.engine.continuations import Satisfied
from intents.engine.events import Pending
from intents.engine.human_gate import gate
from intents.engine.lifecycle import EventType, Status, WaitReason
from intents.engine.models import Intent, IntentEvent, Wait, WaitState
from intents.engine.selectors import Locked, calling
from intents.engine.services.transitions import Move, move, move_many, note
from intents.engine.timers import Due
from intents.engine.waits import Timeout
from intents.kernel import canonical
from intents.kernel.actors import Actor, System
from intents.kernel.clock import rfc3339

CLOCK = System(name="timers")
MAX_RETRY_DELAY = timedelta(hours=1)
DEFAULT_RETRIES = 3
DEFAULT_BACKOFF_SECONDS = 10


def park(
    *,
    intent: Intent,
    reason: WaitReason,
    spec: dict[str, Any],
    timeout: Timeout = waits.NEVER,
    event_type: EventType | None = None,
    details: dict[str, Any],
    pending: Pending,
    actor: Actor,
    now: datetime,
    job: waits.Job | None = None,
) -> tuple[Wait, IntentEvent]:
    """Put a locked intent aside. `spec` is kept with the wait, `details` go into the event. Raises InvalidTransition."""
    wait = wait_of(intent=intent, reason=reason, spec=spec, timeout=timeout, now=now, job=job)
    parked = Move(intent=intent, to=Status.WAITING, wait=wait, event_type=event_type, details=details, pending=pending)
    event = move(move=parked, actor=actor, now=now)
    return wait, event


def wait_of(
    *,
    intent: Intent,
    reason: WaitReason,
    spec: dict[str, Any],
    timeout: Timeout,
    now: datetime,
    job: waits.Job | None = None,
    wait_id: UUID | None = None,
) -> Wait:
    """A new wait of a locked intent, not stored yet. An outcome at its end is kept with its `spec`."""
    if timeout.outcome is not None:
        spec = spec | {"timeout_outcome": timeout.outcome}
    return waits.new(
        intent,
        reason=reason,
        spec=spec,
        now=now,
        deadline_at=timeout.at,
        on_timeout=timeout.then,
        job=job,
        wait_id=wait_id,
    )


def retry_later(*, intent: Intent, error: dict[str, Any], actor: Actor, now: datetime) -> IntentEvent | None:
    """Put a locked intent aside after a retryable failure, to be delivered again after a growing delay.

    The budget is the control `max_retry_count`; the delay `retry_backoff_seconds`, doubled by each retry, an hour at most.
    Returns None, and does nothing, when the budget is used up.
    """
    controls = canonical.loads(intent.controls)
    if intent.retry_count >= controls.get("max_retry_count", DEFAULT_RETRIES):
        return None
    backoff = timedelta(seconds=controls.get("retry_backoff_seconds", DEFAULT_BACKOFF_SECONDS))
    # From one second, 12 doublings reach the longest delay; hundreds would overflow.
    delay = min(backoff * 2 ** min(intent.retry_count, 12), MAX_RETRY_DELAY)
    intent.retry_count += 1
    details = {"retry": intent.retry_count, "delay_seconds": delay.total_seconds(), "error": error}
    _, event = park(
        intent=intent,
        reason=WaitReason.TIME,
        spec={"retry": intent.retry_count},
        timeout=Timeout(at=now + delay),
        details=details,
        pending=Pending("internal", "retry"),
        actor=actor,
        now=now,
    )
    return event


def satisfy(
    *, intent: Intent, resume: dict[str, Any], actor: Actor, now: datetime, more: dict[str, Any] | None = None
) -> IntentEvent:
    """End the open wait of a locked WAITING intent and deliver it to its agent again, `resume` telling what satisfied it."""
    return satisfy_many(satisfied=[Satisfied(intent, resume, more or {})], actor=actor, now=now)[0]


def satisfy_many(
    *, satisfied: Sequence[Satisfied], actor: Actor, now: datetime, state: WaitState = WaitState.SATISFIED
) -> list[IntentEvent]:
    """`satisfy` for many; `state` tells how their waits ended."""
    agents = [one for one in satisfied if not continuations.is_run(one.intent)]
    recorded: list[IntentEvent] = []
    if agents:
        recorded += move_many(
            moves=[resumption(satisfied=one, actor=actor, state=state) for one in agents], actor=actor, now=now
        )
        outbox.hand_out_again([(one.intent, canonical.dumps(one.resume)) for one in agents], now=now)
    if runs := [one for one in satisfied if continuations.is_run(one.intent)]:
        recorded += continuations.carry_on(runs, actor=actor, now=now, state=state)
    resumed = {event.intent_id: event for event in recorded}
    return [resumed[one.intent.id] for one in satisfied]


def resumption(*, satisfied: Satisfied, actor: Actor, state: WaitState) -> Move:
    """How an intent whose wait is over becomes IN_PROGRESS again."""
    return Move(
        intent=satisfied.intent,
        to=Status.IN_PROGRESS,
        wait_ended=state,
        event_type=EventType.RESUMED,
        details={"resume": satisfied.resume} | satisfied.more,
        pending=Pending("agent", satisfied.intent.to_agent),
        by=actor,
    )


def fire(due: Sequence[Due], locked: Locked) -> None:
    """Waits whose time has come: a wait for time is satisfied by it, any other has waited in vain."""
    intents = [locked.intents[one.intent_id] for one in due if one.intent_id in locked.intents]
    asking = [intent for intent in intents if intent.waiting_reason == WaitReason.HUMAN]
    if asking:
        gate().take_effect(intents=asking, now=locked.now)
    ids = [one.subject_id for one in due if one.subject_id and one.intent_id in locked.intents]
    opened = calling.open_waits(ids)
    time = [
        Satisfied(locked.intents[one.intent_id], {"due_at": rfc3339(one.due_at)}, {})
        for one in due
        if one.intent_id in opened and opened[one.intent_id].reason == WaitReason.TIME
    ]
    satisfy_many(satisfied=time, actor=CLOCK, now=locked.now)
    _expire([wait for wait in opened.values() if wait.reason != WaitReason.TIME], locked)


EXPIRED = {"expired": True}


def _expire(expired: Sequence[Wait], locked: Locked) -> None:
    if not expired:
        return
    now = locked.now
    over = [wait for wait in expired if wait.on_timeout != "escalate"]
    for wait in [one for one in expired if one.on_timeout == "escalate"]:
        _escalate(locked.intents[wait.intent_id], wait, now=now)
    ending = [wait for wait in over if wait.on_timeout != "resume"]
    # What a step of a run waited for in vain ends the step, and the run says what then.
    steps = [wait for wait in ending if continuations.is_run(locked.intents[wait.intent_id])]
    again = [Satisfied(locked.intents[wait.intent_id], EXPIRED, {}) for wait in over if wait not in ending]
    again += [Satisfied(one := locked.intents[wait.intent_id], EXPIRED | _silence(one, wait), {}) for wait in steps]
    satisfy_many(satisfied=again, actor=CLOCK, now=now, state=WaitState.EXPIRED)
    ending = [wait for wait in ending if wait not in steps]
    move_many(moves=[_ending(locked.intents[wait.intent_id], wait) for wait in ending], actor=CLOCK, now=now)


def _escalate(intent: Intent, wait: Wait, *, now: datetime) -> None:
    """Ask `escalate_to` too, for as long again; when that is over too, the intent fails."""
    assert intent.escalate_to is not None
    assert wait.deadline_at is not None
    due_at = now + (wait.deadline_at - wait.opened_at)
    waits.extend(wait, until=due_at, on_timeout="fail")
    told = gate().reschedule(intent=intent, also_to=intent.escalate_to, now=now)
    details = {"to": intent.escalate_to, "due_at": rfc3339(due_at)} | told
    pending = Pending("human", str(intent.id))
    note(intent=intent, event_type=EventType.ESCALATED, actor=CLOCK, now=now, details=details, pending=pending)


def _silence(intent: Intent, wait: Wait) -> dict[str, Any]:
    """The outcome of a wait that nobody ended, where it is to have one."""
    if wait.on_timeout != "complete":
        return {}
    spec = canonical.loads(wait.spec)
    outcome = spec.get("timeout_outcome", "")
    if wait.reason == WaitReason.HUMAN:
        outcome = gate().silence(intent=intent, spec=spec["human_task"], outcome=outcome)
    return {"outcome": outcome}


def _ending(intent: Intent, wait: Wait) -> Move:
    spec = canonical.loads(wait.spec)
    outcome = _silence(intent, wait).get("outcome", "")
    if wait.on_timeout == "complete" and (outcome != "expired" or spec.get("on_submit", True)):
        to, details = Status.COMPLETED, {"result": {"outcome": outcome} | EXPIRED}
    else:
        error = {"code": "wait_timeout", "message": "nothing ended this wait in time", "waiting_reason": wait.reason}
        if wait.reason == WaitReason.HUMAN:
            error |= {"message": "nobody decided in time", "outcome": "expired"}
        to, details = Status.FAILED, {"error": error}
    return Move(intent=intent, to=to, wait_ended=WaitState.EXPIRED, details=details)
