"""What every request reads is planned once a connection: PostgreSQL keeps a generic plan after five executions."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection

from inbox.escalation import selectors as policies
from inbox.operations import selectors as watched
from inbox.tasks import lists
from intents.engine import selectors
from intents.engine.models import Intent
from intents.kernel import statements
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, person

EXECUTIONS = 8
"""After five that were planned each by itself, PostgreSQL compares what planning costs with what it gains."""
STATISTICS = """
ANALYZE intents_intent, intents_intentbody, intents_intentevent, intents_wait, intents_delivery, inbox_task,
        inbox_assignment, inbox_snooze
"""
"""Of this test's own rows: what others left in the tables decides what a plan seems to be worth."""
_PLANNED_EACH_TIME = "SELECT statement FROM pg_prepared_statements WHERE generic_plans = 0 AND custom_plans >= %s"


@pytest.mark.parametrize("what", ["intent", "events", "endings", "asked", "counts", "list", "watched"])
def test_a_statement_of_every_request_is_planned_once(
    what: str, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    ids = [UUID(ask(shop).intent_id)]
    who, watcher = person(bob), person(olga)
    reads: dict[str, Callable[[], object]] = {
        "intent": lambda: selectors.details(ids),
        "events": lambda: selectors.chunks({ids[0]: 0}, events=200, size=100_000),
        "endings": lambda: selectors.endings(ids),
        "asked": lambda: policies.asked(list(Intent.objects.filter(id__in=ids))),
        "counts": lambda: lists.counts(who),
        "list": lambda: lists.inbox(who, limit=50),
        "watched": lambda: watched.page(watcher, "is:waiting"),
    }
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS)
        cursor.execute("DEALLOCATE ALL")
    for _ in range(EXECUTIONS):
        reads[what]()
    assert statements.rows(_PLANNED_EACH_TIME, [EXECUTIONS]) == []
