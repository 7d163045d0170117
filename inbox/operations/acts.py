"""What people and machines did to keys, people and settings: the audit log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from intents.accounts.models import AuditEntry
from intents.kernel import statements
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied


@dataclass(frozen=True, slots=True)
class ActsPage:
    """Entries, the newest first, and the id after which older ones follow."""

    items: Sequence[AuditEntry]
    last: UUID | None


_PAGE = f"""
SELECT {statements.columns(AuditEntry, "a")} FROM intents_auditentry a
WHERE a.workspace_id = %(workspace)s AND a.id < %(before)s
  AND (%(actor)s::text IS NULL OR a.actor = %(actor)s) AND (%(action)s::text IS NULL OR a.action LIKE %(action)s)
ORDER BY a.id DESC LIMIT %(limit)s
"""


def ensure_may_read(actor: Actor) -> Person:
    """`actor` as an owner or admin. Raises Denied for all others."""
    if not isinstance(actor, Person) or actor.role not in ADMINS:
        raise Denied("only an owner or an admin reads the audit log, with a person's token")
    return actor


def page(
    actor: Actor, *, by: str | None = None, about: str | None = None, before: UUID | None = None, limit: int = 50
) -> ActsPage:
    """The audit log of the actor's workspace: by one actor, about one kind of thing (as in `key`) if asked.

    Raises Denied."""
    person = ensure_may_read(actor)
    escaped = about and about.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    params = {
        "workspace": person.workspace_id,
        "before": before or UUID(int=2**128 - 1),
        "actor": by or None,
        "action": f"{escaped}.%" if escaped else None,
        "limit": limit + 1,
    }
    rows = statements.objects(AuditEntry, _PAGE, params)
    for row in rows:
        row.details = json.loads(row.details)
    return ActsPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def kinds(actor: Actor) -> list[str]:
    """What there are acts about lately: the first part of the newest thousand actions. Raises Denied."""
    query = """
SELECT DISTINCT split_part(action, '.', 1) FROM (
    SELECT action FROM intents_auditentry WHERE workspace_id = %s ORDER BY id DESC LIMIT 1000
) newest ORDER BY 1
"""
    return [kind for (kind,) in statements.rows(query, [ensure_may_read(actor).workspace_id])]
