"""The tables of this room."""

from inbox.calendars.models.calendar import Calendar
from inbox.calendars.models.schedule import Override, Schedule

__all__ = ["Calendar", "Override", "Schedule"]
