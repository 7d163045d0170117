"""Approvers who are added while a task is open: whose vote is needed as well, or welcome."""

from datetime import datetime
from uuid import UUID

from inbox.tasks import audience, ballots, notices, permissions, selectors, tally
from inbox.tasks.answers import MAX_COMMENT
from inbox.tasks.models import Task
from inbox.tasks.services import decide, voting
from inbox.tasks.services.claim import locked
from inbox.tasks.services.delegate import somebody
from inbox.tasks.services.events import record_event
from inbox.tasks.services.moves import move_many
from inbox.tasks.services.open import add_assignment
from inbox.tasks.votes import Ballot
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import State
from intents.accounts import selectors as accounts
from intents.engine.models import Intent
from intents.kernel import canonical, statements
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import InvalidField
from intents.kernel.unit_of_work import unit


@unit
def add_approver(*, actor: Tenant, task_id: UUID, to: str, reason: str, needed: bool = True) -> Task:
    """Ask one more person about a task that `actor` may decide, who says why. `needed` asks for their agreement beside what
    it takes already; otherwise their vote is one among the others.

    Raises Missing, Denied, InvalidField, AlreadyDecided, TaskClosed, TaskClaimed.
    """
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    permissions.ensure_may_decide(person, task, now=now)
    decide.ensure_unclaimed(task=task, actor=person)
    why = reason.strip()
    if not why or len(why) > MAX_COMMENT:
        raise InvalidField("reason", f"say why in 1 to {MAX_COMMENT} characters")
    principal, email = somebody(task, to)
    if not principal.startswith("user:"):
        raise InvalidField("to", "name a member by email address")
    if principal in principals.of(person):
        raise InvalidField("to", "you decide this already; name somebody else")
    _ask(task, principal, email, needed=needed, person=person, now=now)
    _record(task, intent, person, email, why, needed=needed, now=now)
    return task


def _ask(task: Task, principal: str, email: str, *, needed: bool, person: Person, now: datetime) -> None:
    """Put a locked task to one more, and count them."""
    ballot = tally.ballot_of(task) or _ballot(task)
    if task.state == State.CLAIMED:
        move_many(tasks=[task], to=State.OPEN, now=now)
    add_assignment(task=task, principal=principal, authority=permissions.DIRECT, by=accounts.user(person))
    user = UUID(principal.partition(":")[2])
    if needed or task.ballot is not None:
        voting.keep(task=task, ballot=ballot.with_approver(user, email, needed=needed), actor=person)
    statements.insert([notices.notice(task, "assigned", principal=principal)])


def _record(task: Task, intent: Intent, person: Person, email: str, why: str, *, needed: bool, now: datetime) -> None:
    record_event(
        task=task,
        intent=intent,
        action="approver_added",
        actor=person,
        now=now,
        assigned_to=email,
        needed=needed,
        message=why,
        progress=tally.progress_of(task),
    )


def _ballot(task: Task) -> Ballot:
    """The ballot of a task that one person decided until now."""
    assigned = dict(audience.named(task))
    electorate = selectors.electorate(task.workspace_id, assigned)
    spec = canonical.loads(task.spec)
    return ballots.ballot(spec, assigned=assigned, electorate=electorate, excluded=task.excluded, revision=task.revision)
