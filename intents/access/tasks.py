"""Access requests as tasks of owners and admins: asked by the server, carried out when they have decided."""

import logging
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from intents.access import selectors
from intents.access.models import OPEN, AccessKind, AccessRequest, AccessState
from intents.access.services.reviewing import PAGE, carry_out
from intents.accounts.selectors import member_known_as
from intents.engine.human_gate import gate
from intents.engine.services.submission import Submission
from intents.engine.services.submit import submit_by_server
from intents.kernel import canonical, statements
from intents.kernel.actors import ADMINS, Author, Machine, Role, Scope, System
from intents.kernel.errors import DomainError
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

TYPE, BY = "access.request.v1", "access"

log = logging.getLogger(__name__)


def open_task(row: AccessRequest, *, title: str) -> None:
    """Ask those who may decide a request that is stored, but who asks; why it is asked for, the page of requests shows them
    alone. Where no task can be made, the page and an email are left."""
    of = row.workspace
    actor = Machine(
        workspace_id=of.id,
        org_slug=of.organization.slug,
        workspace_slug=of.slug,
        agent_id=new_id(),
        credential_id=new_id(),
        name=BY,
        speaks_as=BY,
        scope=Scope.OWN,
        person_id=row.user_id,
    )
    said = {"role": row.role, "company_name": row.company_name, "tier": row.tier}
    payload = {"requester": row.requester, "request_type": row.kind} | {key: text for key, text in said.items() if text}
    payload["why"] = f"{settings.BASE_URL}{PAGE}"
    asked: dict[str, Any] = {
        "title": title[:255],
        "task_type": "approval",
        "risk": "high",
        "separation_of_duties": True,
        "assignees": ["owner"] if _takes_owner(row) else ["owner", "admin"],
    }
    try:
        submission = Submission(
            intent_type=TYPE,
            to_agent=BY,
            payload=canonical.dumps(payload),
            correlation_id=uuid4(),
            human_task=gate().check(asked, actor=actor, field="human_task", payload=payload),
        )
        row.task_intent_id = submit_by_server(actor=actor, submission=submission)
    except DomainError as refusal:
        log.warning(
            "no task for a request", extra={"action": "access.ask", "request": str(row.id), "error": refusal.message}
        )
        return
    row.save(update_fields=["task_intent_id"])


def _takes_owner(row: AccessRequest) -> bool:
    return row.role == Role.OWNER or row.kind == AccessKind.CREATE


class _Answered(NamedTuple):
    request_id: UUID
    actor: str
    details: str | None


_ANSWERED = """
SELECT r.id, e.actor, e.details FROM intents_accessrequest r
JOIN intents_intent i ON i.id = r.task_intent_id JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq
WHERE r.task_intent_id IS NOT NULL AND r.state = ANY(%s)
  AND i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT') ORDER BY r.id LIMIT 100
"""


def carry_out_answered() -> int:
    """Do what owners and admins have decided in tasks. Returns how many were answered."""
    rows = [_Answered(*row) for row in statements.rows(_ANSWERED, [list(OPEN)])]
    return sum(_carry_out(row) for row in rows)


@unit
def _carry_out(answered: _Answered) -> bool:
    """A task that ended otherwise, or by somebody who may not decide the request now, leaves it open on its page."""
    row = selectors.locked_open(answered.request_id)
    if row is None:
        return False
    row.task_intent_id = None
    row.save(update_fields=["task_intent_id"])
    result = (canonical.loads(answered.details) if answered.details else {}).get("result") or {}
    outcome = {"approved": AccessState.APPROVED, "rejected": AccessState.REJECTED}.get(str(result.get("outcome")))
    member = member_known_as(row.workspace_id, answered.actor) if outcome else None
    if outcome is None or member is None or member.suspended or member.user_id == row.user_id:
        return True
    if member.role not in ({Role.OWNER} if _takes_owner(row) else ADMINS):
        return True
    try:
        # Of one that cannot be done, as when somebody left meanwhile, nothing stays done.
        with transaction.atomic():
            carry_out(
                row=row,
                actor=System(name=f"access request decided by {answered.actor}"),
                by=Author(label=answered.actor),
                owner=member.user,
                state=outcome,
                comment=str(result.get("comment") or ""),
            )
    except DomainError as refusal:
        log.warning("a decision was not carried out", extra={"action": "access.review", "error": refusal.message})
    return True
