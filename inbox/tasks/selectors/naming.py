"""The display names of intent types, read."""

from collections.abc import Callable
from functools import cache
from uuid import UUID

from inbox.tasks.models import IntentTypeName
from intents.kernel.actors import Tenant
from intents.kernel.asks import VALUE, Ask, Sql
from intents.kernel.errors import Missing


def display_names(actor: Tenant) -> list[IntentTypeName]:
    """Those of the actor's workspace, by type."""
    return list(IntentTypeName.objects.filter(workspace_id=actor.workspace_id).order_by("intent_type"))


def named_type(
    actor: Tenant, *, intent_type: str | None = None, name_id: UUID | None = None, lock: bool = False
) -> IntentTypeName:
    """The display name of a type, or one by its id. Raises Missing."""
    found = IntentTypeName.objects.filter(workspace_id=actor.workspace_id)
    found = found.filter(id=name_id) if name_id is not None else found.filter(intent_type=intent_type)
    row = (found.select_for_update() if lock else found).first()
    if row is None:
        raise Missing(f"{intent_type or name_id} has no display name")
    return row


_NAME = Sql("SELECT name FROM inbox_intenttypename WHERE workspace_id = %(workspace)s AND intent_type = %(type)s", VALUE)


def ask_display_name(workspace_id: UUID, intent_type: str) -> Ask[str]:
    """What a workspace calls a type, "" for nothing of its own. Checks no actor."""
    return Ask(_NAME, {"workspace": workspace_id, "type": intent_type}, lambda rows: rows[0][0] if rows else "")


def display_names_of(workspace_id: UUID) -> Callable[[str], str]:
    """`display_name` of many, which reads them once and when the first is needed."""

    @cache
    def names() -> dict[str, str]:
        return dict(IntentTypeName.objects.filter(workspace_id=workspace_id).values_list("intent_type", "name"))

    return lambda intent_type: names().get(intent_type, "")
