"""Pages of what several calls list."""

from django.db.models import QuerySet

from intents.accounts.models import Agent
from intents.api import cursors
from intents.engine import selectors
from intents.kernel.actors import Tenant


def agents(
    actor: Tenant,
    found: QuerySet[Agent],
    *,
    org_id: str | None,
    workspace_id: str | None,
    cursor: str | None,
    limit: int,
) -> tuple[list[Agent], str | None]:
    """Of the agents that `selectors.agents` found those of the organization and the workspace, if those are named, from a
    cursor on; and the cursor of the next page. Raises InvalidField."""
    if workspace_id not in (None, str(actor.workspace_id), actor.workspace_slug):
        found = found.none()
    if org_id is not None:
        found = found.filter(selectors.of_organization(org_id))
    if cursor is not None:
        found = found.filter(id__gt=cursors.parse("a", cursor))
    rows = list(found[: limit + 1])
    return rows[:limit], cursors.cursor("a", rows[limit - 1].id) if len(rows) > limit else None
