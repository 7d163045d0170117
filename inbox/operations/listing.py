"""The statements that list and count what a query finds, as SQL over `intents_intent`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from inbox.operations.wheres import Where
from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from intents.kernel import statements

_COLUMNS = statements.columns(Intent, "intents_intent")
LOOKED_AT = 2000
"""So many of a list are looked at for words one by one, before the index of words is asked: what many have is found at once
among the first, and of what few have it knows all."""


class ListOrder(NamedTuple):
    """The order of a list by ids: how those that come later compare, and those before; and the last id there can be."""

    name: str
    later: str
    before: str
    last: UUID


NEWEST_FIRST = ListOrder("DESC", "<", ">", UUID(int=0))
OLDEST_FIRST = ListOrder("ASC", ">", "<", UUID(int=2**128 - 1))


def first(made: Where, beyond: str, order: ListOrder, limit: int) -> str:
    """SQL of the first of what there is `beyond` where a page before ended, all columns."""
    searched = made.words and not made.sets and made.statuses
    return (_searched if searched else _listed)(made, beyond, order, limit)


def _listed(made: Where, beyond: str, order: ListOrder, limit: int, *, one_by_one: bool = False) -> str:
    """SQL of the first of a list. What few intents are is found before they are put in order."""
    parts = [
        f"(SELECT {_COLUMNS} FROM intents_intent WHERE {conditions(made, one, one_by_one=one_by_one)}{beyond}"
        f" ORDER BY intents_intent.id {order.name} LIMIT {limit})"
        for one in _separately(made)
    ]
    query = " UNION ALL ".join(parts) or f"SELECT {_COLUMNS} FROM intents_intent WHERE false"
    return f"SELECT * FROM ({query}) intents_intent ORDER BY id {order.name} LIMIT {limit}"


def _separately(made: Where) -> list[list[Status] | None]:
    """Each status has an index with the newest first."""
    return [[one] for one in sorted(made.statuses)] if len(made.statuses) < len(Status) and not made.sets else [None]


def _searched(made: Where, beyond: str, order: ListOrder, limit: int) -> str:
    """The same where words are looked for: up to an edge one by one, and only if that was not enough by their index."""
    of_status = [f" AND status = '{one[0]}'" if one else "" for one in _separately(made)]
    ends = [
        f"(SELECT id FROM intents_intent WHERE workspace_id = %(workspace)s::uuid{one}{beyond}"
        f" ORDER BY id {order.name} OFFSET {LOOKED_AT} LIMIT 1)"
        for one in of_status
    ]
    edge = f"(SELECT id FROM ({' UNION ALL '.join(ends)}) ends ORDER BY id {order.name} LIMIT 1)"
    near = f"{beyond} AND intents_intent.id {order.before} (SELECT id FROM edge)"
    far = f"{beyond} AND intents_intent.id {order.later}= (SELECT id FROM edge) AND (SELECT count(*) FROM near) < {limit}"
    by_index = replace(made, sets=[word.ids for word in made.words], words=[])
    return f"""
        WITH edge AS MATERIALIZED (SELECT coalesce({edge}, '{order.last}'::uuid) AS id),
        near AS MATERIALIZED ({_listed(made, near, order, limit, one_by_one=True)})
        SELECT * FROM (
            SELECT * FROM near UNION ALL SELECT * FROM ({_listed(by_index, far, order, limit)}) far
        ) intents_intent ORDER BY id {order.name} LIMIT {limit}
    """


def conditions(made: Where, statuses: Sequence[Status] | None = None, *, one_by_one: bool = False) -> str:
    """SQL of what the intents have in common. With `one_by_one` words are looked for in each of them."""
    # As an array its members are looked up, where a join would read everything to find them.
    among = [f"intents_intent.id = ANY(ARRAY({one}))" for one in made.sets]
    found = [word.one if one_by_one or made.sets else f"intents_intent.id IN ({word.ids})" for word in made.words]
    parts = ["intents_intent.workspace_id = %(workspace)s::uuid", *among, *made.conditions, *found]
    allowed = sorted(made.statuses if statuses is None else statuses)
    if not allowed:
        parts.append("false")
    elif len(allowed) < len(Status):
        # Written out, for only then is it known that a partial index holds them all.
        parts.append(f"intents_intent.status IN ({', '.join(repr(str(one)) for one in allowed)})")
    return " AND ".join(parts)


def count(made: Where) -> str:
    """SQL of how many there are."""
    if alone := _alone(made):
        return f"SELECT count(*) FROM ({alone}) few"
    return f"SELECT count(*) FROM intents_intent WHERE {conditions(made)}"


def _alone(made: Where) -> str:
    """SQL of the ids of a list that is one set and nothing else, or one lookup: it has each of its intents, so that none
    needs to be looked at. Empty for other lists."""
    if made.conditions or not made.statuses >= made.known or len(made.sets) + len(made.words) != 1:
        return ""
    if made.words and made.words[0].once:
        return made.words[0].ids
    return f"SELECT DISTINCT * FROM ({made.sets[0] if made.sets else made.words[0].ids}) found"


def first_counted(made: Where, order: ListOrder, limit: int) -> str:
    """SQL of the first of what there is, with how many there are in a last column, where looking for the one finds the
    other: in a list of a set, all of which is found before it is put in order. Empty for other lists."""
    if not made.sets:
        return ""
    found = _alone(made) or f"SELECT id FROM intents_intent WHERE {conditions(made)}"
    return f"""
        WITH found AS MATERIALIZED ({found})
        SELECT {_COLUMNS}, (SELECT count(*) FROM found) FROM intents_intent
        WHERE intents_intent.workspace_id = %(workspace)s::uuid
          AND intents_intent.id = ANY(ARRAY(SELECT * FROM found ORDER BY 1 {order.name} LIMIT {limit}))
        ORDER BY intents_intent.id {order.name}
    """
