"""Waits for a time: cron over the turns of the clocks and the ends of months, and thirty days that pass."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from intents.engine.models import Intent
from intents.engine.services.waits import next_time
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.intents.factory import take
from tests.intents.waiting import complete_job, kinds, look, resume_of, states, wait


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "now", "expected"),
    [
        # Plain.
        ("0 9 * * *", "UTC", "2030-01-15T08:59:59Z", "2030-01-15T09:00:00Z"),
        ("0 9 * * *", "UTC", "2030-01-15T09:00:00Z", "2030-01-16T09:00:00Z"),
        ("0 9 * * *", "Europe/Riga", "2030-01-15T08:00:00Z", "2030-01-16T07:00:00Z"),
        ("0 9 * * *", "America/New_York", "2030-01-15T08:00:00Z", "2030-01-15T14:00:00Z"),
        ("0 9 * * *", "Asia/Kathmandu", "2030-01-15T08:00:00Z", "2030-01-16T03:15:00Z"),
        ("0 0 * * *", "Pacific/Kiritimati", "2030-01-15T08:00:00Z", "2030-01-15T10:00:00Z"),
        ("*/15 * * * *", "Asia/Kathmandu", "2030-01-15T08:01:00Z", "2030-01-15T08:15:00Z"),
        ("30 9 * * 1-5", "UTC", "2030-01-18T10:00:00Z", "2030-01-21T09:30:00Z"),
        ("0 0 1 1 *", "UTC", "2030-12-31T23:59:59Z", "2031-01-01T00:00:00Z"),
        # With seconds as a sixth field, the first one.
        ("30 0 9 * * *", "UTC", "2030-01-15T09:00:00Z", "2030-01-15T09:00:30Z"),
        # The ends of months.
        ("0 12 31 * *", "UTC", "2030-03-31T12:00:00Z", "2030-05-31T12:00:00Z"),
        ("0 12 30 * *", "UTC", "2030-01-30T12:00:00Z", "2030-03-30T12:00:00Z"),
        ("0 12 29 * *", "UTC", "2030-01-29T12:00:00Z", "2030-03-29T12:00:00Z"),
        ("0 12 29 * *", "UTC", "2032-01-29T12:00:00Z", "2032-02-29T12:00:00Z"),
        ("0 12 L * *", "UTC", "2030-02-01T00:00:00Z", "2030-02-28T12:00:00Z"),
        ("0 12 L * *", "UTC", "2032-02-01T00:00:00Z", "2032-02-29T12:00:00Z"),
        # The leap day, also over a century that has none.
        ("0 12 29 2 *", "UTC", "2030-01-15T09:00:00Z", "2032-02-29T12:00:00Z"),
        ("0 12 29 2 *", "UTC", "2096-03-01T00:00:00Z", "2104-02-29T12:00:00Z"),
        # Clocks go forward: an hour that is left out comes at its end, each hour once.
        ("30 3 * * *", "Europe/Riga", "2030-03-30T12:00:00Z", "2030-03-31T01:00:00Z"),
        ("30 2 * * *", "America/New_York", "2030-03-09T12:00:00Z", "2030-03-10T07:00:00Z"),
        ("0 9 * * *", "Europe/Riga", "2030-03-30T08:00:00Z", "2030-03-31T06:00:00Z"),
        ("0 * * * *", "Europe/Riga", "2030-03-31T00:30:00Z", "2030-03-31T01:00:00Z"),
        ("30 2 * * *", "Australia/Lord_Howe", "2030-10-05T12:00:00Z", "2030-10-05T15:30:00Z"),
        # Clocks go back: a time that comes twice counts once, the hours go on.
        ("0 9 * * *", "Europe/Riga", "2030-10-26T08:00:00Z", "2030-10-27T07:00:00Z"),
        ("30 3 * * *", "Europe/Riga", "2030-10-26T12:00:00Z", "2030-10-27T00:30:00Z"),
        ("30 3 * * *", "Europe/Riga", "2030-10-27T00:30:00Z", "2030-10-28T01:30:00Z"),
        ("0 * * * *", "Europe/Riga", "2030-10-27T00:00:00Z", "2030-10-27T01:00:00Z"),
        ("30 1 * * *", "America/New_York", "2030-11-02T12:00:00Z", "2030-11-03T05:30:00Z"),
        # Begun in the second of two hours: what the first of them named is over.
        ("30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-11-01T01:30:00Z"),
        ("45 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-11-01T01:45:00Z"),
        ("0,30 2 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-11-01T01:00:00Z"),
        ("30 2-4 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-10-31T02:30:00Z"),
        ("30 0-23 * * *", "Europe/Berlin", "2027-10-31T01:10:00Z", "2027-10-31T02:30:00Z"),
        ("30 1 * * 0", "America/New_York", "2027-11-07T06:10:00Z", "2027-11-14T06:30:00Z"),
        ("30 0 * * *", "America/Havana", "2027-11-07T05:10:00Z", "2027-11-08T05:30:00Z"),
        ("15 1 * * *", "Europe/London", "2027-10-31T01:05:00Z", "2027-11-01T01:15:00Z"),
        ("45 1 * * *", "Australia/Lord_Howe", "2027-04-03T15:10:00Z", "2027-04-04T15:15:00Z"),
        # Day of month or day of week, unless one of them begins with a star: then both.
        ("0 9 13 * 5", "UTC", "2030-01-14T00:00:00Z", "2030-01-18T09:00:00Z"),
        ("0 16 */2 * SAT", "UTC", "2030-01-13T00:00:00Z", "2030-01-19T16:00:00Z"),
        # The last day, the last weekday, the last and the third Friday of a month.
        ("0 12 LW * *", "UTC", "2030-03-01T00:00:00Z", "2030-03-29T12:00:00Z"),
        ("0 12 * * 5L", "UTC", "2030-03-01T00:00:00Z", "2030-03-29T12:00:00Z"),
        ("0 12 * * 5#3", "UTC", "2030-03-01T00:00:00Z", "2030-03-15T12:00:00Z"),
    ],
)
def test_cron_names_its_next_time_in_its_zone(cron: str, zone: str, now: str, expected: str) -> None:
    assert next_time(cron=cron, timezone=zone, now=utc(now)).astimezone(UTC) == utc(expected)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Riga", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
@pytest.mark.parametrize("cron", ["0 9 * * *", "30 2 * * *", "0 0 * * *"])
def test_a_daily_cron_comes_once_a_day_all_year(zone: str, cron: str) -> None:
    start = now = utc("2030-01-01T12:00:00Z")
    days = 0
    while now < start + timedelta(days=365):
        following = next_time(cron=cron, timezone=zone, now=now).astimezone(UTC)
        assert timedelta(hours=22) <= following - now <= timedelta(hours=26) or days == 0
        now, days = following, days + 1
    assert days in (365, 366)


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * * *",
        "@daily",
        "60 * * * *",
        "* 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "0,,1 * * * *",
        "² * * * *",
        "1_0 * * * *",
        "0 0 * * MONDAY",
        "a b c d e",
        "'; -- * * *",
    ],
)
def test_what_is_no_cron_expression_is_refused(cron: str) -> None:
    with pytest.raises(InvalidField) as refused:
        next_time(cron=cron, timezone="UTC", now=utc("2030-01-15T09:00:00Z"))
    assert refused.value.details["field"] == "cron"


@pytest.mark.parametrize(
    "zone",
    [
        "Mars/Olympus",
        "../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/",
        ".",
        "..",
        "Zürich",
        "x" * 64,
        "europe/riga",
        "+02",
        "localtime",
        "posixrules",
        "Factory",
    ],
)
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidField) as refused:
        next_time(cron="0 9 * * *", timezone=zone, now=utc("2030-01-15T09:00:00Z"))
    assert refused.value.details["field"] == "timezone"


@pytest.mark.parametrize("cron", ["30 2 * * *", "0,30 2 * * *", "*/7 * * * *", "15 */2 * * *", "30 0-23 * * *", "0 0 * * *"])
@pytest.mark.parametrize(
    "zone",
    ["Europe/Berlin", "America/New_York", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Chatham"],
)
def test_whenever_a_wait_begins_its_cron_names_a_time_to_come(zone: str, cron: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for day in ("2027-03-27", "2027-04-03", "2027-09-25", "2027-10-02", "2027-10-28", "2027-10-30", "2027-11-06"):
        for _ in range(20):
            began = utc(f"{day}T12:00:00Z") + timedelta(seconds=chance.randrange(24 * 3600))
            assert next_time(cron=cron, timezone=zone, now=began).astimezone(UTC) > began, (began, cron, zone)


def test_a_nightly_job_that_waits_again_in_the_doubled_hour_comes_the_next_night(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller
) -> None:
    now.set(utc("2027-10-31T01:10:00Z"))
    intent_id = shop.submit()
    take(worker)
    asked = wait(worker, intent_id, "time", cron="30 2 * * *", timezone="Europe/Berlin")
    assert asked["due_at"] == "2027-11-01T01:30:00.000000Z"
    look()
    assert take(worker) == []


def test_a_cron_that_is_too_far_ahead_is_refused_by_its_name(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    now.set(utc("2096-03-01T00:00:00Z"))
    # The next fifth Monday of February.
    intent_id = shop.submit()
    take(worker)
    asked = {"for": "time", "cron": "0 0 * 2 MON#5"}
    refused = worker.post(f"/intents/{intent_id}/wait", asked)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "cron")


def test_a_report_every_working_day_for_thirty_days(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    """Nine o'clock in Riga, through the night in which the clocks go forward."""
    now.set(utc("2030-03-11T12:00:00Z"))
    end = now.now + timedelta(days=30)
    intent_id = shop.submit()
    take(worker)
    came: list[str] = []
    asked = {"cron": "0 9 * * 1-5", "timezone": "Europe/Riga"}
    wait(worker, intent_id, "time", **asked)
    while now.now < end:
        now.advance(minutes=30)
        look()
        for handed in take(worker):
            came.append(handed.json()["resume"]["due_at"])
            assert came[-1] == rfc3339(now.now)
            wait(worker, intent_id, "time", **asked)
    assert len(came) == len(set(came)) == 22
    assert {text[11:16] for text in came if text < "2030-03-31"} == {"07:00"}
    assert {text[11:16] for text in came if text > "2030-03-31"} == {"06:00"}
    assert states(intent_id) == ["satisfied"] * 22 + ["open"]


