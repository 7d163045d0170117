"""Watching and repairing."""

from tests.browser.places.base import at

at("operations", "/operations", "owner")
at("operations-90-days", "/operations?range=90d", "owner")
at("operations-people", "/operations/people", "owner")
at("your-decisions", "/settings/decisions")
at("operations-refused", "/operations", "manager")
