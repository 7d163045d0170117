"""Who may use a route, so that nothing but what is sent is wrong, and what a refusal looks like."""

from typing import Any

from tests.callers import Answer, Caller
from tests.security.routes import Route, routes

WITH_BODY = [route for route in routes() if route.schema is not None]
PEOPLES = ("/tasks", "/approvals", "/me/", "/calendars", "/policies", "/schedules", "/intent-types", "/standing-grants")
PEOPLES += ("/auth", "/portal")

# Nothing is read of what comes for a callback that nobody knows, or unsigned: bodies that are read have tests of their own.
UNREAD = {"/callbacks/{token}", "/incoming/{tool_id}"}


def caller_of(route: Route, callers: dict[str, Caller]) -> Caller:
    """Who may use the route, so that nothing but the input is wrong."""
    return callers["person" if route.path.startswith(PEOPLES) else "machine"]


def refused(answer: Answer) -> dict[str, Any]:
    """The details of a refusal, whose shape is checked."""
    assert 400 <= answer.status < 500, (answer.status, answer.raw)
    body = answer.json
    assert body.keys() == {"error", "detail", "request_id"}
    details: dict[str, Any] = body["error"]["details"]
    return details
