"""Assignee resolution: whom a task is assigned to when that is looked up as it is reached: whoever is on call then, or the
manager of the owner of the agent that asks. Where that is nobody who could decide, the owners are asked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from inbox.assignees import selectors
from inbox.assignees import selectors as selectors_people
from inbox.calendars import oncall
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars.models import Override, Schedule
from inbox.calendars.rota import rota
from inbox.vocabulary import principals
from intents.accounts.models import User
from intents.kernel.actors import MANAGER, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: an agent of a workspace. The `excluded` users stand behind it and must not decide."""

    workspace_id: UUID
    agent: str
    excluded: Collection[UUID] = ()


@dataclass(frozen=True, slots=True)
class ResolvedAssignee:
    """The principal that is meant. `who` is a person's email address and `name` what to call them, or a role when, as `why`
    tells, there is no person."""

    principal: str
    who: str
    name: str
    why: str | None = None


def explained(assignee: ResolvedAssignee | None) -> dict[str, str]:
    """What an event tells of it."""
    if assignee is None:
        return {}
    return {"who": assignee.who} | ({"why": assignee.why} if assignee.why else {})


def _owners(why: str) -> ResolvedAssignee:
    return ResolvedAssignee(principals.role(Role.OWNER), Role.OWNER, Role.OWNER, why)


@dataclass(slots=True)
class AssigneeResolver:
    """Looks people up, each schedule and each agent once, for times that are not before `since`."""

    since: datetime
    _schedules: dict[UUID, tuple[Schedule, list[Override]] | None] = field(default_factory=dict)
    _able: dict[UUID, set[UUID]] = field(default_factory=dict)
    _managers: dict[tuple[UUID, str], tuple[User | None, User | None]] = field(default_factory=dict)

    def resolve(self, principal: str, asker: Asker, at: datetime) -> ResolvedAssignee | None:
        """Whom `principal` means at a time; None for one that always means the same."""
        if principal == MANAGER:
            return self._manager(asker)
        if schedule := principals.schedule(principal):
            return self._on_call(UUID(schedule), asker, at)
        return None

    def _on_call(self, schedule_id: UUID, asker: Asker, at: datetime) -> ResolvedAssignee:
        if schedule_id not in self._schedules:
            row = calendar_selectors.schedule_of(asker.workspace_id, schedule_id)
            self._schedules[schedule_id] = (
                (row, calendar_selectors.overrides([schedule_id], after=self.since)) if row else None
            )
        known = self._schedules[schedule_id]
        if known is None:
            return _owners("the schedule of those on call was deleted")
        row, overrides = known
        shift = oncall.at(rota(row, overrides), self._who_can(asker), at)
        if shift.person is None:
            return _owners(f"nobody is on call in {row.name} then")
        user = selectors_people.people([shift.person]).get(shift.person)
        return self._unless_kept(user, asker, f"on call in {row.name}")

    def _manager(self, asker: Asker) -> ResolvedAssignee:
        key = (asker.workspace_id, asker.agent)
        if key not in self._managers:
            self._managers[key] = selectors.owner_and_manager(*key)
        owner, manager = self._managers[key]
        if owner is None:
            return _owners(f"{asker.agent or 'the agent'} has no owner")
        if manager is None:
            return _owners(f"{_name(owner)}, who owns {asker.agent}, has no manager")
        return self._unless_kept(manager, asker, f"the manager of {_name(owner)}")

    def _unless_kept(self, user: User | None, asker: Asker, role: str) -> ResolvedAssignee:
        if user is None:
            return _owners(f"somebody who is gone is {role}")
        if user.id not in self._who_can(asker):
            return _owners(f"{_name(user)}, {role}, cannot decide here")
        if user.id in asker.excluded:
            return _owners(f"{_name(user)}, {role}, stands behind the agent that asks")
        return ResolvedAssignee(principals.user(user.id), user.email, _name(user))

    def _who_can(self, asker: Asker) -> set[UUID]:
        if asker.workspace_id not in self._able:
            self._able[asker.workspace_id] = selectors.able(asker.workspace_id)
        return self._able[asker.workspace_id]


def _name(user: User) -> str:
    return user.name or user.email
