"""Who is out of office, in words that stand beside their names wherever somebody is chosen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from inbox import presentation
from intents.accounts import selectors as accounts
from intents.accounts.models import Absence, User
from intents.kernel import clock
from intents.kernel.actors import Person


def day(moment: datetime) -> str:
    """A day in the zone of who looks: "Fri 5 Dec"."""
    return dateformat.format(timezone.localtime(moment), "D j M")


def last_day(until: datetime) -> str:
    """The last day of what ends then."""
    return day(until - timedelta(microseconds=1))


def now(until: datetime | None, stand_in: str | None) -> str:
    """That somebody is out of office, and the name of who stands in; nothing of who is there."""
    if until is None:
        return ""
    return _with(_("out of office until %(last)s") % {"last": last_day(until)}, stand_in)


def of(row: Absence) -> str:
    """When somebody is out of office, now or later, and who stands in. Needs `row.stand_in`."""
    stand_in = called(row.stand_in.user) if row.stand_in else None
    if row.start <= clock.now():
        return now(row.until, stand_in)
    words = {"first": day(row.start), "last": last_day(row.until)}
    return _with(_("out of office from %(first)s to %(last)s") % words, stand_in)


def _with(said: str, stand_in: str | None) -> str:
    if stand_in is None:
        return said
    return _("%(away)s, %(name)s stands in") % {"away": said, "name": presentation.plain(stand_in)}


def called(user: User) -> str:
    """How a person is called."""
    return presentation.called(user)


def notes(person: Person) -> dict[UUID, str]:
    """What stands beside the names of those who are out of office now, by their users, in one query."""
    return {row.member.user_id: of(row) for row in _now(person)}


def messages(person: Person) -> dict[UUID, str]:
    """The same with what they left as a message, for where people are shown, not chosen."""
    return {row.member.user_id: " · ".join(filter(None, [of(row), presentation.plain(row.message)])) for row in _now(person)}


def _now(person: Person) -> Iterable[Absence]:
    at = clock.now()
    return accounts.absences(person.workspace_id, after=at).filter(start__lte=at)


def beside(name: str, note: str | None) -> str:
    """A name, with that beside it."""
    return _("%(name)s (%(note)s)") % {"name": name, "note": note} if note else name
