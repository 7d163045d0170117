"""What the lists of tasks cost: so many queries, and none that reads all tasks."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inbox.operations import finding
from inbox.tasks import listing, lists, places
from inbox.tasks.lists import COUNTED, View
from inbox.tasks.models import Assignment
from inbox.tasks.places import SortOrder
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, person
from tests.inbox.test_lists import filled


def test_a_page_costs_two_queries_and_a_badge_one_however_much_waits(
    shop: KeyCaller, bob: PersonCaller, asked: Asked
) -> None:
    me = person(bob)
    with filled(asked, decided=100, live=COUNTED + 100):
        for view in (View.WAITING, View.CLAIMED, View.SNOOZED, View.OVER):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                lists.inbox(me, view=view, limit=50, now=timezone.now())
            assert len(captured) <= 2
        with CaptureQueriesContext(connection) as captured:
            assert lists.counts(me).waiting == COUNTED + 1
        assert len(captured) == 1


def explained(query: str, params: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {query}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_no_list_reads_all_tasks(shop: KeyCaller, bob: PersonCaller, asked: Asked) -> None:
    me = person(bob)
    with filled(asked, decided=10_000, live=5_000):
        clock = places.bounds(timezone.now())
        params = lists.params_of(me) | lists._stretches(SortOrder.DUE, clock, None) | lists._place(None, View.OVER)
        params |= {"limit": 51, "operates": True, "hour": clock.hour, "today": clock.today}
        plans = {view: explained(listing.page(view), params) for view in View}
        plans |= {"counts": explained(lists._counts(View.WAITING), params)}
        plans |= {"for others": explained(listing.page(listing.STANDING_IN), params)}
        plans |= {"counts for others": explained(lists._counts(listing.STANDING_IN), params)}
        searching = params | {"words": "refund:*", "limit": lists.WALKED, "wanted": 51}
        for view in View:
            plans[f"search {view}"] = plan = explained(listing.read(view), searching)
            assert "intents_intentbody_pkey" in plan, (view, plan)
            assert "intentbody_document" not in plan, (view, plan)
        for name, plan in plans.items():
            assert "Seq Scan on inbox_task" not in plan, (name, plan)
            assert "Seq Scan on inbox_assignment" not in plan, (name, plan)
            assert "Seq Scan on intents_intent" not in plan, (name, plan)
        for view, index in {
            View.WAITING: "assignment_by_risk",
            View.CLAIMED: "task_claimed",
            View.UNDECIDED: "task_by_risk",
            View.OVER: "task_over_by",
        }.items():
            assert index in plans[view], (view, plans[view])
        assert Assignment.objects.filter(live=True).count() > 5_000


def test_an_agent_that_nobody_here_is_called_costs_a_look_at_no_task(bob: PersonCaller, asked: Asked) -> None:
    me = person(bob)
    for q in ("agent:nobody", "from:nobody"):
        find = finding.read(me, q)
        clock = places.bounds(timezone.now())
        params = lists.params_of(me) | lists._stretches(SortOrder.DUE, clock, None) | lists._place(None, View.OVER)
        params |= {"limit": 51, "hour": clock.hour, "today": clock.today, **find.values}
        for view in View:
            plan = explained(listing.page(view, find.condition), params)
            assert "One-Time Filter" in plan, (q, view, plan)
