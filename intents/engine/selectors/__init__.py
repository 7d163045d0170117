"""Reads for an actor: the only way to obtain an object. What an actor may not see is missing, never forbidden."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from intents.accounts import stops
from intents.accounts.models import Agent, AgentStatus, Workspace
from intents.engine import search
from intents.engine.lifecycle import EventType
from intents.engine.models import Delivery, Intent, IntentEvent, StoredStep, ThreadViewer
from intents.kernel import canonical, clock, statements
from intents.kernel.actors import Machine, Scope, Tenant, key_of
from intents.kernel.addresses import ensure_no_person, ensure_no_run
from intents.kernel.errors import AgentNotFound, Missing


def intents(actor: Tenant) -> QuerySet[Intent]:
    """The intents `actor` may see: its workspace's, or with an own-scope key those it sent, handles or gets answers of."""
    found = Intent.objects.filter(workspace_id=actor.workspace_id)
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        mine = actor.name
        found = found.filter(Q(mailbox=mine) | Q(sender=mine) | Q(reply_mailbox=mine))
    return found


_MATCHING = "SELECT intent_id FROM intents_intentbody WHERE workspace_id = %s AND document @@ %s::tsquery"
_BY_ID = f"{_MATCHING} UNION ALL SELECT id FROM intents_intent WHERE workspace_id = %s AND id BETWEEN %s AND %s"


def matching(actor: Tenant, text: str) -> Q:
    """Filters intents by words, or by the beginning of an id, that `text` holds. Raises InvalidField when it holds none."""
    params: list[object] = [actor.workspace_id, search.query(text)]
    if ids := search.id_range(text):
        return Q(id__in=RawSQL(_BY_ID, [*params, actor.workspace_id, *ids]))  # noqa: S611 - the values are parameters
    return Q(id__in=RawSQL(_MATCHING, params))  # noqa: S611


_INTENT = f"SELECT {statements.columns(Intent, 'i')} FROM intents_intent i WHERE i.workspace_id = %s AND i.id = %s"


def intent(actor: Tenant, intent_id: UUID) -> Intent:
    """Raises Missing."""
    found = statements.objects(Intent, _INTENT, [actor.workspace_id, intent_id])
    if not found or not may_see(actor, found[0]):
        raise missing(intent_id)
    return found[0]


def visible(actor: Tenant, ids: Collection[UUID]) -> list[Intent]:
    """Of these intents the ones that `actor` may see, in no order."""
    found = Intent.objects.filter(workspace_id=actor.workspace_id, id__in=ids) if ids else ()
    return [row for row in found if may_see(actor, row)]


def missing(intent_id: UUID) -> Missing:
    """What whoever may not see an intent is told, and whoever asks for one that is not there."""
    return Missing(f"no intent has the id {intent_id}", intent_id=str(intent_id))


@dataclass(frozen=True, slots=True)
class Locked:
    """Rows under lock and the time read after they were locked."""

    now: datetime
    intents: dict[UUID, Intent]


def _lock(how: str) -> str:
    return f"""
WITH locked AS MATERIALIZED (
    SELECT {statements.columns(Intent, "i")} FROM intents_intent i WHERE id = ANY({statements.array("ids", "uuid")})
    ORDER BY id FOR UPDATE {how}
)
SELECT {clock.NOW}, {stops.OF_INTENT}, locked.* FROM locked ORDER BY id
"""


_LOCK, _LOCK_FREE = _lock(""), _lock("SKIP LOCKED")


def lock_many(ids: Sequence[UUID], *, speaking: Sequence[str] = (), free: bool = False) -> Locked:
    """Lock intents in id order; a parent is older than its children, so families come root first. Checks no actor. With each
    comes which of its agents, and of those `speaking`, are stopped. Those alone that are `free` leaves out what somebody
    holds, and waits for nobody."""
    given = {"ids": sorted(ids), "speaking": list(speaking), "now": clock.override()}
    rows = statements.rows(_LOCK_FREE if free else _LOCK, given)
    found = [statements.made(Intent, row[2:]) for row in rows]
    for row, (_, stopped, *_rest) in zip(found, rows, strict=True):
        if stopped:
            row.stopped = stops.read(stopped)
    # PostgreSQL may lock and read the time row by row: the last reading is the one after all locks.
    return Locked(rows[-1][0] if rows else clock.now(), {row.id: row for row in found})


