"""Who is on call, as tables of times."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.calendars import oncall
from inbox.calendars.oncall import Rota, StandIn, Why
from inbox.calendars.working_time import DAYS, Week, hours, minutes

ANN, BEN, CAT = (UUID(int=number) for number in (1, 2, 3))
NAMES = {ANN: "Ann", BEN: "Ben", CAT: "Cat", None: "-"}
ALL = {ANN, BEN, CAT}
RIGA = "Europe/Riga"
OFFICE = hours({day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in DAYS[:5]})


def local(text: str, zone: str = RIGA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def rota(
    starts_on: str = "2026-03-02",
    hand_over: str = "09:00",
    days: int = 7,
    *,
    zone: str = RIGA,
    people: tuple[UUID, ...] = (ANN, BEN),
    week: Week | None = None,
    stand_ins: tuple[StandIn, ...] = (),
) -> Rota:
    return Rota(zone, date.fromisoformat(starts_on), minutes(hand_over), days, people, week, stand_ins)


def stands_in(person: UUID, start: str, end: str) -> StandIn:
    return StandIn(person, local(start), local(end))


WEEKLY, DAILY = rota(), rota(days=1, people=(ANN, BEN, CAT))
OFFICE_HOURS = rota(week=OFFICE)
SWAPPED = rota(
    stand_ins=(
        stands_in(CAT, "2026-03-08 20:00", "2026-03-09 12:00"),
        stands_in(BEN, "2026-03-09 08:00", "2026-03-09 10:00"),
    )
)
SPRING, AUTUMN = rota("2026-03-28", "03:30", 1), rota("2026-10-24", "03:30", 1)

TABLE = [
    ("the first turn", WEEKLY, "2026-03-02 09:00", "Ann"),
    ("the last moment of a turn", WEEKLY, "2026-03-09 08:59", "Ann"),
    ("a hand-over", WEEKLY, "2026-03-09 09:00", "Ben"),
    ("the turns begin anew", WEEKLY, "2026-03-16 09:00", "Ann"),
    ("years later", WEEKLY, "2036-03-10 09:00", "Ben"),
    ("before the first turn", WEEKLY, "2026-03-02 08:59", "not_begun"),
    ("two weeks each", rota(days=14), "2026-03-15 12:00", "Ann"),
    ("two weeks later", rota(days=14), "2026-03-16 12:00", "Ben"),
    ("one person alone", rota(people=(ANN,)), "2026-03-20 12:00", "Ann"),
    ("the end of a month", DAILY, "2026-03-31 12:00", "Cat"),
    ("the first of a month, before the hand-over", DAILY, "2026-04-01 08:00", "Cat"),
    ("the first of a month", DAILY, "2026-04-01 12:00", "Ann"),
    ("a leap day", rota("2028-02-28", days=1), "2028-02-29 09:00", "Ben"),
    ("after a leap day", rota("2028-02-28", days=1), "2028-03-01 09:00", "Ann"),
    ("after the 28th of any other year", rota("2027-02-28", days=1), "2027-03-01 09:00", "Ben"),
    ("a hand-over at midnight", rota(hand_over="00:00"), "2026-03-09 00:00", "Ben"),
    ("a hand-over at the end of a day", rota(hand_over="24:00"), "2026-03-09 23:59", "Ann"),
    # On 29 March the clocks go from 03:00 to 04:00: half past three comes at 04:30.
    ("before a hand-over that the clocks skip", SPRING, "2026-03-29 04:29", "Ann"),
    ("a hand-over that the clocks skip", SPRING, "2026-03-29 04:30", "Ben"),
    # On 25 October half past three comes twice: the first counts.
    ("before a hand-over that comes twice", AUTUMN, "2026-10-25 03:29", "Ann"),
    ("a hand-over that comes twice", AUTUMN, "2026-10-25 03:30", "Ben"),
    ("in office hours", OFFICE_HOURS, "2026-03-03 09:00", "Ann"),
    ("at lunch", OFFICE_HOURS, "2026-03-03 12:00", "off_hours"),
    ("after work", OFFICE_HOURS, "2026-03-03 17:00", "off_hours"),
    ("on a Sunday", OFFICE_HOURS, "2026-03-08 10:00", "off_hours"),
    ("somebody stands in", SWAPPED, "2026-03-08 20:00", "Cat"),
    ("of two who stand in the last one counts", SWAPPED, "2026-03-09 09:00", "Ben"),
    ("the other one after that", SWAPPED, "2026-03-09 11:59", "Cat"),
    ("the rotation went on meanwhile", SWAPPED, "2026-03-09 12:00", "Ben"),
    (
        "somebody stands in at night",
        rota(week=OFFICE, stand_ins=(stands_in(CAT, "2026-03-03 20:00", "2026-03-03 22:00"),)),
        "2026-03-03 21:00",
        "Cat",
    ),
]


@pytest.mark.parametrize(("schedule", "moment", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_who_is_on_call(schedule: Rota, moment: str, expected: str) -> None:
    found = oncall.at(schedule, ALL, local(moment))
    assert (str(found.why) if found.is_gap else NAMES[found.person]) == expected


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/New_York"])
def test_hand_overs_are_by_the_clocks_of_the_zone(zone: str) -> None:
    schedule = rota(zone=zone)
    hand_over = local("2026-03-09 09:00", zone).astimezone(UTC)
    assert oncall.at(schedule, ALL, hand_over - timedelta(seconds=1)).person == ANN
    assert oncall.at(schedule, ALL, hand_over.astimezone(ZoneInfo("Pacific/Pago_Pago"))).person == BEN


def told(schedule: Rota, start: str, end: str, able: set[UUID] = ALL) -> list[str]:
    """The timeline in local times."""
    return [
        f"{one.start.astimezone(schedule.zone):%d %H:%M}-{one.end.astimezone(schedule.zone):%d %H:%M} "
        f"{NAMES[one.person]} {one.why}"
        for one in oncall.timeline(schedule, able, local(start, schedule.time_zone), local(end, schedule.time_zone))
    ]


def test_a_period_is_told_without_holes_from_its_beginning_to_its_end() -> None:
    assert told(WEEKLY, "2026-03-01 00:00", "2026-03-17 00:00") == [
        "01 00:00-02 09:00 - not_begun",
        "02 09:00-09 09:00 Ann turn",
        "09 09:00-16 09:00 Ben turn",
        "16 09:00-17 00:00 Ann turn",
    ]


def test_whoever_stands_in_cuts_the_turns_of_others() -> None:
    assert told(SWAPPED, "2026-03-08 00:00", "2026-03-10 00:00") == [
        "08 00:00-08 20:00 Ann turn",
        "08 20:00-09 08:00 Cat stand_in",
        "09 08:00-09 10:00 Ben stand_in",
        "09 10:00-09 12:00 Cat stand_in",
        "09 12:00-10 00:00 Ben turn",
    ]


def test_the_turn_of_somebody_who_cannot_decide_is_a_gap_and_moves_nobody_elses() -> None:
    assert told(SWAPPED, "2026-03-08 00:00", "2026-03-17 00:00", {ANN, CAT}) == [
        "08 00:00-08 20:00 Ann turn",
        "08 20:00-09 12:00 Cat stand_in",
        "09 12:00-16 09:00 Ben gone",
        "16 09:00-17 00:00 Ann turn",
    ]


def test_a_stand_in_who_cannot_decide_is_passed_over_for_an_earlier_one_or_whose_turn_it_is() -> None:
    assert told(SWAPPED, "2026-03-09 07:00", "2026-03-09 13:00", {ANN, CAT}) == [
        "09 07:00-09 12:00 Cat stand_in",
        "09 12:00-09 13:00 Ben gone",
    ]
    assert told(SWAPPED, "2026-03-08 19:00", "2026-03-09 11:00", {ANN, BEN}) == [
        "08 19:00-09 08:00 Ann turn",
        "09 08:00-09 10:00 Ben stand_in",
        "09 10:00-09 11:00 Ben turn",
    ]


def test_a_stand_in_out_of_hours_who_cannot_decide_is_a_gap_that_names_them() -> None:
    at_night = rota(week=OFFICE, stand_ins=(stands_in(CAT, "2026-03-03 16:00", "2026-03-03 22:00"),))
    assert told(at_night, "2026-03-03 15:00", "2026-03-03 23:00", {ANN, BEN}) == [
        "03 15:00-03 17:00 Ann turn",
        "03 17:00-03 22:00 Cat stand_in_gone",
        "03 22:00-03 23:00 - off_hours",
    ]


SEVEN = tuple(UUID(int=number) for number in range(1, 8))
MORNING = hours({"mon": [["06:00", "08:00"]]})


@pytest.mark.parametrize(
    ("schedule", "never"),
    [
        (rota(days=1, people=SEVEN, week=OFFICE), SEVEN[5:]),
        (rota(days=1, people=SEVEN), ()),
        (rota(days=1, people=SEVEN * 2, week=OFFICE), SEVEN[5:]),
        (rota(days=1, people=SEVEN[:6], week=OFFICE), ()),
        (rota(days=7, people=SEVEN, week=OFFICE), ()),
        (rota(days=2, people=SEVEN, week=OFFICE), SEVEN[6:]),  # from Saturday 09:00 to Monday 09:00
        (rota("2026-03-07", "09:00", 14, people=(ANN, BEN), week=MORNING), ()),
        (rota("2026-03-02", "09:00", 1, people=SEVEN, week=MORNING), SEVEN[:6]),
        (rota("2026-03-02", "05:00", 1, people=SEVEN, week=MORNING), SEVEN[1:]),
    ],
)
def test_who_is_never_on_call_is_told_and_is_right_by_the_timeline(schedule: Rota, never: tuple[UUID, ...]) -> None:
    assert oncall.never_on_call(schedule) == list(never)
    start = local(f"{schedule.starts_on} 00:00") + timedelta(days=1)
    end = start + timedelta(days=schedule.days * len(schedule.people) * 7)
    ahead = oncall.timeline(schedule, set(schedule.people), start, end)
    assert {one.person for one in ahead if one.why is Why.TURN} == set(schedule.people) - set(never)


def test_outside_of_the_hours_nobody_is_on_call() -> None:
    assert told(OFFICE_HOURS, "2026-03-06 10:00", "2026-03-09 10:00") == [
        "06 10:00-06 12:00 Ann turn",
        "06 12:00-06 13:00 - off_hours",
        "06 13:00-06 17:00 Ann turn",
        "06 17:00-09 09:00 - off_hours",
        "09 09:00-09 10:00 Ben turn",
    ]


@pytest.mark.parametrize(("day", "hours_long"), [("2026-03-28", 23), ("2026-10-24", 25), ("2026-06-01", 24)])
def test_a_turn_over_a_change_of_clocks_is_longer_or_shorter(day: str, hours_long: int) -> None:
    schedule = rota(day, "12:00", 1)
    start = local(f"{day} 12:00")
    turn = oncall.timeline(schedule, ALL, start, start + timedelta(days=3))[0]
    assert turn.end - turn.start == timedelta(hours=hours_long)


ROTAS = st.builds(
    Rota,
    time_zone=st.sampled_from(
        ["Europe/Riga", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"]
    ),
    starts_on=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    hand_over=st.integers(0, 24 * 60),
    days=st.integers(1, 30),
    people=st.lists(st.sampled_from(sorted(ALL)), min_size=1, max_size=5).map(tuple),
    hours=st.none() | st.just(OFFICE),
    stand_ins=st.lists(
        st.builds(
            lambda person, start, length: StandIn(person, start, start + length),
            st.sampled_from(sorted(ALL)),
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC)),
            st.timedeltas(timedelta(minutes=1), timedelta(days=9)),
        ),
        max_size=4,
    ).map(tuple),
)


@settings(max_examples=50)
@given(
    schedule=ROTAS,
    start=st.datetimes(datetime(2025, 12, 1), datetime(2026, 4, 1), timezones=st.just(UTC)),
    able=st.sets(st.sampled_from(sorted(ALL))),
    places=st.lists(st.integers(0, 28 * 24 * 60 - 1), min_size=1, max_size=5),
)
def test_a_timeline_is_whole_and_agrees_with_every_moment_of_it(
    schedule: Rota, start: datetime, able: set[UUID], places: list[int]
) -> None:
    end = start + timedelta(days=28)
    shifts = oncall.timeline(schedule, able, start, end)
    assert (shifts[0].start, shifts[-1].end) == (start, end)
    for before, after in pairwise(shifts):
        assert before.end == after.start
        assert (before.person, before.why) != (after.person, after.why)
    for place in places:
        moment = start + timedelta(minutes=place)
        (around,) = [one for one in shifts if one.start <= moment < one.end]
        found = oncall.at(schedule, able, moment)
        assert (found.person, found.why) == (around.person, around.why)
        assert found.is_gap or found.person in able
        assert (found.why in {Why.GONE, Why.STAND_IN_GONE}) == (found.person is not None and found.person not in able)
