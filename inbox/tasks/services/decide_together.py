"""Decisions of several people, about tasks of whatever workspaces, in one transaction.

Each is judged by what `decide` asks, as if it had come alone; then one statement writes all of them. What is refused, takes
more than that statement, was asked before under its idempotency key, or is about a task that somebody holds at this moment
is left untouched, to be done by itself: that tells why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from inbox.tasks import permissions, selectors
from inbox.tasks.answers import Answer, evidence_ids
from inbox.tasks.models import Task
from inbox.tasks.permissions import Authorities
from inbox.tasks.services import apply, moves, reading
from inbox.tasks.services.decide import Channel, Checked, Decided, check
from inbox.vocabulary.lifecycle import State
from intents.accounts.models import User
from intents.accounts.services import rights
from intents.engine import continuations
from intents.engine.lifecycle import Status, WaitReason
from intents.engine.services import human_tasks, idempotency
from intents.engine.services.idempotency import IdempotencyKey, Stored
from intents.engine.sharing import or_nothing
from intents.kernel import canonical, failpoints
from intents.kernel.actors import Person
from intents.kernel.errors import DomainError
from intents.kernel.tracing import Trace
from intents.kernel.unit_of_work import unit

TAKES_MORE = frozenset({"form_schema", "editable_fields", "receipt"})
"""What a task asks for or gives that takes a look at the database, or time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person says to a task that is `named` by its own id or, with `by_intent`, also by its intent's."""

    actor: Person
    named: UUID
    by_intent: bool
    answer: Answer
    payload_digest: str | None
    idempotency_key: IdempotencyKey | None
    trace: Trace


Wishes = Mapping[UUID, Wish]
"""By what they name, of each one."""
Tell = Callable[[Mapping[UUID, Decided]], Mapping[UUID, str]]
"""Makes answers, JSON texts, of what was done."""


@dataclass(frozen=True, slots=True)
class _Sound:
    """A wish that can be done: about a locked task, of a person as they are now."""

    wish: Wish
    task: Task
    actor: Person
    user: User
    checked: Checked


class Together:
    """What people say to tasks, one to each. What is told is kept under their idempotency keys, in the same transaction."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def decide(self, tell: Tell) -> Mapping[UUID, str]:
        """Decide what is plain: one person decides, with an outcome and maybe a comment.

        Raises NothingDone, and Django's OperationalError or InterfaceError when the database went away: then nobody knows.
        """
        with or_nothing():
            return self._decided(tell)

    @unit
    def _decided(self, tell: Tell) -> Mapping[UUID, str]:
        wishes = self._wishes
        records = idempotency.Records(one.idempotency_key for one in wishes.values() if one.idempotency_key)
        going = [one for one in wishes.values() if one.idempotency_key is None or one.idempotency_key in records.begun]
        locked = selectors.lock_free([selectors.Named(one.actor.workspace_id, one.named, one.by_intent) for one in going])
        plain = {name: task for name, task in locked.tasks.items() if _is_plain(task, wishes[name])}
        sound = _judged(plain, wishes, now=locked.now) if plain else []
        told = tell(_written(sound, now=locked.now)) if sound else {}
        keys = {name: wishes[name].idempotency_key for name in told}
        records.end({key: Stored(200, told[name]) for name, key in keys.items() if key is not None})
        return told


def _is_plain(task: Task, wish: Wish) -> bool:
    if task.ballot is not None or task.claimed_by_id is not None or task.intent.waiting_reason != WaitReason.HUMAN:
        return False
    if task.state != State.OPEN or task.intent.status != Status.WAITING or evidence_ids(wish.answer.data):
        return False
    ends = canonical.loads(task.wait.spec)["on_submit"]
    return not TAKES_MORE & canonical.loads(task.spec).keys() and (ends or not continuations.is_run(task.intent))


def _judged(tasks: Mapping[UUID, Task], wishes: Wishes, *, now: datetime) -> list[_Sound]:
    """Of each task the first of those who decide it and may: another is told who was first."""
    names = [name for name in wishes if name in tasks]
    found = [tasks[name] for name in names]
    people = rights.Several([wishes[name].actor for name in names])
    present = people.present_with(selectors.held_there(found, now=now))
    sound: dict[UUID, _Sound] = {}
    for place, (actor, user, value) in sorted(present.items(), key=lambda one: one[0]):
        task, wish = found[place], wishes[names[place]]
        checked = _checked(task, wish, actor, selectors.read_held(value), now=now)
        if checked is not None and task.intent_id not in sound:
            sound[task.intent_id] = _Sound(wish, task, actor, user, checked)
    return list(sound.values())


def _checked(task: Task, wish: Wish, actor: Person, held: Authorities, *, now: datetime) -> Checked | None:
    given = reading.read(task=task, answer=wish.answer)
    try:
        checked = check(
            task=task,
            intent=task.intent,
            actor=actor,
            given=given,
            now=now,
            payload_digest=wish.payload_digest,
            held=held,
        )
    except DomainError:
        return None
    return checked if checked.grant.authority != permissions.DELEGATE else None


def _written(sound: list[_Sound], *, now: datetime) -> dict[UUID, Decided]:
    decisions = [one.checked.decision(one.task, one.user, Channel.API, now) for one in sound]
    verdicts = {one.task.id: moves.Verdict(one.checked.outcome, one.user, now, trace=one.wish.trace) for one in sound}
    rows, part = moves.Moved.begin(tasks=[one.task for one in sound], to=State.DECIDED, now=now, verdict=verdicts)
    failpoints.hit("between_decision_and_resume")
    told = [
        apply.verdict_of(
            task=one.task,
            intent=one.task.intent,
            decision=decision,
            actor=one.actor,
            extra=one.wish.answer.extra,
            trace=one.wish.trace,
        )
        for one, decision in zip(sound, decisions, strict=True)
    ]
    events = human_tasks.Verdict.carry_out_many(told, now=now, beside=[decisions, *rows], also=part)
    return {
        one.wish.named: Decided(one.task, decision, event)
        for one, decision, event in zip(sound, decisions, events, strict=True)
    }
