"""What a workspace keeps, and for how long."""

from intents.accounts import audit
from intents.accounts.services import rights
from intents.kernel import clock, statements
from intents.kernel.actors import Actor
from intents.kernel.unit_of_work import unit
from intents.retention import rules, selectors
from intents.retention.models import Retention
from intents.retention.rules import Rules

_STORE = f"""
INSERT INTO intents_retention AS r
    (workspace_id, rules, changed_at, changed_by, due_at, place, erased, removed, held)
VALUES (%(of)s, %(rules)s, {clock.NOW}, %(by)s, CASE WHEN %(keeps)s THEN NULL ELSE {clock.NOW} END, 0, 0, 0, 0)
ON CONFLICT (workspace_id) DO UPDATE
SET rules = excluded.rules, changed_at = excluded.changed_at, changed_by = excluded.changed_by, due_at = excluded.due_at,
    lease_token = NULL, began_at = NULL, ended_at = NULL, place = 0, reached_at = NULL, reached_id = NULL,
    erased = 0, removed = 0, held = 0
RETURNING {statements.columns(Retention, "r")}
"""


@unit
def change(*, actor: Actor, given: Rules) -> Retention:
    """Set the rules of the actor's workspace: from now on, also for what is over already. A pass that runs begins anew.

    Raises Denied, InvalidField.
    """
    person = selectors.ensure_manages(actor)
    selectors.ensure_manages(rights.present(actor=person)[0])
    wanted = rules.checked(given)
    before = selectors.retention(person.workspace_id, lock=True)
    params = {"of": person.workspace_id, "rules": rules.dumps(wanted), "by": actor.label, "keeps": not rules.steps(wanted)}
    (row,) = statements.objects(Retention, _STORE, params | {"now": clock.override()})
    told = {"rules": rules.as_json(wanted), "before": rules.as_json(rules.loads(before.rules)) if before else None}
    audit.note(workspace_id=row.workspace_id, actor=actor, action="retention.update", subject="intents", **told)
    return row
