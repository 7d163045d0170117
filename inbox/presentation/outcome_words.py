"""What the ends of tasks are called: never by the protocol's own words."""

from django.utils.translation import gettext_lazy

from inbox.presentation.labels import label
from inbox.vocabulary.lifecycle import State

VERBS = {
    "approved": (gettext_lazy("Approve"), gettext_lazy("Approved")),
    "rejected": (gettext_lazy("Reject"), gettext_lazy("Rejected")),
    "changes_requested": (gettext_lazy("Request changes"), gettext_lazy("Changes requested")),
    "confirmed": (gettext_lazy("Confirm"), gettext_lazy("Confirmed")),
    "denied": (gettext_lazy("Deny"), gettext_lazy("Denied")),
    "assigned": (gettext_lazy("Assign"), gettext_lazy("Assigned")),
    "declined": (gettext_lazy("Decline"), gettext_lazy("Declined")),
    "submitted": (gettext_lazy("Send answers"), gettext_lazy("Answered")),
    "provided": (gettext_lazy("Send answer"), gettext_lazy("Answered")),
    "completed": (gettext_lazy("Mark as done"), gettext_lazy("Done")),
    "failed": (gettext_lazy("Couldn't do it"), gettext_lazy("Could not be done")),
    "override_approved": (gettext_lazy("Override"), gettext_lazy("Overridden")),
}
"""What a button says, and what it says when it was pressed."""

UNDECIDED = {
    State.EXPIRED: gettext_lazy("Expired without a decision"),
    State.WITHDRAWN: gettext_lazy("Withdrawn"),
}
"""How a task is over that nobody decided."""


def verb(outcome: str) -> str:
    """The words of a button: those of an outcome of a task's own are its name."""
    return str(VERBS[outcome][0]) if outcome in VERBS else label(outcome)


def done(outcome: str) -> str:
    """The same when it was pressed."""
    return str(VERBS[outcome][1]) if outcome in VERBS else label(outcome)
