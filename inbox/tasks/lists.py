"""The lists of tasks that a person sees, and how many each holds.

What is undecided is listed by `sort_at`, then by risk, then oldest first: what is due soonest first, and among it what is
due much later or never, when the patience with its risk ends. What is over, the latest first. Every list is read from an
index in its own order from a cursor on, so a page costs the same however much waits or is over.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from inbox.tasks import selectors
from inbox.tasks.models import NEVER, Task, sort_at
from inbox.vocabulary import principals
from intents.engine import search
from intents.kernel import clock, statements
from intents.kernel.actors import OPERATORS, Person
from intents.kernel.errors import Denied, InvalidField


class View(StrEnum):
    """`waiting` is what one may decide now and has not snoozed; `claimed` what one has claimed; `snoozed` what one has
    snoozed; `undecided` is all that waits for anybody in the workspace, for operators; `over` what was decided or ended
    without."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    UNDECIDED = "undecided"
    OVER = "over"


COUNTED = 1000
"""Lists are counted so far; a count above it means more than that."""

_SNOOZED_NOW = f"""
SELECT FROM inbox_snooze s JOIN intents_intent i ON i.id = t.intent_id
WHERE s.user_id = %(user)s AND s.task_id = t.id AND s.until > {clock.START} AND s.seq = i.seq
"""
_SORT_AT = sort_at("t.")
_DELEGATED = f"""
SELECT FROM inbox_assignment d WHERE d.task_id = t.id AND d.authority = 'delegate' AND d.by_id = %(user)s
  AND (d.until IS NULL OR d.until > {clock.START})
"""
_AFTER = "(%(moment)s::timestamptz, %(risk)s::smallint, %(id)s::uuid)"
_MATCHING = """
  AND t.intent_id IN (
      SELECT intent_id FROM intents_intentbody
      WHERE workspace_id = %(workspace)s AND document @@ %(words)s::tsquery
  )
"""

_WAITING = f"""
SELECT DISTINCT found.* FROM (
    SELECT a.* FROM unnest({statements.array("principals", "text")}) AS asked (principal), LATERAL (
        SELECT a.due_order, a.risk_order, a.task_id, NULL::timestamptz FROM inbox_assignment a
        JOIN inbox_task t ON t.id = a.task_id
        WHERE a.workspace_id = %(workspace)s AND a.principal = asked.principal AND a.live
          AND (a.due_order, a.risk_order, a.task_id) > {_AFTER}
          AND (a.until IS NULL OR a.until > {clock.START})
          AND NOT %(user)s = ANY(t.excluded) AND NOT EXISTS ({_SNOOZED_NOW}) AND NOT EXISTS ({_DELEGATED}) {{matching}}
        ORDER BY a.due_order, a.risk_order, a.task_id LIMIT %(limit)s
    ) a
    UNION ALL
    SELECT {_SORT_AT}, t.risk_order, t.id, NULL::timestamptz FROM inbox_task t
    WHERE t.claimed_by_id = %(user)s AND t.workspace_id = %(workspace)s AND ({_SORT_AT}, t.risk_order, t.id) > {_AFTER}
      AND NOT EXISTS ({_SNOOZED_NOW}) {{matching}}
) found (sort_at, risk_order, task_id, until)
ORDER BY sort_at, risk_order, task_id LIMIT %(limit)s
"""
_CLAIMED = f"""
SELECT {_SORT_AT}, t.risk_order, t.id, NULL::timestamptz FROM inbox_task t
WHERE t.claimed_by_id = %(user)s AND t.workspace_id = %(workspace)s AND ({_SORT_AT}, t.risk_order, t.id) > {_AFTER}
  {{matching}}
ORDER BY {_SORT_AT}, t.risk_order, t.id LIMIT %(limit)s
"""
_SNOOZED = f"""
SELECT {_SORT_AT}, t.risk_order, t.id, s.until
FROM inbox_snooze s JOIN inbox_task t ON t.id = s.task_id JOIN intents_intent i ON i.id = t.intent_id
WHERE s.user_id = %(user)s AND s.workspace_id = %(workspace)s AND s.until > {clock.START} AND s.seq = i.seq
  AND (t.state = 'open' OR t.claimed_by_id = %(user)s) AND ({_SORT_AT}, t.risk_order, t.id) > {_AFTER} {{matching}}
ORDER BY {_SORT_AT}, t.risk_order, t.id LIMIT %(limit)s
"""
_UNDECIDED = f"""
SELECT {_SORT_AT}, t.risk_order, t.id, NULL::timestamptz FROM inbox_task t
WHERE t.workspace_id = %(workspace)s AND t.state IN ('claimed', 'open')
  AND ({_SORT_AT}, t.risk_order, t.id) > {_AFTER} {{matching}}
ORDER BY {_SORT_AT}, t.risk_order, t.id LIMIT %(limit)s
"""
_OVER = """
SELECT t.over_at, 0, t.id, NULL::timestamptz FROM inbox_task t
WHERE t.workspace_id = %(workspace)s AND t.over_at IS NOT NULL
  AND (t.over_at, t.id) < (%(moment)s::timestamptz, %(id)s::uuid)
  {matching}
ORDER BY t.over_at DESC, t.id DESC LIMIT %(limit)s
"""
_QUERIES = {
    View.WAITING: _WAITING,
    View.CLAIMED: _CLAIMED,
    View.SNOOZED: _SNOOZED,
    View.UNDECIDED: _UNDECIDED,
    View.OVER: _OVER,
}

