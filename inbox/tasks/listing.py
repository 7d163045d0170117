"""The statements that list and count tasks. `{matching}` stands for what else must hold of `t`, a task.

A list by due time or by risk is read stretch by stretch from an index that has each in order, until there are enough: a page
costs the same however much waits. What is put in order by anything else is read whole.
"""

from inbox.tasks.models import NEVER
from inbox.tasks.places import LAST
from intents.kernel import clock, statements

STANDING_IN = "standing_in"
"""What waits for a person who stands in for others, in the place of `waiting`. Its statements take `away`: beside each of
the `principals` the user who is away and whose it is, or null."""

SNOOZED_NOW = f"""
SELECT FROM inbox_snooze s JOIN intents_intent i ON i.id = t.intent_id
WHERE s.user_id = %(user)s AND s.task_id = t.id AND s.until > {clock.START} AND s.seq = i.seq
"""
_DELEGATED = f"""
SELECT FROM inbox_assignment d WHERE d.task_id = t.id AND d.authority = 'delegate' AND d.by_id = %(user)s
  AND (d.until IS NULL OR d.until > {clock.START})
"""
_MAY = f"NOT %(user)s = ANY(t.excluded) AND NOT %(user)s = ANY(t.voted) AND NOT EXISTS ({_DELEGATED})"
DECIDABLE = f"""
a.workspace_id = %(workspace)s AND a.live AND (a.until IS NULL OR a.until > {clock.START})
  AND {_MAY} AND NOT EXISTS ({SNOOZED_NOW})
"""
# What is theirs for whom they stand in: assigned to those by name, who could decide it themselves and have not.
ASKED_BY_NAME = f"""
unnest({statements.array("principals", "text")}, {statements.array("away", "uuid")}) AS asked (principal, away)
"""
FOR_AWAY = f"""
AND (asked.away IS NULL OR a.authority <> 'delegate' AND NOT asked.away = ANY(t.excluded) AND NOT asked.away = ANY(t.voted)
  AND NOT EXISTS ({_DELEGATED.replace("%(user)s", "asked.away")}))
"""
CLAIMED = "t.claimed_by_id = %(user)s AND t.workspace_id = %(workspace)s"
_ASKED = f"unnest({statements.array('principals', 'text')}) AS asked (principal)"
_OWN = f"FROM inbox_task t WHERE {CLAIMED} AND NOT EXISTS ({SNOOZED_NOW})"
_SNOOZED = f"""
FROM inbox_snooze s JOIN inbox_task t ON t.id = s.task_id JOIN intents_intent i ON i.id = t.intent_id
WHERE s.user_id = %(user)s AND s.workspace_id = %(workspace)s AND s.until > {clock.START} AND s.seq = i.seq
  AND (t.state = 'open' OR t.claimed_by_id = %(user)s)
"""
UNDECIDED = "FROM inbox_task t WHERE t.workspace_id = %(workspace)s AND t.state IN ('claimed', 'open')"
NONE = "NULL::timestamptz AS until"


def _within(table: str, task: str) -> str:
    """That a row is of the stretch that is at hand."""

    def at(name: str, kind: str) -> str:
        return f"(%({name})s::{kind}[])[walk.no + 1]"

    return f"""
        AND {table}.risk_order = {at("risks", "smallint")} AND {table}.due_order <= {at("untils", "timestamptz")}
        AND ({table}.due_order, {task}) > ({at("afters", "timestamptz")}, {at("after_ids", "uuid")}) {{matching}}
        ORDER BY {table}.due_order, {task} LIMIT %(limit)s
    """


_STRETCHES = {
    "waiting": f"""
        SELECT a.* FROM {_ASKED}, LATERAL (
            SELECT a.due_order AS moment, a.task_id AS id, {NONE}
            FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
            WHERE a.principal = asked.principal AND {DECIDABLE} {_within("a", "a.task_id")}
        ) a
        UNION (SELECT t.due_order, t.id, {NONE} {_OWN} {_within("t", "t.id")})
    """,
    STANDING_IN: f"""
        SELECT a.* FROM {ASKED_BY_NAME}, LATERAL (
            SELECT a.due_order AS moment, a.task_id AS id, {NONE}
            FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
            WHERE a.principal = asked.principal AND {DECIDABLE} {FOR_AWAY} {_within("a", "a.task_id")}
        ) a
        UNION (SELECT t.due_order, t.id, {NONE} {_OWN} {_within("t", "t.id")})
    """,
    "claimed": f"(SELECT t.due_order AS moment, t.id, {NONE} FROM inbox_task t WHERE {CLAIMED} {_within('t', 't.id')})",
    "snoozed": f"(SELECT t.due_order AS moment, t.id, s.until {_SNOOZED} {_within('t', 't.id')})",
    "undecided": f"(SELECT t.due_order AS moment, t.id, {NONE} {UNDECIDED} {_within('t', 't.id')})",
}
_WALK = """
WITH RECURSIVE walk (no, n, moments, ids, untils) AS (
    SELECT 0, 0, '{}'::timestamptz[], '{}'::uuid[], '{}'::timestamptz[]
    UNION ALL
    SELECT walk.no + 1, walk.n + cardinality(found.ids), found.moments, found.ids, found.untils
    FROM walk, LATERAL (
        SELECT coalesce(array_agg(moment ORDER BY moment, id), '{}') AS moments,
               coalesce(array_agg(id ORDER BY moment, id), '{}') AS ids,
               coalesce(array_agg(until ORDER BY moment, id), '{}') AS untils
        FROM (SELECT * FROM ({stretch}) stretch ORDER BY moment, id LIMIT %(limit)s::int - walk.n) few
    ) found
    WHERE walk.no < cardinality(%(risks)s::smallint[]) AND walk.n < %(limit)s::int
), listed AS (
    SELECT (%(groups)s::smallint[])[walk.no] AS grp, (%(risks)s::smallint[])[walk.no] AS risk, one.moment, one.id, one.until,
           '' AS currency, NULL::numeric AS amount
    FROM walk, unnest(walk.moments, walk.ids, walk.untils) AS one (moment, id, until)
)
"""
_ROW = "grp, risk, moment, id, until, currency, amount"
_LISTED = f"{_WALK} SELECT {_ROW} FROM listed ORDER BY grp, risk, moment, id"

