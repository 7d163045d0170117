"""Stored schedules and calendars as the plain data that is counted by."""

from collections.abc import Iterable

from inbox.calendars import oncall, working_time
from inbox.calendars.models import Calendar, Override, Schedule
from intents.kernel import canonical


def rota(row: Schedule, overrides: Iterable[Override]) -> oncall.Rota:
    """A stored schedule, to ask who is on call. Of `overrides` of several schedules, its own count."""
    return oncall.Rota(
        time_zone=row.time_zone,
        starts_on=row.starts_on,
        hand_over=working_time.minutes(row.hand_over),
        days=row.shift_days,
        people=tuple(row.people),
        hours=working_time.hours(canonical.loads(row.hours)) if row.hours else None,
        stand_ins=tuple(oncall.StandIn(one.user_id, one.start, one.end) for one in overrides if one.schedule_id == row.id),
    )


def working(row: Calendar | None) -> working_time.WorkingHours | None:
    """A stored calendar, to count by."""
    if row is None:
        return None
    return working_time.WorkingHours(row.time_zone, working_time.hours(canonical.loads(row.hours)), row.country)
