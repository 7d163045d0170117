"""Working time: when so many working seconds are over, by the hours, the zone and the holidays of a place.

The clocks of a zone are moved twice a year, so seconds are counted between instants, never between the hands of a clock. An
hour that comes twice counts twice; a time that the clocks skip is read as if they had not been moved yet.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = 24 * 60
LONGEST = timedelta(days=3660)
"""No due time is later than this after its start."""

COUNTRIES = frozenset(holidays.list_supported_countries(include_aliases=False))
"""Two-letter codes of the countries whose public holidays are known."""


Week = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a place works. `hours` are, for each day from Monday to Sunday, ordered spans in minutes since midnight, at least
    one in the week; on public holidays of `country` nobody works."""

    time_zone: str
    hours: Week
    country: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def hours(written: Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """The week of working hours as the API writes it, `{"mon": [["09:00", "17:00"]]}`. Raises ValueError telling what
    is wrong."""
    if unknown := [day for day in written if day not in DAYS]:
        raise ValueError(f"{unknown[0]} is no day: one of {', '.join(DAYS)}")
    week = tuple(tuple(_span(day, span) for span in written.get(day, ())) for day in DAYS)
    for day, spans in zip(DAYS, week, strict=True):
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            raise ValueError(f"{day}: the spans of a day follow each other and do not overlap")
    if not any(week):
        raise ValueError("a calendar needs working hours on at least one day")
    return week


def _span(day: str, span: Sequence[str]) -> tuple[int, int]:
    if len(span) != 2:
        raise ValueError(f'{day}: a span is a beginning and an end, like ["09:00", "17:00"]')
    start, end = (_time(day, text) for text in span)
    if start >= end:
        raise ValueError(f"{day}: {span[0]} to {span[1]} does not end after it begins")
    return start, end


def _time(day: str, text: str) -> int:
    try:
        return minutes(text)
    except ValueError as error:
        raise ValueError(f"{day}: {error}") from None


def minutes(text: str) -> int:
    """The minutes since midnight of a time of day like 09:00. Raises ValueError."""
    hour, colon, minute = text.partition(":")
    if len(text) == 5 and colon and (hour + minute).isascii() and (hour + minute).isdigit() and int(minute) < 60:
        found = int(hour) * 60 + int(minute)
        if found <= MIDNIGHT:
            return found
    raise ValueError(f"{text} is no time of a day between 00:00 and 24:00")


def due(calendar: WorkingHours | None, start: datetime, seconds: float) -> datetime:
    """When `seconds` of working time after `start` are over, in UTC; of any time, without a calendar. No time at all from
    outside of working hours is when they begin. Never later than LONGEST after `start`."""
    at = start.astimezone(UTC)
    latest = at + LONGEST
    left = timedelta(seconds=min(seconds, LONGEST.total_seconds()))
    if calendar is None:
        return at + left
    for begins, ends in spans(calendar, start.astimezone(calendar.zone).date()):
        at = max(at, begins)
        if at >= latest:
            break
        if at >= ends:
            continue
        if at + left <= ends:
            return min(at + left, latest)
        left -= ends - at
        at = ends
    return latest


def spans(calendar: WorkingHours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The working spans from `day` on, as instants in UTC, without end."""
    while True:
        if calendar.country is None or day not in _holidays(calendar.country, day.year):
            for begins, ends in calendar.hours[day.weekday()]:
                yield instant(day, begins, calendar.zone, fold=0), instant(day, ends, calendar.zone, fold=1)
        day += timedelta(days=1)


def instant(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """When it is so many minutes since midnight of `day` in `zone`, in UTC. Of an hour that comes twice, `fold` chooses."""
    days, rest = divmod(minutes, MIDNIGHT)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60, fold=fold), tzinfo=zone)
    if fold and local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None, fold=0):
        local = local.replace(fold=0)
    return local.astimezone(UTC)


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> Mapping[date, str]:
    return dict(holidays.country_holidays(country, years=year))


def next_holidays(country: str, day: date, most: int) -> list[tuple[date, str]]:
    """The public holidays of a country from `day` on with their names, of this year and the next."""
    found = [one for year in (day.year, day.year + 1) for one in sorted(_holidays(country, year).items())]
    return [one for one in found if one[0] >= day][:most]


def explained(calendar: WorkingHours | None, start: datetime, seconds: float) -> str:
    """Why it is due then, in words: "due Tue 10:00 Europe/Riga: 4 working hours"."""
    at = due(calendar, start, seconds)
    zone = calendar.zone if calendar else UTC
    local, began = at.astimezone(zone), start.astimezone(zone)
    day = f"{local:%a}" if local.date() - began.date() < timedelta(days=7) else f"{local:%a} {local.day} {local:%b %Y}"
    return f"due {day} {local:%H:%M} {calendar.time_zone if calendar else 'UTC'}: {amount(seconds, working=bool(calendar))}"


def amount(seconds: float, *, working: bool = False) -> str:
    """A length of time in words as they are kept: "4 working hours", "2 days", "1 hour 30 minutes"."""
    words = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts(seconds, working=working)]
    if working:
        number, _, unit = words[0].partition(" ")
        words[0] = f"{number} working {unit}"
    return " ".join(words)


def parts(seconds: float, *, working: bool) -> list[tuple[int, str]]:
    """A length of time in its one or two largest units, day, hour, minute and second. Working time has no days."""
    left = round(seconds)
    found = []
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if working and unit == "day":
            continue
        count, left = divmod(left, size)
        if count:
            found.append((count, unit))
    return found[:2] or [(0, "second")]
