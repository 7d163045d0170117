"""What the pages of operations call things, for people who know the protocol too."""

from django.utils.translation import gettext_lazy as _

STATES = {
    "CREATED": (_("Created"), ""),
    "SUBMITTED": (_("Queued"), ""),
    "DELIVERED": (_("Delivered"), "accent"),
    "ACKNOWLEDGED": (_("Acknowledged"), "accent"),
    "IN_PROGRESS": (_("In progress"), "accent"),
    "WAITING": (_("Waiting"), "hollow"),
    "COMPLETED": (_("Completed"), "green"),
    "FAILED": (_("Failed"), "red"),
    "CANCELED": (_("Canceled"), ""),
    "TIMED_OUT": (_("Timed out"), "red"),
}
"""A status in words, and its colour."""

WAITS = {
    "WAITING_FOR_HUMAN": _("Waiting for people"),
    "WAITING_FOR_TOOL": _("Waiting for a tool"),
    "WAITING_FOR_AGENT": _("Waiting for agents"),
    "WAITING_FOR_TIME": _("Waiting for a time"),
}

RETRIES = _("Waiting to retry")
"""What failed and waits for its next try."""

COLUMNS = {
    "waits_for": _("Waits for"),
    "age": _("Age in state"),
    "risk": _("Risk"),
    "progress": _("Progress"),
    "attempts": _("Attempts"),
    "agent": _("Agent"),
    "from": _("From"),
    "deadline": _("Deadline"),
    "created": _("Created"),
    "updated": _("Last change"),
}

VIEWS = (
    (_("Open"), "is:open"),
    (_("Stuck"), "is:stuck"),
    (_("Overdue"), "is:overdue"),
    (_("Failed today"), "is:failed ended:<24h"),
    (_("Waiting for nobody"), "is:unroutable"),
    (_("Retrying"), "is:retrying"),
)
"""The views that everybody has."""

DELIVERIES = {
    "ready": _("Waiting"),
    "leased": _("Being worked on"),
    "done": _("Done"),
    "dead": _("Dead letter"),
}
TASKS = {
    "open": _("Open"),
    "claimed": _("Claimed"),
    "held": _("Decided, not yet in effect"),
    "decided": _("Decided"),
    "expired": _("Expired"),
    "withdrawn": _("Withdrawn"),
}
MESSAGES = {
    "ready": _("Waiting"),
    "leased": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Failed"),
    "skipped": _("Skipped"),
}
POSTS = {
    "ready": (_("Waiting"), "hollow"),
    "leased": (_("Being sent"), "accent"),
    "sent": (_("Delivered"), "green"),
    "failed": (_("Failed"), "red"),
    "skipped": (_("Skipped"), "hollow"),
}
"""How an event to an endpoint stands, and its colour."""
CHANNELS = {"email": _("Email"), "chat": _("Chat")}

EVENTS = {
    "intent.created": _("Created"),
    "intent.submitted": _("Submitted"),
    "intent.delivered": _("Delivered to the agent"),
    "intent.acknowledged": _("Acknowledged by the agent"),
    "intent.in_progress": _("In progress"),
    "intent.waiting": _("Waiting"),
    "intent.completed": _("Completed"),
    "intent.failed": _("Failed"),
    "intent.canceled": _("Canceled"),
    "intent.timed_out": _("Timed out"),
    "intent.transfer": _("Transferred"),
    "intent.reminder": _("Reminder sent"),
    "intent.escalated": _("Escalated"),
    "intent.delivery_failed": _("Delivery attempt failed"),
    "intent.human_task_assigned": _("Task opened for people"),
    "intent.checkpoint": _("Checkpoint"),
    "intent.resumed": _("Resumed"),
    "intent.redelivered": _("Delivered again"),
    "intent.question": _("Question"),
    "intent.answer": _("Answer"),
    "intent.comment": _("Comment"),
    "intent.policy_updated": _("Treatment changed"),
}

PROBLEMS = frozenset(
    {
        "intent.failed",
        "intent.timed_out",
        "intent.delivery_failed",
        "intent.redelivered",
        "intent.escalated",
        "intent.canceled",
    }
)
"""Events that tell of trouble."""

KINDS = {
    "problems": (_("Problems only"), PROBLEMS),
    "people": (
        _("People"),
        frozenset(
            {
                *("intent.human_task_assigned", "intent.reminder", "intent.escalated", "intent.question", "intent.answer"),
                "intent.comment",
            }
        ),
    ),
    "waits": (_("Waits"), frozenset({"intent.waiting", "intent.human_task_assigned", "intent.resumed"})),
    "work": (
        _("Work"),
        frozenset(
            {
                *("intent.delivered", "intent.redelivered", "intent.delivery_failed", "intent.acknowledged"),
                *("intent.in_progress", "intent.checkpoint", "intent.transfer"),
            }
        ),
    ),
}
"""What a timeline can be narrowed to."""
