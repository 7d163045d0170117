"""What goes where by the settings that are stored, for each risk in a line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from inbox.notifications import personal
from inbox.notifications.personal import Contact
from inbox.notifications.preferences import ChannelChoice, Digest, Preferences, Quiet, Span
from inbox.views.settings.notifications.form import EVERY
from inbox.vocabulary.kinds import RISK_WORDS


@dataclass(frozen=True, slots=True)
class RiskRoute:
    """Where what is of a risk goes: by which channels, and when it does not go at once."""

    risk: str
    by: str
    when: list[str]
    in_browser: bool


def summary(chosen: Preferences, contact: Contact) -> list[RiskRoute]:
    """The risks, the most first, as `preferences.route` has them; without channels that the server cannot send by now."""
    named = {
        one.by: one.name or personal.label(one.channel)
        for one in personal.destinations(contact)
        if not personal.get(one.channel).unavailable()
    }
    return [_line(chosen, risk, str(capfirst(words)), named) for risk, words in RISK_WORDS.items()]


def _line(chosen: Preferences, risk: str, words: str, named: Mapping[str, str]) -> RiskRoute:
    digest = chosen.digest if chosen.digest is not None and risk in chosen.digest.risks else None
    known = [one for one in chosen.channels if one.by in named]
    # A digest goes by any channel at any time.
    by = [named[one.by] for one in known] if digest else [_at(one, named[one.by]) for one in known if risk in one.risks]
    when = list(_when(digest, chosen.quiet, risk)) if by else []
    return RiskRoute(words, _one_by_one(by), when, risk in chosen.browser)


def _at(choice: ChannelChoice, name: str) -> str:
    return name if choice.hours is None else f"{name} ({_hours(choice.hours)})"


def _hours(span: Span) -> str:
    return f"{span.start}–{span.end}"


def _one_by_one(names: list[str]) -> str:
    if not names:
        return _("On the pages only")
    return reduce(lambda before, name: _("%(first)s, then %(next)s") % {"first": before, "next": name}, names)


def _when(digest: Digest | None, quiet: Quiet | None, risk: str) -> Iterator[str]:
    if digest is not None:
        yield " · ".join([_("Digest"), str(dict(EVERY)[digest.every]), *([digest.at] if digest.every == "day" else [])])
    if quiet is not None and (digest is not None or risk not in quiet.through):
        yield f"{_('Quiet hours')} · {_hours(quiet)}"
