"""How the same was decided before, beside a task."""

from typing import Any

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser


def refund(shop: KeyCaller, amount: float, customer: str = "ACME", **more: Any) -> Asked:
    return ask(shop, {"amount": amount, "currency": "EUR", "customer": customer}, title="Refund?", **more)


def test_what_was_decided_about_the_same_is_counted_with_its_median_and_the_latest(
    shop: KeyCaller, bob: PersonCaller, bobs: Browser
) -> None:
    for amount in (100, 120, 900):
        refund(shop, amount, customer="acme" if amount == 100 else "ACME").decide(bob, "approved").ok()
    refund(shop, 5, customer="Initech").decide(bob, "rejected").ok()
    page = bobs.get(f"/inbox/{refund(shop, 130).task_id}")
    assert "Decided before 3 like this in 90 days: all approved. Median 120.00 EUR." in page.text
    assert "Initech" not in page.text.partition("Decided before")[2].partition("About the request")[0]


def test_outcomes_that_differ_are_counted_each(shop: KeyCaller, bob: PersonCaller, bobs: Browser) -> None:
    for outcome in ("approved", "rejected", "approved"):
        refund(shop, 100).decide(bob, outcome).ok()
    assert "3 like this in 90 days: 2 approved, 1 rejected." in bobs.get(f"/inbox/{refund(shop, 130).task_id}").text


def test_nothing_is_said_where_nothing_alike_was_decided(shop: KeyCaller, bob: PersonCaller, bobs: Browser) -> None:
    first = refund(shop, 100)
    assert "Decided before" not in bobs.get(f"/inbox/{first.task_id}").text
    first.decide(bob, "approved").ok()
    assert "Decided before" not in bobs.get(f"/inbox/{first.task_id}").text
    nobody = ask(shop, {"amount": 100, "currency": "EUR"}, title="Refund?")
    assert "Decided before" not in bobs.get(f"/inbox/{nobody.task_id}").text


def test_another_workspace_is_never_counted(
    shop: KeyCaller, foreign_machine: KeyCaller, charlie: PersonCaller, bobs: Browser
) -> None:
    refund(foreign_machine, 100).decide(charlie, "approved").ok()
    assert "Decided before" not in bobs.get(f"/inbox/{refund(shop, 100).task_id}").text