def ensure_agents_name(workspace_id: UUID, name: str) -> None:
    """Raises InvalidAddress for a name that runs of scenarios have, or that could be taken for a person's, unless an agent
    has had it since names could."""
    ensure_no_run(name)
    if "@" in name and not agents_called(workspace_id, name).exists():
        ensure_no_person(name)


def agents_called(workspace_id: UUID, name: str) -> QuerySet[Agent]:
    """The agent that is registered under a local name, if there is one. Checks no actor."""
    return Agent.objects.filter(workspace_id=workspace_id, name=name).exclude(status=AgentStatus.DELETED)


def lock_intent(actor: Tenant, intent_id: UUID) -> tuple[Intent, datetime]:
    """An intent `actor` may see, locked, and the time after locking. Raises Missing, AgentStopped for the key of an agent
    that may do nothing, and WorkspaceStopped for everybody."""
    key = key_of(actor)
    locked = lock_many([intent_id], speaking=(key.name, key.speaks_as) if key else ())
    found = locked.intents.get(intent_id)
    if found is None:
        raise missing(intent_id)
    ensure_reached(actor, found)
    return found, locked.now


def ensure_reached(actor: Tenant, row: Intent) -> None:
    """Raises as `lock_intent` does, for a row that was locked."""
    if not may_see(actor, row):
        raise missing(row.id)
    if row.stopped:
        stops.ensure_acts(row.stopped, *((actor.name, actor.speaks_as) if isinstance(actor, Machine) else ()))


class Seen(NamedTuple):
    """As much of an intent as tells who may see it."""

    id: UUID
    workspace_id: UUID
    mailbox: str
    sender: str
    reply_mailbox: str | None
    policy: str


def may_see(actor: Tenant, row: Intent | Seen) -> bool:
    """What `intents` filters by, for a row in hand; beside that, an own-scope key sees what was delegated to it or what it
    was granted to resume."""
    if row.workspace_id != actor.workspace_id:
        return False
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        concerned = actor.name in (row.mailbox, row.sender, row.reply_mailbox)
        return concerned or actor.label in resume_grants(row) or _views(actor.name, row)
    return True


def resume_grants(row: Intent | Seen) -> frozenset[str]:
    """The addresses that the intent's policy lets resume it (`policy.grants.resume`, a list)."""
    granted = canonical.loads(row.policy).get("grants", {}).get("resume", [])
    return frozenset(granted) if isinstance(granted, list) else frozenset()


def _views(name: str, row: Intent | Seen) -> bool:
    return ThreadViewer.objects.filter(workspace_id=row.workspace_id, name=name, intent_id=row.id).exists()


_AGENTS_OF = f"""
SELECT {statements.columns(Agent, "a")} FROM intents_agent a
WHERE a.workspace_id = %(workspace)s AND a.name = ANY({statements.array("names", "text")})
  AND a.status <> '{AgentStatus.DELETED}'
"""


def agents_of(workspace_id: UUID, names: Sequence[str]) -> list[Agent]:
    """The agents that are registered under local names. Checks no actor."""
    return statements.objects(Agent, _AGENTS_OF, {"workspace": workspace_id, "names": list(names)})


@dataclass(frozen=True, slots=True)
class Details:
    """What an intent's page shows beside its row. JSON texts are canonical, None where there is none."""

    payload: str
    human_task: str | None
    ending: str | None
    checkpoint: str | None
    delivery_attempt: int
    wait_deadline_at: datetime | None
    children: list[UUID]
    rerun_as: UUID | None
    erased_at: datetime | None


_DETAILS = f"""
SELECT i.id, b.payload, b.human_task, ending.details, checkpoint.details, coalesce(d.attempt, 0), w.deadline_at,
       ARRAY(SELECT c.id FROM intents_intent c WHERE c.parent_id = i.id ORDER BY c.id),
       (SELECT r.id FROM intents_intent r WHERE r.rerun_of_id = i.id ORDER BY r.id LIMIT 1),
       CASE WHEN b.salt = '' THEN (SELECT x.at FROM intents_erasure x WHERE x.intent_id = i.id) END
FROM intents_intent i
JOIN intents_intentbody b ON b.intent_id = i.id
LEFT JOIN intents_intentevent ending
    ON ending.intent_id = i.id AND ending.seq = i.seq AND i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT')
LEFT JOIN intents_intentevent checkpoint ON checkpoint.intent_id = i.id AND checkpoint.seq = i.checkpoint_seq
LEFT JOIN LATERAL (
    SELECT attempt FROM intents_delivery WHERE intent_id = i.id ORDER BY id DESC LIMIT 1
) d ON true
LEFT JOIN intents_wait w ON w.intent_id = i.id AND w.state = 'open'
WHERE i.id = ANY({statements.array("ids", "uuid")})
"""


