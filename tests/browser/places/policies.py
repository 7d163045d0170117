"""Policies, calendars and who is on call."""

from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import confirm_if_asked, owners, place

POLICY = {
    "name": "Large refunds",
    "match": {
        "intent_types": ["billing.refund.*", "order.*"],
        "risks": ["high", "critical"],
        "payload": [{"field": "amount.value", "at_least": 1000}],
    },
    "escalation": {
        "reminders": {"after_seconds": 1800, "at_most": 3},
        "levels": [{"after_seconds": 7200, "to": "ops@myorg.example"}, {"after_seconds": 3600, "to": "owner"}],
        "end": {"after_seconds": 28_800, "then": "expire"},
    },
}


def keep_policies(site: Site) -> None:
    """Two policies, made once."""
    if not site.policies:
        token = owners(site)
        rest = {"name": "Everything else", "escalation": {"end": {"after_seconds": 604_800, "then": "owner"}}, "place": 900}
        site.policies = [site.post("/policies", one, token)["policy"]["policy_id"] for one in (POLICY, rest)]


@place("settings-policies", "owner")
def policies(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look("/settings/policies")


@place("settings-policy", "owner")
def policy(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look(f"/settings/policies/{site.policies[0]}")


@place("settings-policy-of-an-approver")
def policy_read(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look(f"/settings/policies/{site.policies[0]}")


@place("settings-policy-errors", "owner")
def policy_errors(desk: Desk, site: Site) -> None:
    desk.look("/settings/policies/new")
    desk.press("Add a level")
    desk.page.locator("[name='escalation.levels.0.after_seconds']").fill("soon")
    desk.press("Save the policy")
    expect(desk.page.locator("[aria-invalid]").first).to_be_visible()


def made(desk: Desk, path: str, name: str, button: str, **fields: str) -> None:
    """The page of something of the workspace, made by its form when it is not there yet. `fields` are chosen or filled by
    their names."""
    desk.look(path)
    if not desk.page.get_by_role("link", name=name).count():
        desk.look(f"{path}/new")
        for field, value in ({"name": name} | fields).items():
            control = desk.page.locator(f"main [name={field}]")
            if field.startswith("person_"):
                control.select_option(index=int(value))
            else:
                control.fill(value)
        with desk.page.expect_navigation():  # the form asks who is signed in before it leaves the page
            desk.press(button)
        desk.look(path)


def office(desk: Desk) -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "9-12, 13-17")
    made(desk, "/settings/calendars", "Riga office", "Create calendar", time_zone="Europe/Riga", **hours)


@place("settings-calendars", "owner")
def calendars(desk: Desk, site: Site) -> None:
    office(desk)


@place("settings-calendar", "owner")
def calendar(desk: Desk, site: Site) -> None:
    office(desk)
    desk.page.get_by_role("link", name="Riga office").click()
    desk.page.get_by_role("link", name="Edit").click()
    desk.page.locator("[name=country]").select_option("LV")
    desk.press("Save the calendar")
    expect(desk.page.get_by_text("Next public holidays")).to_be_visible()


@place("settings-calendar-refused", "owner")
def calendar_refused(desk: Desk, site: Site) -> None:
    desk.look("/settings/calendars/new")
    desk.page.locator("[name=name]").fill("Riga")
    desk.page.get_by_label("Tuesday").fill("17-9")
    desk.press("Create calendar")
    expect(desk.page.locator("[aria-invalid]")).to_be_visible()


def night(desk: Desk) -> None:
    """A schedule that begins in some days."""
    start = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    fields = {"time_zone": "Europe/Riga", "starts_on": start, "person_0": "1", "person_1": "2"}
    made(desk, "/settings/on-call", "Night shift", "Create schedule", **fields)


@place("settings-oncall", "owner")
def oncall(desk: Desk, site: Site) -> None:
    night(desk)


@place("settings-override-new", "owner")
def stand_in(desk: Desk, site: Site) -> None:
    night(desk)
    desk.page.get_by_role("link", name="Night shift").click()
    desk.page.get_by_role("link", name="New override").click()
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_label("From")).to_be_visible()


@place("settings-schedule", "owner")
def schedule(desk: Desk, site: Site) -> None:
    stand_in(desk, site)
    start = datetime.now(UTC) + timedelta(days=5)
    desk.page.locator("[name=person]").select_option(index=1)
    desk.page.locator("[name=start]").fill(f"{start:%Y-%m-%dT18:00}")
    desk.page.locator("[name=end]").fill(f"{start + timedelta(days=3):%Y-%m-%dT06:00}")
    desk.press("Add override")
    desk.page.locator("summary", has_text="Show as table").click()


@place("settings-schedule-edited", "owner")
def schedule_edited(desk: Desk, site: Site) -> None:
    night(desk)
    desk.page.get_by_role("link", name="Night shift").click()
    desk.page.get_by_role("link", name="Edit").click()
    desk.press("Add a person")
    expect(desk.page.get_by_label("Person 4")).to_be_visible()
    desk.page.locator("summary", has_text="Only in some hours").click()


GRANT = {
    "name": "Small refunds of orders that never arrived",
    "outcome": "approved",
    "risk": "medium",
    "match": {
        "intent_types": ["billing.refund.*", "order.refund.v1"],
        "agents": ["billing"],
        "payload": [{"field": "amount.value", "at_most": 50}, {"field": "reason", "one_of": ["lost", "damaged"]}],
    },
    "limits": {"each": {"EUR": 50}, "per_day": {"count": 20, "sums": {"EUR": 500}}, "total": {"count": 200}},
}


def a_grant(site: Site) -> str:
    """The page of a standing grant, made once."""
    token = owners(site)
    with httpx.Client(base_url=f"{site.url}/v1", headers=token, timeout=60) as http:
        there = http.get("/standing-grants").raise_for_status().json()["standing_grants"]
    if not there:
        expires = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        there = [site.post("/standing-grants", GRANT | {"expires_at": expires}, token)["standing_grant"]]
    return f"/settings/standing-grants/{there[0]['grant_id']}"


@place("settings-standing-grants", "owner")
def standing_grants(desk: Desk, site: Site) -> None:
    a_grant(site)
    desk.look("/settings/standing-grants")


@place("settings-standing-grant", "owner")
def standing_grant(desk: Desk, site: Site) -> None:
    desk.look(a_grant(site))
    expect(desk.page.get_by_role("button", name="Revoke the grant")).to_be_visible()


@place("settings-standing-grant-tried", "owner")
def standing_grant_tried(desk: Desk, site: Site) -> None:
    desk.look("/settings/standing-grants/new?intent_types=*.*.v1&conditions=&day_count=20")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("Name").fill("What comes from billing")
    desk.page.get_by_label("Request types").fill("billing.*\norder.*\nrefund.*")
    with desk.page.expect_navigation():  # a preview of what the address says is there before
        desk.press("Preview")
    expect(desk.page.get_by_role("heading", name="In the last 30 days")).to_be_visible()
