"""The pages of policies: what they say, what they check, and what they try without saving it."""

import re
from itertools import pairwise
from typing import Any

import pytest

from inbox.escalation.models import Policy
from intents.kernel import canonical
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.test_replaying import opened
from tests.pages.browser import Browser, Page
from tests.pages.test_confirming import long_ago
from tests.pages.test_signing_in import PASSWORD, ann, sign_in

__all__ = ["ann"]

OFFICE = {"name": "Riga", "time_zone": "Europe/Riga", "hours": {"mon": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]}}
FORM: dict[str, Any] = {
    "name": "Large refunds",
    "match.intent_types": "refund.*\norder.refund",
    "match.risks": ["high", "critical"],
    "match.payload.0.field": "amount.eur",
    "match.payload.0.compare": "at_least",
    "match.payload.0.value": "1000",
    "escalation.reminders.after_seconds": "30",
    "escalation.reminders.after_seconds.unit": "minutes",
    "escalation.reminders.at_most": "2",
    "escalation.levels.0.after_seconds": "1.5",
    "escalation.levels.0.after_seconds.unit": "hours",
    "escalation.levels.0.to": "olga@myorg.example",
    "escalation.levels.1.after_seconds": "1",
    "escalation.levels.1.after_seconds.unit": "hours",
    "escalation.levels.1.to": "owner",
    "escalation.end.after_seconds": "1",
    "escalation.end.after_seconds.unit": "days",
    "escalation.end.then": "expire",
}
STORED = {
    "match": {
        "intent_types": ["refund.*", "order.refund"],
        "payload": [{"at_least": 1000, "field": "amount.eur"}],
        "risks": ["high", "critical"],
    },
    "escalation": {
        "reminders": {"after_seconds": 1800, "at_most": 2},
        "levels": [{"after_seconds": 5400, "to": "olga@myorg.example"}, {"after_seconds": 3600, "to": "owner"}],
        "end": {"after_seconds": 86_400, "then": "expire"},
    },
}


@pytest.fixture
def alices(alices: Browser, olga: PersonCaller) -> Browser:
    return alices.confirmed()


def send(browser: Browser, does: str = "save", path: str = "/settings/policies/new", **changes: Any) -> Page:
    return browser.post(path, FORM | {name.replace("__", "."): value for name, value in changes.items()} | {"do": does})


def wrong(page: Page) -> dict[str, str]:
    """What is said beside fields, by their names."""
    found = re.findall(r'<p class="error" id="([^"]+)-error">.*?<span>(.*?)</span>', page.html, re.S)
    return dict(found)


