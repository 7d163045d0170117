"""The tables of the inbox. Constraints and `__str__`; rules live in the services."""

from inbox.models.calendar import Calendar
from inbox.models.decision import Decision
from inbox.models.policy import Policy
from inbox.models.schedule import Override, Schedule
from inbox.models.task import NEVER, Assignment, Snooze, Task

__all__ = ["NEVER", "Assignment", "Calendar", "Decision", "Override", "Policy", "Schedule", "Snooze", "Task"]
