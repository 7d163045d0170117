"""How large the tables are, and how fast they grow: noted once a day."""

from collections.abc import Sequence
from dataclasses import dataclass

from intents.kernel import clock, statements

SHOWN = 12
KEPT_DAYS = 90

_NOTE = f"""
INSERT INTO intents_tablesize (day, name, bytes, rows)
SELECT ({clock.NOW})::date, relname, pg_total_relation_size(relid), n_live_tup FROM pg_stat_user_tables
WHERE relname LIKE 'intents\\_%%' OR relname LIKE 'inbox\\_%%'
ON CONFLICT (day, name) DO NOTHING
"""
_FORGET = f"DELETE FROM intents_tablesize WHERE day < ({clock.START})::date - {KEPT_DAYS}"
# Against the newest of seven days ago or before, or else the oldest there is.
_LARGEST = f"""
SELECT t.relname, t.bytes, t.n_live_tup, (t.bytes - before.bytes)::float8 / greatest(1, ({clock.NOW})::date - before.day)
FROM (SELECT *, pg_total_relation_size(relid) AS bytes FROM pg_stat_user_tables) t
LEFT JOIN LATERAL (
    SELECT day, bytes FROM intents_tablesize s WHERE s.name = t.relname AND s.day < ({clock.NOW})::date
    ORDER BY s.day <= ({clock.NOW})::date - 7 DESC, CASE WHEN s.day <= ({clock.NOW})::date - 7 THEN s.day END DESC, s.day
    LIMIT 1
) before ON true
WHERE t.relname LIKE 'intents\\_%%' OR t.relname LIKE 'inbox\\_%%'
ORDER BY t.bytes DESC, t.relname LIMIT {SHOWN}
"""


@dataclass(frozen=True, slots=True)
class TableGrowth:
    """A table with its indexes. `rows` is PostgreSQL's estimate; `bytes_a_day` those that it has grown by lately, None
    before the second day."""

    name: str
    bytes: int
    rows: int
    bytes_a_day: float | None


def note() -> None:
    """Note the sizes of today, once, and forget those of long ago."""
    now = {"now": clock.override()}
    statements.rows(_NOTE, now)
    statements.rows(_FORGET, now)


def largest() -> Sequence[TableGrowth]:
    """The largest tables."""
    return [TableGrowth(*row) for row in statements.rows(_LARGEST, {"now": clock.override()})]