def fields(page: Page) -> dict[str, str]:
    """What stands in the fields of the form, as a browser would send it."""
    html = page.html[page.html.index('id="policy-form"') :]
    found = dict(re.findall(r'<input class="input" id="[^"]+" name="([^"]+)" value="([^"]*)"', html))
    for name, options in re.findall(r'<select class="input"[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S):
        found[name] = text
    return found


def test_a_policy_is_made_read_changed_and_deleted(alices: Browser, bobs: Browser) -> None:
    assert "There is no policy yet" in alices.get("/settings/policies").text
    assert send(alices).location == "/settings/policies"
    row = Policy.objects.get()
    assert {"match": canonical.loads(row.match), "escalation": canonical.loads(row.escalation)} == STORED
    for browser in (alices, bobs):
        said = browser.get("/settings/policies").text
        assert "Tasks of type refund.* or order.refund, of high or critical risk, where amount.eur is at least 1,000" in said
        assert "Reminds after 30 minutes, then every 30 minutes, 2 times in all." in said
        assert "Escalates to olga@myorg.example after 1 hour 30 minutes, then all owners after 1 hour." in said
        assert "After 1 day, it expires." in said
    path = f"/settings/policies/{row.id}"
    assert "Only owners and admins can change it" in bobs.get(path).text
    assert "policy-form" not in bobs.get(path).html
    kept = fields(alices.get(path))
    assert (kept["escalation.levels.0.to"], kept["escalation.end.after_seconds.unit"]) == ("olga@myorg.example", "days")
    again = {**kept, "match.risks": "high", "name": "Refunds", "do": "save"}
    assert alices.post(path, again).status == 303
    row.refresh_from_db()
    changed = {**STORED, "match": {**STORED["match"], "risks": ["high"]}}
    assert {"match": canonical.loads(row.match), "escalation": canonical.loads(row.escalation)} == changed
    alices.post(f"{path}/delete")
    assert not Policy.objects.exists()


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(alices: Browser) -> None:
    changes = {
        "name": "",
        "match__payload__0__value": "much",
        "escalation__levels__0__to": "",
        "escalation__levels__1__after_seconds": "soon",
        "escalation__end__after_seconds": "400",
    }
    page = send(alices, **changes)
    assert page.status == 422
    assert wrong(page) == {
        "name": "Must not be empty.",
        "match.payload.0.value": "Must be a number.",
        "escalation.levels.0.to": "Choose an assignee.",
        "escalation.levels.1.after_seconds": "A number, like 2 or 1.5.",
        "escalation.end.after_seconds": "Must be more than nothing, and 366 days at most.",
    }
    assert fields(page)["escalation.levels.1.after_seconds"] == "soon"
    assert "5 fields need another look" in page.text


@pytest.mark.parametrize(
    ("changes", "at", "told"),
    [
        ({"escalation__end__after_seconds__unit": "hours"}, "end.after", "before the end"),
        ({"escalation__end__then": "complete"}, "end.outcome", "give the automatic answer"),
        ({"escalation__end__then": "complete", "escalation__end__outcome": "approved"}, "end.then", "of low risk"),
        ({"escalation__levels__0__to": "Nobody"}, "levels.0.to", "no member, group"),
        ({"escalation__end__after_seconds": ""}, "end.after", "say how long"),
        ({"escalation__reminders__after_seconds": ""}, "reminders.after", "say how long"),
        ({"escalation__repeat": "99"}, "repeat", "at most 10"),
        ({"calendar": "Nowhere"}, "calendar", "no calendar"),
        ({"escalation__end__after_seconds": "9" * 300}, "end.after", "a number"),
        ({"match__payload__0__value": "1e999"}, "payload.0.value", "must be a number"),
    ],
)
def test_the_form_is_held_to_what_the_api_holds_to(alices: Browser, changes: dict[str, str], at: str, told: str) -> None:
    page = send(alices, **changes)
    assert page.status == 422
    assert [True for field, words in wrong(page).items() if at in field and told in words.lower()], wrong(page)
    assert not Policy.objects.exists()


def test_a_name_that_is_taken_is_said_beside_the_name(alices: Browser) -> None:
    send(alices)
    assert "there is a policy named" in wrong(send(alices, name="LARGE refunds"))["name"].lower()


def test_rows_come_and_go_by_buttons_and_save_nothing(alices: Browser) -> None:
    more = send(alices, "add:level")
    assert "escalation.levels.2.to" in fields(more)
    less = send(alices, "remove:escalation.levels.0")
    assert fields(less)["escalation.levels.0.to"] == "owner"
    assert "escalation.levels.1.to" not in fields(less)
    assert "match.payload.1.field" in fields(send(alices, "add:condition"))
    assert "match.payload.0.field" not in fields(send(alices, "remove:match.payload.0"))
    assert not Policy.objects.exists()


def test_what_would_happen_is_shown_for_the_time_that_is_asked_about(alices: Browser, alice: PersonCaller) -> None:
    page = send(alices, "preview", at="2026-03-02T10:00")
    assert page.text.count("If a task arrives then: olga@myorg.example") == 1
    assert "2 Mar 11:30 UTC" in page.text
    assert "3 Mar 10:00 UTC Expires without a decision" in page.text
    alice.post("/calendars", OFFICE).ok()
    page = send(alices, "preview", at="2026-03-02T10:00", calendar="Riga", escalation__end__after_seconds__unit="hours")
    assert "the last level has to come before the end" in page.text.lower()
    page = send(alices, "preview", at="2026-03-02T10:00", calendar="Riga")
    assert "13 Mar 10:00 UTC Expires without a decision" in page.text, "Mondays and Fridays alone are worked"
    assert "like 2026-01-31T09:00" in send(alices, "preview", at="tomorrow").text
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("arrives", "broken"),
    [("2026-03-06T10:00", []), ("2026-03-06T16:00", ["1"]), ("2026-03-06T14:20", ["2"])],
)
def test_a_weekend_leaves_room_for_the_steps_around_it(
    alices: Browser, alice: PersonCaller, arrives: str, broken: list[str]
) -> None:
    alice.post("/calendars", OFFICE).ok()
    changes = {"calendar": "Riga", "escalation__end__after_seconds": "3", "escalation__end__after_seconds__unit": "hours"}
    page = send(alices, "preview", at=arrives, **changes).flat
    drawing = page[page.index('class="timeline-line"') :].partition("</svg>")[0]
    marks = {"0": 12} | {number: int(x) for x, number in re.findall(r'<text x="(\d+)"[^>]*>(\d+)</text>', drawing)}
    places = list(marks.values())
    apart = [after - before for before, after in pairwise(places)]
    assert len(apart) == 5
    assert min(apart) >= 22
    assert places[-1] == 308
    assert max(apart) <= 308 / 2
    breaks = [int(x) for x in re.findall(r'class="break">.*?<rect x="(\d+)"', drawing)]
    assert [number for x in breaks for number in marks if marks[number] > x][: len(breaks)] == broken


