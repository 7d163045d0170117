"""Erasing an intent because somebody asked for it."""

from uuid import UUID

from intents.accounts import audit
from intents.accounts.services import rights
from intents.engine import answers, erasing
from intents.engine.lifecycle import TERMINAL
from intents.engine.models import Erasure, Intent
from intents.engine.selectors import lock_many
from intents.kernel import statements
from intents.kernel.actors import Person, System
from intents.kernel.errors import Conflict, InvalidField, Missing
from intents.kernel.unit_of_work import unit
from intents.retention import selectors

LONGEST_REASON = 500
MOST = 1000
"""Intents of a family that are erased together."""

_FAMILY = f"""
WITH RECURSIVE family(id) AS (
    SELECT id FROM intents_intent WHERE id = %(id)s AND workspace_id = %(workspace)s
    UNION SELECT c.id FROM intents_intent c JOIN family f ON c.parent_id = f.id OR c.rerun_of_id = f.id
)
SELECT id FROM family LIMIT {MOST + 1}
"""


@unit
def erase(*, actor: Person | System, workspace_id: UUID, intent_id: UUID, reason: str) -> list[Erasure]:
    """Erase what an intent that is over carried, and those that are a part of it or ran it again; `reason` is for the audit
    log.

    Returns what is on record of each, that of the intent first. Erasing again changes nothing. Raises Denied, Missing,
    InvalidField, Conflict while one of them is open, or when a history is not what was written.
    """
    if isinstance(actor, Person):
        selectors.ensure_manages(rights.present(actor=selectors.ensure_manages(actor))[0])
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidField("reason", f"say why, in at most {LONGEST_REASON} characters")
    ids = [row[0] for row in statements.rows(_FAMILY, {"id": intent_id, "workspace": workspace_id})]
    if not ids:
        raise Missing(f"no intent has the id {intent_id}", intent_id=str(intent_id))
    if len(ids) > MOST:
        raise Conflict(f"more than {MOST} intents are a part of it: erase those first", intent_id=str(intent_id))
    locked = lock_many(ids)
    _ensure_over(list(locked.intents.values()))
    known = {row.intent_id: row for row in erasing.erased(ids)}
    fresh = [one for one in locked.intents.values() if one.id not in known]
    done = erasing.erase(intents=fresh, by=actor.label, reason=erasing.REQUEST, now=locked.now)
    if broken := [one.id for one in fresh if one.id not in done]:
        raise Conflict(f"the history of {broken[0]} is not what was written: it is kept as it is", intent_id=str(broken[0]))
    since = min(one.created_at for one in locked.intents.values())
    answers.erase(workspace_id=workspace_id, intent_ids=ids, since=since)
    if fresh:
        audit.note(
            workspace_id=workspace_id,
            actor=actor,
            action="intent.erase",
            subject=str(intent_id),
            reason=reason.strip(),
            intents=len(fresh),
        )
    return sorted(erasing.erased(ids), key=lambda row: (row.intent_id != intent_id, row.intent_id))


def _ensure_over(intents: list[Intent]) -> None:
    for one in intents:
        if one.status not in TERMINAL:
            raise Conflict(f"{one.id} is {one.status}: what is open is not erased; cancel it first", status=one.status)
