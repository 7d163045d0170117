"""Four weeks of a schedule as a page draws and tells them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from inbox.calendars.oncall import Shift, Why
from inbox.templatetags import pages
from intents.accounts.models import User


@dataclass(frozen=True, slots=True)
class Bar:
    """A time, drawn from `left` over `width`, in percent of the weeks. `kind` is turn, stand_in or gap."""

    left: str
    width: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """The times of one person, or those of nobody."""

    name: str
    bars: list[Bar]


def name(user: User) -> str:
    return user.name or user.email


def called(person: UUID | None, people: Mapping[UUID, User]) -> str:
    """A person by name, also one whose account is gone."""
    user = people.get(person) if person else None
    return name(user) if user else _("Somebody who is gone")


def lines(found: Sequence[Shift], people: Mapping[UUID, User]) -> list[ShiftLine]:
    """A line for each person in the order of their first time, and one for the gaps. Times out of hours are left empty."""
    start, end = found[0].start, found[-1].end
    bars: dict[str, list[Bar]] = {}
    gaps: list[Bar] = []
    for one in found:
        if one.why is Why.OFF_HOURS:
            continue
        left, width = (100 * (part / (end - start)) for part in (one.start - start, one.end - one.start))
        kind = "gap" if one.is_gap else str(one.why)
        bar = Bar(f"{left:.3f}%", f"{width:.3f}%", kind, period(one.start, one.end))
        (gaps if one.is_gap else bars.setdefault(called(one.person, people), [])).append(bar)
    return [ShiftLine(who, theirs) for who, theirs in bars.items()] + ([ShiftLine(_("Nobody"), gaps)] if gaps else [])


def gap(one: Shift, people: Mapping[UUID, User]) -> str:
    """Why nobody is on call, in words."""
    if one.why is Why.NOT_BEGUN:
        return _("the first shift has not begun")
    if one.why is Why.STAND_IN_GONE:
        return _("%(name)s has an override, and cannot decide here") % {"name": called(one.person, people)}
    return _("it is the shift of %(name)s, who cannot decide here") % {"name": called(one.person, people)}


def period(start: datetime, end: datetime) -> str:
    """A time in words: "Mon 24 Nov 09:00 to Mon 1 Dec 09:00 CET", in the person's zone."""
    local = timezone.localtime(end)
    return _("%(start)s to %(end)s") % {"start": moment(start), "end": f"{moment(end)} {pages.zone(local)}"}


def moment(at: datetime) -> str:
    """A time in words: "Mon 24 Nov 09:00"."""
    return dateformat.format(timezone.localtime(at), _("D j M H:i"))
