"""What is past its time, and how far the erasing is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.engine.lifecycle import TERMINAL
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Actor, Person
from intents.kernel.errors import Denied, Missing
from intents.retention.models import PersonErasure, Retention
from intents.retention.rules import ERASE, REMOVE, Rules, Step, steps

COUNTED = 100_000
"""Intents that a preview counts of each step at most."""
AGES = (30, 90, 365)
"""Days by which a preview tells ages apart."""

_OPEN = "NOT IN ({})".format(", ".join(f"'{status}'" for status in sorted(TERMINAL)))
HELD = {
    ERASE: f"""
        EXISTS (SELECT FROM intents_intent p WHERE p.id = i.parent_id AND p.status {_OPEN})
        OR EXISTS (SELECT FROM intents_intent c WHERE c.parent_id = i.id AND c.status {_OPEN})
        OR EXISTS (SELECT FROM intents_delivery d WHERE d.intent_id = i.id AND d.state IN ('ready', 'leased'))
    """,
}
"""By action, SQL that tells what is over but still held: by an open parent or child, or by what is on its way. What is
removed needs the tree of all events to have it first."""
HELD[REMOVE] = f"""{HELD[ERASE]}
        OR EXISTS (SELECT FROM intents_intentevent e WHERE e.intent_id = i.id
            AND NOT EXISTS (SELECT FROM intents_auditleaf l WHERE l.event_id = e.id))
"""
DONE = {ERASE: "EXISTS (SELECT FROM intents_erasure x WHERE x.intent_id = i.id)", REMOVE: "false"}


def ensure_manages(actor: Actor) -> Person:
    """`actor` as an owner or admin. Raises Denied."""
    if not isinstance(actor, Person) or actor.role not in ADMINS:
        raise Denied("only an owner or an admin sees and sets what is kept, with a person's token")
    return actor


_RETENTION = f"SELECT {statements.columns(Retention, 'r')} FROM intents_retention r WHERE r.workspace_id = %s"


def retention(workspace_id: UUID, *, lock: bool = False) -> Retention | None:
    """That of a workspace, None where everything is kept and always was. Checks no actor."""
    query = f"{_RETENTION} FOR UPDATE" if lock else _RETENTION
    found = statements.objects(Retention, query, [workspace_id])
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class DueErasures:
    """So many intents of a type, that ended as `status` `from_days` to `to_days` ago (None: no end), are past the time of
    `action`; `held` of them are left alone for now. `counted_all` unless there are more than COUNTED of the step."""

    action: str
    status: str
    intent_type: str
    from_days: int
    to_days: int | None
    count: int
    held: int
    counted_all: bool


def _place(step: Step) -> str:
    """SQL of what is past the time of a step. The status is a literal: partial indexes are found by it."""
    return f"""i.workspace_id = %(workspace)s AND i.status = '{step.status}'
    AND i.updated_at < {clock.START} - make_interval(days => %(days)s)"""


def due(workspace_id: UUID, rules: Rules) -> list[DueErasures]:
    """What rules would erase and remove now. Changes nothing. Checks no actor."""
    return [one for step in steps(rules) for one in _due(workspace_id, step)]


def _due(workspace_id: UUID, step: Step) -> list[DueErasures]:
    query = f"""
SELECT intent_type, width_bucket(age, ARRAY{list(AGES)}::float8[]), count(*), count(*) FILTER (WHERE held),
       sum(count(*)) OVER ()
FROM (
    SELECT i.intent_type, extract(epoch FROM {clock.START} - i.updated_at)::float8 / 86400 AS age,
           ({HELD[step.action]}) AS held
    FROM intents_intent i WHERE {_place(step)} AND NOT ({DONE[step.action]}) LIMIT {COUNTED}
) past GROUP BY 1, 2 ORDER BY 1, 2
"""
    edges = (0, *AGES, None)
    params = {"workspace": workspace_id, "days": step.days, "now": clock.override()}
    return [
        DueErasures(step.action, step.status, kind, edges[age] or 0, edges[age + 1], count, held, total < COUNTED)
        for kind, age, count, held, total in statements.rows(query, params)
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """An intent that a pass comes to."""

    intent_id: UUID
    ended_at: datetime
    held: bool
    done: bool


def next_of(workspace_id: UUID, step: Step, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Found]:
    """What is next of a step, by the time of its end. Checks no actor."""
    beyond = "AND (i.updated_at, i.id) > (%(at)s::timestamptz, %(id)s::uuid)" if after else ""
    query = f"""
