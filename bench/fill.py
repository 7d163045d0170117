"""Filling the database by copying an intent that the product itself made, so that no table's shape is told twice.

The copies are whole but for their hash chains: good for load, not for an audit.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

CHUNK = 50_000
CHILDREN = ("intents_intentbody", "intents_intentevent", "intents_delivery", "intents_wait", "intents_timer", "inbox_task")
GRANDCHILDREN = ("inbox_assignment", "inbox_decision")
"""Tables that hang on the intent's task."""

# Ids ordered by time, as the product's own are, from an hour ago on, or over the whole of a past.
_NEW_IDS = """
INSERT INTO bench_new (id, number, later)
SELECT (
    substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(noise, 1, 3) || '-8' || substr(noise, 4, 3) || '-'
    || substr(noise, 7, 12)
)::uuid, number, to_timestamp(millis / 1000.0) - (SELECT created_at FROM intents_intent WHERE id = %(template)s)
FROM (
    SELECT number, millis, md5(random()::text) AS noise, lpad(to_hex(millis), 12, '0') AS hex
    FROM (
        SELECT number, (extract(epoch FROM now()) * 1000 - %(past)s + number::float8 * %(step)s)::bigint AS millis
        FROM generate_series(%(first)s::int, %(last)s::int) AS number
    ) moments
) numbers ORDER BY number
"""

# A row's new id, near its intent's; the same wherever the old one is referred to.
_DERIVED = """(
    left(n.id::text, 14) || '7' || substr(md5(n.id::text || {old}), 1, 3) || '-8' || substr(md5(n.id::text || {old}), 4, 3)
    || '-' || substr(md5(n.id::text || {old}), 7, 12)
)::uuid"""


def copies(
    database: psycopg.Connection[Any],
    template: UUID,
    count: int,
    *,
    changes: Mapping[str, Mapping[str, str]] | None = None,
    past: timedelta | None = None,
    until: timedelta = timedelta(0),
) -> None:
    """Copy the intent `template` with all that hangs on it `count` times.

    `changes` has an SQL expression for columns of a table that are to differ; in it `n.number` counts the copies from 0, and
    `%` is doubled. Tables are named without their application. With a `past` the copies are spread evenly from then
    `until` so long ago, and all their times with them; who says so sees to `tidy`.
    """
    changes = changes or {}
    spread = {"template": template, "past": 3_600_000.0, "step": 1.0}
    if past is not None:
        length = (past - until).total_seconds() * 1000
        spread |= {"past": past.total_seconds() * 1000, "step": length / (count + 1)}
    # Row by row the foreign keys would take most of the time; the copies are as sound as what they copy.
    database.execute("SET session_replication_role = replica")
    database.execute("CREATE TEMP TABLE IF NOT EXISTS bench_new (id uuid, number int, later interval)")
    for first in range(0, count, CHUNK):
        # What the server does to the template meanwhile is copied whole or not at all.
        with database.transaction():
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            database.execute("TRUNCATE bench_new")
            database.execute(_NEW_IDS, spread | {"first": first, "last": min(first + CHUNK, count) - 1})
            own = {"id": "n.id"} | dict(changes.get("intent", {}))
            _copy(database, "intents_intent", "t.id = %s", template, own, moved=past is not None)
            for table in CHILDREN:
                different = {"intent_id": "n.id"} | dict(changes.get(table.partition("_")[2], {}))
                _copy(database, table, "t.intent_id = %s", template, different, moved=past is not None)
            for table in GRANDCHILDREN:
                different = dict(changes.get(table.partition("_")[2], {}))
                which = "t.task_id IN (SELECT id FROM inbox_task WHERE intent_id = %s)"
                _copy(database, table, which, template, different, moved=past is not None)
    database.execute("SET session_replication_role = origin")
    if past is None:
        tidy(database)


def tidy(database: psycopg.Connection[Any]) -> None:
    """Leave the tables as autovacuum would, in time."""
    database.execute("VACUUM ANALYZE")
    database.execute("CHECKPOINT")


INDEXED = ("intents_intent", "intents_intentbody", "intents_intentevent", "intents_wait", "inbox_task", "inbox_assignment")
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


@contextmanager
def without_indexes(database: psycopg.Connection[Any]) -> Iterator[None]:
    """The large tables have no indexes but those of their constraints inside the block: built at once they take a fraction
    of the time. Those of timers and deliveries stay, for the server looks at them all the while."""
    found = database.execute(_INDEXES, [list(INDEXED)]).fetchall()
    for name, _definition in found:
        database.execute(f"DROP INDEX {name}")
    yield
    database.execute("SET maintenance_work_mem = '1GB'")
    for _name, definition in found:
        database.execute(definition)


_COLUMNS = """
SELECT attname, atttypid = 'timestamptz'::regtype FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def _copy(
    database: psycopg.Connection[Any], table: str, which: str, template: UUID, changes: Mapping[str, str], *, moved: bool
) -> None:
    columns = {name: f"t.{name} + n.later" if timed and moved else f"t.{name}" for name, timed in _columns(database, table)}
    names = list(columns)
    derived = {name: _DERIVED.format(old=f"t.{name}::text") for name in ("id", "subject_id", "wait_id", "task_id")}
    values = [changes.get(name) or derived.get(name) or columns[name] for name in names]
    database.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM bench_new n, {table} t "
        f"WHERE {which} ORDER BY n.number",
        [template],
    )


def _columns(database: psycopg.Connection[Any], table: str) -> list[tuple[str, bool]]:
    """The columns of a table, and whether each is a time."""
    return [(name, timed) for name, timed in database.execute(_COLUMNS, [table])]
