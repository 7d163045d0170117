"""Reads of tasks and of push configs. What an actor may not see is missing, never forbidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.expressions import OrderBy

from intents.a2a.models import PushConfig
from intents.engine import selectors
from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from intents.engine.selectors.asked import waits_for_answer
from intents.kernel import clock, statements
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
"""So many intents, those that changed last, are looked through for a page of those that are wanted, and counted."""
LATE = timedelta(minutes=1)
"""No transaction lasts so long: what it changed is of no older time."""


class ListStart(NamedTuple):
    """When a list began: `sees` all transactions before that number, and the time."""

    sees: int
    at: datetime


class TaskPosition(NamedTuple):
    """As far as a list came that began at `start`: the time of an intent's last change, and its id. One that changed since
    the start stands where it began, which is no higher than where it stood then: so none is passed over, and who saw it
    already sees how it is by now."""

    start: ListStart
    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """Intents, those first that changed last. There may be more after `last`, where there is one: as far was looked. `total`
    are all that are wanted among the first LOOKED_AT."""

    rows: list[Intent]
    last: TaskPosition | None
    total: int


@dataclass(frozen=True, slots=True)
class WantedTasks:
    """Of the intents that the actor may see those for the mailbox, in one of the statuses, with a question to the actor that
    nobody has answered or without one, of a context, and changed at `since` or later. What is empty or None does not
    matter."""

    mailbox: str
    statuses: Sequence[str]
    asking: bool | None
    context_id: UUID | None
    since: datetime | None

    @property
    def all(self) -> bool:
        """Whether an index tells which are wanted."""
        return not self.statuses and self.asking is None

    def among(self, actor: Tenant) -> QuerySet[Intent]:
        """Those that may be wanted, as an index has them."""
        found = selectors.intents(actor).exclude(status=Status.CREATED)  # as the index has it, and none is
        if self.mailbox:
            found = found.filter(mailbox=self.mailbox)
        if self.context_id is not None:
            found = found.filter(selectors.matching(actor, str(self.context_id)), correlation_id=self.context_id)
        return found if self.since is None else found.filter(updated_at__gte=self.since)

    def of(self, actor: Tenant, some: QuerySet[Intent]) -> QuerySet[Intent]:
        """Of the first LOOKED_AT those that are wanted, in their order."""
        if self.all:
            return some
        found = selectors.intents(actor).filter(id__in=some.values("id")[:LOOKED_AT]).order_by(*some.query.order_by)
        if self.statuses:
            found = found.filter(status__in=self.statuses)
        return found if self.asking is None else _asking(actor, found, self.asking)

    def order(self, actor: Tenant, ours: QuerySet[Intent]) -> tuple[str | OrderBy, str]:
        """Of few among many all are read and sorted: in the index of all they may be anywhere."""
        narrow = self.mailbox or self.context_id or (isinstance(actor, Machine) and actor.scope is Scope.OWN)
        if narrow and ours[: LOOKED_AT + 1].count() <= LOOKED_AT:
            return _SORTED.desc(), "-id"
        return "-updated_at", "-id"


_SORTED = ExpressionWrapper(F("updated_at") + Value(timedelta(0)), DateTimeField())
"""As no index has it."""
_START = f"SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, {clock.NOW}"


def tasks(actor: Tenant, wanted: WantedTasks, *, after: TaskPosition | None, limit: int) -> Listed:
    """Up to `limit` of the intents that are wanted, after that position."""
    newly = ListStart(*statements.rows(_START, {"now": clock.override()})[0])
    start = after.start if after else newly
    ours = wanted.among(actor)
    newest = ours.order_by(*wanted.order(actor, ours))
    total = wanted.of(actor, newest)[:LOOKED_AT].count()
    if after is None:
        return _cut(start, _page(actor, wanted, newest, limit, "updated_at"), limit, total)
    # More transactions than there were: they were those of another server, from which the workspace came.
    sees = start.sees if start.sees <= newly.sees else 0
    changed = Q(changed_in__gte=sees, updated_at__gte=start.at - LATE)
    still = newest.filter(~changed, _after("updated_at", after))
    moved = ours.filter(changed, _after("created_at", after)).order_by("-created_at", "-id")
    found = _page(actor, wanted, still, limit, "updated_at", shrinks=True)
    found += _page(actor, wanted, moved, limit, "created_at")
    return _cut(start, found, limit, total)


def _after(column: str, after: TaskPosition) -> Q:
    """Those after a position in a list that goes by that column. The first part is what an index is searched for."""
    return Q(**{f"{column}__lte": after.at}) & (Q(**{f"{column}__lt": after.at}) | Q(id__lt=after.id))


_Listing = tuple[datetime, UUID, Intent | None]
"""An intent and where it stands, or None where no further was looked."""


def _page(
    actor: Tenant, wanted: WantedTasks, some: QuerySet[Intent], limit: int, column: str, *, shrinks: bool = False
) -> list[_Listing]:
    """The first of them that are wanted, and behind those where the search for more was given up, if it was. That place is
    none that was not looked at: where others come before it meanwhile it is found after the look, where `some` shrinks
    before one."""

    def look() -> list[_Listing]:
        return [(getattr(row, column), row.id, row) for row in wanted.of(actor, some)[: limit + 1]]

    places = look()
    if len(places) <= limit and not wanted.all:
        given_up: list[_Listing] = [(*found, None) for found in some.values_list(column, "id")[LOOKED_AT - 1 : LOOKED_AT]]
        places = (look() if given_up and shrinks else places) + given_up
    return places


def _cut(start: ListStart, places: list[_Listing], limit: int, total: int) -> Listed:
    places.sort(key=lambda place: place[:2], reverse=True)
    rows: list[Intent] = []
    last: TaskPosition | None = None
    for at, intent_id, row in places:
        if row is not None and len(rows) == limit:
            break
        last = TaskPosition(start, at, intent_id)
        if row is None:  # of what stands behind this nothing is certain
            break
        rows.append(row)
    else:
        last = None
    return Listed(sorted(rows, key=lambda row: (row.updated_at, row.id), reverse=True), last, total)


def _asking(actor: Tenant, found: QuerySet[Intent], asking: bool) -> QuerySet[Intent]:
    """Those with a question to the actor, or those without one. Agents are asked, about what they sent or handle."""
    agent = key_of(actor)
    if agent is None:
        return found.none() if asking else found
    asked = waits_for_answer()
    if agent.scope is Scope.OWN:
        asked &= Q(sender=agent.name) | Q(mailbox=agent.name)
    return found.filter(asked if asking else ~asked)
