"""How many intents a large list holds, without counting what is old again.

Which words an intent has is fixed when it is submitted, until it is erased, or a person whom it names. So of a list of all
intents, or of those that have some words, what was made before an edge is counted once and kept, and each total adds what
came since. The edge is some minutes back: what is submitted now has a later id.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction

from inbox.operations import bounds
from inbox.operations.query import Query
from inbox.operations.states import WORKSPACE
from inbox.operations.wheres import Where, first_id
from intents.engine.lifecycle import Status
from intents.kernel import clock, replica, statements

WORTH = 20_000
"""A list of so many is worth it,"""
MANY = 10_000
"""and to count it anew when so many came since its edge."""
BACK = "interval '10 minutes'"
"""How far back an edge is: so much earlier than it can be read an id may have been made, by another server's clock or in a
long transaction."""
HOURLY = "interval '1 hour'"
"""What has come with an older id all the same, as history that was brought in, is counted within an hour."""
FORGOTTEN = "interval '7 days'"

ALL = "''"
_EDGE = first_id(f"{clock.START} - {BACK}")
_LOCK = "hashtextextended('counted lists of ' || {workspace}::text, 0)"
SHARED = f"SELECT pg_try_advisory_xact_lock_shared({_LOCK.format(workspace=WORKSPACE.partition(' = ')[2])})"


class _Counted(NamedTuple):
    """How many were there below an edge, and whether they are to be counted anew; `moves` when the edge would move."""

    edge: UUID
    number: int
    old: bool
    moves: bool


_KNOWN = f"""
SELECT edge, number, counted_at < {clock.START} - {HOURLY}, counted_at < {clock.START} - {BACK}
FROM inbox_countedlist WHERE {WORKSPACE} AND words = {{words}}::text
"""
_ALL_OF = f"SELECT id FROM intents_intent WHERE {WORKSPACE}"
_HAVING = f"SELECT intent_id AS id FROM intents_intentbody WHERE {WORKSPACE} AND document @@ {{words}}::tsquery"
# By their ids, which are few: an index of words has no order.
_ALL_SINCE = f"{_ALL_OF} AND id >= %(edge)s::uuid"
_HAVING_SINCE = f"""
SELECT id FROM (
    SELECT intent_id AS id, document FROM intents_intentbody WHERE {WORKSPACE} AND intent_id >= %(edge)s::uuid OFFSET 0
) since WHERE document @@ {{words}}::tsquery
"""
_SEEN = f"""
WITH edge AS MATERIALIZED (SELECT {_EDGE} AS id)
SELECT count(*), count(*) FILTER (WHERE id < (SELECT id FROM edge)), (SELECT id FROM edge) FROM {{found}}
"""
_KEEP = f"""
INSERT INTO inbox_countedlist (workspace_id, words, edge, number, counted_at)
VALUES (%(workspace)s::uuid, {{words}}::text, %(edge)s::uuid, %(number)s::bigint, {clock.START})
ON CONFLICT (workspace_id, words)
DO UPDATE SET edge = excluded.edge, number = excluded.number, counted_at = excluded.counted_at
"""


def is_plain(made: Where) -> bool:
    """Whether a list is that of all intents, or of those that one lookup finds."""
    return not (
        made.conditions or made.sets or made.reasons is not None or len(made.words) > 1 or not made.statuses >= set(Status)
    )


def words_of(made: Where) -> str | None:
    """The words as SQL that all intents of a list have, ALL where it is the list of all; None where it is another."""
    if not is_plain(made):
        return None
    return (made.words[0].words or None) if made.words else ALL


def total(query: Query, made: Where, words: str, *, seconds: float | None) -> int:
    """How many intents a list holds whose `words` are as above. Raises TooBroad when counting them takes longer than
    `seconds`."""
    found = statements.rows(_KNOWN.format(words=words), made.params)
    if found and not (known := _Counted(*found[0])).old:
        since = _ALL_SINCE if words == ALL else _HAVING_SINCE.format(words=words)
        statement = f"SELECT count(*) FROM ({since}) since"
        ((more,),) = bounds.rows(query, statement, made.params | {"edge": known.edge}, seconds=seconds)
        if more <= MANY or not known.moves:
            return known.number + int(more)
    return _counted(query, made, words, seconds)


def _counted(query: Query, made: Where, words: str, seconds: float | None) -> int:
    """All are counted, and kept where they are many."""
    found = f"({_ALL_OF if words == ALL else _HAVING.format(words=words)}) found"
    if replica.is_read():
        ((whole, number, _edge),) = bounds.rows(query, _SEEN.format(found=found), made.params, seconds=seconds)
        if number < WORTH:
            return int(whole)
        with replica.primary():  # where it is kept
            return _counted(query, made, words, seconds)
    with transaction.atomic():
        # Nothing is erased of what is counted, until it is kept; while something is, nothing is kept.
        ((alone,),) = statements.rows(SHARED, made.params)
        ((whole, number, edge),) = bounds.rows(query, _SEEN.format(found=found), made.params, seconds=seconds)
        if alone and number >= WORTH:
            _keep(made, words, edge, number)
    return int(whole)


def _keep(made: Where, words: str, edge: UUID, number: int) -> None:
    try:
        with transaction.atomic():
            statements.rows(_KEEP.format(words=words), made.params | {"edge": edge, "number": number})
    except DatabaseError:
        pass  # one that takes no writes now counts all the same


_CONCERNED = "SELECT DISTINCT workspace_id FROM intents_intent WHERE id = ANY(%(ids)s::uuid[]) ORDER BY workspace_id"
_EXCLUSIVE = f"SELECT pg_advisory_xact_lock({_LOCK.format(workspace='%(workspace)s::uuid')})"
_LESS = """
UPDATE inbox_countedlist c SET number = c.number - CASE WHEN c.words = '' THEN (
    SELECT count(*) FROM intents_intent i
    WHERE %(entirely)s::boolean AND i.id = ANY(%(ids)s::uuid[]) AND i.workspace_id = c.workspace_id AND i.id < c.edge
) ELSE (
    SELECT count(*) FROM intents_intentbody b
    WHERE b.intent_id = ANY(%(ids)s::uuid[]) AND b.workspace_id = c.workspace_id AND b.intent_id < c.edge
      AND b.document @@ c.words::tsquery
) END
WHERE c.workspace_id = %(workspace)s::uuid
"""


_DECIDED_ANEW = "DELETE FROM inbox_decidedcount WHERE workspace_id = %(workspace)s::uuid"


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: they are in no list of words any more, or in none."""
    for (workspace,) in statements.rows(_CONCERNED, {"ids": list(ids)}):
        params = {"workspace": workspace, "ids": list(ids), "entirely": entirely}
        statements.rows(_EXCLUSIVE, params)
        statements.rows(_LESS, params)
        if entirely:
            statements.rows(_DECIDED_ANEW, params)


_COUNTED_ANEW = "DELETE FROM inbox_countedlist WHERE workspace_id = %(workspace)s::uuid AND words <> ''"


def unfound(ids: Sequence[UUID]) -> None:
    """They have fewer words once the running transaction has committed: then all lists of words are counted anew."""
    workspaces = [workspace for (workspace,) in statements.rows(_CONCERNED, {"ids": list(ids)})]

    def forget() -> None:
        for workspace in workspaces:
            with transaction.atomic():
                # After those who count now, and may have counted what was.
                statements.rows(_EXCLUSIVE, {"workspace": workspace})
                statements.rows(_COUNTED_ANEW, {"workspace": workspace})

    # Here it could wait for whoever erases, who may wait for what this transaction has locked.
    transaction.on_commit(forget, robust=True)


_FORGET = (
    f"DELETE FROM inbox_countedlist WHERE counted_at < {clock.START} - {FORGOTTEN}",
    f"DELETE FROM inbox_decidedcount WHERE until < {clock.START} - {FORGOTTEN}",
)


def prune() -> None:
    """Forget lists that nobody has counted for long."""
    for forget in _FORGET:
        statements.rows(forget, {"now": clock.override()})
