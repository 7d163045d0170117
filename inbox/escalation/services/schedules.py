"""The on-call schedules of a workspace, and who stands in. What a task was assigned to already stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from inbox import presentation
from inbox.assignees import selectors as people_selectors
from inbox.assignees import selectors as selectors_people
from inbox.calendars import oncall, working_time
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars.models import Override, Schedule
from inbox.calendars.rota import rota
from inbox.escalation import selectors
from inbox.escalation.models import Policy
from inbox.escalation.services.calendars import Hours, week, zone
from inbox.vocabulary import editing, principals, roles
from intents.accounts import audit
from intents.accounts.models import Member, User
from intents.kernel import canonical, clock
from intents.kernel.actors import Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

LONGEST_SHIFT = 366
MOST_PEOPLE = 50
LONGEST_OVERRIDE = timedelta(days=366)
MOST_OVERRIDES = 500
AHEAD = timedelta(weeks=4)
FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)


@unit
def create(
    *,
    actor: Tenant,
    name: str,
    time_zone: str,
    starts_on: date,
    hand_over: str,
    shift_days: int,
    people: Sequence[str],
    hours: Hours | None = None,
) -> Schedule:
    """A new schedule; `people` are members by email address or id, in the order of their turns. Raises Denied,
    InvalidField, Conflict when the name is taken."""
    roles.ensure_manages(actor)
    row = Schedule(workspace_id=actor.workspace_id)
    given = {"name": name, "time_zone": time_zone, "starts_on": starts_on, "hand_over": hand_over}
    _store(row, given | {"shift_days": shift_days, "people": people, "hours": hours})
    audit.note(workspace_id=row.workspace_id, actor=actor, action="schedule.create", subject=row.name)
    return row


@unit
def update(*, actor: Tenant, schedule_id: UUID, expected_revision: int | None = None, **changes: Any) -> Schedule:
    """Change what is given of the fields of `create`. Policies that name the schedule name it by its new name. Raises
    Denied, Missing, InvalidField, Conflict when the name is taken, ChangedMeanwhile when it is not of the revision that was
    edited."""
    roles.ensure_manages(actor)
    row = calendar_selectors.schedule(actor, schedule_id, lock=True)
    editing.ensure_unchanged(row, expected_revision)
    editing.stamp(row, actor)
    before = row.name
    _store(row, changes)
    if row.name != before:
        _rename(actor, before, row.name)
    audit.note(
        workspace_id=row.workspace_id, actor=actor, action="schedule.update", subject=row.name, changed=sorted(changes)
    )
    return row


@unit
def delete(*, actor: Tenant, schedule_id: UUID) -> Schedule:
    """Take a schedule and its overrides away. Raises Denied, Missing, Conflict while a policy asks whoever is on call in
    it."""
    roles.ensure_manages(actor)
    row = calendar_selectors.schedule(actor, schedule_id)
    if asking := policies_that_ask(row):
        name = asking[0].name
        raise Conflict(f"the policy {name} asks whoever is on call in it: change that first", policy=name)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="schedule.delete", subject=row.name)
    Schedule.objects.filter(id=row.id).delete()
    return row


@unit
def stand_in(*, actor: Tenant, schedule_id: UUID, person: str, start: datetime, end: datetime) -> Override:
    """Let a member, by email address or id, be on call for a time. Of two that overlap, the one made later counts. Raises
    Denied, Missing, InvalidField, Conflict when there are too many."""
    roles.ensure_manages(actor)
    row = calendar_selectors.schedule(actor, schedule_id)
    (user_id,) = _people(row.workspace_id, [person], field="person")
    if not start < end <= start + LONGEST_OVERRIDE:
        raise InvalidField("until", f"after its beginning, at most {LONGEST_OVERRIDE.days} days")
    if end <= (now := clock.now()):
        raise InvalidField("until", "this time has passed already")
    if len(calendar_selectors.overrides([row.id], after=now)) >= MOST_OVERRIDES:
        raise Conflict(f"there are {MOST_OVERRIDES} overrides ahead already: take some away first")
    override = Override.objects.create(workspace_id=row.workspace_id, schedule=row, user_id=user_id, start=start, end=end)
    _note(override, actor, "schedule.override")
    return override


@unit
def stand_down(*, actor: Tenant, schedule_id: UUID, override_id: UUID) -> Override:
    """Take an override away. Raises Denied, Missing."""
    roles.ensure_manages(actor)
    row = calendar_selectors.override(actor, schedule_id, override_id)
    Override.objects.filter(id=row.id).delete()
    _note(row, actor, "schedule.override_removed")
    return row


def _note(row: Override, actor: Tenant, action: str) -> None:
    audit.note(
        workspace_id=row.workspace_id,
        actor=actor,
        action=action,
        subject=row.schedule.name,
        person=row.user.email,
        start=rfc3339(row.start),
        end=rfc3339(row.end),
    )


@dataclass(frozen=True, slots=True)
class Roster:
    """A schedule as it is looked at: who is on call now, as far as AHEAD goes, what overrides are ahead, and everybody whom
    it names."""

    row: Schedule
    now: oncall.Shift
    overrides: list[Override]
    people: dict[UUID, User]


def rosters(*, rows: Sequence[Schedule], now: datetime) -> list[Roster]:
    """Schedules of one workspace with who is on call, by a few reads however many they are."""
    overrides = calendar_selectors.overrides([row.id for row in rows], after=now)
    able = people_selectors.able(rows[0].workspace_id) if rows else set()
    people = selectors_people.people({*(one for row in rows for one in row.people), *(one.user_id for one in overrides)})
    found = []
    for row in rows:
        known = rota(row, overrides)
        on_call = oncall.timeline(known, able, now, now + AHEAD)[0]
        found.append(Roster(row, on_call, [one for one in overrides if one.schedule_id == row.id], people))
    return found


def shifts(*, row: Schedule, start: datetime, end: datetime) -> list[oncall.Shift]:
    """Who is on call in a schedule from `start` to `end`, and when nobody is, without holes."""
    known = rota(row, calendar_selectors.overrides([row.id], after=start, before=end))
    return oncall.timeline(known, people_selectors.able(row.workspace_id), start, end)


def policies_that_ask(row: Schedule) -> list[Policy]:
    """The policies with a level that asks whoever is on call in a schedule."""
    return [
        one
        for one in selectors.policies(row.workspace_id)
        if any(_names(level["to"], known) for level in _levels(one) for known in (row.name, str(row.id)))
    ]


def _levels(row: Policy) -> list[dict[str, Any]]:
    """The levels of a policy; of one that cannot be read none."""
    try:
        levels: list[dict[str, Any]] = canonical.loads(row.escalation).get("levels", [])
    except (ValueError, AttributeError):
        return []
    return levels


def _rename(actor: Tenant, before: str, after: str) -> None:
    for row in selectors.lock_policies(actor.workspace_id):
        levels = _levels(row)
        named = [level for level in levels if _names(level["to"], before)]
        for level in named:
            level["to"] = f"{principals.ON_CALL}{after}"
        if named:
            escalation = canonical.loads(row.escalation) | {"levels": levels}
            row.escalation = canonical.dumps(escalation)
            editing.stamp(row, actor)
            row.save()


def _names(to: str, name: str) -> bool:
    text = principals.schedule(to)
    return text is not None and text.lower() == name.lower()


def _store(row: Schedule, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, _people(row.workspace_id, value) if name == "people" else _checked(name, value))
    with unless_taken(Conflict(f"there is a schedule named {row.name} already", name=row.name)):
        row.save()


def _checked(name: str, value: Any) -> Any:
    match name:
        case "name":
            if not value.strip():
                raise InvalidField("name", "a schedule needs a name")
            return ensure_seen(" ".join(value.split()), field="name")
        case "time_zone":
            return zone(value)
        case "starts_on" if not FIRST <= value <= LAST:
            raise InvalidField("starts_on", f"from {FIRST} to {LAST}")
        case "hand_over":
            try:
                if working_time.minutes(value) < working_time.MIDNIGHT:
                    return value
            except ValueError:
                pass
            raise InvalidField("hand_over", "a time of day like 09:00")
        case "shift_days" if not 1 <= value <= LONGEST_SHIFT:
            raise InvalidField("shift_days", f"from 1 to {LONGEST_SHIFT} days")
        case "hours" if value is not None:
            return week(value)
    return value


def _people(workspace_id: UUID, texts: Sequence[str], *, field: str = "people") -> list[UUID]:
    """The users of members who can decide, in their order."""
    if not 1 <= len(texts) <= MOST_PEOPLE:
        raise InvalidField(field, f"from 1 to {MOST_PEOPLE} people")
    plain = [text.strip().lower() for text in texts]
    known: dict[str, Member] = {}
    for member in people_selectors.members(workspace_id, emails=plain, ids=principals.ids(plain)):
        known |= dict.fromkeys((member.user.email, str(member.user_id), str(member.id)), member)
    for place, text in enumerate(plain):
        at = f"{field}.{place}" if field == "people" else field
        if text not in known:
            raise InvalidField(at, "no member of this workspace has this email address or id")
        if known[text].role not in principals.DECIDERS:
            raise InvalidField(at, f"{presentation.called(known[text].user)} is a viewer and decides nothing")
    return [known[text].user_id for text in plain]
