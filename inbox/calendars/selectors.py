"""Calendars and on-call schedules, read for an actor."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Lower

from inbox.calendars.models import Calendar, Override, Schedule
from inbox.vocabulary import principals
from intents.accounts.selectors import found_or_missing
from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing


def calendars(actor: Tenant) -> QuerySet[Calendar]:
    """The calendars of the actor's workspace."""
    return Calendar.objects.filter(workspace_id=actor.workspace_id)


def calendar(actor: Tenant, calendar_id: UUID, *, lock: bool = False) -> Calendar:
    """Raises Missing."""
    found = calendars(actor).filter(id=calendar_id)
    return found_or_missing((found.select_for_update() if lock else found).first(), "calendar", calendar_id)


def calendar_named(workspace_id: UUID, text: str) -> Calendar | None:
    """A calendar by its name, whatever its case, or its id."""
    found = Calendar.objects.filter(workspace_id=workspace_id)
    by_name = found.alias(lower=Lower("name")).filter(lower=text.strip().lower()).first()
    return by_name or found.filter(id__in=principals.ids([text])).first()


def schedules(actor: Tenant) -> QuerySet[Schedule]:
    """The on-call schedules of the actor's workspace."""
    return Schedule.objects.filter(workspace_id=actor.workspace_id)


def schedule(actor: Tenant, schedule_id: UUID, *, lock: bool = False) -> Schedule:
    """Raises Missing."""
    found = schedules(actor).filter(id=schedule_id)
    return found_or_missing((found.select_for_update() if lock else found).first(), "schedule", schedule_id)


def schedule_of(workspace_id: UUID, schedule_id: UUID) -> Schedule | None:
    """A schedule of a workspace, None where it was deleted. Checks no actor."""
    return Schedule.objects.filter(workspace_id=workspace_id, id=schedule_id).first()


def overrides(schedule_ids: Iterable[UUID], *, after: datetime, before: datetime | None = None) -> list[Override]:
    """The overrides of schedules that are not over `after` and begin `before`, those that were made last at the end. For
    schedules whose visibility was checked."""
    found = Override.objects.filter(schedule_id__in=list(schedule_ids), end__gt=after).select_related("user")
    return list((found.filter(start__lt=before) if before else found).order_by("id"))


def override(actor: Tenant, schedule_id: UUID, override_id: UUID) -> Override:
    """Raises Missing."""
    found = Override.objects.filter(schedule__in=schedules(actor).filter(id=schedule_id), id=override_id)
    row = found.select_related("user", "schedule").first()
    if row is None:
        raise Missing(f"this schedule has no override with the id {override_id}", override_id=str(override_id))
    return row
