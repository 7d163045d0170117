"""Calendars and on-call schedules on their pages, as who has no JavaScript uses them."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from inbox.calendars.models import Calendar, Override, Schedule
from intents.accounts.models import Agent, Member, User
from intents.accounts.services import tenancy
from intents.kernel import canonical
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.pages.browser import Browser, Page
from tests.pages.signing import PASSWORD, sign_in
from tests.pages.test_confirming import long_ago

# The clock stands at Tuesday 15 January 2030, 09:00 in UTC, which is 11:00 in Riga.
OFFICE = {
    "name": "Riga office",
    "time_zone": "Europe/Riga",
    "country": "LV",
    "mon": "9-12, 13:00-17:00",
    "tue": "09:00–17:00",
}


def error_at(page: Page, field: str) -> str:
    found = re.search(rf'id="id_{field}_error">.*?<span>(.*?)</span>', page.html, re.S)
    assert found, page.text
    return found[1]


@pytest.fixture
def alices(alices: Browser) -> Browser:
    return alices.confirmed()


@pytest.fixture
def calendar(now: SettableClock, alices: Browser) -> str:
    """The page of a calendar that Alice made."""
    return alices.post("/settings/calendars/new", OFFICE).location


def test_a_calendar_is_made_shown_edited_and_deleted(calendar: str, alices: Browser, veras: Browser) -> None:
    row = Calendar.objects.get()
    assert canonical.loads(row.hours) == {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["09:00", "17:00"]]}
    assert "Riga office Europe/Riga Mon, Tue Latvia" in veras.get("/settings/calendars").text
    assert "Lettland" in veras.get("/settings/calendars", accept_language="de").text
    text = veras.get(calendar).text
    assert "Europe/Riga, where it is Tue 11:00 now" in text
    assert "4 working hours from now: Tue 15 Jan, 15:00 Europe/Riga" in text
    assert "Monday 09:00 to 12:00, 13:00 to 17:00" in text
    assert "Fri 19 Apr 2030 Good Friday" in text
    assert "10 working hours from now: Mon 21 Jan, 14:00" in veras.get(f"{calendar}?hours=10").text
    for wrong in ("lots", "1,5"):
        page = veras.get(f"{calendar}?hours={wrong}")
        assert (page.status, f'value="{wrong}"' in page.html, 'type="number"' in page.html) == (422, True, False)
    edited = alices.get(f"{calendar}/edit").html
    assert 'value="09:00-12:00, 13:00-17:00"' in edited
    edit = OFFICE | {"name": "Home", "country": "", "fri": "9-12"}
    assert alices.post(f"{calendar}/edit", edit).location == calendar
    assert "Home Europe/Riga Mon, Tue, Fri none" in veras.get("/settings/calendars").text
    assert (Calendar.objects.get().name, Calendar.objects.get().country) == ("Home", None)
    assert alices.post(f"{calendar}/delete").location == "/settings/calendars"
    assert not Calendar.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "riga OFFICE"}, "name", "There is a calendar named riga OFFICE already."),
        (
            {"time_zone": "Mars/Crater"},
            "time_zone",
            "No time zone of the IANA list is called that; one is like Europe/Riga.",
        ),
        ({"tue": "17-9"}, "tue", "17:00 to 09:00 does not end after it begins."),
        ({"tue": "all day"}, "tue", "Write hours as 09:00-12:00, 13:00-17:00."),
        ({"mon": "9-12, 11-13"}, "mon", "do not overlap"),
    ],
)
def test_what_is_wrong_with_a_calendar_is_told_beside_its_field(
    calendar: str, alices: Browser, fields: dict[str, str], field: str, told: str
) -> None:
    page = alices.post("/settings/calendars/new", OFFICE | {"name": "Other"} | fields)
    assert page.status == 422
    assert told in error_at(page, field)
    assert Calendar.objects.count() == 1


def test_a_calendar_without_hours_is_refused(calendar: str, alices: Browser) -> None:
    page = alices.post(f"{calendar}/edit", {"name": "Never", "time_zone": "UTC", "country": ""})
    assert page.status == 422
    assert "working hours on at least one day" in page.text


@pytest.fixture
def night(now: SettableClock, alices: Browser, bob: PersonCaller, olga: PersonCaller) -> str:
    """The page of a schedule that Alice made: Bob and Olga, a week each."""
    return alices.post("/settings/on-call/new", turns(bob, olga)).location


def turns(*people: PersonCaller, **fields: Any) -> dict[str, Any]:
    given = {"name": "Night shift", "time_zone": "Europe/Riga", "starts_on": "2030-01-07", "hand_over": "09:00"}
    given |= {"length": "1", "unit": "weeks"} | fields
    return given | {f"person_{place}": str(one.user.id) for place, one in enumerate(people)}


def test_a_schedule_is_made_shown_edited_and_deleted(
    night: str, alices: Browser, veras: Browser, bob: PersonCaller, olga: PersonCaller
) -> None:
    row = Schedule.objects.get()
    assert (row.people, row.shift_days, row.hand_over, row.hours) == ([bob.user.id, olga.user.id], 7, "09:00", None)
    assert "Night shift olga@myorg.example in 5 days, 21 Jan 07:00 UTC Europe/Riga" in veras.get("/settings/on-call").text
    page = veras.get(night)
    assert "olga@myorg.example is on call now, until 21 Jan 07:00" in page.text
    assert "A week each, handoff on Mondays at 09:00 Europe/Riga" in page.text
    assert "bob@myorg.example Mon 21 Jan 07:00 Mon 28 Jan 07:00" in page.text
    assert "Fully covered for the next 4 weeks." in page.text
    assert page.html.count('data-kind="turn"') == 5
    assert 'value="2030-01-07"' in alices.get(f"{night}/edit").html
    edited = turns(olga, bob, length="3", unit="days", mon="9-17")
    assert alices.post(f"{night}/edit", edited).location == night
    row = Schedule.objects.get()
    assert (row.people, row.shift_days, row.hours) == ([olga.user.id, bob.user.id], 3, '{"mon":[["09:00","17:00"]]}')
    text = alices.get(night).text
    assert "Nobody is on call now: it is out of its hours. Until 21 Jan 07:00 UTC the owners are asked instead." in text
    assert alices.post(f"{night}/delete").location == "/settings/on-call"
    assert not Schedule.objects.exists()


def test_a_turn_is_added_and_taken_out_without_losing_what_was_typed(
    night: str, alices: Browser, bob: PersonCaller, alice: PersonCaller
) -> None:
    page = alices.post(f"{night}/edit", turns(bob, name="Late", starts_on="soon") | {"person_1": "", "add": "1"})
    assert page.status == 200
    assert 'value="Late"' in page.html
    assert "person_2" in page.html
    assert Schedule.objects.get().name == "Night shift"
    given = turns(bob, alice) | {"person_0": "", "person_2": str(bob.user.id)}
    alices.post(f"{night}/edit", given)
    assert Schedule.objects.get().people == [alice.user.id, bob.user.id]


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"name": "NIGHT shift"}, "name", "There is a schedule named NIGHT shift already."),
        (
            {"time_zone": "Mars/Crater"},
            "time_zone",
            "No time zone of the IANA list is called that; one is like Europe/Riga.",
        ),
        ({"starts_on": "soon"}, "starts_on", "valid date"),
        ({"hand_over": "noon"}, "hand_over", "valid time"),
        ({"length": "1,5"}, "length", "Enter a whole number."),
        ({"length": "60"}, "length", "From 1 to 366 days."),
        ({"person_0": ""}, "person_0", "Choose at least one person."),
        ({"fri": "9"}, "fri", "Write hours as"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told_beside_its_field(
    night: str, alices: Browser, bob: PersonCaller, fields: dict[str, str], field: str, told: str
) -> None:
    page = alices.post("/settings/on-call/new", turns(bob, name="Other") | fields)
    assert page.status == 422
    assert told in error_at(page, field)
    assert Schedule.objects.count() == 1


def test_whoever_left_is_a_gap_that_is_named_and_is_to_be_replaced(
    night: str, alices: Browser, bob: PersonCaller, olga: PersonCaller
) -> None:
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=bob.user))
    text = alices.get(night).text
    gap = "Mon 21 Jan 07:00 to Mon 28 Jan 07:00 UTC : it is the shift of bob@myorg.example, who cannot decide here."
    assert gap in text
    assert "bob@myorg.example (cannot decide here)" in alices.get(f"{night}/edit").html
    page = alices.post(f"{night}/edit", turns(olga, bob))
    assert "No member of this workspace" in error_at(page, "person_1")


def test_somebody_stands_in_at_times_of_ones_own_zone_until_that_is_taken_away(
    night: str, alices: Browser, alice: PersonCaller, bob: PersonCaller
) -> None:
    User.objects.filter(id=alice.user.id).update(time_zone="Asia/Kathmandu")
    given = {"person": str(bob.user.id), "start": "2030-01-16T18:00", "end": "2030-01-17T06:00"}
    assert alices.post(f"{night}/stand-in", given).location == night
    row = Override.objects.get()
    assert (row.user_id, row.start) == (bob.user.id, datetime(2030, 1, 16, 12, 15, tzinfo=UTC))
    page = alices.get(night)
    assert "bob@myorg.example Wed 16 Jan 18:00 to Thu 17 Jan 06:00" in page.text
    assert 'data-kind="stand_in"' in page.html
    refused = alices.post(f"{night}/stand-in", given | {"end": "2030-01-16T06:00"})
    assert "After its beginning" in error_at(refused, "end")
    alices.post(f"{night}/stand-in/{row.id}/remove")
    assert not Override.objects.exists()


def test_what_policies_need_stays(night: str, alices: Browser, alice: PersonCaller) -> None:
    end = {"after_seconds": 7200, "then": "fail"}
    level = {"after_seconds": 3600, "to": "oncall:Night shift"}
    alice.post("/policies", {"name": "Late", "escalation": {"levels": [level], "end": end}}).ok()
    assert "Policies Late" in alices.get(night).text
    assert alices.post(f"{night}/delete").status == 303
    assert "asks whoever is on call in it" in alices.get(night).text
    assert Schedule.objects.exists()


def test_the_people_page_says_who_reports_to_whom(
    alices: Browser, alice: PersonCaller, bob: PersonCaller, veras: Browser
) -> None:
    member = Member.objects.get(user=bob.user)
    path = f"/settings/people/{member.id}/manager"
    assert alices.post(path, {"manager": "alice@myorg.example"}).location == "/settings/people"
    assert "bob@myorg.example reports to alice@myorg.example" in veras.get("/settings/people").text
    assert '<option value="alice@myorg.example" selected>' in alices.get(path).html
    refused = alices.post(path, {"manager": "bob@myorg.example"})
    assert "bob@myorg.example is not one of the available choices" in error_at(refused, "manager")
    alices.post(path, {"manager": ""})
    assert Member.objects.get(user=bob.user).manager is None


def test_the_page_of_an_agent_says_who_owns_it(alices: Browser, veras: Browser, bob: PersonCaller, shop: KeyCaller) -> None:
    path = f"/settings/agents/{shop.agent.id}"
    assert "Owner nobody" in veras.get(path).text
    assert alices.post(f"{path}/owner", {"owner": "bob@myorg.example"}).location == path
    assert Agent.objects.get(id=shop.agent.id).owner_id == bob.user.id
    assert '<option value="bob@myorg.example" selected>' in alices.get(path).flat
    assert "Owner bob@myorg.example" in veras.get(path).text


@pytest.mark.parametrize("path", ["calendars/new", "on-call/new"])
def test_who_gave_the_password_long_ago_is_asked_for_it_before_anything_is_typed(alice: PersonCaller, path: str) -> None:
    page = Browser().sign_in(alice.user).get(f"/settings/{path}")
    assert (page.status, page.location) == (302, f"/account/confirm?next=%2Fsettings%2F{path.replace('/', '%2F')}")


def test_who_is_asked_when_is_changed_only_by_who_gave_the_password_lately(
    night: str, calendar: str, alice: PersonCaller, bob: PersonCaller
) -> None:
    browser = Browser().sign_in(alice.user)
    for path in (f"{night}/delete", f"{calendar}/delete"):
        assert browser.post(path).location.startswith("/account/confirm?")
    assert browser.get(night).status == 200
    assert browser.get(calendar).status == 200


def test_what_was_typed_stays_when_the_password_was_given_too_long_ago_meanwhile(
    night: str, calendar: str, alice: PersonCaller, olga: PersonCaller
) -> None:
    alice.user.set_password(PASSWORD)
    alice.user.save()
    browser = Browser()
    sign_in(browser, "alice@myorg.example")
    long_ago(browser)
    stands_in = {"person": str(olga.user.id), "start": "2030-01-16T06:00", "end": "2030-01-17T06:00"}
    for path, confirming, typed in (
        ("/settings/calendars/new", "/settings/calendars/new", OFFICE | {"name": "Typed"}),
        (f"{calendar}/edit", calendar, OFFICE | {"name": "Typed 2"}),
        ("/settings/on-call/new", "/settings/on-call/new", turns(alice, olga, name="Typed 3")),
        (f"{night}/edit", night, turns(olga, alice, name="Typed 4")),
        (f"{night}/stand-in", f"{night}/stand-in", stands_in),
    ):
        page = browser.post(path, typed)
        assert (page.status, f'action="/account/confirm{confirming}"' in page.html) == (422, True), path
        assert "Enter your password" in page.text
        for value in (value for value in typed.values() if value):
            assert f'value="{value}"' in page.html, (path, value)
        assert browser.post(f"/account/confirm{confirming}", typed | {"password": PASSWORD}).status == 302
        long_ago(browser)
    assert set(Calendar.objects.values_list("name", flat=True)) == {"Typed", "Typed 2"}
    assert set(Schedule.objects.values_list("name", flat=True)) == {"Typed 3", "Typed 4"}
    assert Override.objects.get().user_id == olga.user.id
