"""The lists of operations are read from indexes, however much is over: with 20,000 intents, of which few are open."""

from typing import Any

import pytest
from django.db import connection, transaction

from inbox.operations import selectors
from inbox.operations.query import STATES
from intents.kernel import statements
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person

# The tests before leave the search's index many empty pages and few words: with that shape the planner shuns it.
FILL = """
SET LOCAL session_replication_role = replica;
INSERT INTO intents_intent (
    id, workspace_id, intent_type, status, sender, from_agent, mailbox, to_agent, correlation_id, seq, last_hash,
    policy_generation, controls, policy, remind_count, retry_count, created_at, updated_at
)
SELECT gen_random_uuid(), workspace_id, 'filler.v1', (ARRAY['COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED'])[1 + n % 4],
       'a', 'a', 'b', 'b', gen_random_uuid(), 1, '\\x00', 1, '{}', '{}', 0, 0, at, at
FROM (SELECT n, now() - n * interval '1 min' AS at FROM generate_series(1, 20000) n) n,
     (SELECT workspace_id FROM intents_intent LIMIT 1) w;
INSERT INTO intents_delivery (
    id, workspace_id, intent_id, binding, hands_out, by_server, target, state, attempt, created_at, ended_at
)
SELECT gen_random_uuid(), workspace_id, id, 'pull', true, false, 'b', 'done', 1, created_at, updated_at
FROM intents_intent WHERE intent_type = 'filler.v1';
INSERT INTO intents_wait (id, workspace_id, intent_id, reason, state, spec, on_timeout, opened_at, ended_at)
SELECT gen_random_uuid(), workspace_id, id, 'WAITING_FOR_TOOL', 'satisfied', '{}', 'fail', created_at, updated_at
FROM intents_intent WHERE intent_type = 'filler.v1';
INSERT INTO intents_intentbody (intent_id, workspace_id, payload, salt, document)
SELECT id, workspace_id, '{}', '\\x00', 'filler' FROM intents_intent WHERE intent_type = 'filler.v1';
REINDEX INDEX intentbody_document;
ANALYZE intents_intent, intents_delivery, intents_wait, intents_intentbody;
SET LOCAL session_replication_role = origin;
"""
FILLED = ("intents_intent", "intents_delivery", "intents_wait", "intents_intentbody")
QUERIES = [
    *(f"is:{state}" for state in STATES if state not in ("done", "failed")),
    "is:failed ended:<24h",
    "for:human",
    "for:human risk:high age:>2d",
    "is:waiting,overdue",
    "agent:order-service is:open",
    "is:waiting fulfil",
    "fulfil -is:done",
    "filler nothing",
    "for:tool",
    "is:waiting for:human risk:critical age:>=24h age:<3d",
    "decided:<90d",
    "is:dead ended:<90d",
    "due:<4h",
    "due:>4h",
    "assignee:me",
    "id:01a1faa0",
]


def test_no_list_of_what_is_open_reads_a_whole_table(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    ask(shop, risk="high")
    shop.submit()
    really, seen = statements.rows, list[tuple[str, str]]()
    asking = ""

    def rows(query: str, params: Any) -> Any:
        if "intents_intent" in query:
            plan = "\n".join(row[0] for row in really(f"EXPLAIN (COSTS OFF) {query}", params))
            seen.extend((asking, line.strip()) for line in plan.splitlines() if "Seq Scan on" in line)
        return really(query, params)

    who = person(olga)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FILL)
        monkeypatch.setattr(statements, "rows", rows)
        for asking in QUERIES:
            selectors.total(who, asking)
            found, _ = selectors.page(who, asking)
            selectors.ids(who, asking)
            assert len(found) <= selectors.PAGE
        transaction.set_rollback(True)
    scanned = {(q, line) for q, line in seen if any(f"Seq Scan on {table} " in f"{line} " for table in FILLED)}
    assert scanned == set()


def test_a_list_costs_the_same_statements_however_many_it_shows(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    really, counted = statements.rows, list[str]()
    monkeypatch.setattr(statements, "rows", lambda query, params: counted.append(query) or really(query, params))
    who, costs = person(olga), []
    for _ in range(3):
        ask(shop)
        shop.submit()
        counted.clear()
        selectors.page(who, "is:open")
        costs.append(len(counted))
    # The limit of its time, the list, and what is told of its rows.
    assert set(costs) == {4}