WALKED = 2000
"""So many tasks of a list a search reads one by one. A word that they hardly have is looked up in the index of words
instead, where one that all tasks have would be read for all of them before the first is shown."""
_WALK = """
WITH listed (moment, risk, task_id, until) AS MATERIALIZED ({query})
SELECT listed.*, (SELECT count(*) FROM listed) FROM listed
JOIN inbox_task t ON t.id = listed.task_id,
LATERAL (SELECT document FROM intents_intentbody WHERE intent_id = t.intent_id OFFSET 0) body
WHERE document @@ %(words)s::tsquery
ORDER BY {order} LIMIT %(wanted)s
"""
_WALKS = {
    view: _WALK.format(
        query=query.format(matching=""),
        order="listed.moment DESC, task_id DESC" if view is View.OVER else "listed.moment, listed.risk, task_id",
    )
    for view, query in _QUERIES.items()
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where in a list a task is, for keyset pagination: lists go on after it."""

    moment: datetime
    risk: int
    id: UUID

    def text(self) -> str:
        return f"{(self.moment - _EPOCH) // timedelta(microseconds=1):x}-{self.risk}-{self.id.hex}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = Cursor(_EPOCH, 0, UUID(int=0))
_LAST = Cursor(NEVER, 9, UUID(int=2**128 - 1))
_CURSOR = re.compile(r"([0-9a-f]{1,15})-([0-9])-([0-9a-f]{32})")


def parse_cursor(cursor: str) -> Cursor:
    """The cursor that a client sent. Raises InvalidField."""
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is not None:
            return Cursor(_EPOCH + timedelta(microseconds=int(found[1], 16)), int(found[2]), UUID(found[3]))
    except OverflowError:
        pass
    raise InvalidField("cursor", "not a cursor that this list gave out")


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks with their intents, in order. `until` is when a snoozed one comes back."""

    tasks: list[Task]
    until: dict[UUID, datetime]
    next_cursor: str | None


def inbox(person: Person, *, view: View = View.WAITING, limit: int, cursor: str | None = None, q: str | None = None) -> Page:
    """A page of one of `person`'s lists, of the tasks that hold the words of `q`.

    Raises InvalidField for a cursor or a search that makes no sense, Denied for `undecided` to those who operate nothing.
    """
    after = parse_cursor(cursor) if cursor is not None else _LAST if view is View.OVER else _FIRST
    words = search.query(q) if q is not None else None
    if not _may_list(person, view):
        return Page([], {}, None)
    params = _params(person, after)
    if words is None:
        rows_of = statements.rows(_QUERIES[view].format(matching=""), params | {"limit": limit + 1})
    else:
        rows_of = _matching(view, params | {"words": words}, wanted=limit + 1)
    places = [(Cursor(*row[:3]), row[3]) for row in rows_of]
    kept = places[:limit]
    rows = selectors.tasks(person).in_bulk([one.id for one, _ in kept])
    return Page(
        [rows[one.id] for one, _ in kept if one.id in rows],
        {one.id: until for one, until in kept if until is not None},
        kept[-1][0].text() if len(places) > limit else None,
    )


def _matching(view: View, params: dict[str, Any], *, wanted: int) -> list[tuple[Any, ...]]:
    """The first `wanted` tasks of a list that hold the words of `params`."""
    walked = statements.rows(_WALKS[view], params | {"limit": WALKED, "wanted": wanted})
    if len(walked) == wanted or (walked and walked[0][-1] < WALKED):
        return walked
    return statements.rows(_QUERIES[view].format(matching=_MATCHING), params | {"limit": wanted})


def _may_list(person: Person, view: View) -> bool:
    """Who decides nothing has no lists of what to decide. Raises Denied."""
    if view is View.UNDECIDED and person.role not in OPERATORS:
        raise Denied("only an owner, an admin or an operator sees what waits for others", role=str(person.role))
    return person.role in principals.DECIDERS or view is View.OVER


def _params(person: Person, after: Cursor) -> dict[str, Any]:
    return {
        "principals": principals.of(person),
        "workspace": person.workspace_id,
        "user": person.user_id,
        "moment": after.moment,
        "risk": after.risk,
        "id": after.id,
        "now": clock.override(),
    }


_AMONG = " AND t.id = ANY(%(among)s::uuid[])"


def among(person: Person, *, view: View = View.WAITING, ids: Sequence[UUID], q: str | None = None) -> set[UUID]:
    """Which of these tasks are in one of `person`'s lists. Raises InvalidField and Denied as `inbox` does."""
    words = search.query(q) if q is not None else None
    if not ids or not _may_list(person, view):
        return set()
    params = _params(person, _LAST if view is View.OVER else _FIRST) | {"among": list(ids), "limit": len(ids)}
    matching = _AMONG if words is None else _AMONG + _MATCHING
    return {row[2] for row in statements.rows(_QUERIES[view].format(matching=matching), params | {"words": words})}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks the lists hold, each up to COUNTED + 1. `undecided` is None for who may not see that list."""

    waiting: int = 0
    claimed: int = 0
    snoozed: int = 0
    undecided: int | None = None


_COUNTS = "SELECT " + ", ".join(
    f"(SELECT count(*) FROM ({_QUERIES[view].format(matching='')}) counted)"
    if view is not View.UNDECIDED
    else f"CASE WHEN %(operates)s::bool THEN (SELECT count(*) FROM ({_UNDECIDED.format(matching='')}) counted) END"
    for view in (View.WAITING, View.CLAIMED, View.SNOOZED, View.UNDECIDED)
).replace("%(limit)s", str(COUNTED + 1))


def counts(person: Person) -> Counts:
    """The badges of `person`'s lists, in one query."""
    if person.role not in principals.DECIDERS:
        return Counts()
    params = _params(person, _FIRST) | {"operates": person.role in OPERATORS}
    return Counts(*statements.rows(_COUNTS, params)[0])
