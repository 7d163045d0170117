"""The lists of the inbox: what each holds, in which order, in pages."""

import json
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from inbox.operations import finding
from inbox.tasks import lists, tallies
from inbox.tasks.lists import Counts, View
from inbox.tasks.models import Snooze, Task
from inbox.tasks.places import DueGroup, SortOrder
from intents.kernel.clock import rfc3339
from intents.kernel.errors import Denied, InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.listed import due, shown

DAY = 24 * 60


@pytest.mark.parametrize("view", [View.WAITING, View.CLAIMED, View.UNDECIDED])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_list_is_in_groups_by_due_time_and_in_them_by_risk_then_due(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, limit: int, view: View
) -> None:
    made = [
        due(shop, now, None, risk="low"),
        due(shop, now, None, risk="critical"),
        due(shop, now, 399 * DAY, risk="low"),
        due(shop, now, 60, risk="low"),
        due(shop, now, 5, risk="low"),
        due(shop, now, 59, risk="high"),
        due(shop, now, 2 * DAY, risk="medium"),
        due(shop, now, 11 * 60, risk="critical"),
        due(shop, now, 10 * DAY, risk="high"),
        due(shop, now, None, risk="high"),
        due(shop, now, 3 * 60, risk="low"),
    ]
    for one in made if view is View.CLAIMED else ():
        one.post(bob, "claim").ok()
    who = olga if view is View.UNDECIDED else bob
    # Within the hour: 5, 4, 3. Today: 7, then what is critical and has no time, 10. Later: 8, 6, 2. No deadline: 9, 0.
    assert shown(who, view=view, limit=limit) == [made[n].task_id for n in (5, 4, 3, 7, 1, 10, 8, 6, 2, 9, 0)]
    groups = lists.inbox(person(who), view=view, limit=50).groups.values()
    assert list(groups) == [DueGroup.HOUR] * 3 + [DueGroup.TODAY] * 3 + [DueGroup.LATER] * 3 + [DueGroup.NO_DEADLINE] * 2
    tally = tallies.tally(person(who), view=view)
    assert (tally.total, sorted(tally.groups.items())) == (11, [(0, 3), (1, 3), (2, 3), (3, 2)])


def test_the_day_ends_where_the_reader_is(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    due(shop, now, 8 * 60)
    for zone, group in (("UTC", DueGroup.TODAY), ("Asia/Tokyo", DueGroup.LATER)):
        with timezone.override(ZoneInfo(zone)):
            assert list(lists.inbox(person(bob), limit=9).groups.values()) == [group]


def test_pages_go_on_by_the_clock_of_the_first_whatever_becomes_due(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller
) -> None:
    made = [due(shop, now, minutes, risk=risk) for risk in ("medium", "low") for minutes in (30, 90, 2 * DAY)]
    first = lists.inbox(person(bob), limit=2)
    now.advance(minutes=45)  # what comes next is due within the hour by now, and would stand before it
    rest = lists.inbox(person(bob), limit=9, cursor=first.next_cursor)
    assert [str(one.id) for one in (*first.tasks, *rest.tasks)] == [made[n].task_id for n in (0, 3, 1, 4, 2, 5)]
    assert rest.after is DueGroup.HOUR


def test_lists_come_in_other_orders(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    made = [
        due(shop, now, 60, risk="low"),
        due(shop, now, 5, risk="medium"),
        due(shop, now, None, risk="critical"),
        due(shop, now, 90, risk="critical"),
    ]
    paid = [ask(shop, {"amount": amount, "currency": currency}) for amount, currency in MONEY]
    rest = [made[n].task_id for n in range(4)]
    for limit in (1, 3, 50):
        by_risk = shown(bob, limit=limit, order=SortOrder.RISK)
        assert by_risk == [rest[3], rest[2], rest[1], *(one.task_id for one in paid), rest[0]]
        newest = shown(bob, limit=limit, order=SortOrder.NEWEST)
        assert newest == [one.task_id for one in reversed([*made, *paid])]
        by_amount = shown(bob, limit=limit, order=SortOrder.AMOUNT)
        assert by_amount == [*(paid[n].task_id for n in (3, 0, 2, 1)), *rest]


MONEY = [("129.00", "EUR"), ("9000.25", "USD"), (20, "EUR"), ("1204.5", "EUR")]


def test_amounts_are_kept_as_they_were_asked_for(shop: KeyCaller, bob: PersonCaller) -> None:
    kept = {
        '{"amount_cents": 12950, "currency": "EUR"}': ("129.5", "EUR"),
        '{"total": 5000, "currency": "JPY"}': ("5000", "JPY"),
        '{"amount": "0.00012345", "currency": "BTC"}': ("0.00012345", "BTC"),
        '{"amount": "0.00000000000012345", "currency": "BTC"}': (None, ""),
        '{"amount": 1e27, "currency": "EUR"}': (None, ""),
        '{"customer": "ACME"}': (None, ""),
    }
    for payload, (amount, currency) in kept.items():
        task = Task.objects.get(id=ask(shop, json.loads(payload)).task_id)
        assert (task.amount, task.currency) == (Decimal(amount) if amount else None, currency), payload


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
    acme = finding.read(person(bob), "acme")
    first = lists.inbox(person(bob), limit=2, find=acme)
    assert [str(one.id) for one in first.tasks] == common[:2]
    second = lists.inbox(person(bob), limit=9, find=acme, cursor=first.next_cursor)
    assert [str(one.id) for one in second.tasks] == [*common[2:], rare]


@pytest.mark.parametrize(
    "cursor", ["", "x", "1-1-1", "due_" + "0" * 32, "risk_" + "0" * 32 + "_1_1", "due_" + "0" * 32 + "_1_1_9_0_1"]
)
def test_a_cursor_of_ones_own_making_is_refused(bob: PersonCaller, cursor: str) -> None:
    refused = bob.get("/me/tasks", cursor=cursor)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "cursor")


def test_somebody_of_another_workspace_sees_nothing(shop: KeyCaller, asked: Asked, charlie: PersonCaller) -> None:
    for view in View:
        assert shown(charlie, view) == []
    assert lists.counts(person(charlie)) == Counts(undecided=0)