def test_policies_are_tried_in_the_order_that_the_page_gives_them(alices: Browser) -> None:
    for name in ("First", "Second", "Third"):
        send(alices, name=name)
    third = Policy.objects.get(name="Third")
    for by, order in (
        ("earlier", ["First", "Third", "Second"]),
        ("earlier", ["Third", "First", "Second"]),
        ("earlier", ["Third", "First", "Second"]),
        ("later", ["First", "Third", "Second"]),
    ):
        alices.post(f"/settings/policies/{third.id}/move", {"by": by})
        assert [row.name for row in Policy.objects.order_by("place", "name")] == order


def test_who_signed_in_long_ago_saves_with_the_password(ann: PersonCaller, alice: PersonCaller) -> None:
    alice.user.set_password(PASSWORD)
    alice.user.save()
    browser = Browser()
    sign_in(browser, "alice@myorg.example")
    send(browser, name="Fresh", escalation__levels__0__to="owner")
    row = Policy.objects.get()
    long_ago(browser)
    page = send(browser, escalation__levels__0__to="owner")
    assert (page.status, 'name="password"' in page.html) == (422, True)
    assert fields(page)["name"] == FORM["name"]
    assert 'action="/account/confirm/settings/policies/new"' in page.html
    assert Policy.objects.count() == 1
    assert browser.post(f"/settings/policies/{row.id}/delete").location.startswith("/account/confirm?")
    change = {"path": f"/account/confirm/settings/policies/{row.id}", "escalation__levels__0__to": "owner"}
    assert send(browser, **change, password="wrong").status == 422
    assert send(browser, **change, password=PASSWORD).status == 303
    row.refresh_from_db()
    assert row.name == FORM["name"]


def test_the_preview_names_whom_an_agent_that_fits_would_reach(
    alices: Browser, alice: PersonCaller, shop: KeyCaller
) -> None:
    changes = {"match__intent_types": "", "escalation__levels__0__to": "manager"}
    anybodys = send(alices, "preview", **changes).text
    assert "Escalates to the manager of the agent's owner" in anybodys
    theirs = send(alices, "preview", **changes, match__agents="sh*").text
    assert "If a task arrives now: all owners" in theirs
    assert "Escalates to all owners: shop has no owner" in theirs