def details(ids: Sequence[UUID]) -> dict[UUID, Details]:
    """The details of intents whose visibility was checked, in one query however many."""
    return {row[0]: Details(*row[1:]) for row in statements.rows(_DETAILS, {"ids": list(ids)})}


_ENDINGS = f"""
SELECT i.id, i.status, e.details
FROM intents_intent i JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq
WHERE i.id = ANY({statements.array("ids", "uuid")}) AND i.status IN ('COMPLETED', 'FAILED', 'CANCELED', 'TIMED_OUT')
ORDER BY i.id
"""


def endings(ids: Sequence[UUID]) -> dict[UUID, tuple[str, dict[str, Any]]]:
    """Of these intents the ones that are over: (status, the last event's details). Checks no actor."""
    found = statements.rows(_ENDINGS, {"ids": list(ids)})
    return {row[0]: (row[1], canonical.loads(row[2]) if row[2] else {}) for row in found}


def question(row: Intent, seq: int | None, *kinds: EventType) -> IntentEvent | None:
    """The question about an intent that is its event `seq`, or else the last one; of other `kinds` too. Checks no actor."""
    found = IntentEvent.objects.filter(intent_id=row.id, event_type__in=[EventType.QUESTION, *kinds]).order_by("-seq")
    return (found.filter(seq=seq) if seq is not None else found).first()


_STEPS = f"""
SELECT s.next IS NOT NULL, {statements.columns(StoredStep, "s")} FROM (
    SELECT n.*, coalesce(sum(octet_length(n.result)) OVER earlier, 0) AS before,
           row_number() OVER (ORDER BY n.id) AS place, lead(n.id) OVER (ORDER BY n.id) AS next
    FROM (
        SELECT * FROM intents_storedstep
        WHERE intent_id = %(intent)s AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(steps)s::int + 1
    ) n WINDOW earlier AS (ORDER BY n.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
) s
WHERE s.before < %(size)s AND s.place <= %(steps)s ORDER BY s.id
"""


def stored_steps(row: Intent, *, after: UUID | None, steps: int, size: int) -> tuple[list[StoredStep], bool]:
    """An intent's steps in the order they were stored, after the step with that id: at most so many, and no further one once
    their results fill `size` bytes; and whether there are more."""
    found = statements.rows(_STEPS, {"intent": row.id, "after": after, "steps": steps, "size": size})
    return [statements.made(StoredStep, one) for _, *one in found], bool(found) and found[-1][0]


_LEASE = f"SELECT {statements.columns(Delivery, 'd')} FROM intents_delivery d WHERE d.intent_id = %s AND d.state = 'leased'"


def lease(row: Intent) -> Delivery | None:
    """The delivery under which somebody holds the intent now."""
    found = statements.objects(Delivery, _LEASE, [row.id])
    return found[0] if found else None


def workspace(actor: Tenant) -> Workspace:
    """The actor's workspace with its organization."""
    return Workspace.objects.select_related("organization").get(id=actor.workspace_id)


def of_organization(org: str) -> Q:
    """Filters agents by an organization, named by id or slug."""
    try:
        return Q(workspace__organization_id=UUID(org))
    except ValueError:
        return Q(workspace__organization__slug=org)


def agents(actor: Tenant) -> QuerySet[Agent]:
    """The agents that an actor may see, without those deleted, oldest first: for a key of scope OWN its own alone."""
    found = Agent.objects.filter(workspace_id=actor.workspace_id).exclude(status=AgentStatus.DELETED).select_related("owner")
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        found = found.filter(id=actor.agent_id)
    return found.order_by("id")


def agent_by_name(actor: Tenant, name: str) -> Agent:
    """Raises AgentNotFound."""
    found = agents(actor).filter(name=name).first()
    if found is None:
        raise AgentNotFound(f"no agent is registered as {name}", address=name)
    return found


def agent(actor: Tenant, agent_id: UUID) -> Agent:
    """Raises AgentNotFound."""
    found = agents(actor).filter(id=agent_id).first()
    if found is None:
        raise AgentNotFound(f"no service account has the id {agent_id}", service_account_id=str(agent_id))
    return found
