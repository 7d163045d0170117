"""For how long a workspace keeps what is over, and erasing at once what somebody asks for."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine import erasures
from intents.kernel.clock import rfc3339
from intents.retention import rules, selectors
from intents.retention.models import Retention
from intents.retention.rules import Rule
from intents.retention.services import requests, settings
from intents.schemas import retention as schemas

router = Router(tags=["Retention"])


@router.get("/retention", response={200: schemas.OneRetention, **REFUSALS}, summary="Get the retention")
def get_retention(request: Request) -> HttpResponse:
    """After how many days what an intent carried is erased, and after how many the intent is removed, by how it ended; null
    keeps. `progress` tells of the pass that runs or ran last. For owners and admins."""
    return answer(_shape(selectors.kept_for(request.auth)))


@router.put("/retention", response={200: schemas.OneRetention, **REFUSALS}, summary="Set the retention")
def set_retention(request: Request, body: schemas.SetRetention) -> HttpResponse:
    """Statuses that are left out keep everything. It counts from now on, also for what is over already."""
    return once(request, lambda: _shape(settings.change(actor=request.auth, given=_given(body))))


@router.post("/retention/preview", response={200: schemas.RetentionPreview, **REFUSALS}, summary="Preview a retention")
def preview_retention(request: Request, body: schemas.SetRetention) -> HttpResponse:
    """How many intents such rules would erase and remove now, by type and age, and how many of those are held by an open
    parent or child. Changes nothing."""
    person = selectors.ensure_manages(request.auth)

    def run() -> dict[str, Any]:
        found = selectors.due(person.workspace_id, rules.checked(_given(body)))
        return {"ok": True, "items": [_due(one) for one in found]}

    return once(request, run)


@router.post("/intents/{intent_id}/erase", response={200: schemas.Erased, **REFUSALS}, summary="Erase an intent's data")
def erase_intent(request: Request, intent_id: str, body: schemas.EraseIntent) -> HttpResponse:
    """Erase payload, results, texts, files and what people wrote, of an intent that is over and of those that are a part of
    it. That it was, what was decided on it and the hashes of its history stay. For owners and admins."""
    person, wanted = selectors.ensure_manages(request.auth), as_id(intent_id, "intent")

    def run() -> dict[str, Any]:
        rows = requests.erase(actor=person, workspace_id=person.workspace_id, intent_id=wanted, reason=body.reason)
        return {"ok": True, "erased": [erasures.said(row) for row in rows]}

    return once(request, run)


def _given(body: schemas.SetRetention) -> list[Rule]:
    return [Rule(one.status, one.contents_days, one.intent_days) for one in body.rules]


def _shape(row: Retention | None) -> dict[str, Any]:
    found = rules.loads(row.rules) if row else rules.checked([])
    shape: dict[str, Any] = {"ok": True, "rules": rules.as_json(found), "progress": None}
    if row is not None and row.began_at is not None:
        shape["progress"] = {
            "began_at": rfc3339(row.began_at),
            "ended_at": rfc3339(row.ended_at) if row.ended_at else None,
            "erased": row.erased,
            "removed": row.removed,
            "held": row.held,
        }
    return shape


def _due(one: selectors.DueErasures) -> dict[str, Any]:
    return {
        "action": one.action,
        "status": one.status,
        "intent_type": one.intent_type,
        "from_days": one.from_days,
        "to_days": one.to_days,
        "count": one.count,
        "held": one.held,
        "complete": one.counted_all,
    }
