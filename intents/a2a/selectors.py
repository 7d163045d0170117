"""Reads of tasks and of push configs. What an actor may not see is missing, never forbidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from intents.a2a.models import PushConfig
from intents.engine import selectors
from intents.engine.models import Intent
from intents.engine.selectors.asked import waits_for_answer
from intents.kernel import statements
from intents.kernel.actors import Machine, Scope, Tenant, key_of


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


LOOKED_AT = 10_000
"""So many intents, the newest, are looked through for a page of those that are wanted, and counted."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Intents, the newest first. There may be more after `last`, which need not be among them: as far was looked. `total`
    are all that are wanted among the newest LOOKED_AT."""

    rows: list[Intent]
    last: UUID | None
    total: int


def tasks(
    actor: Tenant,
    *,
    mailbox: str,
    statuses: Sequence[str],
    asking: bool | None,
    context_id: UUID | None,
    since: datetime | None,
    before: UUID | None,
    limit: int,
) -> Listed:
    """Up to `limit` intents that the actor may see, after the one with the id `before`: those for the mailbox, in one of the
    statuses, with a question to the actor that nobody has answered or without one, of a context, and changed at `since` or
    later. What is empty or None does not matter."""
    ours = selectors.intents(actor).order_by("-id")
    if mailbox:
        ours = ours.filter(mailbox=mailbox)
    if context_id is not None:
        ours = ours.filter(selectors.matching(actor, str(context_id)), correlation_id=context_id)

    def wanted(some: QuerySet[Intent]) -> QuerySet[Intent]:
        found = ours.filter(id__in=some.values("id")[:LOOKED_AT])
        if statuses:
            found = found.filter(status__in=statuses)
        if since is not None:
            found = found.filter(updated_at__gte=since)
        return found if asking is None else _asking(actor, found, asking)

    window = ours if before is None else ours.filter(id__lt=before)
    rows = list(wanted(window)[: limit + 1])
    last = rows[limit - 1].id if len(rows) > limit else None
    if last is None:
        last = next(iter(window.values_list("id", flat=True)[LOOKED_AT - 1 : LOOKED_AT]), None)
    return Listed(rows[:limit], last, wanted(ours).count())


def _asking(actor: Tenant, found: QuerySet[Intent], asking: bool) -> QuerySet[Intent]:
    """Those with a question to the actor, or those without one. Agents are asked, about what they sent or handle."""
    agent = key_of(actor)
    if agent is None:
        return found.none() if asking else found
    asked = waits_for_answer()
    if agent.scope is Scope.OWN:
        asked &= Q(sender=agent.name) | Q(mailbox=agent.name)
    return found.filter(asked if asking else ~asked)
