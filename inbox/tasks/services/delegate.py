"""Putting an undecided task to somebody else as well: by a decider who delegates, or by an operator who assigns."""

from datetime import datetime, timedelta
from uuid import UUID

from inbox import presentation
from inbox.assignees import selectors
from inbox.assignees.services import principals as principal_names
from inbox.tasks import notices, permissions
from inbox.tasks.answers import MAX_COMMENT
from inbox.tasks.models import Assignment, Task
from inbox.tasks.services import decide, returning
from inbox.tasks.services.claim import end, is_lost, locked
from inbox.tasks.services.events import record_event
from inbox.tasks.services.moves import move_many
from inbox.tasks.services.open import add_assignment
from inbox.vocabulary import principals
from inbox.vocabulary.lifecycle import State
from intents.accounts import selectors as accounts
from intents.kernel import statements
from intents.kernel.actors import OPERATORS, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, InvalidField
from intents.kernel.unit_of_work import unit

DEFAULT, LONGEST = timedelta(days=7), timedelta(days=90)
"""How long somebody decides in another's place."""


@unit
def delegate(*, actor: Tenant, task_id: UUID, to: str, until: datetime | None = None, comment: str | None = None) -> Task:
    """Let a person or a group decide a task in `actor`'s place, until a time, DEFAULT from now when none is given. It leaves
    `actor`'s list until then, who may still decide it. What was delegated to somebody goes no further.

    Raises Missing, Denied, InvalidField, AlreadyDecided, TaskClosed, TaskClaimed.
    """
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    if permissions.ensure_may_decide(person, task, now=now).authority == permissions.DELEGATE:
        raise Denied("this was delegated to you: what is delegated once is not delegated on")
    decide.ensure_unclaimed(task=task, actor=person)
    until = until or now + DEFAULT
    if until <= now:
        raise InvalidField("until", "this time has passed already")
    if until > now + LONGEST:
        raise InvalidField("until", f"at most {LONGEST.days} days from now")
    principal, name = somebody(task, to)
    if principal in principals.of(person):
        raise InvalidField("to", "this is assigned to you already; name somebody else")
    _comment(comment)
    if task.state == State.CLAIMED:
        move_many(tasks=[task], to=State.OPEN, now=now)
    by = accounts.user(person)
    add_assignment(task=task, principal=principal, authority=permissions.DELEGATE, by=by, until=until)
    returning.arm(task=task, at=until)
    statements.insert([notices.notice(task, "delegated", principal=principal)])
    record_event(
        task=task,
        intent=intent,
        action="delegated",
        actor=person,
        now=now,
        delegated_by=person.email,
        delegated_to=name,
        until=rfc3339(until),
        message=comment,
    )
    return task


@unit
def take_back(*, actor: Tenant, task_id: UUID) -> Task:
    """End the delegations of a task by `actor`, in whose list it is again at once. None changes nothing.

    Raises Missing, Denied, AlreadyDecided, TaskClosed, TaskClaimed when who it was delegated to has claimed it.
    """
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    decide.ensure_unclaimed(task=task, actor=person)
    running = Assignment.objects.filter(task=task, authority=permissions.DELEGATE, by_id=person.user_id, until__gt=now)
    if running.update(until=now):
        record_event(task=task, intent=intent, action="undelegated", actor=person, now=now)
    return task


@unit
def assign(*, actor: Tenant, task_id: UUID, to: str, comment: str | None = None) -> Task:
    """Put a task to a person or a group as well, as an owner, admin or operator: what nobody may decide gets deciders. Who
    stands behind the agent that asks chooses no decider where duties are separate, and nobody chooses themselves.
    A claim of somebody who may not decide any more ends.

    Raises Missing, Denied, InvalidField, AlreadyDecided, TaskClosed.
    """
    person, task, intent, now = locked(actor=actor, task_id=task_id)
    if person.role not in OPERATORS:
        raise Denied("only an owner, an admin or an operator assigns tasks", role=str(person.role))
    permissions.ensure_separation_of_duties(person, task)
    principal, name = somebody(task, to)
    if principal in principals.reached_by(person):
        raise Denied("nobody assigns a task to themselves: name somebody else, or override as an owner or admin")
    _comment(comment)
    if is_lost(task):
        end(task=task, intent=intent, actor=person, now=now)
    add_assignment(task=task, principal=principal, authority=permissions.DIRECT, by=accounts.user(person))
    statements.insert([notices.notice(task, "delegated", principal=principal)])
    record_event(
        task=task,
        intent=intent,
        action="assigned",
        actor=person,
        now=now,
        assigned_by=person.email,
        assigned_to=name,
        message=comment,
    )
    return task


def somebody(task: Task, to: str) -> tuple[str, str]:
    """A person or group who may decide the task once it is assigned to them: the principal, and how to call them."""
    principal = principal_names.principal(workspace_id=task.workspace_id, text=to)
    kind, _, value = principal.partition(":")
    if kind == "group":
        (group,) = selectors.groups(task.workspace_id, names=(), ids=[UUID(value)])
        return principal, group.name
    if kind != "user":
        raise InvalidField("to", "name a member by email address, or a group by its name")
    (member,) = selectors.members(task.workspace_id, emails=(), ids=[UUID(value)])
    name = presentation.called(member.user)
    if member.suspended:
        raise InvalidField("to", f"{name} cannot sign in any more")
    if member.role not in principals.DECIDERS:
        raise InvalidField("to", f"{name} is a viewer and decides nothing")
    if member.user_id in task.excluded:
        raise InvalidField("to", f"{name} stands behind the agent that asks: separation of duties")
    return principal, member.user.email


def _comment(text: str | None) -> None:
    if text is not None and len(text) > MAX_COMMENT:
        raise InvalidField("comment", f"at most {MAX_COMMENT} characters")
