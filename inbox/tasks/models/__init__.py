"""The tables of this room."""

from inbox.tasks.models.decision import Decision
from inbox.tasks.models.notice import Notice
from inbox.tasks.models.task import NEVER, STILL_LIVE, UNDECIDED, Assignment, ReadReceipt, Snooze, Task, sort_at

__all__ = [
    "NEVER",
    "STILL_LIVE",
    "UNDECIDED",
    "Assignment",
    "Decision",
    "Notice",
    "ReadReceipt",
    "Snooze",
    "Task",
    "sort_at",
]
