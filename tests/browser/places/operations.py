"""Watching and repairing."""

import json
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import BOTH, REFUND, at, confirm_if_asked, owners, place
from tests.pages.drafting import DOCUMENT

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


@place("operations-save-view", "owner")
def save_view(desk: Desk, site: Site) -> None:
    desk.look("/operations/intents?q=is:waiting")
    desk.page.get_by_text("Save view").click()


@place("operations-fleet", "owner")
def fleet(desk: Desk, site: Site) -> None:
    metrics = {"intents_total": 3, "intents_succeeded": 3, "cost_usd": 12.4}
    site.post("/mesh/heartbeat", {"metadata": {"team": "billing", "framework": "langgraph"}, "metrics": metrics})
    desk.look("/operations/fleet")
    expect(desk.page.get_by_role("heading", name="Top spenders this month")).to_be_visible()


@place("operations-spend", "owner")
def spend(desk: Desk, site: Site) -> None:
    usage = [{"intent_type": "invoice.check.v1", "model": "small-1", "intents": 1, "cost_usd": 0.4}]
    site.post("/mesh/heartbeat", {"metrics": {"intents_total": 1, "cost_usd": 0.4, "usage": usage}})
    desk.look("/operations/fleet/spend?agent=demo")
    expect(desk.page.get_by_role("heading", name="What happened")).to_be_visible()


def limited(site: Site) -> None:
    """An agent with limits of its own."""
    site.post("/service-accounts", {"name": "limited"})
    site.put("/mesh/agents/limited/policies/cost", {"max_intents_per_hour": 500, "max_cost_per_day_usd": 40})
    site.put("/mesh/agents/limited/policies/action", {"denied_intent_types": ["settle.odd.v1"]})


@place("operations-limits", "owner")
def limits(desk: Desk, site: Site) -> None:
    limited(site)
    desk.look("/operations/fleet/limits")
    expect(desk.page.get_by_text("Own limits").first).to_be_visible()


@place("operations-edit-agent-limits", "owner")
def edit_limits(desk: Desk, site: Site) -> None:
    limited(site)
    desk.look("/operations/fleet/limits/edit/limited")
    expect(desk.page.get_by_label("Intents per hour")).to_have_value("500")


at("operations-edit-limits", "/operations/fleet/limits/edit", "owner")


@place("operations-fleet-stop", "owner")
def stop_the_fleet(desk: Desk, site: Site) -> None:
    desk.look("/operations/fleet/stop?level=all")


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
    expect(desk.page.get_by_text("Failing", exact=True).first).to_be_visible()


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
    desk.page.get_by_label("With a key pair").check()
    desk.press("Rotate")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("operations-endpoint-recover", "owner")
def recovered_endpoint(desk: Desk, site: Site) -> None:
    endpoint = an_endpoint(site, "Warehouse in Riga", INSIDE)
    desk.look(f"/operations/endpoints/{endpoint}/recover")
    desk.page.get_by_label("Reason").fill("It was down")
    desk.press("Preview")
    expect(desk.page.get_by_role("heading", name="What will happen")).to_be_visible()


@place("operations-run", "owner")
def run_of_a_scenario(desk: Desk, site: Site) -> None:
    steps = [
        {"step_id": "check", "description": "Check the stock", "assigned_to": "clerk", "on_failure": "mend"},
        {"step_id": "sign", "assigned_to": "manager", "requires_approval": True, "human_task": {"title": "Ship it?"}},
        {"step_id": "cool", "runtime_type": "delay", "config": {"seconds": 60}, "on_success": "end"},
        {"step_id": "mend", "description": "Find another supplier", "assigned_to": "clerk", "on_success": "sign"},
    ]
    document = {
        "scenario_id": "order.fulfil.v1",
        "title": "Fulfil an order",
        "agents": [{"role": "clerk", "address": "clerk-of-runs"}],
        "humans": [{"role": "manager"}],
        "workflow": {"steps": steps},
        "intent": {"type": "order.fulfil.v1", "payload": REFUND},
    }
    run = site.post("/scenarios/apply", document)["intent_id"]
    child = site.post("/agents/clerk-of-runs/claim", {"max": 1})["intents"][0]["intent_id"]
    site.post(f"/intents/{child}/fail", {"error": {"code": "no_stock", "message": "Nothing is left"}})
    desk.look(f"/operations/runs/{run}")
    expect(desk.page.get_by_role("row").filter(has_text="Find another supplier")).to_be_visible(timeout=20_000)


@place("operations-scenarios", "owner")
def scenarios(desk: Desk, site: Site) -> None:
    draft_of_a_scenario(desk)
    desk.look("/operations/scenarios")


@place("operations-scenario-draft", "owner")
def scenario_draft(desk: Desk, site: Site) -> None:
    desk.look(draft_of_a_scenario(desk))


@place("operations-scenario-try", "owner")
def scenario_try(desk: Desk, site: Site) -> None:
    desk.look(f"{draft_of_a_scenario(desk)}/try")
    desk.press("Try it")
    expect(desk.page.get_by_role("heading", name="Outcome")).to_be_visible()


def draft_of_a_scenario(desk: Desk) -> str:
    """The path of a draft, made when there is none."""
    desk.look("/operations/scenarios")
    known = desk.page.locator("[aria-labelledby=drafts-title] a")
    if not known.count():
        desk.press("New scenario")
        desk.page.locator("#text").fill(json.dumps(DOCUMENT))
        desk.press("Take the text over")  # whatever is typed before the page's scripts are there is sent by a button
        expect(desk.page.locator("#title")).to_have_value(DOCUMENT["title"])
        desk.look("/operations/scenarios")
    return str(known.first.get_attribute("href"))
