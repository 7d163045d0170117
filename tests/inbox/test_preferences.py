"""When somebody is told: quiet hours, digests and hours of channels, in every zone and on days that clocks are moved."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from inbox.notifications.channels.email import EMAIL
from inbox.notifications.preferences import (
    ChannelChoice,
    Digest,
    Preferences,
    Quiet,
    Span,
    next_digest,
    pops_up,
    quiet_until,
    route,
)

NIGHT = Quiet(start="22:00", end="07:00")


def at(zone: str, text: str) -> datetime:
    """An instant by the clocks of a zone; `text` ends in * for the second of two that are called the same."""
    local = datetime.fromisoformat(text.rstrip("*")).replace(tzinfo=ZoneInfo(zone), fold=int(text.endswith("*")))
    return local.astimezone(UTC)


QUIET = [
    ("Europe/Riga", "22:00", "07:00", "2026-03-10T21:59", "2026-03-10T21:59"),
    ("Europe/Riga", "22:00", "07:00", "2026-03-10T22:00", "2026-03-11T07:00"),
    ("Europe/Riga", "22:00", "07:00", "2026-03-11T06:59", "2026-03-11T07:00"),
    ("Europe/Riga", "22:00", "07:00", "2026-03-11T07:00", "2026-03-11T07:00"),
    ("Europe/Riga", "12:00", "13:00", "2026-03-11T12:30", "2026-03-11T13:00"),
    # The clocks go forward from 03:00 to 04:00, and back from 04:00 to 03:00.
    ("Europe/Riga", "22:00", "07:00", "2026-03-28T23:00", "2026-03-29T07:00"),
    ("Europe/Riga", "22:00", "03:30", "2026-03-29T02:59", "2026-03-29T04:30"),
    ("Europe/Riga", "22:00", "03:30", "2026-10-25T02:00", "2026-10-25T03:30"),
    ("Europe/Riga", "22:00", "03:30", "2026-10-25T03:10*", "2026-10-25T03:30*"),
    ("Pacific/Kiritimati", "22:00", "07:00", "2026-12-31T23:00", "2027-01-01T07:00"),
    ("Pacific/Pago_Pago", "22:00", "07:00", "2028-02-28T23:00", "2028-02-29T07:00"),
    ("Asia/Kathmandu", "22:00", "07:00", "2026-01-31T22:00", "2026-02-01T07:00"),
]


@pytest.mark.parametrize(("zone", "start", "end", "now", "until"), QUIET)
def test_quiet_hours_end_when_the_clocks_of_the_person_say_so(zone: str, start: str, end: str, now: str, until: str) -> None:
    assert quiet_until(Span(start=start, end=end), at(zone, now), ZoneInfo(zone)) == at(zone, until)


DIGESTS = [
    ("day", "08:00", "Europe/Riga", "2026-03-10T07:59", "2026-03-10T08:00"),
    ("day", "08:00", "Europe/Riga", "2026-03-10T08:00", "2026-03-11T08:00"),
    ("day", "03:30", "Europe/Riga", "2026-03-29T01:00", "2026-03-29T04:30"),
    ("day", "03:30", "Europe/Riga", "2026-10-25T03:30", "2026-10-26T03:30"),
    ("day", "08:00", "Pacific/Kiritimati", "2026-12-31T09:00", "2027-01-01T08:00"),
    ("day", "08:00", "Pacific/Pago_Pago", "2026-12-31T09:00", "2027-01-01T08:00"),
    ("hour", "08:00", "Europe/Riga", "2026-03-10T07:59", "2026-03-10T08:00"),
    ("hour", "08:00", "Asia/Kathmandu", "2026-03-10T07:10", "2026-03-10T08:00"),
    ("hour", "08:00", "Europe/Riga", "2026-10-25T03:10", "2026-10-25T03:00*"),
]


@pytest.mark.parametrize(("every", "time", "zone", "now", "then"), DIGESTS)
def test_a_digest_goes_out_once_at_its_time(every: str, time: str, zone: str, now: str, then: str) -> None:
    digest = Digest.model_validate({"every": every, "at": time})
    assert next_digest(digest, at(zone, now), ZoneInfo(zone)) == at(zone, then)


RIGA = ZoneInfo("Europe/Riga")
EVENING = at("Europe/Riga", "2026-03-10T23:00")
MORNING = at("Europe/Riga", "2026-03-11T07:00")


def told(preferences: Preferences, risk: str, *, kind: str = "assigned", now: datetime = EVENING) -> tuple[object, ...]:
    found = route(preferences, kind=kind, risk=risk, now=now, zone=RIGA)
    assert found is not None
    return found.channels, found.slot, found.due_at


def test_without_choosing_one_gets_mail_at_once_of_what_is_high_or_pressing() -> None:
    chosen = Preferences()
    assert told(chosen, "high") == ((EMAIL,), "now", EVENING)
    assert told(chosen, "medium") == ((), "now", EVENING)
    assert told(chosen, "low", kind="reminder") == ((EMAIL,), "now", EVENING)


def test_in_quiet_hours_only_what_is_critical_goes_out() -> None:
    chosen = Preferences(quiet=NIGHT)
    assert told(chosen, "high") == ((EMAIL,), "held", MORNING)
    assert told(chosen, "critical") == ((EMAIL,), "now", EVENING)
    assert not pops_up(chosen, kind="assigned", risk="high", now=EVENING, zone=RIGA)
    assert pops_up(chosen, kind="assigned", risk="high", now=MORNING, zone=RIGA)


def test_a_channel_is_used_in_its_hours_and_for_its_risks() -> None:
    office = ChannelChoice(by="chat", risks=["critical", "high", "medium"], hours=Span(start="08:00", end="18:00"))
    chosen = Preferences(channels=[office, ChannelChoice(by=EMAIL)])
    assert told(chosen, "high") == ((EMAIL,), "now", EVENING)
    noon = at("Europe/Riga", "2026-03-10T12:00")
    assert told(chosen, "high", now=noon)[0] == ("chat", EMAIL)
    assert told(chosen, "medium", now=noon)[0] == ("chat",)


def test_a_digest_gathers_its_risks_and_keeps_quiet_hours() -> None:
    chosen = Preferences(digest=Digest(every="day", at="06:00", risks=["low"]), quiet=NIGHT)
    assert told(chosen, "low") == ((EMAIL,), "digest", MORNING)
    assert told(chosen, "critical")[1] == "now"


def test_of_an_unsubscribed_kind_one_is_not_told() -> None:
    chosen = Preferences(unsubscribed=["assigned"])
    assert route(chosen, kind="assigned", risk="critical", now=EVENING, zone=RIGA) is None
    assert not pops_up(chosen, kind="assigned", risk="critical", now=EVENING, zone=RIGA)
