"""The calendars of a workspace. Tasks that are open keep the times they were given."""

from typing import Any
from uuid import UUID

from inbox.calendars import selectors, working_time
from inbox.calendars.models import Calendar
from inbox.escalation.selectors import policy_by
from inbox.vocabulary import editing, roles
from intents.accounts import audit
from intents.kernel import canonical, clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

Hours = dict[str, list[list[str]]]


@unit
def create(*, actor: Tenant, name: str, time_zone: str, hours: Hours, country: str | None = None) -> Calendar:
    """A new calendar. Raises Denied, InvalidField, Conflict when the name is taken."""
    roles.ensure_manages(actor)
    row = Calendar(workspace_id=actor.workspace_id)
    _store(row, {"name": name, "time_zone": time_zone, "hours": hours, "country": country})
    audit.note(workspace_id=row.workspace_id, actor=actor, action="calendar.create", subject=row.name)
    return row


@unit
def update(*, actor: Tenant, calendar_id: UUID, expected_revision: int | None = None, **changes: Any) -> Calendar:
    """Change what is given of `name`, `time_zone`, `hours` and `country`, for tasks to come. Raises Denied, Missing,
    InvalidField, Conflict when the name is taken, ChangedMeanwhile when it is not of the revision that was edited."""
    roles.ensure_manages(actor)
    row = selectors.calendar(actor, calendar_id, lock=True)
    editing.ensure_unchanged(row, expected_revision)
    editing.stamp(row, actor)
    _store(row, changes)
    audit.note(
        workspace_id=row.workspace_id, actor=actor, action="calendar.update", subject=row.name, changed=sorted(changes)
    )
    return row


@unit
def delete(*, actor: Tenant, calendar_id: UUID) -> Calendar:
    """Raises Denied, Missing, Conflict while a policy counts by it."""
    roles.ensure_manages(actor)
    row = selectors.calendar(actor, calendar_id)
    if user := policy_by(row):
        raise Conflict(f"the policy {user.name} counts by it: give that another calendar first", policy=user.name)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="calendar.delete", subject=row.name)
    Calendar.objects.filter(id=row.id).delete()
    return row


def _store(row: Calendar, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, _checked(name, value))
    with unless_taken(Conflict(f"there is a calendar named {row.name} already", name=row.name)):
        row.save()


def zone(name: str) -> str:
    """An IANA time zone. Raises InvalidField."""
    if name not in clock.zones():
        raise InvalidField("time_zone", "no time zone of the IANA list is called that; one is like Europe/Riga")
    return name


def week(hours: Hours) -> str:
    """The hours of a week as they are stored. Raises InvalidField."""
    try:
        working_time.hours(hours)
    except ValueError as error:
        raise InvalidField("hours", str(error)) from None
    return canonical.dumps(hours)


def _checked(name: str, value: Any) -> Any:
    match name:
        case "name":
            if not value.strip():
                raise InvalidField("name", "a calendar needs a name")
            return ensure_seen(" ".join(value.split()), field="name")
        case "time_zone":
            return zone(value)
        case "hours":
            return week(value)
        case "country":
            if value is not None and value not in working_time.COUNTRIES:
                raise InvalidField("country", "a country by its two letters, like LV")
    return value
