"""The policies of a workspace. Tasks that are open keep the plan they were given."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from inbox import policy, selectors, specs
from inbox.escalation import Escalation, Match
from inbox.models import Policy
from inbox.services import planning
from intents import audit, canonical
from intents.actors import Tenant
from intents.errors import Conflict, InvalidField
from intents.services.boundary import unit


@unit
def create(
    *, actor: Tenant, name: str, place: int, match: Match, escalation: Escalation, calendar: str | None = None
) -> Policy:
    """A new policy. Raises Denied, InvalidField, Conflict when the name is taken."""
    policy.ensure_manages(actor)
    row = Policy(workspace_id=actor.workspace_id)
    _store(row, name=name, place=place, match=match, escalation=escalation, calendar=calendar)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.create", subject=row.name)
    return row


@unit
def update(*, actor: Tenant, policy_id: UUID, **changes: Any) -> Policy:
    """Change what is given of the fields of `create`, for tasks to come. Raises Denied, Missing, InvalidField, Conflict when
    the name is taken."""
    policy.ensure_manages(actor)
    row = selectors.policy(actor, policy_id)
    kept: dict[str, Any] = {
        "name": row.name,
        "place": row.place,
        "match": Match.model_validate(canonical.loads(row.match)),
        "escalation": Escalation.model_validate(canonical.loads(row.escalation)),
        "calendar": row.calendar.name if row.calendar else None,
    }
    _store(row, **(kept | changes))
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.update", subject=row.name, changed=sorted(changes))
    return row


@unit
def delete(*, actor: Tenant, policy_id: UUID) -> Policy:
    """Raises Denied, Missing."""
    policy.ensure_manages(actor)
    row = selectors.policy(actor, policy_id)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="policy.delete", subject=row.name)
    Policy.objects.filter(id=row.id).delete()
    return row


def _store(row: Policy, *, name: str, place: int, match: Match, escalation: Escalation, calendar: str | None) -> None:
    row.name = name.strip()
    if not row.name:
        raise InvalidField("name", "a policy needs a name")
    specs.ensure_no_silent_yes(escalation, risks=match.risks, field="escalation")
    row.calendar = planning.ensure_known(row.workspace_id, levels=escalation.levels, calendar=calendar, field="")
    row.place, row.match, row.escalation = place, dumped(match), dumped(escalation)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict(f"there is a policy named {row.name} already", name=row.name) from None


def dumped(part: Match | Escalation) -> str:
    return canonical.dumps(part.model_dump(mode="json", by_alias=True, exclude_unset=True))
