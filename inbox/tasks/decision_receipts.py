"""Receipts of decisions: signed, for one use, and for what was approved and nothing else.

An executor verifies one offline before it acts (`examples/receipt_verification`), and redeems it so that nobody acts on it
twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from inbox.tasks import selectors
from inbox.tasks.models import Decision, Task
from inbox.tasks.specs import lets_happen
from inbox.vocabulary.errors import NoReceipt
from inbox.vocabulary.lifecycle import State
from intents.engine.models import Intent
from intents.kernel import canonical, jws

KIND = "axme-receipt+jwt"
VALID_SECONDS = 86_400
"""For how long a receipt counts whose task does not say."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: the `text` that is signed, and what it says."""

    text: str
    claims: dict[str, Any]
    decision: Decision

    @property
    def expires_at(self) -> datetime:
        return self.decision.at + timedelta(seconds=self.claims["exp"] - self.claims["iat"])


def of(*, task: Task, intent: Intent, decision: Decision) -> Receipt:
    """The receipt of a decision that has taken effect, which is the same whenever it is asked for, as long as the server has
    the same key. Raises NoReceipt for one that lets nothing happen."""
    spec = canonical.loads(task.spec)
    if not is_due(spec, decision.outcome):
        raise NoReceipt("a decision that refuses grants nothing", task_id=str(task.id), outcome=decision.outcome)
    if task.state != State.DECIDED or decision.void_at is not None:
        raise NoReceipt("no decision of this task has taken effect", task_id=str(task.id), state=task.state)
    claims = _claims(task, spec, intent, decision)
    return Receipt(jws.signed(claims, kind=KIND), claims, decision)


def is_due(spec: Mapping[str, Any], outcome: str) -> bool:
    """Whether a decision of this outcome has a receipt."""
    return lets_happen(spec, outcome)


def _claims(task: Task, spec: Mapping[str, Any], intent: Intent, decision: Decision) -> dict[str, Any]:
    issued = int(decision.at.timestamp())
    data = canonical.loads(decision.data) if decision.data and "editable_fields" in spec else {}
    return {
        "iss": settings.AUDIT_ORIGIN,
        "jti": str(decision.id),
        "iat": issued,
        "exp": issued + spec.get("receipt", {}).get("valid_seconds", VALID_SECONDS),
        "intent_id": str(intent.id),
        "intent_type": intent.intent_type,
        "to_agent": intent.to_agent,
        "task_id": str(task.id),
        "revision": decision.revision,
        "outcome": decision.outcome,
        "payload_sha256": canonical.digest(selectors.body(intent).payload).hex(),
        "payload_digest": bytes(decision.digest).hex(),
        "decided_by": decision.person.email,
        "authority": decision.authority,
    } | ({"approved": data["approved"]} if "approved" in data else {})
