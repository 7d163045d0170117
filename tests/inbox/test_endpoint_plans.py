"""Endpoints and their pages are read from indexes, and no more of them than is shown, however much was posted: with 20,000
messages, of which most arrived, some did not, and many wait."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from inbox.operations import endpoints, posts
from inbox.operations.posts import PostView
from inbox.views.operations.endpoints import most
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from intents.sending.models import Attempt
from intents.webhooks.models import Subscription, WebhookMessage
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import person

# Of many endpoints, one of which never answers: there 2,000 wait, 2,000 failed and 2,000 were skipped. In tables anew: with
# what tests before this left dead in them, plans are others.
FILL = """
SET LOCAL session_replication_role = replica;
TRUNCATE intents_webhookmessage, intents_attempt;
INSERT INTO intents_webhookmessage (
    id, workspace_id, subscription_id, event_id, event_type, state, due_at, attempt, created_at, ended_at, body
)
SELECT gen_random_uuid(), s.workspace_id, s.id, gen_random_uuid(), 'intent.created', state, now() + n * interval '1 s', 1,
       now(), CASE WHEN state <> 'ready' THEN now() END, '{}'
FROM generate_series(1, 6000) n, intents_subscription s, LATERAL (
    SELECT CASE WHEN s.callback_url LIKE '%/hangs' OR n < 50 THEN (ARRAY['ready', 'failed', 'skipped'])[1 + n % 3]
                ELSE 'sent' END AS state
) its
WHERE s.callback_url LIKE '%/hangs' OR n > 50 AND s.callback_url LIKE '%/takes'
   OR n < 800 AND s.callback_url LIKE '%/other-_';
INSERT INTO intents_attempt (id, message_id, number, ended_at, milliseconds, status, answer)
SELECT gen_random_uuid(), id, 1, now(), 5, 204, '' FROM intents_webhookmessage WHERE state = 'sent';
ANALYZE intents_webhookmessage, intents_attempt, intents_subscription;
SET LOCAL session_replication_role = origin;
"""
TABLES = ("intents_webhookmessage", "intents_attempt")


@pytest.fixture
def ids(machine: KeyCaller) -> list[UUID]:
    """Endpoints: where all is taken, where nothing is, and others."""
    there = {"event_types": ["*"]}
    made = [
        machine.post("/webhooks/subscriptions", there | {"callback_url": f"https://example.com/{path}"}).ok()
        for path in ("takes", "hangs", *(f"other-{number}" for number in range(8)))
    ]
    return [UUID(one["subscription"]["subscription_id"]) for one in made]


def test_no_page_of_endpoints_reads_more_than_it_shows(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, ids: list[UUID]
) -> None:
    really, seen, read = statements.rows, list[str](), list[int]()

    def rows(query: str, params: Any) -> Any:
        if "intents_webhookmessage" in query:
            ((plan,),) = really(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query}", params)
            for node in nodes(plan[0]["Plan"]):
                if node.get("Relation Name") in TABLES:
                    seen.append(f"{node['Node Type']} on {node['Relation Name']}")
                    read.append(node.get("Rows Removed by Filter", 0) * node["Actual Loops"])
        return really(query, params)

    who = person(olga)
    slots = [clock.now() - timedelta(hours=hour) for hour in range(23, -1, -1)]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FILL)
        monkeypatch.setattr(statements, "rows", rows)
        monkeypatch.setattr(posts, "LOOKED_AT", 500)
        found = endpoints.page(who, slots=slots)
        counts = {}
        for one in found.items[:2]:
            for view in PostView:
                page = posts.page(who, one.row, view)
                assert len(page.items) <= 50
                counts[one.row.id] = page.counts
        transaction.set_rollback(True)
    assert [one.backlog for one in found.items[:2]] == [0, 2000]
    assert counts == {
        ids[0]: dict.fromkeys((PostView.WAITING, PostView.FAILED, PostView.SKIPPED), 0),
        ids[1]: dict.fromkeys((PostView.WAITING, PostView.FAILED, PostView.SKIPPED), 2000),
    }
    assert [one for one in seen if "Seq Scan" in one] == []
    assert max(read) < 1000, "rows were read only to be left out"


def test_what_was_taken_is_found_however_far_back_it_is(
    monkeypatch: pytest.MonkeyPatch, olga: PersonCaller, ids: list[UUID]
) -> None:
    monkeypatch.setattr(posts, "LOOKED_AT", 500)
    endpoint = Subscription.objects.get(id=ids[1])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(FILL)
        oldest = WebhookMessage.objects.filter(subscription=endpoint).order_by("id")[:2]
        for row in oldest:
            WebhookMessage.objects.filter(id=row.id).update(state="sent", ended_at=clock.now())
        found, before, looks = list[UUID](), None, 0
        while before is not None or not looks:
            page = posts.page(person(olga), endpoint, PostView.SENT, before=before)
            found, before, looks = found + [one.row.id for one in page.items], page.last, looks + 1
        transaction.set_rollback(True)
    assert (found, looks) == ([row.id for row in reversed(oldest)], 13)


WAITING = """
INSERT INTO intents_webhookmessage (
    id, workspace_id, subscription_id, event_id, event_type, state, due_at, attempt, created_at, body
)
SELECT (%(ids)s::uuid[])[n], s.workspace_id, s.id, gen_random_uuid(), 'intent.created', 'ready',
       now() + (n - 3000) * interval '1 s' + tried * interval '1 hour', tried, now(), '{}'
FROM generate_series(1, 2500) n, LATERAL (SELECT CASE WHEN n IN (1, 2, 9) THEN 1 ELSE 0 END AS tried) t,
     intents_subscription s WHERE s.id = %(endpoint)s
"""


def test_what_was_tried_is_told_however_much_waits_behind_it(olga: PersonCaller, ids: list[UUID]) -> None:
    with transaction.atomic():
        new = [new_id() for _ in range(2500)]
        with connection.cursor() as cursor:
            cursor.execute(WAITING, {"ids": new, "endpoint": ids[1]})
        for number in (1, 2, 9):
            Attempt.objects.create(message_id=new[number - 1], number=1, ended_at=clock.now(), fault="timeout")
        found = endpoints.page(person(olga), slots=[clock.now() - timedelta(hours=1)]).items[1]
        transaction.set_rollback(True)
    assert (found.backlog, found.tries.taken, found.tries.failed, found.tries.last) == (2500, 0, 3, False)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All nodes of a plan."""
    return [plan, *(found for one in plan.get("Plans", ()) for found in nodes(one))]


def test_what_is_beyond_counting_is_said_to_be_more() -> None:
    assert [most(count) for count in (None, 0, 9_999, 10_000, 10_001)] == [None, "0", "9,999", "10,000", "10,000+"]
