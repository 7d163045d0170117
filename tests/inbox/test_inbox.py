"""The lists of the inbox: what each holds, in which order, in pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.tasks import lists
from inbox.tasks.lists import COUNTED, Counts, View
from inbox.tasks.models import Assignment, Snooze
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.listed import due, shown
from tests.inbox.test_lists import filled


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_what_is_due_soonest_comes_first_then_the_riskiest_then_the_oldest(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, limit: int
) -> None:
    made = [
        due(shop, now, None, risk="low"),
        due(shop, now, None, risk="critical"),
        due(shop, now, 60, risk="low"),
        due(shop, now, 5, risk="low"),
        due(shop, now, 60, risk="high"),
        due(shop, now, None, risk="critical"),
    ]
    assert shown(bob, limit=limit) == [made[n].task_id for n in (3, 4, 2, 1, 5, 0)]


DAY = 24 * 60
YEAR = 399 * DAY


@pytest.mark.parametrize("view", [View.WAITING, View.CLAIMED, View.UNDECIDED])
def test_what_is_due_far_off_is_listed_below_what_is_risky_and_has_no_time(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, view: View
) -> None:
    made = [
        due(shop, now, YEAR, risk="low"),
        due(shop, now, None, risk="critical"),
        due(shop, now, 3 * DAY, risk="low"),
        due(shop, now, 10 * DAY, risk="high"),
        due(shop, now, 120, risk="low"),
        due(shop, now, 2 * DAY, risk="critical"),
        due(shop, now, None, risk="low"),
    ]
    if view is View.CLAIMED:
        for one in made:
            one.post(bob, "claim").ok()
    who = olga if view is View.UNDECIDED else bob
    # The critical ones count as due within a day, the high one in three, beside a low one of then.
    assert shown(who, view=view, limit=2) == [made[n].task_id for n in (4, 1, 5, 3, 2, 0, 6)]


def test_what_waits_long_without_a_time_comes_up_before_what_was_asked_later(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller
) -> None:
    old = due(shop, now, None, risk="medium")
    now.advance(days=6, hours=1)
    soon = due(shop, now, 2 * DAY, risk="critical")
    urgent = due(shop, now, 60, risk="low")
    assert shown(bob) == [urgent.task_id, old.task_id, soon.task_id]


def test_what_gets_another_time_moves_to_its_place(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    first, second = due(shop, now, 60, risk="low"), due(shop, now, 120, risk="low")
    sooner = {"controls_patch": {"deadline_at": rfc3339(now.now + timedelta(minutes=5))}}
    shop.post(f"/intents/{second.intent_id}/controls", sooner).ok()
    assert shown(bob) == [second.task_id, first.task_id]


def test_a_task_put_to_somebody_in_several_ways_is_listed_once(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = [ask(shop, assignees=["bob@myorg.example", "approver"]) for _ in range(3)]
    assert shown(bob, limit=1) == [one.task_id for one in asked]
    assert lists.counts(person(bob)).waiting == 3


def test_a_snoozed_task_comes_back_at_its_time(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    asked, other = ask(shop), ask(shop)
    until = now.now + timedelta(hours=2)
    assert asked.post(bob, "snooze", {"until": rfc3339(until)}).ok()["until"] == rfc3339(until)
    assert (shown(bob), shown(bob, View.SNOOZED)) == ([other.task_id], [asked.task_id])
    assert [one["task_id"] for one in bob.get("/me/tasks", view="snoozed").ok()["tasks"]] == [asked.task_id]
    page = lists.inbox(person(bob), view=View.SNOOZED, limit=9)
    assert list(page.until.values()) == [until]
    now.advance(hours=2)
    assert (shown(bob), shown(bob, View.SNOOZED)) == ([asked.task_id, other.task_id], [])
    other.post(bob, "snooze", {"until": rfc3339(now.now + timedelta(hours=1))}).ok()
    assert [str(one.task_id) for one in Snooze.objects.all()] == [other.task_id]


def test_a_snoozed_task_comes_back_when_something_happens_to_it(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, asked: Asked
) -> None:
    def snoozed() -> bool:
        asked.post(bob, "snooze", {"until": rfc3339(now.now + timedelta(hours=2))}).ok()
        return shown(bob) == [] and shown(bob, View.SNOOZED) == [asked.task_id]

    for happening in (
        lambda: asked.post(alice, "comment", {"comment": "look"}),
        lambda: asked.post(alice, "ask", {"question": "why?"}),
        lambda: shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "because"}),
        lambda: shop.post(f"/intents/{asked.intent_id}/controls", {"controls_patch": {"timeout_seconds": 90}}),
    ):
        assert snoozed()
        assert shown(alice) == [asked.task_id]
        happening().ok()
        assert (shown(bob), shown(bob, View.SNOOZED)) == ([asked.task_id], [])
    assert snoozed()
    asked.post(bob, "snooze", {"until": None}).ok()
    assert shown(bob) == [asked.task_id]


def test_a_snooze_is_refused_by_field_and_to_who_may_not_decide(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    asked = ask(shop)
    refused = asked.post(bob, "snooze", {"until": rfc3339(now.now)})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "until")
    assert asked.post(bob, "snooze", {}).status == 422
    later = {"until": rfc3339(now.now + timedelta(days=1))}
    assert asked.post(vera, "snooze", later).code == "policy_denied"
    assert asked.post(shop, "snooze", later).code == "policy_denied"
    assert asked.post(charlie, "snooze", later).status == 404
    asked.decide(bob, "approved").ok()
    assert asked.post(bob, "snooze", later).code == "already_decided"


def test_what_is_over_is_listed_the_latest_first(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, vera: PersonCaller
) -> None:
    first, second, third, fourth = (ask(shop) for _ in range(4))
    for act in (
        lambda: second.decide(bob, "approved"),
        lambda: shop.post(f"/intents/{first.intent_id}/resolve", {"status": "CANCELED", "reason": "no"}),
        lambda: fourth.decide(bob, "rejected"),
    ):
        now.advance(seconds=1)
        act().ok()
    now.advance(seconds=1)
    third.decide_on_page(bob)
    for limit in (1, 50):
        assert shown(vera, View.OVER, limit=limit) == [one.task_id for one in (third, fourth, first, second)]


def test_operators_see_all_that_is_undecided(
    shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, alice: PersonCaller
) -> None:
    asked = [ask(shop, assignees=["alice@myorg.example"]), ask(shop)]
    asked[1].post(bob, "claim").ok()
    assert shown(olga, View.UNDECIDED) == [one.task_id for one in asked]
    assert lists.counts(person(olga)) == Counts(undecided=2)
    with pytest.raises(Denied):
        shown(bob, View.UNDECIDED)
    assert lists.counts(person(bob)).undecided is None


def test_lists_are_searched_by_words(shop: KeyCaller, bob: PersonCaller) -> None:
    acme, other = ask(shop, {"vendor": "ACME"}, title="Refund"), ask(shop, {"vendor": "Globex"}, title="Refund")
    assert shown(bob, q="acm") == [acme.task_id]
    assert shown(bob, q="refund") == [acme.task_id, other.task_id]
    for one in (acme, other):
        one.decide(bob, "approved").ok()
    assert shown(bob, View.OVER, q="globex") == [other.task_id]
    with pytest.raises(InvalidField, match="q"):
        shown(bob, q="...")


def test_a_rare_word_is_found_behind_all_that_a_search_reads_one_by_one(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    common = [ask(shop, {"vendor": "ACME"}).task_id for _ in range(4)]
    rare = ask(shop, {"vendor": "ACME Globex"}).task_id
    monkeypatch.setattr(lists, "WALKED", 2)
    assert shown(bob, q="globex") == [rare]
    assert shown(bob, q="acme") == [*common, rare]
    first = lists.inbox(person(bob), limit=2, q="acme")
    assert [str(one.id) for one in first.tasks] == common[:2]
    second = lists.inbox(person(bob), limit=9, q="acme", cursor=first.next_cursor)
    assert [str(one.id) for one in second.tasks] == [*common[2:], rare]


@pytest.mark.parametrize("cursor", ["", "x", "1-1-1", "f" * 15 + "-0-" + "0" * 32, "1-10-" + "0" * 32])
def test_a_cursor_of_ones_own_making_is_refused(bob: PersonCaller, cursor: str) -> None:
    refused = bob.get("/me/tasks", cursor=cursor)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "cursor")


def test_somebody_of_another_workspace_sees_nothing(shop: KeyCaller, asked: Asked, charlie: PersonCaller) -> None:
    for view in View:
        assert shown(charlie, view) == []
    assert lists.counts(person(charlie)) == Counts(undecided=0)


def test_a_page_costs_two_queries_and_a_badge_one_however_much_waits(
    shop: KeyCaller, bob: PersonCaller, asked: Asked
) -> None:
    me = person(bob)
    with filled(asked, decided=100, live=COUNTED + 100):
        for view in (View.WAITING, View.CLAIMED, View.SNOOZED, View.OVER):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                lists.inbox(me, view=view, limit=50)
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
        params = lists._params(me, lists._FIRST) | {"limit": 51, "words": None, "operates": True}
        plans = {view: explained(query.format(matching=""), params) for view, query in lists._QUERIES.items()}
        plans |= {"counts": explained(lists._COUNTS, params)}
        searching = params | {"words": "refund:*", "limit": lists.WALKED, "wanted": 51}
        for name, query in lists._WALKS.items():
            plans[f"search {name}"] = plan = explained(query, searching)
            assert "intents_intentbody_pkey" in plan, (name, plan)
            assert "intentbody_document" not in plan, (name, plan)
        for name, plan in plans.items():
            assert "Seq Scan on inbox_task" not in plan, (name, plan)
            assert "Seq Scan on inbox_assignment" not in plan, (name, plan)
            assert "Seq Scan on intents_intent" not in plan, (name, plan)
        for view, index in {
            View.WAITING: "assignment_decidable",
            View.CLAIMED: "task_claimed",
            View.UNDECIDED: "task_in_order",
            View.OVER: "task_over",
        }.items():
            assert index in plans[view], (view, plans[view])
        assert Assignment.objects.filter(live=True).count() > 5_000
