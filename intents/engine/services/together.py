"""What several requests do with intents, of whatever agents and workspaces, in one transaction.

Each is judged by its service as if it had come alone; then one statement writes what all of them do. What is refused, what
takes more than that statement, was asked before under its idempotency key, or is about an intent that somebody holds at
this moment is left untouched, to be done by itself: that tells why. So a group waits for no intent, and two groups never
wait for each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.engine import permissions, selectors, signs
from intents.engine.lifecycle import TERMINAL, Status, ensure_move
from intents.engine.models import Delivery, Intent
from intents.engine.selectors import many
from intents.engine.services import idempotency
from intents.engine.services.idempotency import IdempotencyKey, Stored
from intents.engine.services.transitions import Move, move_many
from intents.engine.services.work import Act, Change
from intents.engine.sharing import or_nothing
from intents.engine.signs import Sign
from intents.kernel import failpoints, statements
from intents.kernel.actors import Machine
from intents.kernel.errors import DomainError
from intents.kernel.tracing import Trace
from intents.kernel.unit_of_work import unit

Judge = Callable[[Intent, datetime], Act | Callable[[], Change]]
"""What is done with a locked intent: what one statement writes, or else what does it by itself. Raises DomainError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a request wants of an intent, fenced by its `lease_token` if it has one. `alive` tells a sign of life of whoever
    holds the intent."""

    actor: Machine
    intent_id: UUID
    judge: Judge
    lease_token: UUID | None
    idempotency_key: IdempotencyKey | None
    trace: Trace
    alive: bool

    @property
    def sign(self) -> Sign:
        return Sign.by(self.actor, self.intent_id)


Wishes = Mapping[UUID, Wish]
"""By intent, of each one."""
Told = Mapping[UUID, str]
"""Answers as JSON text, by intent."""


class Together:
    """What requests want of intents, one of each. What is told is kept under their idempotency keys, in the same
    transaction.

    Its methods raise NothingDone, and Django's OperationalError or InterfaceError when the database went away: then nobody
    knows.
    """

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def act(self, tell: Callable[[Mapping[UUID, Change]], Told]) -> Told:
        """Do what can be done."""
        with or_nothing():
            return self._acted(tell)

    def beat(self, tell: Callable[[Mapping[UUID, datetime]], Told]) -> Told:
        """`work.heartbeat` of each that can be: when their leases end now."""
        with or_nothing():
            return self._beaten(tell)

    @unit
    def _acted(self, tell: Callable[[Mapping[UUID, Change]], Told]) -> Told:
        wishes = self._wishes
        records = self._begun()
        locked = selectors.lock_many(self._going(records), speaking=_speaking(wishes), free=True)
        alive = [one for one in locked.intents if wishes[one].alive]
        if 0 < len(alive) < len(locked.intents):
            many.hold(list(locked.intents))
        signs.renew_many([wishes[one].sign for one in alive])
        held = many.leases([one for one in locked.intents if wishes[one].lease_token])
        acts = {
            intent.id: act
            for intent in locked.intents.values()
            if (act := _judged(wishes[intent.id], intent, held.get(intent.id), locked.now)) is not None
        }
        for step in many.steps_before([act.store for act in acts.values() if act.store is not None]):
            del acts[step.intent_id]
        told = tell(_written(acts, wishes, now=locked.now)) if acts else {}
        self._ended(records, told)
        return told

    @unit
    def _beaten(self, tell: Callable[[Mapping[UUID, datetime]], Told]) -> Told:
        wishes = self._wishes
        records = self._begun()
        found = many.these(self._going(records))
        held = many.leases([one.id for one in found if wishes[one.id].lease_token])
        sound = [one.id for one in found if _is_fenced(wishes[one.id], one, held.get(one.id))]
        ends = signs.renew_many([wishes[one].sign for one in sound], free=True)
        told = tell(ends) if ends else {}
        self._ended(records, told)
        return told

    def _begun(self) -> idempotency.Records:
        return idempotency.Records(one.idempotency_key for one in self._wishes.values() if one.idempotency_key)

    def _going(self, records: idempotency.Records) -> list[UUID]:
        """Those that were not asked before under their keys."""
        keys = ((one.intent_id, one.idempotency_key) for one in self._wishes.values())
        return [intent_id for intent_id, key in keys if key is None or key in records.begun]

    def _ended(self, records: idempotency.Records, told: Told) -> None:
        keys = {intent_id: self._wishes[intent_id].idempotency_key for intent_id in told}
        records.end({key: Stored(200, told[intent_id]) for intent_id, key in keys.items() if key is not None})


def _speaking(wishes: Wishes) -> list[str]:
    return list({name for one in wishes.values() for name in (one.actor.name, one.actor.speaks_as)})


def _is_fenced(wish: Wish, intent: Intent, lease: Delivery | None) -> bool:
    """Whether the actor may see the intent, and holds the lease that it names."""
    try:
        selectors.ensure_reached(wish.actor, intent)
        permissions.ensure_lease(lease, wish.lease_token)
    except DomainError:
        return False
    return True


def _judged(wish: Wish, intent: Intent, lease: Delivery | None, now: datetime) -> Act | None:
    if not _is_fenced(wish, intent, lease):
        return None
    try:
        act = wish.judge(intent, now)
        return act if isinstance(act, Act) and _is_plain(act) else None
    except DomainError:
        return None


def _is_plain(act: Act) -> bool:
    """Whether nothing else ends by it: what ends without completing takes its children along. Raises InvalidTransition."""
    status = Status(act.intent.status)
    for step in act.steps:
        if isinstance(step, Move):
            ensure_move(status, step.to)
            status = step.to
    return status not in TERMINAL or status is Status.COMPLETED


def _written(acts: Mapping[UUID, Act], wishes: Wishes, *, now: datetime) -> dict[UUID, Change]:
    steps = [(intent_id, step) for intent_id, act in acts.items() for step in act.steps]
    for intent_id, step in steps:
        step.trace = wishes[intent_id].trace
        if isinstance(step, Move):
            step.by = acts[intent_id].actor
    failpoints.hit("mid_batch")
    anybody = next(iter(acts.values())).actor
    stored = [act.store for act in acts.values() if act.store is not None]
    if not steps:
        statements.insert(stored)
        written = []
    else:
        beside = [stored] if stored else []
        written = move_many(moves=[step for _, step in steps], actor=anybody, now=now, beside=beside)
    last = dict(zip((intent_id for intent_id, _ in steps), written, strict=True))
    return {intent_id: Change(act.intent, last.get(intent_id), act.store) for intent_id, act in acts.items()}
