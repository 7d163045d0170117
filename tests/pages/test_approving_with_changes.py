"""Approving with changes on the page: typed inputs, what is shown before it is sent, and what is told afterwards."""

import re

import pytest

from intents.accounts.models import User
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser, Page
from tests.pages.signing import ann, sign_in

__all__ = ["ann"]

PAYLOAD = {"amount": 129.0, "currency": "EUR", "payee": "ACME", "pay_on": "2026-12-01", "express": True}
FIELDS = ["amount", "payee", "pay_on", "express", {"pointer": "/currency", "choices": ["EUR", "USD"]}]


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> Asked:
    return ask(shop, PAYLOAD, title="Refund ACME?", risk="low", editable_fields=FIELDS)


def form(page: Page) -> dict[str, str]:
    """What a browser would send of the page's form."""
    found = re.findall(r'<input[^>]*type="(?:hidden|text|date)"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.html)
    checked = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"[^>]*\bchecked', page.html)
    return dict(found) | dict(checked)


def sent(browser: Browser, asked: Asked, **typed: str) -> Page:
    page = browser.get(f"/inbox/{asked.task_id}")
    given = form(page) | typed
    return browser.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | given)


def test_each_value_has_an_input_of_its_type_filled_in_with_what_is_proposed(bobs: Browser, asked: Asked) -> None:
    page = bobs.get(f"/inbox/{asked.task_id}")
    assert "Approve with changes" in page.text
    assert "Amount (EUR)" in page.text
    values = form(page)
    assert (values["approved-0"], values["approved-1"], values["approved-2"]) == ("129", "ACME", "2026-12-01")
    assert 'type="date"' in page.html


def test_approving_without_touching_them_asks_nothing_more(bobs: Browser, bob: PersonCaller, asked: Asked) -> None:
    assert sent(bobs, asked).status == 302
    assert asked.task(bob)["revision"] == 1


def test_both_values_are_shown_before_changes_are_sent(
    bobs: Browser, bob: PersonCaller, shop: KeyCaller, asked: Asked
) -> None:
    shown = sent(bobs, asked, **{"approved-0": "100", "approved-2": "2026-12-24"})
    assert asked.task(bob)["state"] == "open"
    assert "Approve with changes: Refund ACME?" in shown.text
    assert "Value Proposed Approved Amount 129.00 EUR 100.00 EUR (−22%)" in shown.text
    assert "Pay on Tue 1 Dec 2026 Thu 24 Dec 2026" in shown.text
    assert "can't be undone" not in shown.text
    assert "Proposed: " in shown.text
    done = bobs.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | form(shown))
    assert done.status == 302
    after = bobs.get(f"/inbox/{asked.task_id}").text
    assert "approved, with changes Amount: before: 129.00 EUR after: 100.00 EUR" in after
    assert asked.task(bob)["decision"]["data"]["approved"] == {
        "amount": 100,
        "payee": "ACME",
        "pay_on": "2026-12-24",
        "express": True,
        "/currency": "EUR",
    }


def test_what_was_shown_is_what_is_approved(bobs: Browser, bob: PersonCaller, asked: Asked) -> None:
    shown = sent(bobs, asked, **{"approved-0": "100"})
    again = bobs.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | form(shown) | {"approved-0": "10000"})
    assert "10,000.00 EUR" in again.text
    assert asked.task(bob)["state"] == "open"


def test_what_is_no_value_is_told_beside_its_input_and_kept(bobs: Browser, asked: Asked) -> None:
    page = sent(bobs, asked, **{"approved-0": "lots", "approved-2": ""})
    assert page.status == 422
    assert "Must be a number" in page.text
    assert form(page)["approved-0"] == "lots"
    assert '<details class="panel changing" id="changing" open>' in page.html


def test_what_is_half_typed_hinders_no_refusal(bobs: Browser, shop: KeyCaller, asked: Asked) -> None:
    page = bobs.get(f"/inbox/{asked.task_id}")
    typed = form(page) | {"approved-0": "lots"}
    assert bobs.post(f"/inbox/{asked.task_id}/decide", {"outcome": "rejected"} | typed).status == 302


def test_a_switch_that_is_turned_off_is_a_change(bobs: Browser, asked: Asked) -> None:
    page = bobs.get(f"/inbox/{asked.task_id}")
    typed = form(page)
    del typed["approved-3"]
    shown = bobs.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | typed)
    assert "Express Yes No" in shown.text


def test_the_amount_that_is_typed_to_confirm_is_the_approved_one(shop: KeyCaller, bob: PersonCaller, ann: User) -> None:
    browser = Browser()
    sign_in(browser)
    asked = ask(shop, PAYLOAD, title="Refund ACME?", risk="critical", editable_fields=["amount"])
    shown = sent(browser, asked, **{"approved-0": "100"})
    assert "Type “<bdi>100.00 EUR</bdi>” to confirm" in shown.html
    assert "can't be undone" in shown.text
    again = browser.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | form(shown) | {"typed": "129"})
    assert asked.task(bob)["state"] == "open"
    browser.post(f"/inbox/{asked.task_id}/decide", {"outcome": "approved"} | form(again) | {"typed": "100"})
    assert asked.task(bob)["decision"]["data"]["approved"] == {"amount": 100}
