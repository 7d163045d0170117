"""How the audit stands: for health, metrics and the page of the system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.audit.models import AuditFinding
from intents.kernel import clock, statements

_COUNTS = f"f.resolved_at IS NULL AND f.counts_at <= {clock.START}"
_STATE = f"""
SELECT (SELECT count(*) FROM intents_auditfinding f WHERE {_COUNTS}), passed_at,
       extract(epoch FROM {clock.NOW} - passed_at)::float8, lap_began_at, lap_ended_at, passed_by
FROM (SELECT) one LEFT JOIN intents_auditprogress p ON p.id = 1
"""


@dataclass(frozen=True, slots=True)
class AuditState:
    """`findings` is how many rules rows break now, each row for itself. `passed_at`, `age_seconds` are of the last pass,
    None before the first; a walk through all intents goes on since `lap_began_at`, and one was whole at `lap_ended_at`."""

    findings: int
    passed_at: datetime | None
    age_seconds: float | None
    lap_began_at: datetime | None
    lap_ended_at: datetime | None
    passed_by: int | None


def state() -> AuditState:
    """How the audit stands, of all workspaces."""
    (row,) = statements.rows(_STATE, {"now": clock.override()})
    return AuditState(*row)


_FINDINGS = f"""
SELECT {statements.columns(AuditFinding, "f")} FROM intents_auditfinding f
WHERE (f.workspace_id IS NULL OR f.workspace_id = %(workspace)s) AND (f.resolved_at IS NOT NULL OR {_COUNTS})
ORDER BY f.resolved_at DESC NULLS FIRST, f.first_seen_at DESC, f.id LIMIT %(limit)s
"""


def findings(workspace_id: UUID, *, limit: int = 100) -> Sequence[AuditFinding]:
    """What the auditor found in a workspace, and in what belongs to none: first what is broken now. Checks no actor."""
    params = {"workspace": workspace_id, "limit": limit, "now": clock.override()}
    return statements.objects(AuditFinding, _FINDINGS, params)
