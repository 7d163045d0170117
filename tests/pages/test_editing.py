"""Two who edit the same thing: the second is told of the first, and nothing is overwritten without a word."""

import re
from typing import Any

import pytest

from inbox.calendars.models import Calendar, Schedule
from inbox.escalation.models import Policy
from intents.accounts.models import Member
from intents.kernel import canonical
from tests.callers import PersonCaller
from tests.pages.browser import Browser, Page
from tests.pages.policies import FORM

WEEK = {"mon": [["09:00", "17:00"]]}


@pytest.fixture
def alices(alices: Browser) -> Browser:
    return alices.confirmed()


@pytest.fixture
def olga(olga: PersonCaller) -> PersonCaller:
    """Another who may edit."""
    Member.objects.filter(user=olga.user).update(role="admin")
    return olga


def opened(browser: Browser, path: str) -> str:
    """The revision that the form at `path` was opened with."""
    found = re.search(r'name="revision" value="(\w+)"', browser.get(path).html)
    assert found
    return found[1]


def told_of_theirs(page: Page, *, who: str) -> str:
    """The revision with which the page that tells of somebody else's change would overwrite it."""
    assert page.status == 409
    assert f"{who} changed this on" in page.text
    assert "Nothing is saved yet" in page.text
    found = re.search(r'name="revision" value="(\w+)"', page.html)
    assert found
    return found[1]


def test_a_calendar_changed_meanwhile_is_not_overwritten(alices: Browser, alice: PersonCaller, olga: PersonCaller) -> None:
    made = alice.post("/calendars", {"name": "Riga", "time_zone": "Europe/Riga", "hours": WEEK}).ok()["calendar"]
    path = f"/settings/calendars/{made['calendar_id']}/edit"
    form = {
        "name": "Riga",
        "time_zone": "Europe/Paris",
        "country": "",
        "mon": "09:00-17:00",
        "revision": opened(alices, path),
    }
    olga.patch(f"/calendars/{made['calendar_id']}", {"name": "Riga office"}).ok()
    page = alices.post(path, form)
    revision = told_of_theirs(page, who=olga.user.email)
    assert "Riga office" in page.text
    assert 'value="Europe/Paris"' in page.html
    row = Calendar.objects.get()
    assert (row.name, row.time_zone) == ("Riga office", "Europe/Riga")
    assert alices.post(path, form | {"revision": revision}).status == 302
    row.refresh_from_db()
    assert (row.name, row.time_zone) == ("Riga", "Europe/Paris")


def test_a_schedule_changed_meanwhile_is_not_overwritten(
    alices: Browser, alice: PersonCaller, olga: PersonCaller, bob: PersonCaller
) -> None:
    given = {"name": "Night", "time_zone": "UTC", "starts_on": "2026-11-23", "hand_over": "09:00", "shift_days": 7}
    made = alice.post("/schedules", given | {"people": [olga.user.email]}).ok()["schedule"]
    level = {"after_seconds": 60, "to": "oncall:Night"}
    escalation = {"levels": [level], "end": {"after_seconds": 3600, "then": "expire"}}
    alice.post("/policies", {"name": "All", "match": {}, "escalation": escalation}).ok()
    path = f"/settings/on-call/{made['schedule_id']}/edit"
    form: dict[str, Any] = {"name": "Night", "time_zone": "UTC", "starts_on": "2026-11-23", "hand_over": "09:00"}
    form |= {"length": "1", "unit": "weeks", "person_0": str(bob.user.id), "revision": opened(alices, path)}
    olga.patch(f"/schedules/{made['schedule_id']}", {"name": "Late"}).ok()
    page = alices.post(path, form)
    revision = told_of_theirs(page, who=olga.user.email)
    assert "Late" in page.text
    row = Schedule.objects.get()
    assert (row.name, row.people) == ("Late", [olga.user.id])
    assert canonical.loads(Policy.objects.get().escalation)["levels"][0]["to"] == "oncall:Late"
    assert alices.post(path, form | {"revision": revision}).status == 302
    row.refresh_from_db()
    assert (row.name, row.people) == ("Night", [bob.user.id])


