"""What is looked for every quarter of a second is found by an index, however much waits that is not due."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from intents.dispatch import scheduler
from intents.engine import figures, leases, outbox
from intents.engine.leases import Lease
from intents.engine.services.deliveries import reclaim_expired
from intents.kernel import clock, statements
from intents.scenarios import erasing
from tests import templates

pytestmark = pytest.mark.django_db

WAITING = """
SET LOCAL session_replication_role = replica;
INSERT INTO intents_timer (id, workspace_id, intent_id, kind, due_at, next_at)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'deadline', at, at
FROM (SELECT now() + interval '1 day' + n * interval '1 s' AS at FROM generate_series(1, 5000) n) due;
INSERT INTO intents_delivery (id, workspace_id, intent_id, binding, target, state, attempt, lease_expires_at, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'pull', 'alice', 'leased', 1,
       now() + interval '1 day' + n * interval '1 s', now()
FROM generate_series(1, 5000) n;
SET LOCAL session_replication_role = origin;
ANALYZE intents_timer, intents_delivery
"""


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plans of the statements that a test sends, with thousands of timers and leases due tomorrow."""
    seen: list[str] = []
    really = statements.rows

    def rows(query: str, params: Any) -> Any:
        if query.lstrip().startswith(("SELECT", "WITH", "UPDATE")):
            seen.append("\n".join(row[0] for row in really(f"EXPLAIN (COSTS OFF) {query}", params)))
        return really(query, params)

    with connection.cursor() as cursor:
        cursor.execute(WAITING)
    monkeypatch.setattr(statements, "rows", rows)
    return seen


def reads_whole_table(plans: list[str]) -> list[str]:
    assert plans, "no statement was seen"
    return [plan for plan in plans if "Seq Scan on intents_timer" in plan or "Seq Scan on intents_delivery" in plan]


FOREIGN_KEYS = """
SELECT DISTINCT c.confrelid::regclass::text, i.relname,
       ARRAY(SELECT attname::text FROM unnest(c.confkey) k JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k)
FROM pg_constraint c JOIN pg_class i ON i.oid = c.conindid
WHERE c.contype = 'f' AND c.confrelid::regclass::text IN ('intents_intent', 'intents_agent', 'intents_media', 'inbox_task')
"""


NEVER_ANALYSED = "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = %s::regclass"


def test_a_foreign_key_is_checked_by_its_own_index_before_tables_are_analysed() -> None:
    name = templates.create(templates.migrated())  # no other test has left anything in its indexes
    with psycopg.connect(templates.url(name), autocommit=True) as fresh:
        found = fresh.execute(FOREIGN_KEYS).fetchall()
        for table in {table for table, _, _ in found}:
            # Autovacuum may have come by.
            fresh.execute(NEVER_ANALYSED, [table])
        assert {table for table, _, _ in found} >= {"intents_intent", "inbox_task"}
        for table, index, columns in found:
            condition = " AND ".join(f"{name} = '{UUID(int=0)}'" for name in columns)
            query = f"EXPLAIN SELECT FROM ONLY {table} x WHERE {condition} FOR KEY SHARE OF x"
            plan = "\n".join(row[0] for row in fresh.execute(query).fetchall())
            assert f"using {index} " in plan or f"using {table}_pkey " in plan, plan
    templates.drop(name)


UNINDEXED = """
SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c
WHERE c.contype = 'f' AND c.confrelid IN ('inbox_task'::regclass, 'inbox_message'::regclass) AND NOT EXISTS (
    SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.conrelid AND i.indpred IS NULL AND i.indkey[0] = ANY(c.conkey) AND a.attname <> 'workspace_id'
)
"""


def test_what_goes_with_a_task_or_message_is_found_by_an_index() -> None:
    """A partial one does not serve a foreign key: each that is erased would read the table whole. Of notices there are few
    at any time; of decisions each half has an index, which serves what is asked of both."""
    assert {table for table, _ in statements.rows(UNINDEXED, ())} <= {"inbox_notice", "inbox_decision"}


def test_a_look_at_what_is_due_reads_nothing_that_is_not(plans: list[str]) -> None:
    scheduler.sweep_all()
    assert "using timer_next" in plans[0]
    assert "using delivery_lease_due" in plans[0]
    assert reads_whole_table(plans) == []


def test_a_claim_of_due_timers_reads_no_other(plans: list[str]) -> None:
    scheduler.sweep()
    assert "Index Cond: (next_at <= " in plans[0]
    assert reads_whole_table(plans) == []


def test_a_look_for_leases_that_ran_out_reads_no_other(plans: list[str]) -> None:
    reclaim_expired()
    assert any("Index Cond: (lease_expires_at <= " in plan for plan in plans)
    assert reads_whole_table(plans) == []


def test_a_probe_of_readiness_reads_only_what_is_overdue(plans: list[str]) -> None:
    figures.readiness()
    assert "Index Cond: (next_at < " in plans[0]
    assert reads_whole_table(plans) == []


STEPS = """
SET LOCAL session_replication_role = replica;
INSERT INTO intents_runstep (id, workspace_id, run_id, number, step_id, kind, attempt, state, child_id, started_at)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'do', 'agent', 1, 'running', gen_random_uuid(), now()
FROM generate_series(1, 5000) n;
SET LOCAL session_replication_role = origin;
ANALYZE intents_runstep
"""


def test_what_steps_of_runs_ended_with_is_erased_without_reading_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    really = statements.rows

    def rows(query: str, params: Any) -> Any:
        seen.extend(row[0] for row in really(f"EXPLAIN (COSTS OFF) {query}", params))
        return really(query, params)

    with connection.cursor() as cursor:
        cursor.execute(STEPS)
    monkeypatch.setattr(statements, "rows", rows)
    erasing.erase([UUID(int=1), UUID(int=2)], True)
    assert not [line for line in seen if "Seq Scan on intents_runstep" in line]
    assert any("run_step_of_child" in line for line in seen)


def test_leases_are_found_by_their_rows_however_many_there_are(plans: list[str]) -> None:
    lease, now = Lease(uuid4(), uuid4()), clock.now()
    plans.clear()
    assert leases.extend({lease: 5.0}) == set()
    assert leases.start_leases([lease]) == {}
    assert leases.take_expired([lease]) == {}
    assert leases.begun([lease]) == {}
    leases.renew_attached([lease], instance_id=uuid4())
    leases.detach_connection([lease])
    leases.shorten_lease([lease])
    outbox.return_undelivered([lease])
    outbox.settle(uuid4(), now=now)
    assert len(plans) == 9
    assert not [plan for plan in plans if "delivery_lease_due" in plan or plan in reads_whole_table(plans)]
