"""Setting quotas."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from intents.accounts import audit
from intents.accounts.services import rights
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Person, Tenant
from intents.kernel.errors import ChangedMeanwhile, Denied, InvalidField
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.quotas import pace, selectors
from intents.quotas.dimensions import ALL, INTENTS, NO_LIMIT, day_of
from intents.quotas.models import Overage, QuotaPolicy
from intents.rollups.sources import SKEW

_BEGIN = f"""
INSERT INTO intents_usagemeter AS m (id, workspace_id, dimension, day, used)
SELECT %(id)s::uuid, %(workspace)s::uuid, '{INTENTS}', day, (
    SELECT count(*) FROM intents_intent i
    WHERE i.workspace_id = %(workspace)s::uuid AND i.id >= %(low)s::uuid AND i.created_at >= day
) FROM (SELECT date_trunc('day', {clock.NOW}, 'UTC') AS day) today
ON CONFLICT (workspace_id, day, dimension) DO UPDATE SET used = greatest(m.used, excluded.used)
"""
"""Intents are only counted where they are limited: those of today, before somebody does."""


@unit
def set_policy(
    *,
    actor: Tenant,
    limits: Mapping[str, int],
    soft_threshold_percent: int,
    hard_enforcement: bool,
    overage_mode: Overage,
    expected_revision: int | None = None,
) -> QuotaPolicy:
    """What the workspace may use from now on; a limit of NO_LIMIT or more is none. Raises Denied for all but owners and
    admins, InvalidField, ChangedMeanwhile."""
    if not isinstance(actor, Person):
        raise Denied("a machine key sets no quotas; sign in, or send a person's token")
    if rights.present(actor=actor)[0].role not in ADMINS:
        raise Denied("only owners and admins set quotas")
    if unknown := sorted(limits.keys() - set(ALL)):
        raise InvalidField(f"dimensions.{unknown[0][:80]}", "unknown field")
    now = clock.now()
    row = selectors.locked_policy(
        actor.workspace_id, new=QuotaPolicy(workspace_id=actor.workspace_id, revision=0, updated_by="", updated_at=now)
    )
    assert row is not None
    if expected_revision is not None and expected_revision != row.revision:
        raise ChangedMeanwhile("somebody else changed this meanwhile; look at it again", revision=row.revision)
    begins = INTENTS not in row.limits
    row.limits = {name: limit for name, limit in limits.items() if limit < NO_LIMIT}
    row.soft_threshold_percent, row.hard_enforcement = soft_threshold_percent, hard_enforcement
    row.overage_mode = overage_mode
    row.revision, row.updated_by, row.updated_at = row.revision + 1, actor.label, now
    row.save()
    transaction.on_commit(pace.forget)
    if begins and INTENTS in row.limits:
        _begin_counting(actor.workspace_id, clock.first_id(day_of(now) - SKEW))
    shown = {"limits": row.limits, "overage_mode": str(overage_mode), "hard_enforcement": hard_enforcement}
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="quota.set", subject="*", **shown)
    return row


def _begin_counting(workspace_id: UUID, low: UUID) -> None:
    statements.rows(_BEGIN, {"id": new_id(), "workspace": workspace_id, "low": low, "now": clock.override()})
