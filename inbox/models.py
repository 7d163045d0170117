"""The tables of the inbox. Constraints and `__str__`; rules live in the services."""

from inbox.calendars.models.calendar import Calendar
from inbox.calendars.models.schedule import Override, Schedule
from inbox.escalation.models import Policy
from inbox.notifications.models import ChatAddress, Message, MessageItem, Notification, NotificationSettings
from inbox.operations.models import Bulk, BulkItem, DecidingHour, SavedView, ShownColumns
from inbox.tasks.models.decision import Decision
from inbox.tasks.models.notice import Notice
from inbox.tasks.models.task import NEVER, Assignment, ReadReceipt, Snooze, Task
from inbox.vocabulary.models import Edited

__all__ = [
    "NEVER",
    "Assignment",
    "Bulk",
    "BulkItem",
    "Calendar",
    "ChatAddress",
    "DecidingHour",
    "Decision",
    "Edited",
    "Message",
    "MessageItem",
    "Notice",
    "Notification",
    "NotificationSettings",
    "Override",
    "Policy",
    "ReadReceipt",
    "SavedView",
    "Schedule",
    "ShownColumns",
    "Snooze",
    "Task",
]
