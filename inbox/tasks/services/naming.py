"""What a workspace calls the kinds of requests that it gets, kept by owners and admins. It applies to new tasks in lists
and messages, and at once on the pages of tasks."""

import re

from inbox.tasks import selectors
from inbox.tasks.models import IntentTypeName
from inbox.vocabulary import editing, roles
from intents.accounts import audit
from intents.kernel.actors import Tenant
from intents.kernel.errors import Conflict, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

MOST = 500
"""Names of a workspace."""
LONGEST = 60
_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


@unit
def set_name(*, actor: Tenant, intent_type: str, name: str, expected_revision: int | None = None) -> IntentTypeName:
    """Give an intent type a display name, a new one or another. Raises Denied, InvalidField, Conflict when there are too
    many, ChangedMeanwhile when it is not of the revision that was edited."""
    roles.ensure_manages(actor)
    if len(intent_type) > 255 or not _TYPE.fullmatch(intent_type):
        raise InvalidField("intent_type", "an intent type is like refund.pay.v1")
    given = ensure_seen(" ".join(name.split()), field="name")
    if not given or len(given) > LONGEST:
        raise InvalidField("name", f"a display name has 1 to {LONGEST} characters")
    rows = {row.intent_type: row for row in selectors.display_names(actor)}
    row = rows.get(intent_type)
    if row is None:
        if len(rows) >= MOST:
            raise Conflict(f"a workspace has at most {MOST} display names", limit=MOST)
        row = IntentTypeName(workspace_id=actor.workspace_id, intent_type=intent_type, revision=0)
    else:
        row = selectors.named_type(actor, intent_type=intent_type, lock=True)
        editing.ensure_unchanged(row, expected_revision)
    editing.stamp(row, actor)
    row.name = given
    with unless_taken(Conflict(f"{intent_type} was given a name at this moment", intent_type=intent_type)):
        row.save()
    audit.note(workspace_id=row.workspace_id, actor=actor, action="intent_type.name", subject=intent_type, name=given)
    return row


@unit
def remove_name(*, actor: Tenant, intent_type: str) -> IntentTypeName:
    """Call a type by its letters again. Raises Denied, Missing."""
    roles.ensure_manages(actor)
    row = selectors.named_type(actor, intent_type=intent_type, lock=True)
    audit.note(workspace_id=row.workspace_id, actor=actor, action="intent_type.unname", subject=intent_type)
    row.delete()
    return row
