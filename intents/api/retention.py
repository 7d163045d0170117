"""For how long a workspace keeps what is over, and erasing at once what somebody asks for."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.engine import erasures
from intents.kernel.clock import rfc3339
from intents.retention import rules, selectors
from intents.retention.models import PersonErasure, Retention
from intents.retention.rules import Rule
from intents.retention.services import people, requests, settings
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
    return once(request, lambda: _change(request, body))


@router.post("/retention/preview", response={200: schemas.RetentionPreview, **REFUSALS}, summary="Preview a retention")
def preview_retention(request: Request, body: schemas.PreviewRetention) -> HttpResponse:
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


@router.get(
    "/retention/people", response={200: schemas.PersonErasures, **REFUSALS}, summary="List who is erased, and who can be"
)
def list_erased_people(request: Request) -> HttpResponse:
    """The people whose erasure was ordered here, the latest first, with how far it is; and who left the workspace and
    belongs to none. For owners and admins."""
    items = [_erasure(row) for row in selectors.person_erasures(request.auth)]
    return answer({"ok": True, "items": items, "left": [one.email for one in selectors.leavers(request.auth)]})


@router.post("/retention/people", response={200: schemas.OnePersonErasure, **REFUSALS}, summary="Erase a person who left")
def erase_person(request: Request, body: schemas.ErasePerson) -> HttpResponse:
    """Erase account, name and address of somebody who left the workspace and belongs to none, wherever they stand in it but
    in what agents sent. What they did stays, by somebody unnamed, and the history still verifies. Workers do it; ordered
    again, it answers how far it is. Who is on record in other workspaces too is 409: whoever runs the server erases them.
    For owners and admins."""
    person = selectors.ensure_manages(request.auth)

    def run() -> dict[str, Any]:
        return {"ok": True, "erasure": _erasure(people.order(actor=person, email=body.email, reason=body.reason))}

    return once(request, run)


def _erasure(row: PersonErasure) -> dict[str, Any]:
    return {
        "user_id": str(row.user_id),
        "ordered_by": row.ordered_by,
        "ordered_at": rfc3339(row.ordered_at),
        "state": "done" if row.ended_at else "stopped" if row.failure else "running",
        "place": row.place,
        "places": row.places,
        "replaced": row.replaced,
        "ended_at": rfc3339(row.ended_at) if row.ended_at else None,
        "failure": row.failure or None,
    }


def _change(request: Request, body: schemas.SetRetention) -> dict[str, Any]:
    given, expected = _given(body), body.expected_revision
    return _shape(settings.change(actor=request.auth, given=given, expected_revision=expected))


def _given(body: schemas.PreviewRetention) -> list[Rule]:
    return [Rule(one.status, one.contents_days, one.intent_days) for one in body.rules]


def _shape(row: Retention | None) -> dict[str, Any]:
    found = rules.loads(row.rules) if row else rules.checked([])
    shape: dict[str, Any] = {"ok": True, "rules": rules.as_json(found), "revision": row.revision if row else 0}
    shape["progress"] = None
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
