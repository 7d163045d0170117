"""Working time, as tables of when something is due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from inbox.calendars import working_time
from inbox.calendars.working_time import DAYS, LONGEST, WorkingHours, due, explained, hours
from inbox.vocabulary import countries

OFFICE = hours({day: [["09:00", "17:00"]] for day in DAYS[:5]})
ALWAYS = hours({day: [["00:00", "24:00"]] for day in DAYS})
NIGHT = hours({day: [["00:00", "08:00"]] for day in DAYS})
LUNCH = hours({day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in DAYS[:5]})
HOUR = 3600

RIGA = "Europe/Riga"
NEW_YORK = "America/New_York"

TABLE = [
    ("within a day", RIGA, OFFICE, "LV", "2026-03-03 10:00", 2, "2026-03-03 12:00"),
    ("to the very end of a day", RIGA, OFFICE, "LV", "2026-03-03 09:00", 8, "2026-03-03 17:00"),
    ("no time in working hours", RIGA, OFFICE, None, "2026-03-03 10:00", 0, "2026-03-03 10:00"),
    ("no time at the end of a day", RIGA, OFFICE, None, "2026-03-03 17:00", 0, "2026-03-04 09:00"),
    ("no time at night", RIGA, OFFICE, None, "2026-03-03 22:00", 0, "2026-03-04 09:00"),
    ("Friday evening", RIGA, OFFICE, None, "2026-03-06 16:00", 4, "2026-03-09 12:00"),
    ("after work on Friday", RIGA, OFFICE, None, "2026-03-06 19:30", 1, "2026-03-09 10:00"),
    ("a weekend", RIGA, OFFICE, None, "2026-03-07 12:00", 1, "2026-03-09 10:00"),
    ("over lunch", RIGA, LUNCH, None, "2026-03-03 11:00", 2, "2026-03-03 14:00"),
    ("from within lunch", RIGA, LUNCH, None, "2026-03-03 12:30", 1, "2026-03-03 14:00"),
    ("the end of a month", RIGA, OFFICE, None, "2026-04-30 16:00", 2, "2026-05-01 10:00"),
    ("the end of a month with a holiday", RIGA, OFFICE, "LV", "2026-04-30 16:00", 2, "2026-05-05 10:00"),
    ("the end of a year", "Europe/Berlin", OFFICE, "DE", "2025-12-31 16:00", 2, "2026-01-02 10:00"),
    ("a leap day", RIGA, OFFICE, None, "2028-02-28 16:00", 2, "2028-02-29 10:00"),
    ("over a leap day", RIGA, OFFICE, None, "2028-02-28 16:00", 10, "2028-03-01 10:00"),
    ("no leap day", RIGA, OFFICE, None, "2027-02-26 16:00", 2, "2027-03-01 10:00"),
    ("Christmas in Germany", "Europe/Berlin", OFFICE, "DE", "2026-12-24 16:00", 2, "2026-12-28 10:00"),
    ("the clocks go forward in Riga", RIGA, ALWAYS, None, "2026-03-29 00:00", 23, "2026-03-30 00:00"),
    ("the clocks go back in Riga", RIGA, ALWAYS, None, "2026-10-25 00:00", 25, "2026-10-26 00:00"),
    ("a night shift loses an hour", RIGA, NIGHT, None, "2026-03-29 00:00", 8, "2026-03-30 01:00"),
    ("a night shift gains an hour", RIGA, NIGHT, None, "2026-10-25 00:00", 8.5, "2026-10-25 07:30"),
    ("forward in New York", NEW_YORK, ALWAYS, None, "2026-03-08 00:00", 23, "2026-03-09 00:00"),
    ("back in New York", NEW_YORK, ALWAYS, None, "2026-11-01 00:00", 25, "2026-11-02 00:00"),
    ("office hours after the clocks went forward", RIGA, OFFICE, None, "2026-03-27 16:00", 2, "2026-03-30 10:00"),
    ("office hours after the clocks went back", RIGA, OFFICE, None, "2026-10-23 16:00", 2, "2026-10-26 10:00"),
    ("fourteen hours ahead", "Pacific/Kiritimati", OFFICE, None, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
    ("eleven hours behind", "Pacific/Pago_Pago", OFFICE, None, "2026-03-06 16:00", 2, "2026-03-09 10:00"),
]


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "week", "country", "start", "given_hours", "expected"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_it_is_due_when_so_many_working_hours_are_over(
    zone: str, week: object, country: str | None, start: str, given_hours: float, expected: str
) -> None:
    calendar = WorkingHours(zone, week, country)  # type: ignore[arg-type]
    found = due(calendar, local(start, zone), given_hours * HOUR)
    assert found.astimezone(ZoneInfo(zone)) == local(expected, zone)
    assert found.tzinfo is UTC


def test_the_zone_of_the_start_does_not_matter() -> None:
    calendar = WorkingHours("Pacific/Kiritimati", OFFICE)
    # Friday 16:00 there is Friday 02:00 in UTC and Thursday 15:00 in Pago Pago.
    start = local("2026-03-06 16:00", "Pacific/Kiritimati")
    for zone in ("UTC", "Pacific/Pago_Pago", "Asia/Kathmandu"):
        assert due(calendar, start.astimezone(ZoneInfo(zone)), 2 * HOUR) == due(calendar, start, 2 * HOUR)


def test_without_a_calendar_every_second_counts() -> None:
    start = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    assert due(None, start, 90) == start + timedelta(seconds=90)
    assert due(None, start, 0) == start


@pytest.mark.parametrize("calendar", [None, WorkingHours(RIGA, hours({"mon": [["09:00", "09:01"]]}), "LV")])
def test_what_would_be_too_far_is_due_in_ten_years(calendar: WorkingHours | None) -> None:
    start = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
    assert due(calendar, start, 1e12) == start + LONGEST


def test_a_far_year_of_which_no_holidays_are_known_works_on() -> None:
    start = local("2290-03-06 09:00", RIGA)
    assert due(WorkingHours(RIGA, ALWAYS, "LV"), start, HOUR) == start + timedelta(hours=1)


ZONES = st.sampled_from(
    ["Europe/Riga", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"]
)
SPANS = st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True).map(sorted)


@st.composite
def calendars_(draw: st.DrawFn) -> WorkingHours:
    week = []
    for _ in DAYS:
        cuts = draw(SPANS) if draw(st.booleans()) else []
        week.append(tuple(zip(cuts[::2], cuts[1::2], strict=False)))
    if not any(week):
        week[0] = ((540, 1020),)
    return WorkingHours(draw(ZONES), tuple(week), draw(st.sampled_from([None, "LV", "US"])))


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(calendar=calendars_(), start=MOMENTS, first=st.integers(0, 40 * HOUR), second=st.integers(1, 40 * HOUR))
def test_more_working_time_is_later_and_never_before_the_start(
    calendar: WorkingHours, start: datetime, first: int, second: int
) -> None:
    sooner, later = due(calendar, start, first), due(calendar, start, first + second)
    assert start + timedelta(seconds=first) <= sooner < later
    assert due(calendar, sooner, second) == later


@pytest.mark.parametrize(
    ("calendar", "start", "seconds", "words"),
    [
        (WorkingHours(RIGA, OFFICE), "2026-03-02 14:00", 4 * HOUR, "due Tue 10:00 Europe/Riga: 4 working hours"),
        (WorkingHours(RIGA, OFFICE), "2026-03-02 09:00", 1.5 * HOUR, "due Mon 10:30 Europe/Riga: 1 working hour 30 minutes"),
        (
            WorkingHours(RIGA, OFFICE),
            "2026-03-02 09:00",
            80 * HOUR,
            "due Fri 13 Mar 2026 17:00 Europe/Riga: 80 working hours",
        ),
        (None, "2026-03-02 09:00", 48 * HOUR, "due Wed 07:00 UTC: 2 days"),
        (None, "2026-03-02 09:00", 60, "due Mon 07:01 UTC: 1 minute"),
        (None, "2026-03-02 09:00", 0, "due Mon 07:00 UTC: 0 seconds"),
    ],
)
def test_it_tells_why_it_is_due_then(calendar: WorkingHours | None, start: str, seconds: float, words: str) -> None:
    assert explained(calendar, local(start, RIGA), seconds) == words


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({}, "at least one day"),
        ({"mon": []}, "at least one day"),
        ({"monday": [["09:00", "17:00"]]}, "monday is no day"),
        ({"mon": [["17:00", "09:00"]]}, "17:00 to 09:00 does not end after it begins"),
        ({"mon": [["09:00", "09:00"]]}, "does not end after it begins"),
        ({"mon": [["9:00", "17:00"]]}, "9:00 is no time of a day"),
        ({"mon": [["09:00", "24:01"]]}, "24:01 is no time of a day"),
        ({"mon": [["09:60", "17:00"]]}, "09:60 is no time of a day"),
        ({"mon": [["09:00"]]}, "a beginning and an end"),
        ({"mon": [["09:00", "12:00"], ["11:00", "17:00"]]}, "do not overlap"),
        ({"mon": [["13:00", "17:00"], ["09:00", "12:00"]]}, "follow each other"),
    ],
)
def test_hours_that_make_no_sense_are_refused(written: dict[str, list[list[str]]], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        hours(written)


def test_countries_are_known_by_two_letters_and_have_names() -> None:
    assert {"LV", "DE", "US", "JP"} <= working_time.COUNTRIES
    assert set(countries.NAMES) == working_time.COUNTRIES


def test_countries_stand_in_the_order_of_their_names_in_each_language() -> None:
    with translation.override("de"):
        said = [name for _code, name in countries.choices()]
        assert said[:4] == ["Afghanistan", "Ägypten", "Ålandinseln", "Albanien"]
        assert (countries.name("GR"), countries.name("ZZ"), countries.name(None)) == ("Griechenland", "ZZ", "")
