"""The pages of standing grants: made after a look at what they would have decided, read, and revoked."""

import re
from typing import Any

import pytest

from inbox.tasks.models import StandingGrant
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.granting import REFUND, come, make_grant, state
from tests.pages.browser import Browser

FORM: dict[str, Any] = {
    "name": "Small refunds",
    "outcome": "approved",
    "intent_types": "order.fulfill.v1",
    "agents": "shop",
    "conditions": "amount <= 45\ncustomer in ACME, Globex",
    "risk": "medium",
    "currency": "eur",
    "each": "50",
    "day_count": "20",
    "day_sum": "100",
    "days": "30",
}


def test_a_grant_is_tried_made_used_and_revoked_on_its_pages(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    earlier = ask(shop, REFUND)
    earlier.decide(alice, "rejected", comment="Not this one.").ok()
    ask(shop, REFUND | {"amount": 46}).decide(alice, "approved").ok()
    bobs = Browser().sign_in(bob.user).confirmed()
    assert "New standing grant" in bobs.get("/settings/standing-grants").text
    tried = bobs.post("/settings/standing-grants/new", FORM | {"do": "preview"})
    assert "In the last 30 days it would have decided 1 task." in tried.text
    assert "1 was decided otherwise." in tried.text
    assert f'href="/inbox/{earlier.task_id}"' in tried.html
    assert 'value="Small refunds"' in tried.html
    first = re.findall(r'<button[^>]* form="page-form"[^>]*>', tried.html)[0]
    assert 'value="preview"' in first, "what Enter in a field presses"
    assert not StandingGrant.objects.exists()
    made = bobs.post("/settings/standing-grants/new", FORM | {"do": "save"})
    assert made.status == 302
    (asked,) = come(shop)
    assert state(alice, asked) == "decided"
    page = bobs.get(made.location)
    for words in (
        "Approve order.fulfill.v1 from shop, up to medium risk, where amount is at most 45, "
        "where customer is ACME or Globex",
        "50.00 EUR each at most",
        "Today: 1 of 20 decisions",
        "Today: 40.00 EUR of 100.00 EUR",
        "Days are those of",
    ):
        assert words in page.text
    assert f'href="/inbox/{asked.task_id}"' in page.html
    in_arabic = bobs.get(made.location, accept_language="ar").text
    assert "\u2068customer\u2069" in in_arabic, "set apart in a sentence from right to left"
    assert "U+2068" not in in_arabic
    history = bobs.get(f"/inbox/{asked.task_id}").text
    assert "You decided in advance, by the standing grant Small refunds: approved" in history
    alices = Browser().sign_in(alice.user).confirmed()
    assert alices.post(f"{made.location}/revoke", {"reason": "Enough."}).status == 302
    over = bobs.get("/settings/standing-grants?state=over").text
    assert "Small refunds" in over
    assert "Revoked" in over
    assert "Enough." in bobs.get(made.location).text
    assert "Revoke the grant" not in bobs.get(made.location).text
    (later,) = come(shop)
    assert state(alice, later) == "open"


@pytest.mark.parametrize(
    ("field", "given", "words"),
    [
        ("conditions", {"conditions": "amount about 5"}, "is no condition"),
        ("conditions", {"conditions": "amount <= many"}, "number"),
        ("currency", {"currency": ""}, "Say in which currency"),
        ("currency", {"currency": "€"}, "match pattern"),
        ("day_count", {"day_count": "", "day_sum": ""}, "a limit per day or in total"),
        ("intent_types", {"intent_types": "*"}, "name a type"),
        ("days", {"days": "91"}, "90"),
        ("risk", {"risk": "critical"}, "critical"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(bob: PersonCaller, field: str, given: dict[str, Any], words: str) -> None:
    page = Browser().sign_in(bob.user).confirmed().post("/settings/standing-grants/new", FORM | given | {"do": "save"})
    assert page.status == 422
    error = page.html.partition(f'id="id_{field}_error"')[2].partition("</p>")[0]
    assert words.lower() in error.lower()
    assert not StandingGrant.objects.exists()


def test_a_suggestion_fills_in_the_form_or_goes_away(shop: KeyCaller, bob: PersonCaller) -> None:
    for number in range(10):
        ask(shop, REFUND | {"amount": 30 + number}).decide(bob, "approved").ok()
    bobs = Browser().sign_in(bob.user).confirmed()
    page = bobs.get("/settings/standing-grants")
    assert "You decided 10 times “Approved” on order.fulfill.v1 from shop, up to 39.00 EUR each" in page.text
    where = page.html.partition("/settings/standing-grants/new?")[2].partition('"')[0].replace("&amp;", "&")
    filled = bobs.get(f"/settings/standing-grants/new?{where}").html
    for given in ("order.fulfill.v1</textarea>", "shop</textarea>", 'value="39"', 'value="EUR"'):
        assert given in filled
    assert "In the last 30 days it would have decided 10 tasks." in filled, "as the button said"
    assert 'id="previewed"' not in bobs.get(f"/settings/standing-grants/new?{where}&risk=critical").html
    assert 'id="previewed"' not in bobs.get("/settings/standing-grants/new").html
    bobs.post("/settings/standing-grants/dismiss", {"intent_type": "order.fulfill.v1", "agent": "shop"})
    assert "You decided 10 times" not in bobs.get("/settings/standing-grants").text


@pytest.mark.parametrize(
    ("task", "outcome", "chosen"),
    [
        ({"task_type": "confirmation"}, "denied", "rejected"),
        ({"task_type": "confirmation"}, "confirmed", "approved"),
        ({"task_type": "review"}, "changes_requested", None),
        ({"allowed_outcomes": ["ship", "keep"]}, "keep", None),
    ],
)
def test_a_suggestion_never_fills_in_another_decision_than_the_one_it_tells_of(
    shop: KeyCaller, bob: PersonCaller, task: dict[str, Any], outcome: str, chosen: str | None
) -> None:
    for _ in range(10):
        ask(shop, REFUND, **task).decide(bob, outcome, comment="Seen.").ok()
    (found,) = bob.get("/standing-grants/suggestions").ok()["suggestions"]
    assert found["outcome"] == outcome
    bobs = Browser().sign_in(bob.user).confirmed()
    page = bobs.get("/settings/standing-grants")
    assert ("You decided 10 times" in page.text) == (chosen is not None)
    if chosen is not None:
        where = page.html.partition("/settings/standing-grants/new?")[2].partition('"')[0].replace("&amp;", "&")
        assert f'<option value="{chosen}" selected>' in bobs.get(f"/settings/standing-grants/new?{where}").html


def test_admins_say_what_is_allowed_and_see_everybodys(alice: PersonCaller, bob: PersonCaller, vera: PersonCaller) -> None:
    make_grant(bob)
    alices, veras = Browser().sign_in(alice.user).confirmed(), Browser().sign_in(vera.user)
    assert "Small refunds" in alices.get("/settings/standing-grants").text
    assert "Small refunds" not in veras.get("/settings/standing-grants").text
    assert "New standing grant" not in veras.get("/settings/standing-grants").text
    assert alices.post("/settings/standing-grants/rules", {"highest_risk": ""}).status == 302
    assert "This workspace allows none." in alices.get("/settings/standing-grants").text
    assert Browser().sign_in(bob.user).confirmed().get("/settings/standing-grants/new").status == 403
