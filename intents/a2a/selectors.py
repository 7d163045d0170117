"""Reads of push configs. What an actor may not see is missing, never forbidden."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import QuerySet

from intents.a2a.models import PushConfig
from intents.kernel import statements
from intents.kernel.actors import Machine, Scope


def configs(actor: Machine, intent_id: UUID) -> QuerySet[PushConfig]:
    """What the actor's agent set for an intent, oldest first."""
    found = PushConfig.objects.filter(workspace_id=actor.workspace_id, intent_id=intent_id, agent_id=actor.agent_id)
    return found.order_by("id")


def with_ids(ids: Iterable[UUID]) -> dict[UUID, PushConfig]:
    """Push configs by their ids. Checks no actor."""
    return {row.id: row for row in PushConfig.objects.filter(id__in=ids)}


_OF_INTENTS = f"SELECT {statements.columns(PushConfig, 'c')} FROM intents_pushconfig c WHERE c.intent_id = ANY(%s::uuid[])"


def of_intents(ids: Sequence[UUID]) -> list[PushConfig]:
    """All that were set for these intents. Checks no actor."""
    return statements.objects(PushConfig, _OF_INTENTS, [list(ids)])


_KEYS = """
SELECT k.id, k.scope, k.tools, a.name, w.slug, o.slug
FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
JOIN intents_workspace w ON w.id = k.workspace_id JOIN intents_organization o ON o.id = w.organization_id
WHERE k.id = ANY(%s::uuid[])
"""


def speakers(rows: Iterable[PushConfig]) -> dict[UUID, Machine]:
    """Who set each of these push configs, by its id, whether or not their keys are in force."""
    asked = list(rows)
    keys = {row[0]: row[1:] for row in statements.rows(_KEYS, [[row.credential_id for row in asked]])}
    found = {}
    for row in asked:
        if row.credential_id in keys:
            scope, tools, name, workspace, org = keys[row.credential_id]
            found[row.id] = Machine(
                workspace_id=row.workspace_id,
                org_slug=org,
                workspace_slug=workspace,
                agent_id=row.agent_id,
                credential_id=row.credential_id,
                name=name,
                speaks_as=row.speaks_as,
                scope=Scope(scope),
                tools=frozenset(tools),
            )
    return found
