"""What a standing grant would have decided lately, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox import presentation
from inbox.standing.preview import DAYS, Preview, WouldDecide
from inbox.views.kit import words
from inbox.views.settings.policies.replayed import HOW

MOST = 50
"""Tasks that are listed."""


@dataclass(frozen=True, slots=True)
class PastLine:
    """A task that would have been decided."""

    past: WouldDecide
    headline: str
    amount: str
    really: str


@dataclass(frozen=True, slots=True)
class Previewed:
    """`title` says how many; `notes` what else is to be known."""

    title: str
    notes: list[str]
    lines: list[PastLine]


def summary(found: Preview) -> Previewed:
    count = len(found.tasks)
    said = ngettext(
        "In the last %(days)s days it would have decided %(count)s task.",
        "In the last %(days)s days it would have decided %(count)s tasks.",
        count,
    )
    return Previewed(said % {"days": DAYS, "count": count}, list(_notes(found)), [_line(one) for one in found.tasks[:MOST]])


def _notes(found: Preview) -> list[str]:
    notes = []
    if found.same:
        same = ngettext("%(count)s was decided the same.", "%(count)s were decided the same.", found.same)
        notes.append(same % {"count": found.same})
    if found.otherwise:
        other = ngettext("%(count)s was decided otherwise.", "%(count)s were decided otherwise.", found.otherwise)
        notes.append(other % {"count": found.otherwise})
    if found.over_limits:
        over = ngettext(
            "%(count)s more fits, but is over the limits.", "%(count)s more fit, but are over the limits.", found.over_limits
        )
        notes.append(over % {"count": found.over_limits})
    if found.cut:
        notes.append(_("Older tasks were left out."))
    if len(found.tasks) > MOST:
        notes.append(_("The newest %(count)s:") % {"count": MOST})
    return notes


def _line(one: WouldDecide) -> PastLine:
    amount = presentation.money(one.amount, one.currency) if one.amount is not None else ""
    really = words.done(one.outcome) if one.outcome else str(HOW.get(one.state, HOW["waiting"]))
    return PastLine(one, presentation.one_line(one.headline), amount, really)
