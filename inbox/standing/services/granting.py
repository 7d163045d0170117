"""Making and ending standing grants."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from inbox.standing import pattern, selectors
from inbox.standing import permissions as grant_permissions
from inbox.standing.models import DismissedSuggestion, StandingRules
from inbox.standing.pattern import GrantMatch, Limits
from inbox.tasks import permissions
from inbox.tasks.answers import MAX_COMMENT
from inbox.tasks.models import StandingGrant
from inbox.vocabulary import principals, roles
from inbox.vocabulary.kinds import RISKS
from intents.accounts import audit
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit
from intents.kernel.unseen import ensure_seen

LONGEST_DAYS = 90
MOST = 200
"""Of a workspace, that are in force."""
MAX_MATCH = 16 * 1024
"""Characters of what a grant is for: each new task is compared with that of all of them."""


@unit
def create(
    *,
    actor: Tenant,
    name: str,
    match: GrantMatch,
    limits: Limits,
    outcome: str,
    expires_at: datetime,
    risk: str = "low",
    comment: str | None = None,
) -> StandingGrant:
    """A new standing grant of `actor`, for tasks to come up to `risk`. Raises Denied for machines, for who decides nothing
    and where the workspace does not allow it at this risk; InvalidField; Conflict when there are too many."""
    person, user = permissions.present(actor, staying=True)
    grant_permissions.ensure_may_grant(person, risk=risk)
    now = clock.now()
    _ensure_in_time(expires_at, now=now)
    row = StandingGrant(
        workspace_id=person.workspace_id,
        grantor=user,
        name=ensure_seen(" ".join(name.split()), field="name"),
        match=pattern.dumps(match),
        limits=pattern.dumps(limits),
        risk=risk,
        outcome=outcome.strip(),
        comment=(comment or "").strip() or None,
        time_zone=user.time_zone,
        created_at=now,
        expires_at=expires_at,
    )
    if not row.name:
        raise InvalidField("name", "a standing grant needs a name")
    if not row.outcome:
        raise InvalidField("outcome", "say what is decided, as approved")
    if len(row.match) > MAX_MATCH:
        raise InvalidField("match", f"text of at most {MAX_MATCH} characters")
    if len(row.comment or "") > MAX_COMMENT:
        raise InvalidField("comment", f"text of at most {MAX_COMMENT} characters")
    _one_at_a_time(person.workspace_id)
    if selectors.how_many_in_force(person.workspace_id) >= MOST:
        raise Conflict(f"a workspace has at most {MOST} standing grants in force", limit=MOST)
    row.save()
    _note(row, person, "create", outcome=row.outcome, risk=risk, match=row.match, limits=row.limits)
    return row


def _one_at_a_time(workspace_id: UUID) -> None:
    """Let whoever makes a grant in a workspace wait for who is making another, so that each counts all there are."""
    statements.rows("SELECT pg_advisory_xact_lock(hashtextextended('standing_grants ' || %s::text, 0))", [workspace_id])


def _ensure_in_time(expires_at: datetime, *, now: datetime) -> None:
    if expires_at <= now:
        raise InvalidField("expires_at", "a time to come")
    if expires_at > now + timedelta(days=LONGEST_DAYS):
        raise InvalidField("expires_at", f"at most {LONGEST_DAYS} days from now")


@unit
def revoke(*, actor: Tenant, grant_id: UUID, reason: str | None = None) -> StandingGrant:
    """End a grant at once: what is not decided by it yet never is. By its grantor, or an owner or admin. Once more changes
    nothing. Raises Missing, Denied for machines."""
    person, _ = permissions.present(actor)
    row = selectors.grant(person, grant_id, lock=True)
    if row.ended_at is not None:
        return row
    row.ended_at, row.ended_by, row.ended_reason = clock.now(), person.label, "revoked"
    row.note = (reason or "").strip()[:MAX_COMMENT] or None
    row.save(update_fields=["ended_at", "ended_by", "ended_reason", "note"])
    _note(row, person, "revoke", grantor=row.grantor.email, reason=row.note)
    return row


_END_LOST = f"""
UPDATE inbox_standinggrant g SET ended_at = {clock.NOW}, ended_by = %(by)s::text, ended_reason = 'grantor_left'
WHERE g.workspace_id = %(workspace)s AND g.grantor_id = ANY(%(users)s) AND g.ended_at IS NULL AND NOT EXISTS (
    SELECT FROM intents_member m JOIN intents_user u ON u.id = m.user_id
    WHERE m.workspace_id = g.workspace_id AND m.user_id = g.grantor_id AND m.role = ANY(%(roles)s::text[])
      AND m.suspended_at IS NULL AND u.is_active
)
RETURNING {statements.columns(StandingGrant, "g")}
"""


@unit
def end_lost(*, workspace_id: UUID, user_ids: Sequence[UUID], actor: Actor) -> None:
    """End the grants of these users in a workspace who may not decide there any more. Coming back brings none of them
    back."""
    params = {"workspace": workspace_id, "users": list(user_ids), "roles": sorted(principals.DECIDERS), "by": actor.label}
    for row in statements.objects(StandingGrant, _END_LOST, params | {"now": clock.override()}):
        _note(row, actor, "end", reason="grantor_left")


@unit
def set_rules(*, actor: Tenant, highest_risk: str) -> StandingRules:
    """Allow standing grants up to a risk, or none with an empty text; those in force decide nothing above it from now on.
    Raises Denied for all but owners and admins, InvalidField."""
    roles.ensure_manages(actor)
    if highest_risk not in ("", *RISKS):
        raise InvalidField("highest_risk", f"one of {', '.join(RISKS)}, or nothing")
    row, _ = StandingRules.objects.update_or_create(workspace_id=actor.workspace_id, defaults={"highest_risk": highest_risk})
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="standing_grant.allow", subject=highest_risk or "none")
    return row


@unit
def dismiss(*, actor: Tenant, intent_type: str, agent: str) -> None:
    """Suggest `actor` no grant for a type of an agent any more, for good. Raises Denied for machines, InvalidField."""
    person, user = permissions.present(actor)
    if not intent_type or not agent:
        raise InvalidField("agent" if intent_type else "intent_type", "say what is not to be suggested")
    DismissedSuggestion.objects.get_or_create(
        workspace_id=person.workspace_id, user=user, intent_type=intent_type[:255], agent=agent[:255]
    )


def _note(row: StandingGrant, actor: Actor, verb: str, **details: str | None) -> None:
    told = {name: value for name, value in details.items() if value is not None} | {"grant_id": str(row.id)}
    audit.note(workspace_id=row.workspace_id, actor=actor, action=f"standing_grant.{verb}", subject=row.name, **told)
