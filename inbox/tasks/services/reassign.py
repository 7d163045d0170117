"""Reassigning: a task goes from who is asked to somebody else, who has it from then on as those had it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.tasks import notices, permissions, tally
from inbox.tasks.models import Task
from inbox.tasks.services import claim, delegate, voting
from inbox.tasks.services.events import record_event
from inbox.tasks.services.open import add_assignment
from inbox.vocabulary import principals
from intents.accounts import selectors as accounts
from intents.engine.models import Intent
from intents.kernel import live, statements
from intents.kernel.actors import ADMINS, Person
from intents.kernel.errors import Denied

_TAKE = """
DELETE FROM inbox_assignment WHERE task_id = %(task)s AND (
    principal = ANY(%(principals)s::text[]) OR authority = 'delegate' AND by_id = %(user)s::uuid
)
RETURNING CASE WHEN principal = ANY(%(principals)s::text[]) THEN authority END
"""


def ensure_reassigns(*, actor: Person) -> None:
    """Raises Denied for all but owners and admins."""
    if actor.role not in ADMINS:
        raise Denied("only an owner or an admin takes tasks from whom they are assigned to", role=str(actor.role))


def reassign(
    *,
    actor: Person,
    task: Task,
    intent: Intent,
    gone: UUID,
    named: Sequence[str],
    to: str,
    reason: str,
    now: datetime,
    told: Mapping[str, Any],
) -> None:
    """Give a locked undecided task of a locked intent from the user `gone`, by all that they are `named`, to a member or a
    group. Their claim and what they delegated of it end; others to whom it is assigned keep it. `told` is kept beside in
    the record.

    Raises Denied, InvalidField for who may not decide it.
    """
    ensure_reassigns(actor=actor)
    permissions.ensure_separation_of_duties(actor, task)
    principal, name = delegate.somebody(task, to)
    if principal in principals.reached_by(actor):
        raise Denied("nobody assigns a task to themselves: name somebody else, or override as an owner or admin")
    params = {"task": task.id, "principals": list(named), "user": gone}
    had = {authority for (authority,) in statements.rows(_TAKE, params)}
    authority = permissions.ESCALATION if had <= {permissions.ESCALATION, None} else permissions.DIRECT
    by = accounts.user(actor) if authority == permissions.DIRECT else None
    add_assignment(task=task, principal=principal, authority=authority, by=by)
    _vote(task, gone=gone, principal=principal, name=name, actor=actor)
    if claim.is_lost(task):
        claim.end(task=task, intent=intent, actor=actor, now=now)
    statements.insert([notices.notice(task, "delegated", principal=principal)])
    live.wake_up(tasks=[(task.workspace_id, task.id)], lists=[(task.workspace_id, gone)])
    of = accounts.email_of(gone)
    details = dict(told) | {"reassigned_from": of, "assigned_to": name, "message": reason}
    record_event(task=task, intent=intent, action="reassigned", actor=actor, now=now, **details)


def _vote(task: Task, *, gone: UUID, principal: str, name: str, actor: Person) -> None:
    """Where several decide, a member takes the place of who is gone."""
    ballot = tally.ballot_of(task)
    kind, _, value = principal.partition(":")
    if ballot is not None and kind == "user":
        ballot = ballot.with_substitutes({gone: UUID(value)}).with_names({accounts.email_of(gone).lower(): name})
        voting.keep(task=task, ballot=ballot, actor=actor)