SELECT i.id, i.updated_at, {HELD[step.action]}, {DONE[step.action]} FROM intents_intent i
WHERE {_place(step)} {beyond} ORDER BY i.updated_at, i.id LIMIT {limit}
"""
    at, last = after or (None, None)
    params = {"workspace": workspace_id, "days": step.days, "at": at, "id": last, "now": clock.override()}
    return [Found(*row) for row in statements.rows(query, params)]


def kept_for(actor: Actor) -> Retention | None:
    """The retention of the actor's workspace. Raises Denied."""
    return retention(ensure_manages(actor).workspace_id)


def last_pass(workspace_id: UUID) -> Retention | None:
    """The retention of a workspace with the pass that runs or ran last, None before the first. Checks no actor."""
    row = retention(workspace_id)
    return row if row is not None and row.began_at is not None else None


_LEFT = """
SELECT EXISTS (SELECT FROM intents_auditentry WHERE workspace_id = %s AND action = 'member.remove' AND subject = %s)
"""
_ELSEWHERE = """
SELECT EXISTS (SELECT FROM intents_auditentry WHERE workspace_id <> %s AND action LIKE 'member.%%' AND subject = %s)
"""


def has_left(workspace_id: UUID, email: str) -> bool:
    """Whether somebody of this address was a member of a workspace. Checks no actor."""
    return bool(statements.rows(_LEFT, [workspace_id, email])[0][0])


def is_known_elsewhere(workspace_id: UUID, email: str) -> bool:
    """Whether they were one of another. Checks no actor."""
    return bool(statements.rows(_ELSEWHERE, [workspace_id, email])[0][0])


_ERASURE = f"SELECT {statements.columns(PersonErasure, 'e')} FROM intents_personerasure e"


def person_erasure(user_id: UUID) -> PersonErasure:
    """That of a user, which there is. Checks no actor."""
    return statements.objects(PersonErasure, f"{_ERASURE} WHERE e.user_id = %s", [user_id])[0]


def person_erasures(actor: Actor) -> list[PersonErasure]:
    """Those of the actor's workspace, the latest first. Raises Denied."""
    query = f"{_ERASURE} WHERE e.workspace_id = %s ORDER BY e.ordered_at DESC LIMIT {LISTED}"
    return list(statements.objects(PersonErasure, query, [ensure_manages(actor).workspace_id]))


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who was a member, and is one of no workspace now."""

    user_id: UUID
    email: str
    name: str
    left_at: datetime


LISTED = 100
_LEAVERS = f"""
SELECT u.id, u.email, u.name, max(a.at) FROM intents_auditentry a JOIN intents_user u ON u.email = a.subject
WHERE a.workspace_id = %s AND a.action = 'member.remove'
  AND NOT EXISTS (SELECT FROM intents_member m WHERE m.user_id = u.id)
  AND NOT EXISTS (SELECT FROM intents_personerasure e WHERE e.user_id = u.id AND e.failure = '')
GROUP BY u.id ORDER BY 3 DESC LIMIT {LISTED}
"""


def leavers(actor: Actor) -> list[Leaver]:
    """Who left the actor's workspace and is still named in it, the latest first. Raises Denied."""
    return [Leaver(*row) for row in statements.rows(_LEAVERS, [ensure_manages(actor).workspace_id])]


def leaver(actor: Actor, user_id: UUID) -> Leaver:
    """One of those. Raises Denied, Missing."""
    found = next((one for one in leavers(actor) if one.user_id == user_id), None)
    if found is None:
        raise Missing(f"nobody of the id {user_id} has left this workspace", user_id=str(user_id))
    return found
