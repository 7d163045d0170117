"""The plain words of the pages: never the protocol's own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from inbox.presentation import label, one_line
from inbox.templatetags import pages
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import KINDS, is_negative, kind_of
from inbox.vocabulary.lifecycle import State
from intents.kernel.actors import MANAGER, Role

KIND_WORDS = {
    "approval": gettext_lazy("Approval"),
    "review": gettext_lazy("Review"),
    "confirmation": gettext_lazy("Confirmation"),
    "assignment": gettext_lazy("Assignment"),
    "form": gettext_lazy("Form"),
    "clarification": gettext_lazy("Question"),
    "manual_action": gettext_lazy("Manual step"),
    "override": gettext_lazy("Override"),
}

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

REASONS = {
    "approval": (
        gettext_noop("Wrong amount"),
        gettext_noop("Not needed"),
        gettext_noop("Missing information"),
        gettext_noop("Against policy"),
    ),
    "review": (gettext_noop("Not correct"), gettext_noop("Incomplete"), gettext_noop("Against policy")),
    "confirmation": (gettext_noop("Not true"), gettext_noop("Can't tell")),
    "assignment": (gettext_noop("Nobody is free"), gettext_noop("Not our team")),
    "clarification": (gettext_noop("Can't tell"), gettext_noop("Ask somebody else")),
    "manual_action": (gettext_noop("Not possible"), gettext_noop("No access"), gettext_noop("Already done")),
    "override": (gettext_noop("Rule stands"), gettext_noop("Insufficient justification"), gettext_noop("Against policy")),
}
"""Reasons that refusals often have. Pages translate them; what is sent and kept is what stands here."""


def kind(task_type: str) -> str:
    return str(KIND_WORDS.get(kind_of(task_type).name) or label(task_type))


def verb(outcome: str) -> str:
    """The words of a button: those of an outcome of a task's own are its name."""
    return str(VERBS[outcome][0]) if outcome in VERBS else label(outcome)


def done(outcome: str) -> str:
    return str(VERBS[outcome][1]) if outcome in VERBS else label(outcome)


def tone(task_type: str, outcome: str) -> str:
    """The colour that goes with the words of an outcome."""
    if is_negative(task_type, outcome):
        return "red"
    return "green" if any(outcome in one.positive for one in KINDS.values()) else "accent"


STATES = {
    State.CLAIMED: (gettext_lazy("Claimed"), "accent"),
    State.EXPIRED: (gettext_lazy("Expired without a decision"), "hollow"),
    State.WITHDRAWN: (gettext_lazy("Withdrawn"), "hollow"),
}


_ALL = {
    Role.OWNER: gettext_lazy("all owners"),
    Role.ADMIN: gettext_lazy("all admins"),
    Role.OPERATOR: gettext_lazy("all operators"),
    Role.APPROVER: gettext_lazy("all approvers"),
    Role.VIEWER: gettext_lazy("all viewers"),
}


def everybody(role: str) -> str:
    """Those who have a role, or may do what it may."""
    return str(_ALL[Role(role)])


def asked(to: str) -> str:
    """Whom a level of a policy names, as it is written."""
    if to.strip().lower() in set(Role):
        return everybody(to.strip().lower())
    if schedule := principals.schedule(to):
        return _("whoever is on call in %(schedule)s") % {"schedule": schedule}
    return _("the manager of the agent's owner") if to.strip().lower() == MANAGER else one_line(to)


def reached(to: str, *, who: str, why: str | None) -> str:
    """Whom a level asks that was looked up, to stand inside of a sentence. `who` is a name, or a role where `why` tells
    why."""
    if why is not None:
        return everybody(who)
    if schedule := principals.schedule(to):
        return _("%(name)s (on call: %(schedule)s)") % {"name": who, "schedule": schedule}
    return _("%(name)s (manager of the agent's owner)") % {"name": who}


ENDED = {
    "COMPLETED": gettext_lazy("The request is completed"),
    "FAILED": gettext_lazy("The request has failed"),
    "CANCELED": gettext_lazy("The request was canceled"),
    "TIMED_OUT": gettext_lazy("The request ran out of time"),
}

_ACTIONS = {
    "asked": gettext_lazy("%(who)s asked the agent"),
    "answered": gettext_lazy("%(who)s answered"),
    "commented": gettext_lazy("%(who)s commented"),
    "claimed": gettext_lazy("%(who)s claimed it"),
    "released": gettext_lazy("%(who)s released it"),
    "undelegated": gettext_lazy("%(who)s ended the delegation"),
    "assigned": gettext_lazy("%(who)s assigned it to %(to)s"),
    "reminded": gettext_lazy("%(who)s sent a reminder"),
    "taken_back": gettext_lazy("%(who)s undid the decision"),
}


def task_event(who: str, action: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What `who` did with a task; `details` are those of the action, `names` how people are called by their email
    addresses."""
    match action:
        case "decided":
            return _decided(who, details, names)
        case "escalated":
            return _escalated(details, names)
        case "delegated" if details.get("until"):
            said = _("%(who)s delegated it to %(to)s until %(until)s")
            return said % {"who": who, "to": details["delegated_to"], "until": _day(details["until"])}
        case "delegated":
            return _("%(who)s delegated it to %(to)s") % {"who": who, "to": details["delegated_to"]}
    return str(_ACTIONS[action]) % {"who": who, "to": details.get("assigned_to")}


def _decided(who: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    said = _("%(who)s decided: %(outcome)s")
    by = str(details.get("delegated_by") or "")
    if by:
        said = _("%(who)s decided for %(name)s: %(outcome)s")
    elif details.get("authority") == "override":
        said = _("%(who)s overrode the assignees: %(outcome)s")
    decided = said % {"who": who, "name": names.get(by, by), "outcome": done(str(details.get("outcome", ""))).lower()}
    match details.get("void_reason"):
        case "taken_back":
            return _("%(decided)s (undone)") % {"decided": decided}
        case "overtaken":
            return _("%(decided)s, but the request ended before it took effect") % {"decided": decided}
    return decided


def _escalated(details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    to, why = str(details["to"]), details.get("why")
    if "who" in details:
        reaches = str(details["who"])
        to = reached(to, who=names.get(reaches, reaches), why=why)
    else:
        to = names.get(to) or asked(to)
    said = _("Escalated to %(to)s: no decision in time")
    if why is not None:
        said = _("Escalated to %(to)s: no decision in time, %(why)s")
    return said % {"to": to, "why": why}


def _day(moment: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(moment))
    return f"{dateformat.format(local, 'j M H:i')} {pages.zone(local)}"
