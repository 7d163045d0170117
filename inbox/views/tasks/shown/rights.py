"""What a person may do with a task now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from inbox.tasks import audience, permissions
from inbox.tasks.models import Task
from inbox.tasks.services import hold
from inbox.tasks.tally import takes_several
from inbox.views.tasks.rows import name
from inbox.views.tasks.shown.basis import Basis
from inbox.vocabulary.lifecycle import DECIDABLE, State
from intents.engine.lifecycle import TERMINAL
from intents.kernel.actors import ADMINS, OPERATORS, Person, Role


@dataclass(frozen=True, slots=True)
class Rights:
    """`decidable` is whether anybody may; `would_decide` whether this person may, were the workspace not
    stopped; `may_override` whether this person may in the place of those who are asked;
    `is_final` whether a decision takes effect at once."""

    decidable: bool
    would_decide: bool
    may_decide: bool
    why_not: str | None
    may_override: bool
    overriding: bool
    claimable: bool
    claimed_by_me: bool
    claimed_by: str
    may_release: bool
    may_comment: bool
    may_ask: bool
    held_until: datetime | None
    may_undo: bool
    may_delegate: bool
    may_snooze: bool
    may_assign: bool
    is_final: bool


def rights(task: Task, on: Basis, *, person: Person, now: datetime, override: bool, stopped: bool = False) -> Rights:
    """`override` is whether the person wants to decide in the place of others; `stopped` whether nothing goes on in the
    workspace: then it is looked at, and snoozed."""
    assigned, theirs_by = on.assigned, on.authorities
    why_not, mine = permissions.why_not(person, task, now=now, held=theirs_by), task.claimed_by_id == person.user_id
    decidable, free = task.state in DECIDABLE and not is_over(task, now), task.claimed_by_id is None
    several, claimable = task.ballot is not None, not takes_several(task) and len(assigned) + _several(assigned) > 1
    may_override = decidable and (why_not is not None or several) and free
    may_override = may_override and permissions.why_not(person, task, now=now, override=True, held=theirs_by) is None
    overriding, theirs = may_override and override, decidable and why_not is None and (free or mine)
    held = task.held_until if task.state == State.HELD else None
    goes_on = not stopped
    return Rights(
        decidable=decidable,
        would_decide=may_override or theirs,
        may_decide=(overriding or theirs) and goes_on,
        why_not=why_not,
        may_override=may_override and goes_on,
        overriding=overriding and goes_on,
        claimable=goes_on and claimable and decidable and why_not is None and free,
        claimed_by_me=mine,
        claimed_by=name(task.claimed_by) if task.claimed_by else "",
        may_release=goes_on and not free and (mine or person.role in ADMINS),
        may_comment=goes_on and task.intent.status not in TERMINAL and person.role is not Role.VIEWER,
        may_ask=goes_on and decidable and person.role is not Role.VIEWER,
        held_until=held,
        may_undo=goes_on and held is not None and held > now and task.decided_by_id == person.user_id,
        may_delegate=goes_on and theirs and not overriding,
        may_snooze=theirs and not overriding,
        may_assign=goes_on and decidable and person.role in OPERATORS,
        is_final=hold.held_until(task=task, now=now) is None,
    )


def is_over(task: Task, now: datetime) -> bool:
    """Whether the time to decide it has ended."""
    return task.due_at is not None and task.due_at <= now


def _several(assigned: Iterable[audience.Assigned]) -> bool:
    """Whether one of those it is assigned to stands for more than one person."""
    return any(one.kind in ("role", "group") for one in assigned)
