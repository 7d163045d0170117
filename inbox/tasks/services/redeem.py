"""Redeeming receipts: whoever is about to act on one is the only one that does."""

from uuid import UUID

from inbox.tasks import decision_receipts, selectors
from inbox.tasks.decision_receipts import Receipt
from inbox.vocabulary.errors import AlreadyRedeemed, NoReceipt
from intents.engine.lifecycle import Status
from intents.kernel.actors import Machine, Tenant
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied
from intents.kernel.unit_of_work import unit

_GIVEN_UP = frozenset({Status.CANCELED, Status.FAILED, Status.TIMED_OUT})


@unit
def redeem(*, actor: Tenant, receipt_id: UUID) -> Receipt:
    """Take a receipt for oneself, once for all. Raises Missing, Denied for people, NoReceipt when it counts no more,
    AlreadyRedeemed telling who was first and when."""
    if not isinstance(actor, Machine):
        raise Denied("a receipt is redeemed by the program that acts on it, with a machine key")
    decision = selectors.decision_named(actor, receipt_id)
    task, now = selectors.lock(decision.task)
    decision.refresh_from_db(fields=["void_at", "redeemed_at", "redeemed_by"])
    receipt = decision_receipts.of(task=task, intent=task.intent, decision=decision)
    if decision.redeemed_at is not None:
        raise AlreadyRedeemed(
            f"{decision.redeemed_by} redeemed this receipt already",
            receipt_id=str(receipt_id),
            redeemed_at=rfc3339(decision.redeemed_at),
            redeemed_by=decision.redeemed_by,
        )
    if receipt.expires_at <= now:
        raise NoReceipt("this receipt has expired", receipt_id=str(receipt_id), expired_at=rfc3339(receipt.expires_at))
    if task.intent.status in _GIVEN_UP:
        raise NoReceipt(
            f"nothing is to be done any more: the intent is {task.intent.status}",
            receipt_id=str(receipt_id),
            status=task.intent.status,
        )
    decision.redeemed_at, decision.redeemed_by = now, actor.label
    decision.save(update_fields=["redeemed_at", "redeemed_by"])
    return receipt
