"""Watching and repairing."""

from tests.browser.places.base import at

at("operations", "/operations", "owner")
at("operations-90-days", "/operations?range=90d", "owner")
at("operations-people", "/operations/people", "owner")
at("your-decisions", "/settings/decisions")
at("operations-refused", "/operations", "manager")
for path in ("agents", "deliveries", "system", "audit"):
    at(f"operations-{path}", f"/operations/{path}", "owner")
at("operations-messages", "/operations/messages", "owner")
at("operations-deliveries-waiting", "/operations/deliveries?state=ready", "owner")
