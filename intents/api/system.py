"""What this server can do."""

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer
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
    "agents.stream",
    "agents.poll",
    "agents.claim",
    "agents.leases",
    "callbacks",
    "tools.completions",
    "inbox",
    "tasks",
    "approvals",
    "media",
    "service_accounts",
    "users",
    "invites",
    "organizations",
    "calendars",
    "policies",
    "schedules",
    "notifications",
]
SUPPORTED_INTENT_TYPES = ["intent.any.v1"]


@router.get("/capabilities", response={200: responses.Capabilities, **REFUSALS}, summary="What this server can do")
def capabilities(request: Request) -> HttpResponse:
    """The families this server implements. Intent types are free: every type is accepted."""
    return answer({"ok": True, "capabilities": CAPABILITIES, "supported_intent_types": SUPPORTED_INTENT_TYPES})
