"""Deciding many tasks by one answer. Each is decided by itself, as on its own page: its decision is bound to what was shown
of it, and what keeps one from being decided keeps no other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.tasks import permissions, selectors, verdicts
from inbox.tasks.answers import Answer
from inbox.tasks.models import Task
from inbox.tasks.services import decide, hold, reading
from inbox.vocabulary import kinds
from intents.accounts import stops
from intents.kernel import canonical
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import Denied, DomainError, InvalidField, Missing

MOST = 200
"""Tasks that one answer decides."""
RISKY = "tasks of high and critical risk are decided one by one"
OTHER_KIND = "another kind of task than the others"
OWN_ANSWER = "it asks for an answer of its own: decide it on its page"
NO_SUCH_ANSWER = "this answer is none of those it takes"


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What became of one of many tasks: `error` is why nothing did. `held_until` is until when it can be undone. `outcome`
    is what was decided, and `is_vote` tells that others have yet to vote before that settles anything."""

    task_id: UUID
    error: str = ""
    held_until: datetime | None = None
    outcome: str = ""
    is_vote: bool = False

    @property
    def is_done(self) -> bool:
        return not self.error


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task that was chosen to be decided with others: `why_not` tells why it cannot be."""

    task: Task
    why_not: str = ""
    comment_needed: bool = False

    @property
    def digest(self) -> str:
        return bytes(self.task.digest).hex()


def candidates(*, actor: Person, tasks: Sequence[Task], positive: bool, now: datetime) -> list[Candidate]:
    """Which of these tasks one answer can decide, and why not the others. All are of one kind: that of most of them."""
    types = Counter(kinds.kind_of(one.task_type).name for one in tasks if one.risk not in kinds.RISKY)
    kind = types.most_common(1)[0][0] if types else ""
    try:
        stops.ensure_workspace_open(actor.workspace_id)
    except stops.WorkspaceStopped as stopped:
        return [Candidate(one, stopped.message) for one in tasks]
    return [_candidate(actor, one, kind=kind, positive=positive, now=now) for one in tasks]


def _candidate(actor: Person, task: Task, *, kind: str, positive: bool, now: datetime) -> Candidate:
    spec = canonical.loads(task.spec)
    try:
        outcome = _outcome(task, spec, kind=kind, positive=positive)
        # What a comment could mend is asked for once, for all.
        given = reading.read(task=task, answer=Answer(outcome=outcome, comment="-"))
        decide.check(task=task, intent=task.intent, actor=actor, given=given, now=now)
    except InvalidField:
        return Candidate(task, OWN_ANSWER)
    except DomainError as refusal:
        return Candidate(task, refusal.message)
    return Candidate(task, "", bool(spec["required_comment"]))


def _outcome(task: Task, spec: Mapping[str, Any], *, kind: str, positive: bool) -> str:
    """Raises Denied for a task that is not decided with others."""
    if task.risk in kinds.RISKY:
        raise Denied(RISKY, risk=task.risk)
    if kinds.kind_of(task.task_type).name != kind:
        raise Denied(OTHER_KIND, kind=kind)
    outcome = verdicts.of_kind(task.task_type, positive, spec["allowed_outcomes"])
    if outcome is None:
        raise Denied(NO_SUCH_ANSWER)
    return outcome


def decide_each(
    *, actor: Tenant, shown: Mapping[UUID, str], kind: str, positive: bool, comment: str | None
) -> list[TaskResult]:
    """Decide each of these tasks, by the digest of what was shown of it, with the yes or the no of their kind. Raises
    InvalidField for more than MOST."""
    if len(shown) > MOST:
        raise InvalidField("item", f"at most {MOST} tasks at once")

    def work(task_id: UUID) -> TaskResult:
        seen = selectors.task(actor, task_id)
        outcome = _outcome(seen, canonical.loads(seen.spec), kind=kind, positive=positive)
        decided = decide.decide(
            actor=actor,
            seen=seen,
            answer=Answer(outcome=outcome, comment=comment),
            channel=decide.Channel.WEB,
            payload_digest=shown[task_id],
        )
        is_vote = decided.task.outcome is None
        return TaskResult(task_id, held_until=decided.task.held_until, outcome=outcome, is_vote=is_vote)

    return each(actor=actor, task_ids=shown, work=work)


def undo_each(*, actor: Tenant, task_ids: Iterable[UUID]) -> list[TaskResult]:
    """Take back one's own decisions of these tasks, as far as each is held."""

    def work(task_id: UUID) -> None:
        hold.undo(actor=actor, task_id=task_id)

    return each(actor=actor, task_ids=task_ids, work=work)


def each(*, actor: Tenant, task_ids: Iterable[UUID], work: Callable[[UUID], TaskResult | None]) -> list[TaskResult]:
    """Do the same to each of these tasks for `actor`, in a transaction of its own, and tell what became of each."""
    permissions.person(actor)
    return [_done(task_id, work) for task_id in dict.fromkeys(task_ids)]


def _done(task_id: UUID, work: Callable[[UUID], TaskResult | None]) -> TaskResult:
    try:
        return work(task_id) or TaskResult(task_id)
    except Missing:
        return TaskResult(task_id, "there is no such task here any more")
    except DomainError as refusal:
        return TaskResult(task_id, refusal.message)
