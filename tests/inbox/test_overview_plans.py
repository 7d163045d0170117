"""The overview reads what is open and what is new, however much was finished before."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from inbox.operations import measures, overview, people
from intents.kernel import statements
from intents.kernel.actors import Person, Role
from intents.kernel.models import new_id

pytestmark = pytest.mark.django_db

ID = """(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text || '{0}'), 1, 3)
    || '8' || substr(md5(n::text || '{0}'), 4, 15))::uuid"""
# A month ago: 20,000 intents that ended, with an event each and a task each.
PAST = f"""
SET LOCAL session_replication_role = replica;
CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT n, at, {ID.format("i")} AS id, {ID.format("e")} AS event_id, {ID.format("t")} AS task_id, {ID.format("w")} AS wait_id
FROM (SELECT n, now() - interval '30 days' + n * interval '1 s' AS at FROM generate_series(1, 20000) n) times;
INSERT INTO intents_intent (id, workspace_id, intent_type, status, sender, from_agent, mailbox, to_agent, correlation_id,
    seq, last_hash, policy_generation, controls, policy, remind_count, retry_count, created_at, updated_at)
SELECT id, %(workspace)s, 'a.b.v1', 'COMPLETED', 's', 's', 'm' || n %% 7, 'm', gen_random_uuid(), 2, '\\x00',
    1, '{{}}', '{{}}', 0, 0, at, at FROM past;
INSERT INTO intents_intentevent (id, workspace_id, intent_id, seq, event_type, status, actor, at, digest, prev_hash, hash,
    trace_id, request_id)
SELECT event_id, %(workspace)s, id, 2, 'intent.completed', 'COMPLETED', 's', at, '\\x00', '\\x00', '\\x00', '', '' FROM past;
INSERT INTO intents_wait (id, workspace_id, intent_id, reason, state, spec, on_timeout, opened_at, ended_at)
SELECT wait_id, %(workspace)s, id, 'WAITING_FOR_HUMAN', 'satisfied', '{{}}', 'fail', at, at FROM past;
INSERT INTO inbox_task (id, workspace_id, intent_id, wait_id, task_type, title, headline, risk, spec, excluded, state,
    revision, digest, assigned_at, ended_at)
SELECT task_id, %(workspace)s, id, wait_id, 'approval', 't', 't', 'low', '{{}}', '{{}}', 'expired',
    1, '\\x00', at, at FROM past;
SET LOCAL session_replication_role = origin;
ANALYZE intents_intent, intents_intentevent, intents_wait, inbox_task
"""
LARGE = ("intents_intent", "intents_intentevent", "intents_wait", "inbox_task")


@pytest.fixture
def watcher() -> Person:
    """Somebody who watches a workspace with a past."""
    workspace_id = new_id()
    with connection.cursor() as cursor:
        cursor.execute(PAST, {"workspace": workspace_id})
    return Person(
        workspace_id=workspace_id,
        org_slug="o",
        workspace_slug="w",
        user_id=UUID(int=1),
        credential_id=UUID(int=1),
        email="o@example.org",
        role=Role.OWNER,
        groups=frozenset(),
    )


@pytest.fixture
def plans(watcher: Person, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plans of the statements that a test sends."""
    seen: list[str] = []
    really = statements.rows

    def rows(query: str, params: Any) -> Any:
        seen.append("\n".join(row[0] for row in really(f"EXPLAIN (COSTS OFF) {query}", params)))
        return really(query, params)

    monkeypatch.setattr(statements, "rows", rows)
    return seen


def whole(plans: list[str]) -> list[str]:
    """The lines of plans that read a large table from its beginning to its end."""
    lines = [line.strip() for plan in plans for line in plan.splitlines()]
    return [line for line in lines for table in LARGE if f"Seq Scan on {table} " in f"{line} "]


@pytest.mark.parametrize("name", ["1h", "24h", "7d"])
def test_the_overview_reads_no_large_table_whole(name: str, watcher: Person, plans: list[str]) -> None:
    found = overview.overview(watcher, span=measures.SPANS[name])
    assert found.tile("completed").value == 0
    assert len(plans) > 4
    assert whole(plans) == []


def test_the_overview_of_all_that_happened_can_be_read_from_indexes(watcher: Person, plans: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    found = overview.overview(watcher, span=measures.SPANS["90d"])
    assert found.tile("completed").value == 20_000
    assert found.tile("decided").value == 0
    assert len(plans) > 4
    assert whole(plans) == []


def test_how_people_decide_is_read_from_what_is_new(watcher: Person, plans: list[str]) -> None:
    assert people.everybody(watcher, measures.SPANS["24h"]) == []
    people.own(watcher, measures.SPANS["24h"])
    assert whole(plans) == []
