"""Watching and repairing."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import BOTH, REFUND, at, confirm_if_asked, owners, place

at("operations", "/operations", "owner")
at("operations-90-days", "/operations?range=90d", "owner")
at("operations-narrowed", "/operations?range=7d&q=agent:demo+risk:high", "owner")
at("operations-not-understood", "/operations?range=fortnight&q=age:>2d", "owner")
at("operations-people", "/operations/people", "owner")
at("your-decisions", "/settings/decisions")
at("operations-refused", "/operations", "manager")
for path in ("agents", "deliveries", "system", "audit", "intents", "bulk"):
    at(f"operations-{path}", f"/operations/{path}", "owner")
at("operations-messages", "/operations/messages", "owner")
at("operations-deliveries-waiting", "/operations/deliveries?state=ready", "owner")
at("operations-intents-none", "/operations/intents?q=type:there-is-none", "owner")
at("operations-intents-not-understood", "/operations/intents?q=is:wating", "owner")


def submit(site: Site, **fields: Any) -> str:
    body = {"intent_type": "order.fulfill.v1", "to_agent": "demo", "payload": REFUND} | fields
    made: str = site.post("/intents", body)["intent_id"]
    return made


@place("operations-intent-people", "owner")
def waits_for_people(desk: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Refund 12,900.50 EUR to ACME?", "risk": "high"} | BOTH)
    desk.look(f"/operations/intents/{intent_id}?q=is:open")


@place("operations-intent-children", "owner")
def waits_for_children(desk: Desk, site: Site) -> None:
    intent_id = submit(site)
    children = [{"intent_type": f"order.{what}.v1", "to_agent": "demo", "payload": {}} for what in ("pack", "ship")]
    site.post(f"/intents/{intent_id}/wait", {"for": "agent", "intents": children, "until": "all"})
    desk.look(f"/operations/intents/{intent_id}")
    expect(desk.page.get_by_text("children: 2 of 2 still open")).to_be_visible()


@place("operations-intent-failed", "owner")
def failed(desk: Desk, site: Site) -> None:
    intent_id = submit(site)
    site.post(f"/intents/{intent_id}/fail", {"error": {"code": "no_stock", "message": "Nothing is left of GB-204-X"}})
    desk.look(f"/operations/intents/{intent_id}?show=problems")


@place("operations-bulk-preview", "owner")
def preview(desk: Desk, site: Site) -> None:
    submit(site)
    desk.look("/operations/bulk/new?q=type:order.fulfill")


@place("operations-bulk-done", "owner")
def bulk(desk: Desk, site: Site) -> None:
    intent_id = submit(site)
    order = {"action": "cancel", "ids": [intent_id], "reason": "The vendor is gone"}
    made = site.post("/operations/bulk", order, owners(site))
    desk.look(f"/operations/bulk/{made['bulk_id']}")


def an_endpoint(site: Site, name: str, url: str, **fields: Any) -> str:
    """Have an endpoint made, or found: its id."""
    body = {
        "callback_url": url,
        "event_types": ["intent.completed", "intent.failed", "agent.*"],
        "description": name,
    } | fields
    made: str = site.post("/webhooks/subscriptions", body, owners(site))["subscription"]["subscription_id"]
    return made


def a_refused_event(desk: Desk, site: Site, endpoint: str) -> None:
    """The page of an event to an endpoint that the server does not connect to, once that was tried."""
    told = site.post(f"/webhooks/subscriptions/{endpoint}/test", None, owners(site))
    desk.look(f"/operations/deliveries/{told['delivery_id']}")
    expect(desk.page.get_by_text("this server does not connect there")).to_be_visible(timeout=30_000)


INSIDE = "https://127.0.0.1/orders/of/a/rather/long/path/hooks?tenant=northern-europe"


@place("operations-endpoints", "owner")
def all_endpoints(desk: Desk, site: Site) -> None:
    a_refused_event(desk, site, an_endpoint(site, "Warehouse in Riga", INSIDE))
    an_endpoint(site, "", "https://hooks.carrier.example/axme", active=False)
    desk.look("/operations/endpoints")
    expect(desk.page.get_by_text("Failing")).to_be_visible()


@place("operations-endpoint", "owner")
def one_endpoint(desk: Desk, site: Site) -> None:
    endpoint = an_endpoint(site, "Warehouse in Riga", INSIDE)
    a_refused_event(desk, site, endpoint)
    desk.look(f"/operations/endpoints/{endpoint}")


@place("operations-event", "owner")
def one_event(desk: Desk, site: Site) -> None:
    a_refused_event(desk, site, an_endpoint(site, "Warehouse in Riga", INSIDE))


@place("operations-endpoint-new", "owner")
def new_endpoint(desk: Desk, site: Site) -> None:
    desk.look("/operations/endpoints/new")
    confirm_if_asked(desk, site)
    desk.page.get_by_text("Events there are").click()
    expect(desk.page.get_by_text("agent.suspended", exact=True)).to_be_visible()


@place("operations-endpoint-refused", "owner")
def refused_endpoint(desk: Desk, site: Site) -> None:
    desk.look("/operations/endpoints/new")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("URL").fill("orders.example")
    desk.page.get_by_label("Events", exact=True).fill("intent.flown")
    desk.press("Create endpoint")
    expect(desk.page.locator("[aria-invalid]").first).to_be_visible()


@place("operations-endpoint-rotated", "owner")
def rotated_endpoint(desk: Desk, site: Site) -> None:
    endpoint = an_endpoint(site, "Warehouse in Riga", INSIDE)
    desk.look(f"/operations/endpoints/{endpoint}/secret")
    confirm_if_asked(desk, site)
    desk.press("Rotate")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("operations-endpoint-recover", "owner")
def recovered_endpoint(desk: Desk, site: Site) -> None:
    endpoint = an_endpoint(site, "Warehouse in Riga", INSIDE)
    desk.look(f"/operations/endpoints/{endpoint}/recover")
    desk.page.get_by_label("Reason").fill("It was down")
    desk.press("Preview")
    expect(desk.page.get_by_role("heading", name="What will happen")).to_be_visible()
