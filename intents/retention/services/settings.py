"""What a workspace keeps, and for how long."""

from intents.accounts import audit
from intents.accounts.services import rights
from intents.kernel import clock, statements
from intents.kernel.actors import Actor, Person
from intents.kernel.clock import rfc3339
from intents.kernel.errors import ChangedMeanwhile
from intents.kernel.unit_of_work import unit
from intents.retention import rules, selectors
from intents.retention.models import Retention
from intents.retention.rules import Rules

_STORE = f"""
INSERT INTO intents_retention AS r
    (workspace_id, rules, changed_at, changed_by, due_at, place, erased, removed, held, revision)
VALUES (%(of)s, %(rules)s, {clock.NOW}, %(by)s, CASE WHEN %(keeps)s THEN NULL ELSE {clock.NOW} END, 0, 0, 0, 0, 1)
ON CONFLICT (workspace_id) DO UPDATE
SET revision = r.revision + 1, rules = excluded.rules, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
    due_at = excluded.due_at, lease_token = NULL, began_at = NULL, ended_at = NULL, place = 0, reached_at = NULL,
    reached_id = NULL, erased = 0, removed = 0, held = 0
RETURNING {statements.columns(Retention, "r")}
"""


@unit
def change(*, actor: Actor, given: Rules, expected_revision: int | None = None) -> Retention:
    """Set the rules of the actor's workspace: from now on, also for what is over already. A pass that runs begins anew.

    Raises Denied, InvalidField, ChangedMeanwhile when they are not of the revision that was edited (0: nothing was set).
    """
    person = selectors.ensure_manages(actor)
    selectors.ensure_manages(rights.present(actor=person)[0])
    wanted = rules.checked(given)
    _lock(person)
    before = selectors.retention(person.workspace_id, lock=True)
    _ensure_unchanged(before, expected_revision)
    params = {"of": person.workspace_id, "rules": rules.dumps(wanted), "by": actor.label, "keeps": not rules.steps(wanted)}
    (row,) = statements.objects(Retention, _STORE, params | {"now": clock.override()})
    told = {"rules": rules.as_json(wanted), "before": rules.as_json(rules.loads(before.rules)) if before else None}
    audit.note(workspace_id=row.workspace_id, actor=actor, action="retention.update", subject="intents", **told)
    return row


def _lock(person: Person) -> None:
    """There may be no row yet that two could take turns at."""
    statements.rows("SELECT pg_advisory_xact_lock(hashtextextended('retention ' || %s::text, 0))", [person.workspace_id])


def _ensure_unchanged(row: Retention | None, expected: int | None) -> None:
    if expected is None or expected == (row.revision if row else 0):
        return
    by, at = (row.changed_by, rfc3339(row.changed_at)) if row else (None, None)
    raise ChangedMeanwhile(
        f"changed since you opened it, by {by} at {at}: look at it again, and send its revision to overwrite it",
        revision=row.revision if row else 0,
        expected_revision=expected,
        changed_by=by,
        changed_at=at,
    )
