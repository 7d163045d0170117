"""What the feed is asked all the time is found by its indexes, however many old events there are."""

from typing import Any

import pytest
from django.db import connection, transaction

from intents.feed import selectors, sequencer
from intents.feed.filters import Filter
from intents.kernel import statements
from intents.sending import channels
from tests.callers import KeyCaller
from tests.intents.feeds import look_wide, sequenced

OLD = """
SET LOCAL session_replication_role = replica;
WITH old AS (
    INSERT INTO intents_intentevent (id, workspace_id, intent_id, seq, event_type, status, actor, at, details, digest,
                                     prev_hash, hash, trace_id, request_id)
    SELECT ('01000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, w.id, gen_random_uuid(), 1, 'intent.created',
           'CREATED', 'past', now() - interval '1 hour', '{}', '', '', '', '', ''
    FROM generate_series(1, 20000) n, (SELECT id FROM intents_workspace LIMIT 1) w
    RETURNING id, workspace_id, at
)
INSERT INTO intents_feedentry (seq, workspace_id, event_id, of_intent, event_type, at)
SELECT row_number() OVER (ORDER BY id), workspace_id, id, true, 'intent.created', at FROM old;
SET LOCAL session_replication_role = origin;
"""


@pytest.fixture
def plans(machine: KeyCaller, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plans of the statements that are sent, with thousands of old events."""
    seen: list[str] = []
    really = statements.rows

    def rows(query: str, params: Any) -> Any:
        if "intents_feed" in query and query.lstrip().startswith(("SELECT", "WITH")):
            seen.append("\n".join(row[0] for row in really(f"EXPLAIN (COSTS OFF) {query}", params)))
        return really(query, params)

    machine.submit()
    sequenced()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OLD)
        cursor.execute("ANALYZE intents_intentevent, intents_feedentry, intents_workspaceevent")
    monkeypatch.setattr(statements, "rows", rows)
    yield seen
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM intents_intentevent WHERE actor = 'past'")
        cursor.execute("DELETE FROM intents_feedentry WHERE seq <= 20000")
        cursor.execute("SET session_replication_role = origin")


def reads_whole_table(plans: list[str]) -> list[str]:
    assert plans, "no statement was seen"
    return [plan for plan in plans if any(f"Seq Scan on intents_{name}" in plan for name in ("intentevent", "feedentry"))]


def test_giving_places_reads_no_whole_table(plans: list[str], machine: KeyCaller) -> None:
    intent_id = machine.submit()
    machine.post(f"/intents/{intent_id}/progress", {"message": "half"}).ok()
    statements.rows(f"SELECT {sequencer.WAITING}", {"now": None})
    for number in (1, 12, 720):
        look_wide(number)
        assert sequenced() >= 0
        machine.post(f"/intents/{intent_id}/progress", {"message": "more"}).ok()
    assert sequencer.FEEDER in channels.feeders()
    assert not (found := reads_whole_table(plans)), "\n\n".join(found)


def test_reading_a_page_reads_no_whole_table(plans: list[str], machine: KeyCaller) -> None:
    for wanted in (Filter(), Filter(types=("intent.*",), agent="order-service")):
        selectors.page(machine.actor, after=0, wanted=wanted, limit=10, size=1 << 20)
    selectors.after(0, 10)
    selectors.newest([machine.actor.workspace_id])
    selectors.lag()
    selectors.groups(machine.actor)
    assert not (found := reads_whole_table(plans)), "\n\n".join(found)
