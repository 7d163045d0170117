"""The tables of this room."""

from inbox.tasks.models.decision import Decision
from inbox.tasks.models.naming import IntentTypeName
from inbox.tasks.models.notice import Notice
from inbox.tasks.models.standing_grant import StandingGrant
from inbox.tasks.models.task import NEVER, STILL_LIVE, UNDECIDED, Assignment, ReadReceipt, Snooze, Task, sort_at
from inbox.tasks.models.watcher import TaskWatcher

__all__ = [
    "NEVER",
    "STILL_LIVE",
    "UNDECIDED",
    "Assignment",
    "Decision",
    "IntentTypeName",
    "Notice",
    "ReadReceipt",
    "Snooze",
    "StandingGrant",
    "Task",
    "TaskWatcher",
    "sort_at",
]
