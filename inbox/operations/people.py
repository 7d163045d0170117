"""How people decide: how soon they look, how soon they decide, what they undo, what expires on them. Each person sees their
own numbers first; owners and admins see everybody's and those of groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from inbox.operations.measures import TimeRange
from inbox.vocabulary import principals
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied, MissingActorToken
from intents.rollups import sources

CHARACTERS_A_SECOND = 40
"""Nobody reads more: it is twice as fast as people read prose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionMetrics:
    """How a person, or the members of a group, decided over a time.

    `view_seconds` and `decide_seconds` are the medians from a task's assignment to the first look at its page, and to the
    decision. `undone` counts decisions taken back, `expired` tasks assigned to them by name that nobody decided in time.
    `hasty` counts decisions made sooner after the first look than the text can be read, of the `looked` that were
    made with a look before; `reminders` those that were sent before their decisions.
    """

    id: UUID
    name: str
    is_group: bool
    decided: int
    undone: int
    expired: int
    looked: int
    hasty: int
    reminders: int
    view_seconds: float | None
    decide_seconds: float | None

    @property
    def undone_share(self) -> float | None:
        """Of all decisions made, those taken back."""
        return _share(self.undone, self.decided + self.undone)

    @property
    def expired_share(self) -> float | None:
        """Of all tasks that ended with them, those that expired."""
        return _share(self.expired, self.decided + self.expired)

    @property
    def hasty_share(self) -> float | None:
        """Of the decisions after a look, those made sooner than can be read."""
        return _share(self.hasty, self.looked)

    @property
    def reminders_each(self) -> float | None:
        """Reminders for each decision."""
        return _share(self.reminders, self.decided)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# A receipt's id begins with the milliseconds at which it was made. Decisions by their ids; what expired by its own index.
_SEEN_AT = "to_timestamp(('x' || left(replace(r.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)"
_METRICS = f"""
WITH made AS MATERIALIZED (
    SELECT d.person_id, d.task_id, d.void_reason, t.reminded, extract(epoch FROM d.at - t.assigned_at)::float8 AS took,
           extract(epoch FROM {_SEEN_AT} - t.assigned_at)::float8 AS looked,
           extract(epoch FROM d.at - {_SEEN_AT})::float8 AS thought,
           (length(t.title) + length(coalesce(t.spec::json ->> 'description', '')) + length(b.payload))::float8
               / {CHARACTERS_A_SECOND} AS reading
    FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
    LEFT JOIN intents_intentbody b ON b.intent_id = t.intent_id
    LEFT JOIN inbox_opened r ON r.user_id = d.person_id AND r.task_id = t.id
    WHERE d.workspace_id = %(workspace)s AND d.id >= %(first)s AND d.at >= %(since)s
      AND (%(person)s::uuid IS NULL OR d.person_id = %(person)s::uuid)
      AND (d.void_reason IS NULL OR d.void_reason = 'taken_back')
), ended AS MATERIALIZED (
    SELECT a.principal FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
    WHERE t.workspace_id = %(workspace)s AND t.over_at >= %(since)s AND t.state = 'expired'
      AND (a.principal LIKE 'user:%%' OR a.principal LIKE 'group:%%')
), facts AS (
    SELECT 'user:' || person_id AS principal, m.* FROM made m
    UNION ALL
    SELECT a.principal, m.* FROM made m JOIN inbox_assignment a ON a.task_id = m.task_id AND a.principal LIKE 'group:%%'
), counted AS (
    SELECT principal, count(*) FILTER (WHERE void_reason IS NULL) AS decided,
           count(*) FILTER (WHERE void_reason IS NOT NULL) AS undone, 0 AS expired,
           count(*) FILTER (WHERE void_reason IS NULL AND thought >= 0) AS looked,
           count(*) FILTER (WHERE void_reason IS NULL AND thought >= 0 AND thought < reading) AS hasty,
           coalesce(sum(reminded) FILTER (WHERE void_reason IS NULL), 0) AS reminders,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(looked, 0))
               FILTER (WHERE void_reason IS NULL AND looked IS NOT NULL) AS view_p50,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY took) FILTER (WHERE void_reason IS NULL) AS took_p50
    FROM facts GROUP BY principal
    UNION ALL
    SELECT principal, 0, 0, count(*), 0, 0, 0, NULL, NULL FROM ended GROUP BY principal
)
SELECT split_part(c.principal, ':', 2)::uuid, coalesce(max(g.name), max(nullif(u.name, '')), max(u.email), ''),
       c.principal LIKE 'group:%%', sum(decided)::int, sum(undone)::int, sum(expired)::int, sum(looked)::int,
       sum(hasty)::int, sum(reminders)::int, max(view_p50), max(took_p50)
FROM counted c
LEFT JOIN intents_user u ON c.principal = 'user:' || u.id
LEFT JOIN intents_group g ON c.principal = 'group:' || g.id
WHERE %(only)s::text[] IS NULL OR c.principal = ANY(%(only)s::text[])
GROUP BY c.principal ORDER BY 3, 4 DESC, 2
"""
_FIELDS = (
    *("id", "name", "is_group", "decided", "undone", "expired", "looked", "hasty", "reminders"),
    *("view_seconds", "decide_seconds"),
)


def own(actor: Actor, span: TimeRange) -> DecisionMetrics:
    """How the actor decided. Raises MissingActorToken for machines."""
    if not isinstance(actor, Person):
        raise MissingActorToken("these are a person's own numbers: send their token as Authorization: Bearer")
    found = _metrics(actor.workspace_id, span, person=actor.user_id, only=[principals.user(actor.user_id)])
    return found[0] if found else _nothing(actor)


def _nothing(person: Person) -> DecisionMetrics:
    counts: dict[str, Any] = dict.fromkeys(("decided", "undone", "expired", "looked", "hasty", "reminders"), 0)
    medians: dict[str, Any] = {"view_seconds": None, "decide_seconds": None}
    return DecisionMetrics(id=person.user_id, name=person.email, is_group=False, **counts, **medians)


def everybody(actor: Actor, span: TimeRange) -> list[DecisionMetrics]:
    """How all people of the actor's workspace decided, and then its groups, those who decided most first. Raises Denied for
    all but owners and admins."""
    if not isinstance(actor, Person) or actor.role not in ADMINS:
        raise Denied("only an owner or an admin sees how others decide, with a person's token")
    return _metrics(actor.workspace_id, span)


def _metrics(
    workspace_id: UUID, span: TimeRange, *, person: UUID | None = None, only: Sequence[str] | None = None
) -> list[DecisionMetrics]:
    since = clock.now() - span.length
    params = {
        "workspace": workspace_id,
        "since": since,
        "first": clock.first_id(since - sources.SKEW),
        "person": person,
        "only": None if only is None else list(only),
    }
    return [DecisionMetrics(**dict(zip(_FIELDS, row, strict=True))) for row in statements.rows(_METRICS, params)]


def shape(one: DecisionMetrics) -> dict[str, Any]:
    """The metrics for programs: lengths of time in seconds, shares from 0 to 1."""
    return {
        "id": str(one.id),
        "name": one.name,
        "kind": "group" if one.is_group else "person",
        "decided": one.decided,
        "undone": one.undone,
        "expired": one.expired,
        "hasty": one.hasty,
        "reminders": one.reminders,
        "view_seconds": one.view_seconds,
        "decide_seconds": one.decide_seconds,
        "undone_share": one.undone_share,
        "expired_share": one.expired_share,
        "hasty_share": one.hasty_share,
        "reminders_each": one.reminders_each,
    }
