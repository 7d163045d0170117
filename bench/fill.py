"""Filling the database by copying an intent that the product itself made, so that no table's shape is told twice.

The copies are whole but for their hash chains: good for load, not for an audit.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

CHUNK = 50_000
CHILDREN = ("intents_intentbody", "intents_intentevent", "intents_delivery", "intents_wait", "intents_timer", "inbox_task")
GRANDCHILDREN = ("inbox_assignment", "inbox_decision")
"""Tables that hang on the intent's task."""

# Ids ordered by time, as the product's own are, from an hour ago on.
_NEW_IDS = """
INSERT INTO bench_new (id, number)
SELECT (
    substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || substr(noise, 1, 3) || '-8' || substr(noise, 4, 3) || '-'
    || substr(noise, 7, 12)
)::uuid, number
FROM (
    SELECT number, md5(random()::text) AS noise,
           lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 3600000 + number), 12, '0') AS hex
    FROM generate_series(%s::int, %s::int) AS number
) numbers ORDER BY number
"""

# A row's new id, near its intent's; the same wherever the old one is referred to.
_DERIVED = """(
    left(n.id::text, 14) || '7' || substr(md5(n.id::text || {old}), 1, 3) || '-8' || substr(md5(n.id::text || {old}), 4, 3)
    || '-' || substr(md5(n.id::text || {old}), 7, 12)
)::uuid"""


def copies(
    database: psycopg.Connection[Any], template: UUID, count: int, *, changes: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """Copy the intent `template` with all that hangs on it `count` times.

    `changes` has an SQL expression for columns of a table that are to differ; in it `n.number` counts the copies from 0.
    Tables are named without their application.
    """
    changes = changes or {}
    # Row by row the foreign keys would take most of the time; the copies are as sound as what they copy.
    database.execute("SET session_replication_role = replica")
    database.execute("CREATE TEMP TABLE IF NOT EXISTS bench_new (id uuid, number int)")
    for first in range(0, count, CHUNK):
        database.execute("TRUNCATE bench_new")
        database.execute(_NEW_IDS, [first, min(first + CHUNK, count) - 1])
        _copy(database, "intents_intent", "t.id = %s", template, {"id": "n.id"} | dict(changes.get("intent", {})))
        for table in CHILDREN:
            different = {"intent_id": "n.id"} | dict(changes.get(table.partition("_")[2], {}))
            _copy(database, table, "t.intent_id = %s", template, different)
        for table in GRANDCHILDREN:
            different = dict(changes.get(table.partition("_")[2], {}))
            _copy(database, table, "t.task_id IN (SELECT id FROM inbox_task WHERE intent_id = %s)", template, different)
    database.execute("SET session_replication_role = origin")
    database.execute("VACUUM ANALYZE")
    database.execute("CHECKPOINT")


_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


def _copy(database: psycopg.Connection[Any], table: str, which: str, template: UUID, changes: Mapping[str, str]) -> None:
    names = [row[0] for row in database.execute(_COLUMNS, [table])]
    derived = {name: _DERIVED.format(old=f"t.{name}::text") for name in ("id", "subject_id", "wait_id", "task_id")}
    values = [changes.get(name) or derived.get(name) or f"t.{name}" for name in names]
    database.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM bench_new n, {table} t "
        f"WHERE {which} ORDER BY n.number",
        [template],
    )