# For words: the first of a list, one by one. `read` tells whether that was the whole list.
_READ = f"""
{_WALK}
SELECT {_ROW}, (SELECT count(*) FROM listed) AS read FROM listed l
WHERE (
    SELECT b.document @@ %(words)s::tsquery FROM inbox_task t JOIN intents_intentbody b ON b.intent_id = t.intent_id
    WHERE t.id = l.id
)
ORDER BY grp, risk, moment, id LIMIT %(wanted)s
"""

_COLUMNS = "t.id, t.risk_order, t.due_order, t.currency, t.amount"
_ALL = {
    "waiting": f"""
        SELECT {_COLUMNS}, {NONE} FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
        WHERE a.principal = ANY({statements.array("principals", "text")}) AND {DECIDABLE} {{matching}}
        UNION SELECT {_COLUMNS}, {NONE} {_OWN} {{matching}}
    """,
    STANDING_IN: f"""
        SELECT {_COLUMNS}, {NONE} FROM {ASKED_BY_NAME}, LATERAL (
            SELECT t.* FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
            WHERE a.principal = asked.principal AND {DECIDABLE} {FOR_AWAY} {{matching}} OFFSET 0
        ) t
        UNION SELECT {_COLUMNS}, {NONE} {_OWN} {{matching}}
    """,
    "claimed": f"SELECT {_COLUMNS}, {NONE} FROM inbox_task t WHERE {CLAIMED} {{matching}}",
    "snoozed": f"SELECT {_COLUMNS}, s.until {_SNOOZED} {{matching}}",
    "undecided": f"SELECT {_COLUMNS}, {NONE} {UNDECIDED} {{matching}}",
    "over": f"""
        SELECT {_COLUMNS}, {NONE} FROM inbox_task t
        WHERE t.workspace_id = %(workspace)s AND t.over_at IS NOT NULL {{matching}}
    """,
}
GROUP = f"""
CASE WHEN due_order <= %(hour)s::timestamptz THEN 0 WHEN due_order <= %(today)s::timestamptz THEN 1
     WHEN due_order < '{NEVER.isoformat()}' THEN 2 WHEN risk_order = 0 THEN 1 ELSE 3 END
"""
_AFTER = {
    "due": "(grp, risk, moment, id) > (%(grp)s, %(risk)s, %(moment)s::timestamptz, %(id)s::uuid)",
    "risk": "(risk, moment, id) > (%(risk)s, %(moment)s::timestamptz, %(id)s::uuid)",
    "newest": "id < %(id)s::uuid",
    "amount": """(currency = '', currency COLLATE "C", -coalesce(amount, 0), id)
        > (%(currency)s::text = '', %(currency)s::text COLLATE "C", -%(amount)s::numeric, %(id)s::uuid)""",
}
_BY = {
    "due": "grp, risk, moment, id",
    "risk": "risk, moment, id",
    "newest": "id DESC",
    "amount": "currency = '', currency COLLATE \"C\", coalesce(amount, 0) DESC, id",
}
_SORTED = f"""
SELECT {_ROW} FROM (
    SELECT {GROUP} AS grp, risk_order AS risk, due_order AS moment, id, until, currency, amount FROM ({{every}}) every
) listed
WHERE {{after}} ORDER BY {{by}} LIMIT %(limit)s
"""
# The newest of what waits: its ids are put in order first, which an index alone has, and looked at until there are enough.
_NEWEST = f"""
SELECT {GROUP} AS grp, t.risk_order, t.due_order, t.id, {NONE}, t.currency, t.amount
FROM (
    SELECT a.task_id AS id FROM inbox_assignment a
    WHERE a.workspace_id = %(workspace)s AND a.live AND a.principal = ANY({statements.array("principals", "text")})
      AND (a.until IS NULL OR a.until > {clock.START}) AND a.task_id < {{before}}
    UNION SELECT t.id FROM inbox_task t WHERE {CLAIMED} AND t.id < {{before}}
    ORDER BY id DESC OFFSET 0
) every, LATERAL (
    SELECT t.* FROM inbox_task t
    WHERE t.id = every.id AND NOT EXISTS ({SNOOZED_NOW})
      AND (t.claimed_by_id = %(user)s OR ({_MAY})) {{matching}}
    OFFSET 0
) t
ORDER BY every.id DESC LIMIT %(limit)s
"""

