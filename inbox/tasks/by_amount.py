"""Long lists of tasks by their amounts: those that have one in the order of an index, the largest of each currency first,
then the others by their ids; each is looked at until there are enough. Putting all of a long list in order takes longer."""

from collections.abc import Sequence
from typing import Any

from inbox.tasks import listing
from inbox.tasks.listing import ASKED_BY_NAME, CLAIMED, DECIDABLE, FOR_AWAY, SNOOZED_NOW, STANDING_IN, UNDECIDED
from inbox.tasks.places import ZERO, Cursor
from intents.kernel import clock, statements

_PRINCIPALS = statements.array("principals", "text")
_OWN = f"t.claimed_by_id = %(user)s AND NOT EXISTS ({SNOOZED_NOW})"
_LISTED = {
    "waiting": f"""({_OWN} OR EXISTS (
        SELECT FROM inbox_assignment a WHERE a.task_id = t.id AND a.principal = ANY({_PRINCIPALS}) AND {DECIDABLE}
    ))""",
    STANDING_IN: f"""({_OWN} OR EXISTS (
        SELECT FROM {ASKED_BY_NAME} JOIN inbox_assignment a ON a.principal = asked.principal
        WHERE a.task_id = t.id AND {DECIDABLE} {FOR_AWAY}
    ))""",
    "undecided": "true",
}
"""Whether a list holds a task."""
LISTS = frozenset(_LISTED)
"""The lists that may be long, by what reads them."""

_FOUND = f"""
SELECT {listing.GROUP} AS grp, t.risk_order, t.due_order, t.id, {listing.NONE}, t.currency, t.amount
FROM ({{every}} OFFSET 0) every, LATERAL (
    SELECT t.* FROM inbox_task t WHERE t.id = every.id AND {{listed}} {{matching}} OFFSET 0
) t
ORDER BY {{by}} LIMIT %(limit)s
"""
_AMOUNTS = """
SELECT t.id, t.currency COLLATE "C" AS currency, -t.amount AS less FROM inbox_task t
WHERE t.workspace_id = %(workspace)s AND t.state IN ('claimed', 'open') AND t.amount IS NOT NULL AND {after}
ORDER BY t.currency COLLATE "C", -t.amount, t.id
"""
_AFTER = """
(t.currency COLLATE "C", -t.amount, t.id) > (%(currency)s::text COLLATE "C", -%(amount)s::numeric, %(id)s::uuid)
"""
_ASKED = f"""
SELECT a.task_id AS id FROM inbox_assignment a
WHERE a.workspace_id = %(workspace)s AND a.live AND a.principal = ANY({_PRINCIPALS})
  AND (a.until IS NULL OR a.until > {clock.START}) AND a.task_id > {{first}}
UNION SELECT t.id FROM inbox_task t WHERE {CLAIMED} AND t.id > {{first}}
ORDER BY id
"""
_IDS = {
    "waiting": _ASKED,
    STANDING_IN: _ASKED,
    "undecided": f"SELECT t.id {UNDECIDED} AND t.id > {{first}} ORDER BY t.id",
}


def rows(
    which: str, after: Cursor | None, params: dict[str, Any], *, matching: str = "", wanted: int
) -> Sequence[Sequence[Any]]:
    """The first `wanted` of one of LISTS from a place on."""
    found: list[Sequence[Any]] = []
    if after is None or after.currency:
        found += statements.rows(_with(which, matching, after=after is not None), params | {"limit": wanted})
        after = None
    if len(found) < wanted:
        rest = _without(which, matching, after=after is not None)
        found += statements.rows(rest, params | {"limit": wanted - len(found)})
    return found


def _with(which: str, matching: str, *, after: bool) -> str:
    every = _AMOUNTS.replace("{after}", _AFTER if after else "true")
    by = "every.currency, every.less, every.id"
    return listing.filled(_FOUND, every=every, listed=_LISTED[which], by=by, matching=matching)


def _without(which: str, matching: str, *, after: bool) -> str:
    every = _IDS[which].replace("{first}", "%(id)s::uuid" if after else f"'{ZERO}'::uuid")
    listed = f"t.amount IS NULL AND {_LISTED[which]}"
    return listing.filled(_FOUND, every=every, listed=listed, by="every.id", matching=matching)
