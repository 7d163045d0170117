"""The plain words of the pages: never the protocol's own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import get_language, gettext_lazy, gettext_noop, pgettext_lazy
from django.utils.translation import gettext as _

from inbox.presentation import label, one_line, outcome_words
from inbox.templatetags import pages
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import KINDS, is_negative, kind_of
from inbox.vocabulary.lifecycle import State
from inbox.vocabulary.roles import everybody
from inbox.vocabulary.series import series
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

VERBS, verb, done = outcome_words.VERBS, outcome_words.verb, outcome_words.done

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
    """What tasks of a type are called."""
    return _kind(task_type, get_language())


# Each row of a list has one.
@lru_cache(512)
def _kind(task_type: str, language: str | None) -> str:
    return str(KIND_WORDS.get(kind_of(task_type).name) or label(task_type))


# Texts of their own: a language may write some of these words with a capital letter wherever they stand.
_INSIDE = {
    "approved": pgettext_lazy("inside a sentence", "approved"),
    "rejected": pgettext_lazy("inside a sentence", "rejected"),
    "changes_requested": pgettext_lazy("inside a sentence", "changes requested"),
    "confirmed": pgettext_lazy("inside a sentence", "confirmed"),
    "denied": pgettext_lazy("inside a sentence", "denied"),
    "assigned": pgettext_lazy("inside a sentence", "assigned"),
    "declined": pgettext_lazy("inside a sentence", "declined"),
    "submitted": pgettext_lazy("inside a sentence", "answered"),
    "provided": pgettext_lazy("inside a sentence", "answered"),
    "completed": pgettext_lazy("inside a sentence", "done"),
    "failed": pgettext_lazy("inside a sentence", "could not be done"),
    "override_approved": pgettext_lazy("inside a sentence", "overridden"),
}
_STATUSES = {
    "COMPLETED": pgettext_lazy("inside a sentence", "completed"),
    "FAILED": pgettext_lazy("inside a sentence", "failed"),
    "CANCELED": pgettext_lazy("inside a sentence", "canceled"),
    "TIMED_OUT": pgettext_lazy("inside a sentence", "timed out"),
}


def done_inside(outcome: str) -> str:
    """`done`, to stand inside of a sentence; a name of the agent's stays as it is."""
    return str(_INSIDE[outcome]) if outcome in _INSIDE else done(outcome)


def status(of_intent: str) -> str:
    """How an intent ended, to stand inside of a sentence."""
    return str(_STATUSES.get(of_intent, of_intent.lower()))


def tone(task_type: str, outcome: str) -> str:
    """The colour that goes with the words of an outcome."""
    if is_negative(task_type, outcome):
        return "red"
    return "green" if any(outcome in one.positive for one in KINDS.values()) else "accent"


STATES = {
    State.CLAIMED: (gettext_lazy("Claimed"), "accent"),
    **{state: (said, "hollow") for state, said in outcome_words.UNDECIDED.items()},
}


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
    "vote_taken_back": gettext_lazy("%(who)s undid their vote"),
}


def task_event(who: str, action: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What `who` did with a task; `details` are those of the action, `names` how people are called by their email
    addresses."""
    match action:
        case "decided" | "voted":
            return _decided(who, details, names, vote=action == "voted")
        case "approver_added":
            said = _("%(who)s asked %(to)s as well")
            if details.get("needed"):
                said = _("%(who)s asked %(to)s as well, whose vote is needed")
            to = str(details.get("assigned_to") or "")
            return said % {"who": who, "to": names.get(to, to)}
        case "substituted":
            return _("%(to)s asked in the place of %(who)s") % {
                "to": _people(details.get("to", ()), names),
                "who": _people(details.get("missing", ()), names),
            }
        case "skipped":
            return _("%(who)s can't decide it any more: it takes %(needed)s now") % {
                "who": _people(details.get("missing", ()), names) or _("Somebody"),
                "needed": details.get("needed"),
            }
        case "closed_by_rule":
            return _("Closed, too few people can decide it: %(outcome)s") % {
                "outcome": done_inside(str(details.get("outcome", "")))
            }
        case "asked" if details.get("paused_until"):
            said = _("%(who)s asked the agent, and the clock is paused until it answers, or until %(until)s")
            return said % {"who": who, "until": _day(details["paused_until"])}
        case "clock_paused":
            return _("The clock is paused until the agent answers, or until %(until)s") % {
                "until": _day(details["paused_until"])
            }
        case "clock_resumed" if details.get("due_at"):
            return _("The clock runs again: due %(due)s") % {"due": _day(details["due_at"])}
        case "clock_resumed":
            return _("The clock runs again")
        case "stage_began":
            said = _("%(after)s agreed. Next stage: %(name)s")
            return said % {"after": details.get("after") or "", "name": details.get("name") or ""}
        case "stage_returned":
            said = _("%(after)s refused. Back to %(name)s, who vote again")
            return said % {"after": details.get("after") or "", "name": details.get("name") or ""}
        case "escalated":
            return _escalated(details, names)
        case "reassigned":
            said = _("%(who)s reassigned it from %(name)s to %(to)s")
            gone, to = (str(details.get(one) or "") for one in ("reassigned_from", "assigned_to"))
            return said % {"who": who, "name": names.get(gone, gone), "to": names.get(to, to)}
        case "delegated" if details.get("until"):
            said = _("%(who)s delegated it to %(to)s until %(until)s")
            return said % {"who": who, "to": _people([details["delegated_to"]], names), "until": _day(details["until"])}
        case "delegated":
            return _("%(who)s delegated it to %(to)s") % {"who": who, "to": _people([details["delegated_to"]], names)}
    return str(_ACTIONS[action]) % {"who": who, "to": _people([details.get("assigned_to")], names)}


def _people(called: Iterable[object], names: Mapping[str, str]) -> str:
    """One after the other, by their names where `names` has these."""
    return series(names.get(str(one), one) for one in called)


def _decided(who: str, details: Mapping[str, Any], names: Mapping[str, str], *, vote: bool = False) -> str:
    said = _("%(who)s voted: %(outcome)s") if vote else _("%(who)s decided: %(outcome)s")
    by = str(details.get("delegated_by") or "")
    if by and vote:
        said = _("%(who)s voted for %(name)s: %(outcome)s")
    elif by:
        said = _("%(who)s decided for %(name)s: %(outcome)s")
    elif details.get("authority") == "override":
        said = _("%(who)s overrode the assignees: %(outcome)s")
    elif details.get("standing_grant"):
        said = _("%(who)s decided in advance, by the standing grant %(grant)s: %(outcome)s")
        if vote:
            said = _("%(who)s voted in advance, by the standing grant %(grant)s: %(outcome)s")
    grant = details.get("standing_grant") or ""
    outcome = done_inside(str(details.get("outcome", "")))
    decided = said % {"who": who, "name": names.get(by, by), "grant": grant, "outcome": outcome}
    if details.get("changes"):
        decided = _("%(decided)s, with changes") % {"decided": decided}
    match details.get("void_reason"):
        case "taken_back":
            return _("%(decided)s (undone)") % {"decided": decided}
        case "changed":
            return _("%(decided)s (changed since)") % {"decided": decided}
        case "returned":
            return _("%(decided)s (before it went back)") % {"decided": decided}
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
    form = _("j M H:i")
    return f"{dateformat.format(local, form)} {pages.zone(local)}"
