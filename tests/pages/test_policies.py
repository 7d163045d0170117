"""The pages of policies: what they say, what they check, and what they try without saving it."""

import json
import re

import pytest

from inbox.escalation.models import Policy
from intents.kernel import canonical
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.pages.policies import FORM, STORED, alices, fields, send, wrong
from tests.pages.signing import PASSWORD, ann, sign_in
from tests.pages.test_confirming import long_ago

__all__ = ["alices", "ann"]


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
        ({"escalation__repeat": "-1"}, "repeat", "at least 0"),
        ({"escalation__end__after_seconds": "-2"}, "end.after", "more than nothing"),
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


def test_who_does_not_manage_sees_policies_and_changes_none(bobs: Browser, alices: Browser) -> None:
    send(alices)
    row = Policy.objects.get()
    bobs.confirmed()
    for path in ("new", str(row.id), f"{row.id}/delete", f"{row.id}/move"):
        assert bobs.post(f"/settings/policies/{path}", FORM | {"do": "save"}).status == 403
    assert bobs.get("/settings/policies/new").status == 403
    assert "New policy" not in bobs.get("/settings/policies").text


def test_what_tasks_have_at_least_is_kept_said_and_taken_away_again(
    alices: Browser, bobs: Browser, shop: KeyCaller, bob: PersonCaller
) -> None:
    least = {"least.risk": "high", "least.separation_of_duties": "always", "least.standing_grants": "never"}
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
    assert canonical.loads(row.least) == {"risk": "high", "separation_of_duties": True, "standing_grants": False}
    for browser in (alices, bobs):
        assert "At least high risk. The agent's owner can never decide." in browser.get("/settings/policies").text
    path = f"/settings/policies/{row.id}"
    assert "At least high risk." in bobs.get(path).text
    assert ask(shop, risk="low", assignees=["bob@myorg.example"]).task(bob)["risk"] == "high"
    kept = fields(alices.get(path))
    assert {name: kept[name] for name in least} == least
    for least_duties, stored in (("never", {"separation_of_duties": False}), ("", {})):
        sent = {**kept, "least.risk": "", "least.standing_grants": "", "least.separation_of_duties": least_duties}
        assert alices.post(path, sent | {"do": "save"}).status == 303
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


def test_how_many_decide_is_kept_said_and_changed(alices: Browser, bobs: Browser) -> None:
    stages = [
        {"name": "Team", "assignees": ["bob@myorg.example"]},
        {"name": "Finance", "assignees": ["alice@myorg.example"]},
    ]
    given = {"least.quorum.approve": "2", "least.quorum.reject": "60%", "least.on_missing": "close"}
    given |= {"least.on_missing.outcome": "rejected", "least.stages": json.dumps(stages), "do": "save"}
    assert alices.post("/settings/policies/new", FORM | given).status == 303
    row = Policy.objects.get()
    least = canonical.loads(row.least)
    assert least["quorum"] == {"approve": 2, "reject": "60%"}
    assert [one["name"] for one in least["stages"]] == ["Team", "Finance"]
    assert least["on_missing"] == {"then": "close", "outcome": "rejected"}
    said = bobs.get("/settings/policies").text
    assert "It takes 2 votes to approve. It takes 60% of the votes to reject. In 2 stages: Team, Finance." in said
    path = f"/settings/policies/{row.id}"
    kept = fields(alices.get(path))
    assert alices.post(path, {**kept, "name": "Another", "do": "save"}).status == 303  # what is not touched stays
    row.refresh_from_db()
    assert (row.name, canonical.loads(row.least)) == ("Another", least)
    kept = fields(alices.get(path))
    empty = dict.fromkeys((name for name in given if name != "do"), "")
    assert alices.post(path, {**kept, **empty, "do": "save"}).status == 303
    row.refresh_from_db()
    assert canonical.loads(row.least) == {}


def test_what_is_wrong_with_how_many_decide_is_shown_beside_it(alices: Browser) -> None:
    for name, value in (
        ("least.quorum.approve", "most of them"),
        ("least.quorum.approve", "0"),
        ("least.quorum.reject", "one_each"),
        ("least.on_missing", "panic"),
        ("least.stages", "no JSON"),
        ("least.stages", "[[]]"),
        ("least.stages", '[{"name": "Team"}]'),
    ):
        refused = alices.post("/settings/policies/new", FORM | {name: value, "do": "save"})
        assert refused.status == 422, (name, value)
        place = "least.quorum.approve" if value == "one_each" else name
        assert f'id="{place}-error"' in refused.html, (name, value)
