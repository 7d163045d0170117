"""What every request reads is planned once a connection: PostgreSQL keeps a generic plan after five executions."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from inbox.escalation import selectors as policies
from inbox.notifications.services import messages
from inbox.operations import endpoints, posts
from inbox.operations import selectors as watched
from inbox.operations.posts import PostView
from inbox.tasks import audience, lists
from intents.engine import histories, selectors
from intents.engine.models import Intent
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person
from tests.planning import planned_each_time

STATISTICS = """
ANALYZE intents_intent, intents_intentbody, intents_intentevent, intents_wait, intents_delivery, inbox_task,
        inbox_assignment, inbox_snooze, intents_subscription, intents_webhookmessage, intents_attempt
"""
"""Of this test's own rows: what others left in the tables decides what a plan seems to be worth."""


@pytest.mark.parametrize(
    "what", ["intent", "events", "endings", "asked", "counts", "list", "watched", "endpoints", "endpoint"]
)
def test_a_statement_of_every_request_is_planned_once(
    what: str, shop: KeyCaller, machine: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    ids = [UUID(ask(shop).intent_id)]
    who, watcher = person(bob), person(olga)
    there = {"callback_url": "https://example.com/", "event_types": ["*"]}
    made = machine.post("/webhooks/subscriptions", there).ok()["subscription"]
    endpoint = endpoints.endpoint(watcher, UUID(made["subscription_id"]))
    slots = [clock.now() - timedelta(hours=hour) for hour in range(23, -1, -1)]
    reads: dict[str, Callable[[], object]] = {
        "intent": lambda: selectors.details(ids),
        "events": lambda: histories.chunks({ids[0]: 0}, events=200, size=100_000),
        "endings": lambda: selectors.endings(ids),
        "asked": lambda: policies.asked(list(Intent.objects.filter(id__in=ids))),
        "counts": lambda: lists.counts(who),
        "list": lambda: lists.inbox(who, limit=50),
        "watched": lambda: watched.page(watcher, "is:waiting"),
        "endpoints": lambda: endpoints.page(watcher, slots=slots),
        "endpoint": lambda: posts.page(watcher, endpoint, PostView.WAITING),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS)
    assert planned_each_time(reads[what]) == []


@pytest.mark.parametrize("what", ["messages", "assigned", "named"])
def test_whoever_a_principal_names_is_found_by_their_key(what: str, shop: KeyCaller) -> None:
    ids = [UUID(ask(shop).task_id)]
    query, params = {
        "messages": (messages._ITEMS, {"ids": ids}),
        "assigned": (audience._ASSIGNED.text, {"task": ids[0], "now": None}),
        "named": (audience._NAMED, [ids[0]]),
    }[what]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        cursor.execute(f"EXPLAIN {query}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on intents_user" not in plan, plan
    assert "intents_user_pkey" in plan, plan
    assert "intents_group_pkey" in plan, plan
