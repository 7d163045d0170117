"""Applying a decision: the intent that waited for it goes on by it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from inbox.tasks import decision_receipts, tally
from inbox.tasks.models import Decision, Task
from inbox.tasks.services import attachments
from inbox.vocabulary import kinds
from intents.engine.models import Intent, IntentEvent
from intents.engine.services.human_tasks import Verdict
from intents.kernel import canonical, failpoints, statements
from intents.kernel.actors import Author, Person
from intents.kernel.statements import Clause
from intents.kernel.tracing import Trace


def apply_decision(
    *,
    task: Task,
    intent: Intent,
    decision: Decision,
    actor: Person | Author,
    now: datetime,
    extra: dict[str, Any] | None = None,
    beside: Sequence[Sequence[Model]] = (),
    also: Clause = statements.NO_CLAUSE,
) -> IntentEvent:
    """Move a locked intent on by the decision of its locked task. `extra` goes into the result beside the decision's own.
    New rows `beside`, and what the part `also` writes, are stored with that."""
    failpoints.hit("between_decision_and_resume")
    if decision.data is not None:
        attachments.link_evidence(intent=intent, data=canonical.loads(decision.data))
    verdict = verdict_of(task=task, intent=intent, decision=decision, actor=actor, extra=extra)
    return verdict.carry_out(now=now, beside=beside, also=also)


def verdict_of(
    *,
    task: Task,
    intent: Intent,
    decision: Decision,
    actor: Person | Author,
    extra: dict[str, Any] | None = None,
    trace: Trace | None = None,
) -> Verdict:
    """What the intent of a locked task is told of its decision, and what its history tells of that."""
    data = canonical.loads(decision.data) if decision.data is not None else None
    votes, by_grant = tally.told(task), tally.by_grant(decision)
    result = {"outcome": decision.outcome, "comment": decision.comment, "data": data, "receipt": None}
    spec = canonical.loads(task.spec)
    if "receipt" in spec and decision_receipts.is_due(spec, decision.outcome):
        result["receipt"] = decision_receipts.of(task=task, intent=intent, decision=decision).text
    return Verdict(
        intent=intent,
        wait=task.wait,
        task_result=(extra or {}) | {name: value for name, value in result.items() if value is not None} | by_grant | votes,
        decision={
            "task_id": str(task.id),
            "revision": decision.revision,
            "digest": bytes(decision.digest).hex(),
            "outcome": decision.outcome,
            "negative": kinds.is_negative(task.task_type, decision.outcome),
            "authority": decision.authority,
            **({"delegated_by": decision.delegated_by.email} if decision.delegated_by else {}),
            "channel": decision.channel,
            **by_grant,
            **votes,
        },
        by=actor,
        trace=trace,
    )
