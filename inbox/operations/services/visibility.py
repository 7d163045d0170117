"""Who sees how people decide: owners and admins say whether they see each person."""

from inbox.vocabulary import roles
from intents.accounts import audit
from intents.kernel import statements
from intents.kernel.actors import Tenant
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

_SET = """
INSERT INTO inbox_decisionvisibility (id, workspace_id, per_person) VALUES (%(id)s, %(workspace)s, %(per_person)s)
ON CONFLICT (workspace_id) DO UPDATE SET per_person = excluded.per_person
"""


@unit
def set_visibility(*, actor: Tenant, per_person: bool) -> bool:
    """Let owners and admins see how each person decides, or only how all do together. It is in the audit log, and each
    person's own page says which it is. Raises Denied for all but owners and admins."""
    roles.ensure_manages(actor)
    params = {"id": new_id(), "workspace": actor.workspace_id, "per_person": per_person}
    statements.rows(_SET, params)
    whose = "each person" if per_person else "all together"
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="decision_figures.show", subject=whose)
    return per_person
