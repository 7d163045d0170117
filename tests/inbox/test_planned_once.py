"""What every request reads is planned once a connection: PostgreSQL keeps a generic plan after five executions."""

import re
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
from inbox.tasks import audience, listing, lists
from inbox.tasks import selectors as tasks
from inbox.tasks.lists import View
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


DEAR = """
SET LOCAL cpu_tuple_cost = 1; SET LOCAL cpu_index_tuple_cost = 1; SET LOCAL random_page_cost = 100;
SET LOCAL seq_page_cost = 100
"""


@pytest.mark.parametrize("what", ["intent", "events", "endings", "asked", "counts", "watched", "endpoints", "endpoint"])
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
        "watched": lambda: watched.page(watcher, "is:waiting"),
        "endpoints": lambda: endpoints.page(watcher, slots=slots),
        "endpoint": lambda: posts.page(watcher, endpoint, PostView.WAITING),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS)
    assert planned_each_time(reads[what]) == []


@pytest.mark.parametrize("what", ["list", "next", "near", "marks", "asked"])
def test_what_a_press_of_a_button_reads_is_planned_once(what: str, shop: KeyCaller, bob: PersonCaller) -> None:
    """Where rows are many, what a plan for these very values seems to save is more than planning seems to cost: here rows
    are dear instead."""
    asked = [ask(shop) for _ in range(6)]
    who, ids = person(bob), [UUID(one.task_id) for one in asked]
    reads: dict[str, Callable[[], object]] = {
        "list": lambda: lists.inbox(who, limit=50),
        "next": lambda: lists.following(who, limit=2),
        "near": lambda: lists.among(who, ids=ids[:1]),
        "marks": lambda: tasks.own(who, ids[:1]),
        "asked": lambda: audience.asked([UUID(asked[0].intent_id)]),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_task SET excluded = %s WHERE id = ANY(%s)", [[who.workspace_id], ids[1:]])
        cursor.execute(STATISTICS)
        cursor.execute(DEAR)
        assert planned_each_time(reads[what]) == []


@pytest.mark.parametrize("view", [view for view in View if view is not View.OVER] + [listing.STANDING_IN])
def test_the_planner_of_a_list_cannot_know_whose_it_is_nor_how_long(view: str) -> None:
    """Of who has much, what they have seems to be found a little sooner than what anybody has: by hundreds of rows only."""
    assert re.findall(r"(?<!\(SELECT )%\((?:user|workspace|limit)\)s", listing.page(view)) == []


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
