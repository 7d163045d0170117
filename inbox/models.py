"""The tables of the inbox. Constraints and `__str__`; rules live in the services."""

from inbox.calendars.models.calendar import Calendar
from inbox.calendars.models.schedule import Override, Schedule
from inbox.escalation.models import Policy
from inbox.notifications.models import (
    ChatAddress,
    ChatConversation,
    ChatPost,
    ChatReply,
    Message,
    MessageItem,
    Notification,
    NotificationSettings,
)
from inbox.operations.models import (
    Bulk,
    BulkItem,
    CountedList,
    DecidingHour,
    DecisionVisibility,
    PayloadNumber,
    PayloadPath,
    SavedView,
    ShownColumns,
)
from inbox.standing.models import DismissedSuggestion, GrantUse, StandingRules
from inbox.tasks.models.decision import Decision
from inbox.tasks.models.naming import IntentTypeName
from inbox.tasks.models.notice import Notice
from inbox.tasks.models.standing_grant import StandingGrant
from inbox.tasks.models.task import NEVER, Assignment, ReadReceipt, Snooze, Task
from inbox.tasks.models.watcher import TaskWatcher
from inbox.vocabulary.models import Edited

__all__ = [
    "NEVER",
    "Assignment",
    "Bulk",
    "BulkItem",
    "Calendar",
    "ChatAddress",
    "ChatConversation",
    "ChatPost",
    "ChatReply",
    "CountedList",
    "DecidingHour",
    "Decision",
    "DecisionVisibility",
    "DismissedSuggestion",
    "Edited",
    "GrantUse",
    "IntentTypeName",
    "Message",
    "MessageItem",
    "Notice",
    "Notification",
    "NotificationSettings",
    "Override",
    "PayloadNumber",
    "PayloadPath",
    "Policy",
    "ReadReceipt",
    "SavedView",
    "Schedule",
    "ShownColumns",
    "Snooze",
    "StandingGrant",
    "StandingRules",
    "Task",
    "TaskWatcher",
]
