"""What the templates say again and again: icons, times, names."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, gettext_noop, ngettext, npgettext
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from inbox import presentation
from inbox.vocabulary.series import between, series
from intents.kernel import clock as clocks

register = template.Library()
register.filter("series", series)
register.filter("capital", presentation.capitalised)
register.simple_tag(between)

MINUTE, HOUR, DAY = 60, 3600, 86_400
LITTLE = 25
"""Percent of the time for a task, below which its row shows how much is left."""


_POINTING = {"arrow-right", "chevron-left", "log-in", "log-out", "message-square", "reply", "send", "undo-2"}
"""Icons that point along the line, which are mirrored where that runs from right to left."""


@register.simple_tag
@lru_cache(512)
def icon(name: str, label: str = "") -> str:
    """An icon of the lucide set. Without `label` it is decoration that screen readers pass over. Being cached, it is made
    once for each place of a template that names it."""
    attributes = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    pointing = " pointing" if name in _POINTING else ""
    return lucide(str(name), size=16, **{"class": f"icon{pointing}", **attributes})


@register.filter
def initials(name: str) -> str:
    """Two letters for a person or an agent: of a name, or of what stands before the @ of an address. Of an agent within
    another's name, such as demo/billing, its own part: those of one make tell nothing apart."""
    own = str(name).partition("@")[0].rpartition("/")[2]
    words = [word for word in own.replace(".", " ").replace("-", " ").split() if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def breaking(name: str) -> SafeString:
    """A name that breaks before the @ of an address, where it is too long for its line."""
    before, at, after = str(name).partition("@")
    return format_html("{}<wbr>{}{}", before, at, after) if at else format_html("{}", name)


def span(seconds: float) -> str:
    """A length of time in at most two units: "2 h 10 min", "3 days"."""
    return _span(_shown(seconds), get_language())


def _shown(seconds: float) -> int:
    """A length of time to as much as is said of it, so that many times share their words."""
    whole = int(abs(seconds))
    unit = 1 if whole < MINUTE else MINUTE if whole < DAY else HOUR
    return whole - whole % unit


# Words of times are kept by their language: a list has several in each row, and looking texts up takes longer than all else.
@lru_cache(4096)
def _span(seconds: int, language: str | None) -> str:
    if seconds < MINUTE:
        return _("%(seconds)s s") % {"seconds": seconds}
    if seconds < HOUR:
        return _("%(minutes)s min") % {"minutes": seconds // MINUTE}
    if seconds < DAY:
        hours, minutes = seconds // HOUR, seconds % HOUR // MINUTE
        said = _("%(hours)s h %(minutes)s min") if minutes else _("%(hours)s h")
        return said % {"hours": hours, "minutes": minutes}
    days, hours = seconds // DAY, seconds % DAY // HOUR
    said = ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return _("%(days)s %(hours)s h") % {"days": said, "hours": hours} if hours and days < 3 else said


def _unit(seconds: float) -> int:
    """A length of time to the whole of its largest unit."""
    whole = int(abs(seconds))
    unit = DAY if whole >= DAY else HOUR if whole >= HOUR else MINUTE if whole >= MINUTE else 1
    return whole - whole % unit


@lru_cache(4096)
def _short(seconds: int, language: str | None) -> str:
    if seconds >= DAY:
        return _("%(days)s d") % {"days": seconds // DAY}
    return _span(seconds, language)


def relative(moment: datetime, now: datetime) -> str:
    """ "in 2 h 10 min", "3 min ago", "just now"."""
    seconds = (moment - now).total_seconds()
    if abs(seconds) < MINUTE:
        return _("in under a minute") if seconds > 0 else _("just now")
    return _relative(_shown(seconds), seconds > 0, get_language())


@lru_cache(4096)
def _relative(seconds: int, ahead: bool, language: str | None) -> str:
    words = _span(seconds, language)
    if seconds >= DAY:
        # After "in" and "ago" some languages have another case.
        days, hours = seconds // DAY, seconds % DAY // HOUR
        words = relative_days(days) % {"days": days}
        words = _("%(days)s %(hours)s h") % {"days": words, "hours": hours} if hours and days < 3 else words
    return (_("in %(span)s") if ahead else _("%(span)s ago")) % {"span": words}


def relative_days(days: int) -> str:
    """The words for so many days ahead or ago, the number left open."""
    return npgettext("ahead or ago", "%(days)s day", "%(days)s days", days)


@lru_cache(4096)
def _left(seconds: int, language: str | None) -> str:
    return _("%(span)s left") % {"span": _span(seconds, language)}


# As Django's filter for dates has them.
_EXACT = gettext_noop("D j M Y")
_THIS_YEAR, _ANY_YEAR = gettext_noop("j M"), gettext_noop("j M Y")


@lru_cache(4096)
def _day(day: date, form: str, language: str | None) -> str:
    return dateformat.format(day, _(form))


def exact(moment: datetime) -> str:
    """The whole time in the person's zone: "Sat 21 Nov 2026, 16:40 UTC"."""
    return _exact(timezone.localtime(moment))


def _exact(local: datetime) -> str:
    return f"{_day(local.date(), _EXACT, get_language())}, {local:%H:%M} {zone(local)}"


def zone(local: datetime) -> str:
    """What its zone is called: CET, or UTC+03 where the zone has no name."""
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


def clock(moment: datetime, now: datetime) -> str:
    """The time of day, with the day when that is another one: "16:40", "Mon 16:40", "3 Dec 16:40", "3 Dec 2031 16:40"."""
    return _clock(timezone.localtime(moment), timezone.localtime(now).date())


def _clock(local: datetime, today: date) -> str:
    day = local.date()
    if day == today:
        return f"{local:%H:%M}"
    form = _THIS_YEAR if day.year == today.year else _ANY_YEAR
    if abs(day - today) < timedelta(days=6):
        form = "D"
    return f"{_day(day, form, get_language())} {local:%H:%M}"


def now_of(context: Context) -> datetime:
    """The time that the page's data are of."""
    found: datetime | None = context.get("now")
    return found or clocks.now()


@register.simple_tag(takes_context=True)
def moment(context: Context, value: datetime | None, style: str = "relative", *, zoned: bool = False) -> SafeString | str:
    """A `<time>`: `relative`, `clock` or `both`, with its zone when `zoned`. The exact time is in its title; the page keeps
    relative ones true."""
    return "" if value is None else time_element(value, now_of(context), style, zoned=zoned)


def time_element(value: datetime, now: datetime, style: str = "relative", *, zoned: bool = False) -> SafeString:
    """The same for a list, which has several in each row."""
    local = timezone.localtime(value)
    at = _clock(local, timezone.localtime(now).date())
    if zoned:
        at = f"{at} {zone(local)}"
    words = at if style == "clock" else relative(value, now)
    if style == "both":
        words = _("%(relative)s, %(clock)s") % {"relative": words, "clock": at}
    return SafeString(
        f'<time datetime="{value.isoformat(timespec="seconds")}" title="{escape(_exact(local))}"'
        f' data-style="{style}" data-clock="{escape(at)}">{escape(words)}</time>'
    )


@register.filter
def shortened(value: object) -> str:
    """An id by its beginning and its end: of ids made in one moment the beginnings are alike."""
    text = str(value)
    return f"{text[:8]}…{text[-6:]}"


@register.inclusion_tag("pieces/left.html", takes_context=True)
def left(context: Context, due_at: datetime | None, since: datetime | None = None, *, short: bool = False) -> dict[str, Any]:
    """How long somebody has to decide, in words and as a thin bar of what is left since `since`. For a row, with `short`, in
    one unit, and with the bar only when little is left."""
    if due_at is None:
        return {"due_at": None}
    seconds = (due_at - now_of(context)).total_seconds()
    tone = "red" if seconds < HOUR else "amber" if seconds < 4 * HOUR else ""
    whole = (due_at - since).total_seconds() if since else 0
    share = max(0, min(100, round(100 * seconds / whole))) if whole > 0 else None
    if short and (share is None or share >= LITTLE):
        share = None
    words = _short(_unit(seconds), get_language()) if short else _left(_shown(seconds), get_language())
    return {
        "due_at": due_at,
        "tone": tone,
        "share": share,
        "title": _("Due %(exact)s") % {"exact": exact(due_at)},
        "words": _("Expired") if seconds <= 0 else words,
        "style": "short" if short else "left",
    }


_RISKS = {
    "low": gettext_lazy("Low risk"),
    "medium": gettext_lazy("Medium risk"),
    "high": gettext_lazy("High risk"),
    "critical": gettext_lazy("Critical risk"),
}


@register.filter
def risk_words(name: str) -> str:
    """A risk in words of its own."""
    return str(_RISKS[name])


_RISK_ICONS = {"low": "chevron-down", "medium": "equal", "high": "chevrons-up", "critical": "octagon-alert"}


@register.simple_tag
def risk(name: str) -> SafeString:
    """A risk as icon, word and colour."""
    return _risk(name, get_language())


@lru_cache
def _risk(name: str, language: str | None) -> SafeString:
    # Each row of a list has one.
    sign = icon(_RISK_ICONS[name])
    return format_html(
        '<span class="risk" data-risk="{}">{}<span class="word">{}</span></span>', name, sign, risk_words(name)
    )


_ROLES = {
    "owner": gettext_lazy("owner"),
    "admin": gettext_lazy("admin"),
    "operator": gettext_lazy("operator"),
    "approver": gettext_lazy("approver"),
    "viewer": gettext_lazy("viewer"),
}


@register.filter
def of(found: Mapping[object, object], key: object) -> object:
    """What a mapping has of a key, nothing when it has none."""
    return found.get(key, "")


@register.filter
def role(name: str) -> str:
    """A role, to stand in a sentence."""
    return str(_ROLES[name])


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The languages to choose from, by their codes, each as it calls itself."""
    return settings.LANGUAGES


@register.filter
def language_name(code: str) -> str:
    """What a language calls itself."""
    return dict(settings.LANGUAGES).get(code, code)


@register.filter
def maker(label: str) -> str:
    """Who made something, by the label on record: an address, an agent's name, or the server."""
    return _("the server") if label.startswith("system:") else label.rpartition("/")[2]
