"""Deciding with changes, and what became of a decision."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import BOTH, place, soon

FIELDS = ["amount", "payee", "pay_on", "express", {"pointer": "/method", "choices": ["SEPA", "Card", "Cheque"]}]
PAYLOAD = {"amount": 129.0, "currency": "EUR", "payee": "ACME", "pay_on": "2026-12-01", "express": True, "method": "SEPA"}


def change(desk: Desk, site: Site, **more: Any) -> None:
    """A task whose values may be changed, with its fields open."""
    task = {"title": "Refund ACME?", "risk": "low", "editable_fields": FIELDS}
    desk.open(site.ask(task | BOTH | more, PAYLOAD, deadline_at=soon(90)))
    desk.page.locator("#decide-bar").get_by_role("link", name="Change").click()
    expect(desk.page.get_by_label("Amount (EUR)")).to_be_focused()


@place("task-precedents")
def precedents(desk: Desk, site: Site) -> None:
    """How the same was decided before, and what became of a decision with changes."""
    for amount in (100.0, 140.0):
        intent_id = site.ask({"title": "Refund Globex?"} | BOTH, PAYLOAD | {"payee": "Globex", "amount": amount})
        site.act("DEMO_OPS", intent_id, "decide", outcome="approved")
    desk.open(site.ask({"title": "Refund Globex again?"} | BOTH, PAYLOAD | {"payee": "Globex"}, deadline_at=soon(90)))
    expect(desk.page.locator("#context")).to_contain_text("like this in 90 days")


@place("task-changed")
def changed(desk: Desk, site: Site) -> None:
    task = {"title": "Refund ACME?", "risk": "low", "editable_fields": FIELDS}
    intent_id = site.ask(task | BOTH, PAYLOAD, deadline_at=soon(90))
    data = {"approved": {"amount": 100, "pay_on": "2026-12-24"}}
    site.act("DEMO_MANAGER", intent_id, "decide", outcome="approved", data=data)
    desk.open(intent_id)
    expect(desk.page.locator("#timeline")).to_contain_text("with changes")


@place("task-changing")
def changing(desk: Desk, site: Site) -> None:
    change(desk, site)


@place("task-changes-to-confirm")
def to_confirm(desk: Desk, site: Site) -> None:
    change(desk, site)
    desk.page.get_by_label("Amount (EUR)").fill("100")
    desk.page.get_by_label("Pay on").fill("2026-12-24")
    desk.press("Approve")
    expect(desk.page.get_by_role("dialog")).to_contain_text("100.00 EUR")
