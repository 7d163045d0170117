"""Every route of the API, read from its own document: a new endpoint is covered by being there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

from axme_site.api import api
from intents.streams import is_stream

UNKNOWN = "01a1faa0-d7a6-7491-bfae-27ab1f66cf80"


SIGN_IN = {
    "/auth/login-intent",
    "/auth/login-intent/{intent_id}/verify",
    "/auth/cli-grants",
    "/auth/cli-grants/{grant_id}",
    "/auth/refresh",
}
"""For who has no credential yet."""


@cache
def document() -> dict[str, Any]:
    return api.get_openapi_schema()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Route:
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def operation(self) -> dict[str, Any]:
        found: dict[str, Any] = document()["paths"][f"/v1{self.path}"][self.method.lower()]
        return found

    @property
    def on_the_edge(self) -> bool:
        """Whether it is answered on the loop, before Django is asked."""
        return is_stream(self.method, f"/v1{self.at(dict.fromkeys(self.names, 'x'))}")

    @property
    def names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]

    def at(self, ids: dict[str, str]) -> str:
        """The path with these ids. KeyError for a parameter nobody thought of."""
        path = self.path
        for name in self.names:
            path = path.replace(f"{{{name}}}", quote(ids[name], safe=""))
        return path

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON Schema of its body, if that is JSON."""
        body = self.operation.get("requestBody")
        if body is None or "application/json" not in body["content"]:
            return None
        schema = _resolved(body["content"]["application/json"]["schema"])
        if "discriminator" in schema:
            kinds = schema["discriminator"]
            return _resolved({"$ref": kinds["mapping"][GIVEN[kinds["propertyName"]]]})
        return schema

    @property
    def query(self) -> list[str]:
        return [one["name"] for one in self.operation.get("parameters", []) if one["in"] == "query"]


@cache
def routes() -> tuple[Route, ...]:
    """Those that Django answers."""
    return tuple(route for route in every_route() if not route.on_the_edge)


@cache
def every_route() -> tuple[Route, ...]:
    return tuple(
        Route(method.upper(), path.removeprefix("/v1"))
        for path, methods in document()["paths"].items()
        for method in methods
    )


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


GIVEN: dict[str, Any] = {
    "intent_type": "order.fulfill.v1",
    "to_agent": "order-service",
    "delegate_to": "order-service",
    "status": "CANCELED",
    "older_than_hours": 1,
    "name": "newcomer",
    "for": "time",
    "outcome": "approved",
    "to": "bob@myorg.example",
    "until": None,
    "owner_agent": "order-service",
    "mime_type": "text/plain",
    "upload_id": UNKNOWN,
    "time_zone": "Europe/Riga",
    "by": "browser",
    "callback_url": "https://hooks.example/axme",
    "event_types": ["*"],
    "event_type": "inbox.reply_received",
    "url": "jsons://chat.example/hook",
    "hours": {"mon": [["09:00", "17:00"]]},
    "starts_on": "2026-03-02",
    "hand_over": "09:00",
    "people": ["bob@myorg.example"],
    "person": "bob@myorg.example",
    "actor_id": "nina@myorg.example",
    "semantic_type": "settle.odd.v1",
    "org_id": UNKNOWN,
    "workspace_id": UNKNOWN,
}
GRANT: dict[str, Any] = {
    "match": {"intent_types": ["refund.*"]},
    "limits": {"total": {"count": 5}},
    "expires_at": (datetime.now(UTC) + timedelta(days=5)).isoformat(),
}
SCENARIO: dict[str, Any] = {
    "agents": [{"role": "clerk", "address": "order-service"}],
    "workflow": {"steps": [{"step_id": "check", "assigned_to": "clerk"}]},
}
EXTRA: dict[str, dict[str, Any]] = {
    "/tools/{tool}": {"style": "slack", "secret": "a secret of Slack"},
    "/intents/{intent_id}/resolve": {"reason": "enough"},
    "/scenarios/apply": SCENARIO,
    "/scenarios/validate": SCENARIO,
    "/intents/{intent_id}/wait": {"delay_seconds": 60},
    "/intents/{intent_id}/transfer": {"to_agent": "shop"},
    "/schedules/{schedule_id}/overrides": {"from": "2998-01-01T00:00:00Z", "until": "2998-01-02T00:00:00Z"},
    "/inbox/{thread_id}/delegate": {"delegate_to": "back-office"},
    "/standing-grants": {"match": GRANT["match"], "limits": GRANT["limits"], "expires_at": GRANT["expires_at"]},
    "/standing-grants/preview": {"match": GRANT["match"], "limits": GRANT["limits"]},
    "/me/out-of-office": {"from": "2998-01-01", "until": "2998-01-10"},
    "/me/out-of-office/preview": {"from": "2998-01-01", "until": "2998-01-10"},
    "/tasks/{task_id}/decide": {"outcome": "approved"},
    "/operations/messages/send-again": {"ids": [UNKNOWN]},
    "/mesh/kill": {"label": "team=none", "confirm": "team=none"},
    **{path: {"label": "team=none"} for path in ("/mesh/pause", "/mesh/quarantine", "/mesh/resume")},
    "/access-requests": {"company_name": "Blue Ridge"},
    "/retention/people": {"email": "gone@myorg.example", "reason": "enough"},
    "/operations/bulk": {"action": "cancel", "ids": [UNKNOWN], "reason": "enough"},
}


def sound_body(route: Route) -> dict[str, Any] | None:
    """A body that the route's schema accepts, with little more than it requires."""
    schema = route.schema
    if schema is None:
        return None
    body = {name: _value(name, schema["properties"][name]) for name in schema.get("required", [])}
    return body | EXTRA.get(route.path, {})


def _value(name: str, schema: dict[str, Any]) -> Any:
    schema = _resolved(schema)
    if name in GIVEN:
        return GIVEN[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for choice in schema.get("anyOf", []):
        return _value(name, choice)
    match schema.get("type"):
        case "string":
            return "x" * schema.get("minLength", 1)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            return [_value(name, schema["items"])] * schema.get("minItems", 0)
    return (
        {name: _value(name, inner) for name, inner in schema.get("properties", {}).items() if name in schema["required"]}
        if (schema.get("required"))
        else {}
    )
