"""At-least-once delivery of intents to agents: each under a lease, reclaimed when that runs out."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError

from intents.accounts import bindings
from intents.engine import leases, leasing, outbox
from intents.engine.events import Entry, Pending
from intents.engine.leases import Holder
from intents.engine.lifecycle import TERMINAL, EventType, Status
from intents.engine.models import Delivery, Intent, IntentEvent
from intents.engine.selectors import lock_many
from intents.engine.services.transitions import Move, move_many, note_many
from intents.kernel import canonical, failpoints, live, statements
from intents.kernel.actors import Actor, Machine, System, full_address
from intents.kernel.batches import Batches
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

SWEEPER = System(name="leases")
_untold: deque[Delivery] = deque()
"""What this process leased and told nobody of, for the database went away while it was dispatched. If that was at the commit
the leases are in force, and nobody is at the work for as long as they last."""
FRESH = frozenset({Status.CREATED, Status.SUBMITTED, Status.DELIVERED, Status.ACKNOWLEDGED})
"""Statuses of an intent whose work has not begun; a filter that names one of them means them all."""


@dataclass(frozen=True, slots=True)
class LeasedIntent:
    """An intent in an agent's hands, under a lease."""

    intent: Intent
    delivery: Delivery
    payload: str
    event_seq: int
    checkpoint: str | None

    def json(self) -> dict[str, Any]:
        """The protocol's delivery: what the agent stream, a poll and a claim give."""
        resume, checkpoint = self.delivery.resume, self.checkpoint
        return self._small() | {
            "payload": canonical.loads(self.payload),
            "checkpoint": canonical.loads(checkpoint) if checkpoint else None,
            "resume": canonical.loads(resume) if resume else None,
        }

    def text(self) -> str:
        """`json` as JSON text. What is large is canonical JSON already: it is not read and written anew, which for the
        results of many children would take seconds during which nothing else in the process moves."""
        small = json.dumps(self._small(), ensure_ascii=False, separators=(",", ":"))
        checkpoint, resume = self.checkpoint or "null", self.delivery.resume or "null"
        return f'{small[:-1]},"payload":{self.payload},"checkpoint":{checkpoint},"resume":{resume}}}'

    def _small(self) -> dict[str, Any]:
        assert self.delivery.lease_expires_at is not None
        return {
            "intent_id": str(self.intent.id),
            "intent_type": self.intent.intent_type,
            "status": str(Status.IN_PROGRESS if self.intent.status == Status.IN_PROGRESS else Status.DELIVERED),
            "seq": self.delivery.mailbox_seq,
            "event_seq": self.event_seq,
            "from_agent": self.intent.from_agent,
            "to_agent": self.intent.to_agent,
            "correlation_id": str(self.intent.correlation_id),
            "delivery_attempt": self.delivery.attempt,
            "lease_token": str(self.delivery.lease_token),
            "lease_expires_at": rfc3339(self.delivery.lease_expires_at),
        }


def statuses(wanted: Sequence[Status]) -> list[str]:
    """The intent statuses that a `status=` filter of a listener lets through."""
    found = set(wanted)
    if found & FRESH:
        found |= FRESH
    return sorted(found - TERMINAL - {Status.WAITING})


def deliver(
    *,
    actor: Machine,
    target: str,
    holder: Holder,
    limit: int = 1,
    lease_seconds: int | None = None,
    only: Sequence[str] | None = None,
    intent_id: UUID | None = None,
) -> list[LeasedIntent]:
    """Lease up to `limit` intents waiting in the mailbox `target` to the caller, oldest first; with `intent_id` this one.

    `only` are the intent statuses to deliver (see `statuses`). Must not run inside a transaction. Raises Denied when the
    key does not reach the mailbox, or an agent may do nothing; and the database's errors, after which `return_untold` is to
    be called.
    """
    if not actor.reaches(target):
        raise Denied(f"this key cannot take the work of {target}", address=target)
    deliveries = leasing.lease(
        workspace_id=actor.workspace_id,
        target=target,
        holder=holder,
        limit=limit,
        lease_seconds=lease_seconds,
        only=only,
        intent_id=intent_id,
        binding=bindings.usual().name,
        speaker=actor.name,
    )
    if not deliveries:
        return []
    failpoints.hit("after_lease")
    try:
        leased = dispatch(actor=actor, leased=deliveries)
    except (OperationalError, InterfaceError):
        _untold.extend(deliveries)
        raise
    failpoints.hit("before_send")
    return leased


_PAYLOADS = f"SELECT intent_id, payload FROM intents_intentbody WHERE intent_id = ANY({statements.array('ids', 'uuid')})"


def dispatch(*, actor: Machine, leased: Sequence[Delivery]) -> list[LeasedIntent]:
    """Dispatch leased deliveries of the actor's workspace to it, those whose leases are still in force."""
    return dispatch_each(actor=actor, to={delivery.id: actor for delivery in leased}, leased=leased)