def test_a_policy_changed_meanwhile_is_not_overwritten(alices: Browser, alice: PersonCaller, olga: PersonCaller) -> None:
    alices.post("/settings/policies/new", FORM | {"do": "save"})
    row = Policy.objects.get()
    path = f"/settings/policies/{row.id}"
    form = FORM | {"do": "save", "name": "Huge refunds", "revision": opened(alices, path)}
    levels = {"levels": [{"after_seconds": 60, "to": "owner"}], "end": {"after_seconds": 3600, "then": "expire"}}
    olga.patch(f"/policies/{row.id}", {"escalation": levels}).ok()
    page = alices.post(path, form)
    revision = told_of_theirs(page, who=olga.user.email)
    assert "Large refunds" in page.text
    assert 'value="Huge refunds"' in page.html
    assert canonical.loads(Policy.objects.get().escalation) == levels
    kept = alices.post(path, form | {"do": "preview"})
    assert f'name="revision" value="{form["revision"]}"' in kept.html
    assert alices.post(path, form | {"revision": revision}).status == 303
    assert Policy.objects.get().name == "Huge refunds"


def test_a_new_name_of_a_schedule_is_a_change_of_policies_that_name_it(alice: PersonCaller, olga: PersonCaller) -> None:
    given = {"name": "Night", "time_zone": "UTC", "starts_on": "2026-11-23", "hand_over": "09:00", "shift_days": 7}
    made = alice.post("/schedules", given | {"people": [olga.user.email]}).ok()["schedule"]
    escalation = {"levels": [{"after_seconds": 60, "to": "oncall:Night"}], "end": {"after_seconds": 3600, "then": "expire"}}
    policy = alice.post("/policies", {"name": "All", "match": {}, "escalation": escalation}).ok()["policy"]
    alice.patch(f"/schedules/{made['schedule_id']}", {"name": "Late"}).ok()
    refused = alice.patch(f"/policies/{policy['policy_id']}", {"name": "Any", "expected_revision": policy["revision"]})
    assert refused.status == 409


@pytest.mark.parametrize("kind", ["calendars", "schedules", "policies"])
def test_the_api_refuses_a_change_of_an_older_revision_and_changes_nothing(
    alice: PersonCaller, olga: PersonCaller, kind: str
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "calendars": {"name": "A", "time_zone": "UTC", "hours": WEEK},
        "schedules": {
            "name": "A",
            "time_zone": "UTC",
            "starts_on": "2026-11-23",
            "hand_over": "09:00",
            "shift_days": 1,
            "people": [olga.user.email],
        },
        "policies": {"name": "A", "match": {}, "escalation": {"end": {"after_seconds": 3600, "then": "expire"}}},
    }
    one = {"calendars": "calendar", "schedules": "schedule", "policies": "policy"}[kind]
    made = alice.post(f"/{kind}", bodies[kind]).ok()[one]
    path = f"/{kind}/{made[f'{one}_id']}"
    assert (made["revision"], made["changed_by"]) == (1, None)
    changed = olga.patch(path, {"name": "B", "expected_revision": 1}).ok()[one]
    assert (changed["revision"], changed["changed_by"]) == (2, olga.user.email)
    refused = alice.patch(path, {"name": "C", "expected_revision": 1})
    assert (refused.status, refused.json["error"]["code"]) == (409, "changed_meanwhile")
    assert refused.json["error"]["details"]["revision"] == 2
    assert olga.user.email in refused.json["error"]["message"]
    assert alice.get(path).ok()[one]["name"] == "B"
    assert alice.patch(path, {"name": "C"}).ok()[one]["revision"] == 3
    assert alice.patch(path, {"name": "D", "expected_revision": 3}).ok()[one]["name"] == "D"


def test_ones_notification_settings_changed_in_another_tab_are_not_overwritten(alices: Browser, alice: PersonCaller) -> None:
    path = "/settings/notifications"
    form = {"email-risks": ["critical"], "email-place": "1", "browser": ["low"], "kinds": ["assigned"]}
    form |= {"revision": [opened(alices, path)]}  # type: ignore[dict-item]
    alice.patch("/me/notification-settings", {"browser": ["high"]}).ok()
    page = alices.post(path, form)
    assert page.status == 409
    assert "Nothing is saved yet" in page.text
    assert alice.get("/me/notification-settings").ok()["settings"]["browser"] == ["high"]
    again = re.search(r'name="revision" value="(\w+)"', page.html)
    assert again
    assert alices.post(path, form | {"revision": again[1]}).status == 302
    assert alice.get("/me/notification-settings").ok()["settings"]["browser"] == ["low"]
