"""Setting the policies of agents."""

from typing import Any
from uuid import UUID

from intents.accounts import audit
from intents.accounts.models import AgentPolicy
from intents.accounts.services import rights
from intents.kernel import clock
from intents.kernel.actors import Machine, Tenant
from intents.kernel.errors import ChangedMeanwhile, Denied
from intents.kernel.unit_of_work import unit
from intents.mesh import policies, selectors


@unit
def set_policy(
    *, actor: Tenant, workspace_id: UUID, name: str, values: dict[str, Any], expected_revision: int | None = None
) -> AgentPolicy:
    """Set some limits of an agent, or of all agents under an empty name. Raises Denied for all but owners, admins and
    workspace keys, and for a key whose own agent it is or that means all; ChangedMeanwhile when `policies.revision` is
    another than expected."""
    rights.manages_agents(actor=actor)
    if isinstance(actor, Machine) and name in ("", actor.name):
        raise Denied("a key sets no policy of its own agent or of all: an owner or admin does", agent=name)
    new = AgentPolicy(workspace_id=workspace_id, name=name, updated_by=actor.label, updated_at=clock.now())
    row = selectors.locked_policy(workspace_id, name, new=new)
    stored = policies.revision(row if row.id != new.id else None)
    if expected_revision is not None and expected_revision != stored:
        raise ChangedMeanwhile("somebody else changed this meanwhile; look at it again", revision=stored)
    for field, value in values.items():
        setattr(row, field, value)
    row.updated_by, row.updated_at = actor.label, clock.now()
    row.save()
    shown = {field: str(value) if value is not None else None for field, value in values.items()}
    audit.note(workspace_id=workspace_id, actor=actor, action="agent.set_policy", subject=name or "*", policy=shown)
    return row
