"""Display names of intent types, kept by owners and admins."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from inbox.schemas import requests, shapes, task_responses
from inbox.tasks import selectors
from inbox.tasks.services import naming
from inbox.vocabulary import roles
from intents.api.common import REFUSALS, Request, answer, once

router = Router(tags=["Tasks"])


@router.get("/intent-types", response={200: task_responses.IntentTypes, **REFUSALS}, summary="List display names")
def list_intent_types(request: Request) -> HttpResponse:
    """What people are shown in the place of intent types. Members read display names, owners and admins keep them."""
    roles.ensure_member(request.auth)
    return answer({"ok": True, "intent_types": [shapes.intent_type(row) for row in selectors.display_names(request.auth)]})


@router.put("/intent-types/{intent_type}", response={200: task_responses.OneIntentType, **REFUSALS}, summary="Name a type")
def name_intent_type(request: Request, intent_type: str, body: requests.NameIntentType) -> HttpResponse:
    """Call an intent type by a name of your own. Tasks to come are listed by it; pages show it at once."""

    def run() -> dict[str, Any]:
        row = naming.set_name(actor=request.auth, intent_type=intent_type, **body.model_dump())
        return {"ok": True, "intent_type": shapes.intent_type(row)}

    return once(request, run)


@router.delete(
    "/intent-types/{intent_type}", response={200: task_responses.OneIntentType, **REFUSALS}, summary="Remove a display name"
)
def unname_intent_type(request: Request, intent_type: str) -> HttpResponse:
    """Call an intent type by its own words again."""
    row = naming.remove_name(actor=request.auth, intent_type=intent_type)
    return answer({"ok": True, "intent_type": shapes.intent_type(row)})
