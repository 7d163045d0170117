"""Deciding a task: one person, one outcome, bound to what that person was shown.

The answer is read before anything is locked. Then the intent is locked first, so that deciders, time-outs and cancels of one
intent come one after the other: the first wins.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from inbox import presentation
from inbox.tasks import permissions, selectors, tally
from inbox.tasks.answers import Answer
from inbox.tasks.models import Decision, StandingGrant, Task
from inbox.tasks.notices import notice
from inbox.tasks.services import apply, hold, moves, reading, sound, stages, voting
from inbox.tasks.services.reading import Read
from inbox.tasks.services.revise import revise
from inbox.vocabulary import principals
from inbox.vocabulary.errors import AlreadyDecided, TaskClaimed, TaskClosed
from inbox.vocabulary.lifecycle import DECIDABLE, State
from intents.accounts.models import User
from intents.engine import timers
from intents.engine.models import Intent, IntentEvent
from intents.kernel import canonical, live, statements
from intents.kernel.actors import Person, Role, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.unit_of_work import unit


class Channel(StrEnum):
    """Where a decision was made."""

    WEB = "web"
    API = "api"
    MAIL = "mail"
    CHAT = "chat"
    GRANT = "grant"


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer that can be taken: by which grant, and what it says in the task's own terms."""

    grant: permissions.Grant
    outcome: str
    comment: str | None
    data: dict[str, Any] | None

    def decision(self, task: Task, user: User, channel: Channel, now: datetime) -> Decision:
        """The decision of a locked task by `user`, not stored yet."""
        return Decision(
            workspace_id=task.workspace_id,
            task=task,
            revision=task.revision,
            digest=task.digest,
            person=user,
            authority=self.grant.authority,
            delegated_by_id=self.grant.delegated_by,
            channel=channel,
            outcome=self.outcome,
            comment=self.comment,
            data=None if self.data is None else canonical.dumps(self.data),
            at=now,
        )


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and what it did. `task.intent` is the intent as it is now; `event` is None while the decision is held.
    Where several decide it may be a vote by which nothing is settled yet, or a stage alone: `task` is undecided then."""

    task: Task
    decision: Decision
    event: IntentEvent | None


def decide(
    *,
    actor: Tenant,
    seen: Task,
    answer: Answer,
    channel: Channel,
    payload_digest: str | None = None,
    override: bool = False,
) -> Decided:
    """Decide a task that `actor` has `seen`, as `selectors` give it, or vote on it where several decide. `payload_digest`,
    hex, is that of what the person was shown. A decision on the web is held for undo. With `override` an owner or admin may
    decide what was assigned to others: with a comment, and the owners are told.

    Raises Denied, AlreadyDecided, AlreadyVoted, TaskClosed, TaskClaimed, DigestMismatch, InvalidField, PayloadTooLarge.
    """
    permissions.person(actor)
    given = reading.read(task=seen, answer=answer)

    @unit
    def run() -> Decided:
        task, now = selectors.lock(seen)
        return decide_locked(
            task=task,
            intent=task.intent,
            actor=actor,
            given=given,
            channel=channel,
            payload_digest=payload_digest,
            override=override,
            now=now,
        )

    return run()


def decide_locked(
    *,
    task: Task,
    intent: Intent,
    actor: Tenant,
    given: Read,
    channel: Channel,
    now: datetime,
    payload_digest: str | None = None,
    override: bool = False,
) -> Decided:
    """`decide` for a task that the caller holds locked, after its intent, by an answer that was read before."""
    person, user, held = permissions.present_for(actor, task, now=now)
    return decide_as(
        task=task,
        intent=intent,
        actor=person,
        user=user,
        given=given,
        channel=channel,
        now=now,
        payload_digest=payload_digest,
        override=override,
        held=held,
    )


def decide_as(
    *,
    task: Task,
    intent: Intent,
    actor: Person,
    user: User,
    given: Read,
    channel: Channel,
    now: datetime,
    payload_digest: str | None = None,
    override: bool = False,
    standing_grant: StandingGrant | None = None,
    held: permissions.Authorities | None = None,
) -> Decided:
    """`decide_locked` for `actor` as they are in this transaction, and their `user`, with the authorities `held` where they
    are known; or by what they granted before."""
    if given.digest != bytes(task.digest):  # it became another one since
        given = reading.read(task=task, answer=given.answer)
    checked = check(
        task=task,
        intent=intent,
        actor=actor,
        given=given,
        now=now,
        payload_digest=payload_digest,
        override=override,
        held=held,
    )
    grant = checked.grant
    if given.changes:
        revise(task=task, intent=intent, changes=given.changes)
    decision = checked.decision(task, user, channel, now)
    decision.standing_grant = standing_grant
    overridden = (
        [notice(task, "overridden", principal=principals.role(Role.OWNER))]
        if grant.authority == permissions.OVERRIDE
        else []
    )
    task.intent = intent
    if not voting.count(task=task, decision=decision, actor=actor, now=now):
        return Decided(task, decision, voting.record(task=task, intent=intent, decision=decision, actor=actor, now=now))
    held_until = hold.held_until(task=task, now=now) if channel is Channel.WEB else None
    verdict = moves.Verdict(checked.outcome, user, now, held_until)
    if held_until is None:
        if (stage := tally.next_stage(task, decision)) is not None:
            event = stages.go_on(task=task, intent=intent, decision=decision, stage=stage, actor=actor, now=now)
            return Decided(task, decision, event)
        rows, part = moves.Moved.begin(tasks=[task], to=State.DECIDED, now=now, verdict=verdict)
        rows = [[decision], overridden, *rows]
        if task.ballot is not None:  # what the intent is told of the votes is read with this one
            statements.store(rows, part)
            rows, part = [], statements.NO_CLAUSE
        event = apply.apply_decision(
            task=task,
            intent=intent,
            decision=decision,
            actor=actor,
            now=now,
            extra=given.answer.extra,
            beside=rows,
            also=part,
        )
        return Decided(task, decision, event)
    effect = timers.new(
        workspace_id=intent.workspace_id,
        intent_id=intent.id,
        kind=timers.TAKE_EFFECT,
        due_at=held_until,
        subject_id=task.id,
    )
    moves.move_many(tasks=[task], to=State.HELD, now=now, verdict=verdict, beside=[[decision], overridden, [effect]])
    live.wake_up(intents=[intent.id])
    return Decided(task, decision, None)


def check(
    *,
    task: Task,
    intent: Intent,
    actor: Person,
    given: Read,
    now: datetime,
    payload_digest: str | None = None,
    override: bool = False,
    held: permissions.Authorities | None = None,
) -> Checked:
    """Everything that could be wrong with a decision, in the order in which it is told; nothing is written. Raises what
    `decide` does. Of a task that is not locked it tells what is wrong so far."""
    ensure_open(task=task, intent=intent, now=now)
    grant = permissions.ensure_may_decide(actor, task, now=now, override=override, held=held)
    ensure_unclaimed(task=task, actor=actor)
    overrides = grant.authority == permissions.OVERRIDE
    sound.ensure_sound(task=task, given=given, actor=actor, payload_digest=payload_digest, overrides=overrides)
    return Checked(grant, given.outcome, given.comment, given.data)


def ensure_unclaimed(*, task: Task, actor: Person) -> None:
    """Raises TaskClaimed when somebody else than `actor` has taken the task on."""
    if task.claimed_by is not None and task.claimed_by_id != actor.user_id:
        raise TaskClaimed(
            f"{presentation.called(task.claimed_by)} has claimed this and decides it",
            task_id=str(task.id),
            state=task.state,
            claimed_by=task.claimed_by.email,
        )


def ensure_open(*, task: Task, intent: Intent, now: datetime) -> None:
    """Raises AlreadyDecided or TaskClosed. A task is over at its time, also in the moment before the scheduler loop does
    so."""
    if task.state in (State.DECIDED, State.HELD):
        assert task.decided_by is not None
        assert task.decided_at is not None
        raise AlreadyDecided(
            f"{presentation.called(task.decided_by)} decided this already: {task.outcome}",
            task_id=str(task.id),
            state=task.state,
            decided_by=task.decided_by.email,
            decided_at=rfc3339(task.decided_at),
            outcome=task.outcome,
        )
    due_at = task.due_at
    if task.state == State.EXPIRED or (task.state in DECIDABLE and due_at is not None and due_at <= now):
        raise TaskClosed(
            "the time to decide this is over",
            task_id=str(task.id),
            state=str(State.EXPIRED),
            status=intent.status,
            due_at=rfc3339(due_at) if due_at else None,
        )
    if task.state not in DECIDABLE:
        raise TaskClosed(
            f"nobody needs to decide this any more: the intent is {intent.status}",
            task_id=str(task.id),
            state=task.state,
            status=intent.status,
        )
