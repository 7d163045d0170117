"""What stands around a task: whom it is assigned to, what was said, what comes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.plans import plan as plans
from inbox.tasks import audience, permissions, selectors
from inbox.tasks.models import Task
from inbox.views.kit import away
from inbox.views.tasks import aftermath, times
from inbox.views.tasks.ahead import Ahead, ahead, rules
from inbox.views.tasks.history import Event, history
from inbox.views.tasks.rows import name
from inbox.views.tasks.shown.alike import Precedents, precedents
from inbox.views.tasks.shown.basis import Basis
from inbox.views.tasks.shown.rights import Rights
from inbox.vocabulary import kinds
from inbox.vocabulary.lifecycle import State
from inbox.vocabulary.roles import everybody
from inbox.vocabulary.series import series
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Around:
    asked: list[str]
    asked_late: list[str]
    deciders: list[str]
    history: list[Event]
    ahead: list[Ahead]
    next_steps: list[str]
    intent_id: UUID
    intent_type: str
    precedents: Precedents | None
    policy: str
    watchers: list[str]
    watching: bool

    @property
    def asked_briefly(self) -> str:
        """To whom it is assigned, in few words."""
        first, more = self.asked[:2], len(self.asked) - 2
        named = series(first) or _("Nobody")
        return _("%(names)s and %(more)s more") % {"names": named, "more": more} if more > 0 else named

    @property
    def brief_rule(self) -> str:
        """The policy that it follows, else what it is."""
        return _("Policy: %(policy)s") % {"policy": self.policy} if self.policy else _("About the request")


@dataclass(frozen=True, slots=True)
class Later:
    """What a page offers to who does not decide now. `people` are those whom it can be assigned to,
    each with whether they are out of office; `instead_of` is in whose place this person decides it."""

    snooze_choices: list[tuple[str, str]]
    delegate_days: list[tuple[str, str]]
    snoozed_until: datetime | None
    people: list[tuple[str, str]]
    instead_of: str = ""


def around(task: Task, spec: Mapping[str, Any], on: Basis, *, rights: Rights, person: Person) -> Around:
    """Nothing is ahead of what is over."""
    open_yet = rights.decidable or rights.held_until is not None
    reports = [] if open_yet else selectors.reports(task)
    return Around(
        asked=[_asked(one) for one in on.assigned if one.authority != permissions.ESCALATION],
        asked_late=[_asked(one) for one in on.assigned if one.authority == permissions.ESCALATION],
        deciders=[one.name or one.email for one in on.deciders],
        history=history(task, spec, on.payload, person, happenings=on.happenings, reports=reports),
        ahead=ahead(task) if rights.decidable else [],
        next_steps=_next(task, spec, may_decide=rights.may_decide) if open_yet else aftermath.now(task, reports),
        intent_id=task.intent.id,
        intent_type=task.intent.intent_type,
        precedents=precedents(on.alike) if rights.decidable else None,
        policy=(plans.loads(task.plan).policy or "") if task.plan else "",
        watchers=[one.name for one in on.watchers],
        watching=any(one.user_id == person.user_id for one in on.watchers),
    )


def later(task: Task, on: Basis, *, rights: Rights, now: datetime) -> Later:
    """Nothing where it is not this person's to decide."""
    theirs = rights.may_snooze
    own = on.own[task.id] if theirs and on.own else None
    return Later(
        snooze_choices=times.choices(now) if theirs else [],
        delegate_days=[(value, str(said)) for value, said in times.DAYS.items()] if theirs else [],
        snoozed_until=own.snoozed_until if own else None,
        instead_of=presentation.plain(own.instead_of) if own and own.instead_of else "",
        people=_others(on.others) if rights.may_delegate or rights.may_assign else [],
    )


def _others(found: Iterable[audience.Other]) -> list[tuple[str, str]]:
    return [(one.to, away.now(one.away_until, one.stand_in)) for one in found]


def _asked(one: audience.Assigned) -> str:
    """To whom it is assigned, in words."""
    who = one.name
    if one.kind == "role":
        who = everybody(one.name)
    elif one.kind == "group":
        who = _("group %(group)s") % {"group": one.name}
    if one.by is not None:
        delegated = one.authority == permissions.DELEGATE
        said = _("%(who)s, for %(name)s") if delegated else _("%(who)s, added by %(name)s")
        who = said % {"who": who, "name": one.by}
    return away.beside(who, away.now(one.away_until, one.stand_in))


def _next(task: Task, spec: Mapping[str, Any], *, may_decide: bool) -> list[str]:
    """What a decision does next: the one that is held, or the one to come; and by which rules things happen before."""
    if task.state == State.HELD:
        return [_("Sent to the agent when the undo time ends.")]
    steps = rules(task)
    if may_decide and task.risk in kinds.RISKY:
        steps.append(_("Takes effect immediately after you confirm."))
    elif may_decide:
        steps.append(_undoing())
    elif task.claimed_by is not None:
        steps.append(_("Claimed by %(name)s until decided or released.") % {"name": name(task.claimed_by)})
    if may_decide:
        steps.append(_("Your decision is final for everyone."))
    if task.due_at is None:
        steps.append(_("No deadline."))
    if spec["separation_of_duties"]:
        steps.append(_("The agent's owner can't decide this (separation of duties)."))
    return steps


def _undoing() -> str:
    if not settings.UNDO_SECONDS:
        return _("Takes effect immediately.")
    seconds = f"{settings.UNDO_SECONDS:g}"
    return _("You can undo for %(seconds)s s; then the agent continues.") % {"seconds": seconds}
