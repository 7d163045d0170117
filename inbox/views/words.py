"""The plain words of the pages: never the protocol's own."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from inbox import principals
from inbox.kinds import KINDS, is_negative, kind_of
from inbox.lifecycle import State
from inbox.present import label, one_line
from intents.actors import MANAGER, Role

KIND_WORDS = {
    "approval": "Approval",
    "review": "Review",
    "confirmation": "Confirmation",
    "assignment": "Assignment",
    "form": "Form",
    "clarification": "Question",
    "manual_action": "To do by hand",
    "override": "Override",
}

VERBS = {
    "approved": ("Approve", "Approved"),
    "rejected": ("Reject", "Rejected"),
    "changes_requested": ("Ask for changes", "Changes asked for"),
    "confirmed": ("Confirm", "Confirmed"),
    "denied": ("Deny", "Denied"),
    "assigned": ("Assign", "Assigned"),
    "declined": ("Decline", "Declined"),
    "submitted": ("Send answers", "Answered"),
    "provided": ("Send answer", "Answered"),
    "completed": ("Mark as done", "Done"),
    "failed": ("It could not be done", "Could not be done"),
    "override_approved": ("Override", "Overridden"),
}
"""What a button says, and what it says when it was pressed."""

REASONS = {
    "approval": ("Wrong amount", "Not needed", "Missing information", "Against policy"),
    "review": ("Not correct", "Incomplete", "Against policy"),
    "confirmation": ("Not true", "Cannot tell"),
    "assignment": ("Nobody is free", "Not ours"),
    "clarification": ("Cannot tell", "Ask somebody else"),
    "manual_action": ("Not possible", "No access", "Already done"),
    "override": ("Rule holds", "Not enough reason", "Against policy"),
}
"""Reasons that refusals often have."""


def kind(task_type: str) -> str:
    return KIND_WORDS.get(kind_of(task_type).name, label(task_type))


def verb(outcome: str) -> str:
    """The words of a button: those of an outcome of a task's own are its name."""
    return VERBS[outcome][0] if outcome in VERBS else label(outcome)


def done(outcome: str) -> str:
    return VERBS[outcome][1] if outcome in VERBS else label(outcome)


def tone(task_type: str, outcome: str) -> str:
    """The colour that goes with the words of an outcome."""
    if is_negative(task_type, outcome):
        return "red"
    return "green" if any(outcome in one.positive for one in KINDS.values()) else "accent"


STATES = {
    State.OPEN: ("", ""),
    State.CLAIMED: ("Claimed", "accent"),
    State.EXPIRED: ("Expired, nobody answered", "hollow"),
    State.WITHDRAWN: ("Withdrawn", "hollow"),
}


def role(name: str) -> str:
    """Who has a role, as more than one person."""
    return {"owner": "owners", "admin": "admins", "operator": "operators", "approver": "approvers"}.get(name, label(name))


def asked(to: str) -> str:
    """Whom a level of a policy names, as it is written."""
    if to.strip().lower() in _ROLES:
        return f"all {role(to.strip().lower())}"
    if schedule := principals.schedule(to):
        return f"whoever is on call in {schedule}"
    return "the manager of the agent's owner" if to.strip().lower() == MANAGER else one_line(to)


def reached(to: str, *, who: str, why: str | None) -> tuple[str, str]:
    """Whom a level asks that was looked up, and what to add about it. `who` is a name, or a role where `why` tells why."""
    if why is not None:
        return f"all {role(who)}", f": {why}"
    schedule = principals.schedule(to)
    return f"{who}, {f'on call in {schedule}' if schedule else asked(to)},", ""


_ROLES = frozenset(role.value for role in Role)

ENDED = {
    "COMPLETED": "The request is completed",
    "FAILED": "The request has failed",
    "CANCELED": "The request was canceled",
    "TIMED_OUT": "The request ran out of time",
}

_ACTIONS = {
    "asked": "asked the agent",
    "answered": "answered",
    "commented": "commented",
    "claimed": "claimed it",
    "released": "gave it back",
    "delegated": "handed it to {delegated_to}{until}",
    "assigned": "put it to {assigned_to}",
    "escalated": "put it to {to} as well, as it got late",
    "reminded": "sent a reminder",
    "taken_back": "took the decision back",
    "decided": "decided{place}: {outcome}",
}
_VOID = {"taken_back": ", and took it back", "overtaken": ", but the request ended before it took effect"}


def _day(moment: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(moment))
    return f"{local.day} {local:%b %H:%M}"


def _place(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """In whose place somebody decided."""
    if by := details.get("delegated_by"):
        return f" in the place of {names.get(by, by)}"
    return " in the place of those it was put to" if details.get("authority") == "override" else ""


def happened(action: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What somebody did with a task, to stand after their name; `details` are those of the action, `names` how people are
    called by their e-mail addresses."""
    if action == "escalated" and "who" in details:
        who = str(details["who"])
        put_to, more = reached(str(details["to"]), who=names.get(who, who), why=details.get("why"))
        return f"put it to {put_to} as well, as it got late{more}"
    named = defaultdict(lambda: "somebody", dict(details) | {"outcome": done(str(details.get("outcome", ""))).lower()})
    named["until"] = f", until {_day(details['until'])}" if details.get("until") else ""
    named["place"] = _place(details, names)
    return _ACTIONS.get(action, label(action).lower()).format_map(named) + _VOID.get(str(details.get("void_reason")), "")
