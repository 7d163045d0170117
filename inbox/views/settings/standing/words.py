"""Standing grants in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox import presentation
from inbox.standing import pattern
from inbox.standing.pattern import Bound, GrantCondition, GrantMatch, Limits
from inbox.standing.selectors import LoggedUse, UsedNow
from inbox.tasks.models import StandingGrant
from inbox.views.kit import words
from inbox.views.settings.policies import words as policies
from inbox.vocabulary.kinds import RISK_WORDS
from inbox.vocabulary.series import series
from intents.kernel import canonical

STATES = {
    "active": (gettext_lazy("Active"), "green"),
    "expired": (gettext_lazy("Expired"), "hollow"),
    "revoked": (gettext_lazy("Revoked"), "hollow"),
    "ended": (gettext_lazy("Ended: its maker can't decide any more"), "hollow"),
}


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as a list has it. `used` are (what, used, limit, share in percent)."""

    row: StandingGrant
    decides: str
    limits: list[str]
    used: list[tuple[str, str]]
    state: str
    tone: str
    is_active: bool


def line(row: StandingGrant, used: UsedNow, *, now: datetime) -> GrantLine:
    state = row.state_at(now)
    said, tone = STATES[state]
    try:
        match, limits = pattern.match_of(row.match), pattern.limits_of(row.limits)
    except ValueError:
        return GrantLine(row, _("This grant can't be read, so it decides nothing."), [], [], str(said), tone, False)
    return GrantLine(
        row, decides(row, match), limit_words(limits), used_words(limits, used), str(said), tone, state == "active"
    )


def decides(row: StandingGrant, match: GrantMatch) -> str:
    """What a grant decides, in one sentence."""
    said = _("%(decision)s %(types)s from %(agents)s, up to %(risk)s risk")
    whole = said % {
        "decision": words.verb(row.outcome),
        "types": series([*map(presentation.one_line, match.intent_types)]),
        "agents": series([*map(presentation.one_line, match.agents)]) if match.agents else _("any agent"),
        "risk": RISK_WORDS[row.risk],
    }
    return series([whole, *map(_condition, match.payload or ())])


def _condition(one: GrantCondition) -> str:
    """Its parts are made plain each, for in a sentence they are set apart by marks that cannot be seen."""
    field = presentation.one_line(one.field)
    if one.one_of is None:
        value = presentation.one_line(one.is_) if isinstance(one.is_, str) else one.is_
        return policies.condition(one.model_copy(update={"field": field, "is_": value}))
    values = [presentation.one_line(value if isinstance(value, str) else canonical.dumps(value)) for value in one.one_of]
    return _("where %(field)s is %(value)s") % {"field": field, "value": policies.either(values)}


def limit_words(limits: Limits) -> list[str]:
    """The limits, one by one."""
    each = [
        _("%(amount)s each at most") % {"amount": presentation.money(one, cur)} for cur, one in (limits.each or {}).items()
    ]
    return [*each, *_bound(limits.per_day, _("%(limit)s a day")), *_bound(limits.total, _("%(limit)s in total"))]


def _bound(bound: Bound | None, said: str) -> Iterator[str]:
    if bound is None:
        return
    if bound.count is not None:
        yield said % {"limit": _decisions(bound.count)}
    for currency, most in (bound.sums or {}).items():
        yield said % {"limit": presentation.money(most, currency)}


def _decisions(count: int) -> str:
    return ngettext("%(count)s decision", "%(count)s decisions", count) % {"count": count}


def used_words(limits: Limits, used: UsedNow) -> list[tuple[str, str]]:
    """What was used of each limit: what it is, and how much of how much."""
    found = []
    for bound, count, spent, name in (
        (limits.per_day, used.today, used.spent_today, _("Today")),
        (limits.total, used.ever, used.spent, _("In total")),
    ):
        if bound is not None and bound.count is not None:
            found.append((name, _("%(used)s of %(limit)s") % {"used": count, "limit": _decisions(bound.count)}))
        elif name == _("In total"):
            found.append((name, _decisions(count)))
        for currency, most in ((bound.sums if bound else None) or {}).items():
            told = {
                "used": presentation.money(spent.get(currency, Decimal(0)), currency),
                "limit": presentation.money(most, currency),
            }
            found.append((name, _("%(used)s of %(limit)s") % told))
    return found


@dataclass(frozen=True, slots=True)
class UseLine:
    """A decision of a grant's log."""

    use: LoggedUse
    headline: str
    amount: str
    outcome: str
    note: str


VOID = {
    "taken_back": gettext_lazy("undone"),
    "changed": gettext_lazy("changed since"),
    "returned": gettext_lazy("before it went back"),
    "overtaken": gettext_lazy("the request ended first"),
}


def use_line(one: LoggedUse) -> UseLine:
    amount = presentation.money(one.amount, one.currency) if one.amount is not None else ""
    note = str(VOID.get(one.void_reason or "", "")) or (_("one vote of several") if one.vote else "")
    headline = presentation.one_line(one.headline) or _("(erased)")
    return UseLine(one, headline, amount, words.done(one.outcome), note)


def suggestion_title(told: Mapping[str, Any]) -> str:
    """Why a grant is suggested."""
    said = _(
        "You decided %(count)s times “%(outcome)s” on %(type)s from %(agent)s in the last %(days)s days, never otherwise."
    )
    if told["highest"]:
        said = _(
            "You decided %(count)s times “%(outcome)s” on %(type)s from %(agent)s, up to %(highest)s each, in the last"
            " %(days)s days, never otherwise."
        )
    return said % told
