"""On call: who is asked at a time, by a rotation of people, its hours, and those who stand in.

Hand-overs are at a time of the clocks of a zone, so a turn over a change of clocks is an hour longer or shorter.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from inbox.calendars.working_time import MIDNIGHT, Week, WorkingHours, instant, spans

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who is on call from `start` until `end`, whoever's turn it is and whatever the hours."""

    person: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rota:
    """Turns of `days` days in the order of `people`, which begins anew after the last. They are handed over at `hand_over`
    minutes since midnight, the first on `starts_on`; before that nobody is on call, and with `hours` only in them. Of
    stand-ins that overlap, the last one counts who can decide."""

    time_zone: str
    starts_on: date
    hand_over: int
    days: int
    people: tuple[UUID, ...]
    hours: Week | None = None
    stand_ins: tuple[StandIn, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Why(StrEnum):
    """Why somebody is on call (it is their turn, or they stand in), or why nobody is: whose turn it is cannot decide, who
    stands in out of the hours cannot, it is not in the hours, or the rotation has not begun."""

    TURN = "turn"
    STAND_IN = "stand_in"
    GONE = "gone"
    STAND_IN_GONE = "stand_in_gone"
    OFF_HOURS = "off_hours"
    NOT_BEGUN = "not_begun"


ON_CALL = frozenset({Why.TURN, Why.STAND_IN})


@dataclass(frozen=True, slots=True)
class Shift:
    """From `start` until `end`, in UTC. `person` is whose turn it is, also when they are gone."""

    start: datetime
    end: datetime
    person: UUID | None
    why: Why

    @property
    def is_gap(self) -> bool:
        """Whether nobody is on call."""
        return self.why not in ON_CALL


def timeline(rota: Rota, able: Set[UUID], start: datetime, end: datetime) -> list[Shift]:
    """All of the time from `start` to a later `end`, without holes: who is on call, or why nobody is. `able` are those who
    can decide now."""
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    turns = list(_turns(rota, first, last))
    working = list(_working(rota, first, last))
    edges = {edge for begins, ends, _ in turns for edge in (begins, ends)}
    edges |= {edge for span in working for edge in span}
    edges |= {edge.astimezone(UTC) for one in rota.stand_ins for edge in (one.start, one.end)}
    cuts = [first, *sorted(edge for edge in edges if first < edge < last), last]
    shifts: list[Shift] = []
    for begins, ends in pairwise(cuts):
        person, why = _at(rota, able, turns, working, begins)
        if shifts and (shifts[-1].person, shifts[-1].why) == (person, why):
            shifts[-1] = replace(shifts[-1], end=ends)
        else:
            shifts.append(Shift(begins, ends, person, why))
    return shifts


def at(rota: Rota, able: Set[UUID], moment: datetime) -> Shift:
    """Who is on call at `moment`, or why nobody is."""
    return timeline(rota, able, moment, moment + MOMENT)[0]


Turn = tuple[datetime, datetime, UUID]


def _at(
    rota: Rota, able: Set[UUID], turns: list[Turn], working: list[tuple[datetime, datetime]], moment: datetime
) -> tuple[UUID | None, Why]:
    standing_in = [one.person for one in reversed(rota.stand_ins) if one.start <= moment < one.end]
    for person in standing_in:
        if person in able:
            return person, Why.STAND_IN
    person_in_turn, why = _in_turn(rota, turns, working, moment)
    if person_in_turn is not None:
        return person_in_turn, Why.TURN if person_in_turn in able else Why.GONE
    return (standing_in[0], Why.STAND_IN_GONE) if standing_in else (None, why)


def _in_turn(
    rota: Rota, turns: list[Turn], working: list[tuple[datetime, datetime]], moment: datetime
) -> tuple[UUID | None, Why]:
    """Whose turn it is, whether they can decide or not."""
    if rota.hours is not None and not any(begins <= moment < ends for begins, ends in working):
        return None, Why.OFF_HOURS
    for begins, ends, person in turns:
        if begins <= moment < ends:
            return person, Why.TURN
    return None, Why.NOT_BEGUN


def never_on_call(rota: Rota) -> list[UUID]:
    """Those whose turns all fall on days without hours, as the Saturdays and Sundays of seven people who change each day."""
    if rota.hours is None:
        return []
    first, count = rota.starts_on.weekday(), len(rota.people)
    served = {
        person
        for place, person in enumerate(rota.people)
        if any(_has_hours(rota, first + (place + count * again) * rota.days) for again in range(7))
    }
    return [person for person in dict.fromkeys(rota.people) if person not in served]


def _has_hours(rota: Rota, day: int) -> bool:
    """Whether a turn that begins on a weekday, counted on from Monday of some week, has hours in it."""
    assert rota.hours is not None
    begins, ends = rota.hand_over, rota.hand_over + rota.days * MIDNIGHT
    return any(
        begins < later * MIDNIGHT + until and later * MIDNIGHT + since < ends
        for later in range(min(rota.days, 7) + 1)
        for since, until in rota.hours[(day + later) % 7]
    )


def _turns(rota: Rota, start: datetime, end: datetime) -> Iterator[Turn]:
    """The turns that touch the time from `start` to `end`."""

    def handed_over(number: int) -> datetime:
        return instant(rota.starts_on + timedelta(days=number * rota.days), rota.hand_over, rota.zone, fold=0)

    passed = (start.astimezone(rota.zone).date() - rota.starts_on).days
    number = max(0, passed // rota.days - 1)
    while (begins := handed_over(number)) < end:
        ends = handed_over(number + 1)
        if ends > start:
            yield begins, ends, rota.people[number % len(rota.people)]
        number += 1


def _working(rota: Rota, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The hours that touch the time from `start` to `end`."""
    if rota.hours is None:
        return
    calendar = WorkingHours(rota.time_zone, rota.hours)
    for begins, ends in spans(calendar, start.astimezone(rota.zone).date() - timedelta(days=1)):
        if begins >= end:
            return
        if ends > start:
            yield begins, ends