@unit
def dispatch_each(*, actor: Actor, to: Mapping[UUID, Machine], leased: Sequence[Delivery]) -> list[LeasedIntent]:
    """`dispatch` by an actor to many: each delivery to the one under its id."""
    locked = lock_many([delivery.intent_id for delivery in leased])
    # The lease was committed before these locks: an intent may have ended, or its lease been taken back, in between.
    in_force = leases.start_leases(leases.of(leased))
    pairs = [(locked.intents[delivery.intent_id], delivery) for delivery in leased if delivery.intent_id in in_force]
    moves: list[Move] = []
    notes: list[Entry] = []
    for intent, delivery in pairs:
        taker = to[delivery.id]
        delivery.lease_expires_at = in_force[intent.id]
        intent.handler = full_address(taker.org_slug, taker.workspace_slug, intent.mailbox)
        details = _details(delivery)
        pending = Pending("agent", intent.to_agent)
        if intent.status == Status.SUBMITTED:
            moves.append(Move(intent=intent, to=Status.DELIVERED, details=details, pending=pending, by=taker))
        else:
            kind = EventType.REDELIVERED if delivery.attempt > 1 else EventType.DELIVERED
            notes.append(
                Entry(
                    intent=intent,
                    event_type=kind,
                    actor=taker.label,
                    at=locked.now,
                    details=details,
                    pending=pending,
                )
            )
    recorded = move_many(moves=moves, actor=actor, now=locked.now) + note_many(notes)
    seqs = {event.intent_id: event.seq for event in recorded}
    payloads = dict(statements.rows(_PAYLOADS, {"ids": list(in_force)}))
    checkpoints = _checkpoints([intent for intent, _ in pairs])
    return [
        LeasedIntent(intent, delivery, payloads[intent.id], seqs[intent.id], checkpoints.get(intent.id))
        for intent, delivery in sorted(pairs, key=lambda pair: pair[1].id)
    ]


def _details(delivery: Delivery) -> dict[str, Any]:
    assert delivery.lease_expires_at is not None
    return {
        "delivery_attempt": delivery.attempt,
        "mailbox_seq": delivery.mailbox_seq,
        "lease_expires_at": rfc3339(delivery.lease_expires_at),
    }


def _checkpoints(intents: Sequence[Intent]) -> dict[UUID, str | None]:
    """The details of each intent's last checkpoint."""
    wanted = {(intent.id, intent.checkpoint_seq) for intent in intents if intent.checkpoint_seq}
    if not wanted:
        return {}
    found = IntentEvent.objects.filter(
        intent_id__in=[intent_id for intent_id, _ in wanted],
        seq__in=[seq for _, seq in wanted],
        event_type=EventType.CHECKPOINT,
    ).values_list("intent_id", "seq", "details")
    return {intent_id: details for intent_id, seq, details in found if (intent_id, seq) in wanted}


def return_undelivered(undelivered: Sequence[LeasedIntent]) -> None:
    """Nobody got these: others may have them at once, and as if this attempt had never been."""
    _return([one.delivery for one in undelivered])


@unit
def _return(leased: Sequence[Delivery]) -> None:
    outbox.return_undelivered(leases.of(leased))
    live.wake_up(mailboxes={(delivery.workspace_id, delivery.target) for delivery in leased})


def return_untold() -> None:
    """`return_undelivered` for what `deliver` leased in this process before the database went away, if there is any. Raises
    the database's errors while it is away: then the next call does it."""
    taken: list[Delivery] = []
    with suppress(IndexError):
        while True:
            taken.append(_untold.popleft())
    if not taken:
        return
    try:
        _return(taken)
    except BaseException:
        _untold.extend(taken)
        raise


def any_untold() -> bool:
    """Whether `return_untold` has something to do."""
    return bool(_untold)


def reclaim_expired(*, limit: int = 500) -> int:
    """Reclaim the work whose leases ran out: it is delivered again, or a dead letter when its attempts are used up.

    Returns how many. Safe to run in many processes at once.
    """
    return _batches.run(leases.expired(limit=limit, aside=_batches.aside()))


@unit
def _reclaim(due: Sequence[Delivery]) -> int:
    locked = lock_many([delivery.intent_id for delivery in due])
    expired = leases.take_expired(leases.of(due))
    if not expired:
        return 0
    used_up = {
        intent_id
        for intent_id, delivery in expired.items()
        if not delivery.excused and delivery.attempt >= delivery_attempts_allowed(locked.intents[intent_id])
    }
    note_many([_attempt_failed(locked.intents[intent_id], delivery, locked.now) for intent_id, delivery in expired.items()])
    move_many(
        moves=[_dead_letter(locked.intents[intent_id], expired[intent_id]) for intent_id in sorted(used_up)],
        actor=SWEEPER,
        now=locked.now,
    )
    again = [delivery for intent_id, delivery in expired.items() if intent_id not in used_up]
    outbox.make_ready([delivery.id for delivery in again])
    live.wake_up(mailboxes={(delivery.workspace_id, delivery.target) for delivery in again})
    return len(expired)


_batches = Batches("leases.reclaim", _reclaim, lambda due: due.id)


def delivery_attempts_allowed(intent: Intent) -> int:
    """How often one piece of work may be delivered before it is given up."""
    return intent.max_delivery_attempts or settings.DEFAULT_MAX_DELIVERY_ATTEMPTS


def _attempt_failed(intent: Intent, delivery: Delivery, now: datetime) -> Entry:
    stood_still = delivery.excused and delivery.last_error != leases.RECALLED
    reason = "the server stood still" if stood_still else delivery.last_error or "lease ran out"
    return Entry(
        intent=intent,
        event_type=EventType.DELIVERY_FAILED,
        actor=SWEEPER.label,
        at=now,
        details={"delivery_attempt": delivery.attempt, "reason": reason},
        pending=Pending("agent", intent.to_agent),
    )


def _dead_letter(intent: Intent, delivery: Delivery) -> Move:
    error = {
        "code": "delivery_failed",
        "message": f"delivered {delivery.attempt} times and never finished",
        "delivery_attempts": delivery.attempt,
    }
    return Move(intent=intent, to=Status.FAILED, details={"error": error}, dead_letter=True)