def test_a_month_of_waits_goes_on_where_it_stood(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, bob: PersonCaller
) -> None:
    """A run of thirty days: each ends when what it is for happens, however late, and not one moment before."""
    intent_id = shop.submit(deadline_at=rfc3339(now.now + timedelta(days=40)))
    wait(worker, intent_id, "time", delay_seconds=5 * 86_400)
    now.advance(days=4, hours=23)
    look()
    assert take(worker) == []
    now.advance(hours=1)
    look()
    assert "due_at" in resume_of(worker)
    wait(worker, intent_id, "human", human_task={"title": "Go on?"}, deadline_seconds=10 * 86_400)
    now.advance(days=9)
    look()
    bob.post(f"/approvals/{intent_id}/decision", {"decision": "approve"}).ok()
    assert resume_of(worker)["task_result"]["outcome"] == "approved"
    wait(worker, intent_id, "tool", tool="carrier", external_id="parcel", timeout_seconds=14 * 86_400, on_timeout="resume")
    now.advance(days=13)
    look()
    complete_job(machine, "carrier", "parcel", signed_by="Ms. Ozola").ok()
    assert resume_of(worker)["result"] == {"signed_by": "Ms. Ozola"}
    now.advance(days=3)
    worker.post(f"/intents/{intent_id}/resume", {"delivered": True}).ok()
    assert kinds(shop, intent_id).count("resumed") == 3
    now.advance(days=30)
    look()
    assert Intent.objects.get(id=intent_id).status == "COMPLETED"


def test_what_was_missed_in_an_outage_comes_once(now: SettableClock, shop: KeyCaller, worker: KeyCaller) -> None:
    ids = [shop.submit() for _ in range(20)]
    for number, intent_id in enumerate(ids):
        wait(worker, intent_id, "time", delay_seconds=3600 * (number + 1))
    now.advance(days=7)
    for _ in range(3):
        look()
    assert sorted(str(one.intent.id) for one in take(worker, limit=100)) == sorted(ids)
    assert {kinds(shop, intent_id).count("resumed") for intent_id in ids} == {1}
