"""Being out of office: which time that is, who can stand in, and what would go to them, told before it is so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inbox.tasks import selectors
from inbox.tasks.selectors import Handover
from inbox.vocabulary import principals
from intents.accounts import selectors as accounts
from intents.accounts.models import Absence, Member
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField

MOST = 200
LONGEST = timedelta(days=366)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HandoverPlan:
    """What waits for somebody now, as it would be while they are away. `also_away` is when the stand-in is out of office
    themselves in that time: nothing goes to them then. `more` tells that there are more tasks than these."""

    start: datetime
    until: datetime
    stand_in: Member | None
    also_away: Absence | None
    tasks: Sequence[Handover]
    more: bool

    @property
    def going(self) -> int:
        return sum(not one.why_not for one in self.tasks)


def preview(*, person: Person, first_day: date | None, last_day: date, stand_in: str | None) -> HandoverPlan:
    """What `out_of_office.announce` would do now. Raises InvalidField."""
    now = clock.now()
    zone = clock.zone(accounts.user(person).time_zone)
    start, until = span(first_day, last_day, zone=zone, now=now)
    other = stand_in_named(person, stand_in)
    away = accounts.absences(person.workspace_id, after=max(start, now)).filter(start__lt=until, member=other).first()
    begins = max(start, now)
    found = selectors.handovers(person, other, both_away=away is not None and away.start <= begins < away.until)
    return HandoverPlan(start, until, other, away if other else None, found[:MOST], len(found) > MOST)


def span(first_day: date | None, last_day: date, *, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """From the beginning of the first day, today when absent, to the end of the last one. Raises InvalidField."""
    first = first_day or now.astimezone(zone).date()
    if last_day.year >= clock.LATEST.year:
        raise InvalidField("until", f"before the year {clock.LATEST.year}")
    if last_day < first:
        raise InvalidField("until", "before the first day")
    if last_day - first > LONGEST:
        raise InvalidField("until", f"at most {LONGEST.days} days after the first one")
    start, until = (datetime.combine(day, time(), zone) for day in (first, last_day + DAY))
    if until <= now:
        raise InvalidField("until", "this day has passed already")
    return start, until


def stand_in_named(person: Person, text: str | None) -> Member | None:
    """The member who is meant, None for nobody. Raises InvalidField for one who could not stand in."""
    if text is None or not text.strip():
        return None
    known = accounts.members(person).filter(id__in=principals.ids([text])).first()
    known = known or accounts.member_known_as(person.workspace_id, text.strip().lower())
    if known is None or known.user.email_verified_at is None:
        raise InvalidField("stand_in", "no member of this workspace has this email address")
    if known.user_id == person.user_id:
        raise InvalidField("stand_in", "name somebody else")
    if known.suspended or known.role not in principals.DECIDERS:
        raise InvalidField("stand_in", f"{known.user.email} cannot decide here")
    return known
