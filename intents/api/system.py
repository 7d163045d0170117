"""What this server can do."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer
from intents.engine import selectors
from intents.kernel.actors import Machine, Person, full_address
from intents.schemas import responses

router = Router(tags=["System"])

CAPABILITIES = [
    "intents.submit",
    "intents.batch",
    "intents.search",
    "intents.resolve",
    "intents.resume",
    "intents.controls",
    "intents.policy",
    "intents.bulk_cancel",
    "intents.events.stream",
    "intents.idempotency",
    "intents.waits",
    "intents.steps",
    "intents.transfer",
    "events.read",
    "events.stream",
    "events.consumers",
    "agents.stream",
    "agents.poll",
    "agents.claim",
    "agents.leases",
    "agents.policy",
    "agents.receive_override",
    "webhooks.subscriptions",
    "webhooks.events",
    "deliveries",
    "callbacks",
    "callbacks.signed",
    "tools",
    "tools.completions",
    "incoming",
    "intent_types",
    "receipts",
    "standing_grants",
    "inbox",
    "tasks",
    "approvals",
    "media",
    "mcp",
    "a2a",
    "mesh",
    "scenarios.validate",
    "scenarios.apply",
    "tool_registry",
    "service_accounts",
    "users",
    "invites",
    "organizations",
    "organizations.receive_policy",
    "schemas",
    "quotas",
    "usage",
    "access_requests",
    "auth.cli",
    "sessions",
    "workspaces",
    "calendars",
    "policies",
    "operations",
    "retention",
    "scenarios",
    "scenarios.macros",
    "schedules",
    "notifications",
]
SUPPORTED_INTENT_TYPES = ["intent.any.v1"]


@router.get("/me", response={200: responses.Me, **REFUSALS}, summary="Who you are")
def me(request: Request) -> HttpResponse:
    """Whom your credentials stand for: the agent of a machine key, the person of a token, or both."""
    actor = request.auth
    shown: dict[str, Any] = {"ok": True, "org_id": None, "workspace_id": str(actor.workspace_id)}
    shown["org_id"] = str(selectors.workspace(actor).organization_id)
    machine = actor if isinstance(actor, Machine) else actor.machine
    if machine is not None:
        address = full_address(machine.org_slug, machine.workspace_slug, machine.name)
        account = {"service_account_id": str(machine.agent_id), "name": machine.name, "address": address}
        shown |= {"address": address, "service_account": account | {"scope": machine.scope}}
    if isinstance(actor, Person):
        shown["user"] = {"user_id": str(actor.user_id), "email": actor.email, "role": actor.role}
    return answer(shown)


@router.get("/capabilities", response={200: responses.Capabilities, **REFUSALS}, summary="What this server can do")
def capabilities(request: Request) -> HttpResponse:
    """The families this server implements. Intent types are free: every type is accepted."""
    return answer({"ok": True, "capabilities": CAPABILITIES, "supported_intent_types": SUPPORTED_INTENT_TYPES})
