"""Policies in words, for who reads them."""

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from inbox.calendars import working_time
from inbox.escalation.forecast import Next, What
from inbox.plans.escalation import Condition, Escalation, Least, Match
from inbox.views.kit import words
from inbox.views.settings.policies import several
from inbox.vocabulary.kinds import RISK_WORDS
from inbox.vocabulary.roles import everybody
from inbox.vocabulary.series import series
from intents.kernel import canonical

ENDS = (
    ("expire", _("Expire (no decision)")),
    ("fail", _("Fail the request")),
    ("owner", _("Escalate to the owners for the same time again, then fail")),
    ("complete", _("Decide automatically (low risk only)")),
)
GRANTS = (("", _("May decide it")), ("never", _("Never decide it")))
DUTIES = (
    ("", _("At high and critical risk")),
    ("always", _("Always")),
    ("never", _("Only if the agent asks for it")),
)
"""When who stands behind an agent may not decide."""
Names = Mapping[str, str]


def asked(to: str, names: Names) -> str:
    """Whom a level asks. `names` are those of members, by their addresses."""
    return names.get(to.strip().lower()) or words.asked(to)


def for_what(match: Match) -> str:
    """Which tasks a policy is for: "Tasks of type refund.*, of high risk, where amount.eur is at least 1,000"."""
    parts = []
    if match.intent_types:
        parts.append(_("of type %(types)s") % {"types": either(match.intent_types)})
    if match.agents:
        parts.append(_("from %(agents)s") % {"agents": either(match.agents)})
    if match.risks:
        parts.append(_("of %(risks)s risk") % {"risks": either([str(RISK_WORDS[risk]) for risk in match.risks])})
    parts += [condition(one) for one in match.payload or ()]
    return _("Tasks %(conditions)s.") % {"conditions": series(parts)} if parts else str(_("Every task."))


def condition(one: Condition) -> str:
    """What a field of the data has to be: "where amount.eur is at least 1,000"."""
    if one.at_least is not None:
        return _("where %(field)s is at least %(value)s") % {"field": one.field, "value": f"{one.at_least:,.12g}"}
    if one.at_most is not None:
        return _("where %(field)s is at most %(value)s") % {"field": one.field, "value": f"{one.at_most:,.12g}"}
    value = one.is_ if isinstance(one.is_, str) else canonical.dumps(one.is_)
    return _("where %(field)s is %(value)s") % {"field": one.field, "value": value}


def needs(least: Least) -> list[str]:
    """What tasks of a policy have at least, a sentence for each part of it."""
    found = []
    if least.risk is not None:
        found.append(_("At least %(risk)s risk.") % {"risk": RISK_WORDS[least.risk]})
    if least.separation_of_duties is not None:
        always, never = _("The agent's owner can never decide."), _("Agents choose whether their owner can decide.")
        found.append(str(always if least.separation_of_duties else never))
    if least.standing_grants is False:
        found.append(str(_("No standing grant decides it.")))
    return [*found, *several.says(least.approval())]


def happens(escalation: Escalation, names: Names, *, working: bool) -> list[str]:
    """What a policy does, a sentence for each of its parts. `working` means that it counts in working hours."""
    return list(_happens(escalation, names, working))


def _happens(escalation: Escalation, names: Names, working: bool) -> Iterator[str]:
    reminders, end = escalation.reminders, escalation.end
    if reminders is not None:
        said = _("Reminds after %(time)s, then every %(interval)s, %(times)s times in all.")
        yield (said if reminders.at_most > 1 else _("Reminds after %(time)s.")) % {
            "time": amount(reminders.after_seconds, working=working),
            "interval": amount(reminders.interval_seconds or reminders.after_seconds, working=working),
            "times": reminders.at_most,
        }
    if escalation.levels:
        levels = [
            _("%(who)s after %(time)s") % {"who": asked(one.to, names), "time": amount(one.after_seconds, working=working)}
            for one in escalation.levels
        ]
        said = (
            _("Escalates to %(levels)s. Runs all levels %(times)s times.")
            if escalation.repeat
            else _("Escalates to %(levels)s.")
        )
        yield said % {"levels": str(_(", then ")).join(levels), "times": escalation.repeat + 1}
    if escalation.question_pause_seconds is not None:
        yield _("While an approver's question to the agent is open, the clock is paused, for %(time)s at most.") % {
            "time": amount(escalation.question_pause_seconds, working=False)
        }
    yield _AFTER[end.then] % {
        "time": amount(end.after_seconds, working=working),
        "outcome": words.done(end.outcome or ""),
    }


_AFTER = {
    "fail": _("After %(time)s, the request fails."),
    "expire": _("After %(time)s, it expires."),
    "owner": _("After %(time)s, escalates to all owners for the same time again."),
    "complete": _("After %(time)s, decided automatically: %(outcome)s."),
}
_UNITS = {
    "day": ngettext_lazy("%(count)s day", "%(count)s days", "count"),
    "hour": ngettext_lazy("%(count)s hour", "%(count)s hours", "count"),
    "minute": ngettext_lazy("%(count)s minute", "%(count)s minutes", "count"),
    "second": ngettext_lazy("%(count)s second", "%(count)s seconds", "count"),
}
_WORKING_UNITS = {
    "hour": ngettext_lazy("%(count)s working hour", "%(count)s working hours", "count"),
    "minute": ngettext_lazy("%(count)s working minute", "%(count)s working minutes", "count"),
    "second": ngettext_lazy("%(count)s working second", "%(count)s working seconds", "count"),
}


def amount(seconds: float, *, working: bool) -> str:
    """A length of time in words: "4 working hours", "2 days", "1 hour 30 minutes"."""
    (count, unit), *less = working_time.parts(seconds, working=working)
    first = (_WORKING_UNITS if working else _UNITS)[unit]
    return " ".join([first % {"count": count}, *(_UNITS[unit] % {"count": count} for count, unit in less)])


def step(one: Next, names: Names) -> str:
    """A step of a plan."""
    if one.what is What.REMINDER:
        return str(_("Reminds all assignees"))
    if one.what is What.ESCALATION:
        to = one.to or ""
        who = asked(to, names) if one.name is None else words.reached(to, who=one.name, why=one.why)
        said = _("Escalates to %(who)s: %(why)s") if one.why else _("Escalates to %(who)s")
        return said % {"who": who, "why": one.why}
    match one.then:
        case "fail":
            return str(_("It fails"))
        case "expire":
            return str(_("Expires without a decision"))
    return _("Decided automatically: %(outcome)s") % {"outcome": words.done(one.outcome or "")}


def either(names: Sequence[str]) -> str:
    """One of them: "a, b or c"."""
    *first, last = names
    return _("%(first)s or %(last)s") % {"first": series(first), "last": last} if first else last


def short(one: Next, names: Names) -> str:
    """A step in a word or two, to stand before its time."""
    if one.what is What.ESCALATION:
        if one.name is None:
            return asked(one.to or "", names)
        return everybody(one.name) if one.why else one.name
    match one.then:
        case "fail":
            return str(_("fails"))
        case "expire":
            return str(_("expires"))
    return words.done_inside(one.outcome or "")
