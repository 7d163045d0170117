"""The times until which a page offers to put a task off, in the person's zone."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intents.kernel.errors import InvalidField


def choices(now: datetime) -> list[tuple[str, str]]:
    """(value, words) of the times to put a task off until, in the person's zone."""
    local = timezone.localtime(now)
    offered = [("hour", _("1 hour"))]
    if local.hour < 16:
        offered.append(("evening", _("Until 17:00")))
    return [*offered, ("tomorrow", _("Until tomorrow 9:00")), ("monday", _("Until Monday 9:00"))]


DAYS = {
    "1": gettext_lazy("1 day"),
    "7": gettext_lazy("1 week"),
    "14": gettext_lazy("2 weeks"),
    "30": gettext_lazy("30 days"),
}
"""For how long a page offers to delegate a task."""


def end(days: str, now: datetime) -> datetime:
    """When a task that is delegated for so many days comes back. Raises InvalidField."""
    if days not in DAYS:
        raise InvalidField("until", "one of the times that the menu offers")
    return now + timedelta(days=int(days))


def moment(choice: str, now: datetime) -> datetime:
    """The time that a choice means. Raises InvalidField."""
    local = timezone.localtime(now)
    nine = local.replace(hour=9, minute=0, second=0, microsecond=0)
    match choice:
        case "hour":
            return now + timedelta(hours=1)
        case "evening":
            return nine.replace(hour=17)
        case "tomorrow":
            return nine + timedelta(days=1)
        case "monday":
            return nine + timedelta(days=7 - local.weekday())
    raise InvalidField("until", "one of the times that the menu offers")