_OVER = """
SELECT 0, 0, t.over_at, t.id, NULL::timestamptz, t.currency, t.amount FROM inbox_task t
WHERE t.workspace_id = %(workspace)s AND t.over_at IS NOT NULL
  AND (t.over_at, t.id) < (%(moment)s::timestamptz, %(id)s::uuid)
  {matching}
ORDER BY t.over_at DESC, t.id DESC LIMIT %(limit)s
"""
_OVER_READ = f"""
WITH listed (grp, risk, moment, id, until, currency, amount) AS MATERIALIZED ({_OVER.replace("{matching}", "")})
SELECT listed.*, (SELECT count(*) FROM listed) FROM listed JOIN inbox_task t ON t.id = listed.id,
LATERAL (SELECT document FROM intents_intentbody WHERE intent_id = t.intent_id OFFSET 0) body
WHERE document @@ %(words)s::tsquery
ORDER BY listed.moment DESC, id DESC LIMIT %(wanted)s
"""

# What `waiting` holds is found by each text that its person is addressed by, and of several such one task may be found.
_SOME = _ALL | {
    "waiting": f"""
        SELECT a.* FROM {_ASKED}, LATERAL (
            SELECT {_COLUMNS}, {NONE} FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
            WHERE a.principal = asked.principal AND {DECIDABLE} {{matching}} LIMIT %(most)s
        ) a
        UNION SELECT {_COLUMNS}, {NONE} {_OWN} {{matching}}
    """,
    STANDING_IN: f"""
        SELECT a.* FROM {ASKED_BY_NAME}, LATERAL (
            SELECT {_COLUMNS}, {NONE} FROM inbox_assignment a JOIN inbox_task t ON t.id = a.task_id
            WHERE a.principal = asked.principal AND {DECIDABLE} {FOR_AWAY} {{matching}} LIMIT %(most)s
        ) a
        UNION SELECT {_COLUMNS}, {NONE} {_OWN} {{matching}}
    """,
}


def page(view: str, matching: str = "") -> str:
    """The first `limit` of a list by due time or by risk, from the stretches of `places.cells` on."""
    if view == "over":
        return filled(_OVER, matching=matching)
    return _of_anybody(filled(_LISTED, stretch=_STRETCHES[view], matching=matching))


def read(view: str, matching: str = "") -> str:
    """The first `wanted` that hold `words` among the first `limit` of such a list; the last column is how many were read."""
    if view == "over":
        return _OVER_READ if not matching else filled(_OVER_READ, matching=matching)
    return filled(_READ, stretch=_STRETCHES[view], matching=matching)


def ordered(view: str, order: str, *, after: bool, matching: str = "") -> str:
    """The first `limit` of a list in any order, or those after a place."""
    if (view, order) == ("waiting", "newest"):
        return filled(_NEWEST, matching=matching, before="%(id)s::uuid" if after else f"'{LAST}'::uuid")
    place = _AFTER[order] if after else "true"
    return filled(_SORTED, every=_ALL[view], after=place, by=_BY[order], matching=matching)


def every(view: str, matching: str) -> str:
    """The ids of all of a list."""
    return f"SELECT id FROM ({filled(_ALL[view], matching=matching)}) every"


def some(view: str, matching: str = "") -> str:
    """At most `most` of a list, in no order, each with its group."""
    found = f"SELECT * FROM ({filled(_SOME[view], matching=matching)}) every LIMIT %(most)s"
    return f"SELECT {GROUP} AS grp, found.* FROM ({found}) found"


def counted(view: str, matching: str = "") -> str:
    """How many a list holds, up to `most`."""
    return f"SELECT count(*) FROM (SELECT id FROM ({filled(_SOME[view], matching=matching)}) every LIMIT %(most)s) counted"


def _of_anybody(query: str) -> str:
    """A statement of which the planner cannot know whose list is read, and how much of it. By what is wanted it would
    estimate a little less than for anybody, and plan it anew each time, which costs six times what running it does."""
    for name, kind in (("user", "uuid"), ("workspace", "uuid"), ("limit", "int")):
        query = query.replace(f"%({name})s", f"(SELECT %({name})s::{kind})")
    return query


def filled(query: str, **parts: str) -> str:
    """A statement with `parts` in the places of their names, the first of them first."""
    for name, text in parts.items():
        query = query.replace(f"{{{name}}}", text)
    return query
