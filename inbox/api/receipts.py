"""Receipts of decisions over the API: for who acts on what was approved."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from inbox.schemas import receipt_responses as shapes
from inbox.tasks import decision_receipts, selectors
from inbox.tasks.decision_receipts import Receipt
from inbox.tasks.services.redeem import redeem
from inbox.vocabulary.errors import NoReceipt
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.kernel import jws
from intents.kernel.clock import rfc3339

router = Router(tags=["Tasks"])


@router.get(
    "/receipts/keys", response={200: shapes.ReceiptKeys, **REFUSALS}, summary="Get the keys that receipts are verified by"
)
def list_receipt_keys(request: Request) -> HttpResponse:
    """A JWK set (RFC 7517) with this server's public key. Get it once and keep it; a receipt names its key as `kid`."""
    return answer({"keys": [jws.jwk()]})


@router.get("/tasks/{task_id}/receipt", response={200: shapes.OneReceipt, **REFUSALS}, summary="Get a decision's receipt")
def get_task_receipt(request: Request, task_id: str) -> HttpResponse:
    """The signed receipt of the decision of a task, once that has taken effect and unless it refuses (409)."""
    task = selectors.task(request.auth, as_id(task_id, "task"))
    decision = selectors.decision(task)
    if decision is None:
        raise NoReceipt("no decision of this task has taken effect", task_id=task_id, state=task.state)
    return answer({"ok": True} | _shape(decision_receipts.of(task=task, intent=task.intent, decision=decision)))


@router.get("/receipts/{receipt_id}", response={200: shapes.OneReceipt, **REFUSALS}, summary="Get a receipt")
def get_receipt(request: Request, receipt_id: str) -> HttpResponse:
    """A receipt by its id, and whether it was redeemed. It is signed anew, with the key that the server has now."""
    decision = selectors.decision_named(request.auth, _id(receipt_id))
    found = decision_receipts.of(task=decision.task, intent=decision.task.intent, decision=decision)
    return answer({"ok": True} | _shape(found))


@router.post("/receipts/{receipt_id}/redeem", response={200: shapes.OneReceipt, **REFUSALS}, summary="Redeem a receipt")
def redeem_receipt(request: Request, receipt_id: str) -> HttpResponse:
    """Take a receipt for yourself before you act on it, with a machine key. It can be redeemed once: the second time is 409
    `already_redeemed` telling who was first and when. One that has expired, or whose intent was given up, is 409
    `no_receipt`."""
    wanted = _id(receipt_id)
    return once(request, lambda: {"ok": True} | _shape(redeem(actor=request.auth, receipt_id=wanted)))


def _id(text: str) -> UUID:
    return as_id(text, "receipt")


def _shape(found: Receipt) -> dict[str, Any]:
    decision = found.decision
    return {
        "receipt_id": str(decision.id),
        "receipt": found.text,
        "claims": found.claims,
        "expires_at": rfc3339(found.expires_at),
        "redeemed_at": rfc3339(decision.redeemed_at) if decision.redeemed_at else None,
        "redeemed_by": decision.redeemed_by,
    }