def test_who_does_not_manage_sees_policies_and_changes_none(bobs: Browser, alices: Browser) -> None:
    send(alices)
    row = Policy.objects.get()
    bobs.confirmed()
    for path in ("new", str(row.id), f"{row.id}/delete", f"{row.id}/move"):
        assert bobs.post(f"/settings/policies/{path}", FORM | {"do": "save"}).status == 403
    assert bobs.get("/settings/policies/new").status == 403
    assert "New policy" not in bobs.get("/settings/policies").text


def test_a_policy_is_tried_on_the_last_week_before_it_is_saved(alices: Browser, shop: KeyCaller, bob: PersonCaller) -> None:
    wide = {
        "match__intent_types": "",
        "match__risks": "medium",
        "match__payload__0__field": "",
        "match__payload__0__value": "",
    }
    assert "Nobody was asked anything in the last 7 days." in send(alices, "replay", **wide).text
    opened(ask(shop, title="Refund"), 2).decide(bob, "approved")
    opened(ask(shop, title="Pay"), 30)
    ask(shop, title="New")
    page = send(alices, "replay", **wide)
    assert "Of 3 tasks of the last 7 days, 3 would have followed this policy." in page.text
    assert "no effect 1 " in page.text
    assert "escalated 1 " in page.text
    assert "ended before a decision 1 " in page.text
    assert "Actual 2 still waiting, 1 decided" in page.text
    assert "Approved after 2 h" in page.text
    assert "2 reminders, escalated to olga@myorg.example" in page.text
    assert not Policy.objects.exists()


def test_what_tasks_have_at_least_is_kept_said_and_taken_away_again(
    alices: Browser, bobs: Browser, shop: KeyCaller, bob: PersonCaller
) -> None:
    least = {"least.risk": "high", "least.separation_of_duties": "always"}
    assert (
        alices.post(
            "/settings/policies/new",
            FORM
            | {"match.intent_types": "", "match.risks": [], "match.payload.0.field": "", "match.payload.0.value": ""}
            | least
            | {"do": "save"},
        ).status
        == 303
    )
    row = Policy.objects.get()
    assert canonical.loads(row.least) == {"risk": "high", "separation_of_duties": True}
    for browser in (alices, bobs):
        assert "At least high risk. The agent's owner can never decide." in browser.get("/settings/policies").text
    path = f"/settings/policies/{row.id}"
    assert "At least high risk." in bobs.get(path).text
    assert ask(shop, risk="low", assignees=["bob@myorg.example"]).task(bob)["risk"] == "high"
    kept = fields(alices.get(path))
    assert {name: kept[name] for name in least} == least
    for least_duties, stored in (("never", {"separation_of_duties": False}), ("", {})):
        sent = {**kept, "least.risk": "", "least.separation_of_duties": least_duties, "do": "save"}
        assert alices.post(path, sent).status == 303
        row.refresh_from_db()
        assert canonical.loads(row.least) == stored
        kept = fields(alices.get(path))
    refused = alices.post("/settings/policies/new", FORM | {"least.risk": "huge", "do": "save"})
    assert 'id="least.risk-error"' in refused.html


def test_a_row_that_is_added_takes_no_name_of_a_row_that_is_there(alices: Browser) -> None:
    """Of an open page rows were taken away, and some are still empty."""
    sent = FORM | {"escalation.levels.7.to": "", "escalation.levels.7.after_seconds": "", "do": "add:level"}
    page = alices.post("/settings/policies/new", sent)
    new = re.findall(r'data-fresh>.*?name="([^"]+)\.to"', page.html, re.S)
    assert new == ["escalation.levels.8"]
    many = {f"escalation.levels.{number}.to": "owner" for number in range(20)}
    assert "data-fresh>" not in alices.post("/settings/policies/new", FORM | many | {"do": "add:level"}).html
    gaps = {
        "escalation.levels.41.to": "owner",
        "escalation.levels.41.after_seconds": "2",
        "escalation.levels.41.unit": "hours",
    }
    assert alices.post("/settings/policies/new", FORM | gaps | {"do": "save"}).status == 303
    levels = canonical.loads(Policy.objects.get().escalation)["levels"]
    assert [one["to"] for one in levels][-1] == "owner"
    assert len(levels) == 3
