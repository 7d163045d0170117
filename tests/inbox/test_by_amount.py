"""Lists by amount: long ones are read from an index and hold what short ones hold, in the same order."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from inbox.tasks import by_amount, lists, places
from inbox.tasks.lists import View
from inbox.tasks.models import Task
from inbox.tasks.places import SortOrder
from intents import auth
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, person
from tests.inbox.listed import shown
from tests.inbox.test_inbox_costs import explained
from tests.inbox.test_lists import filled

MONEY = [("129.00", "EUR"), ("9000.25", "USD"), (20, "EUR"), ("1204.5", "EUR"), (0, "EUR"), ("-3", "EUR"), (129, "EUR")]


@pytest.fixture
def made(now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> list[Asked]:
    """With and without amounts; some are claimed by either, snoozed, delegated or others'."""
    made = [ask(shop, {"amount": amount, "currency": currency}, risk="low") for amount, currency in MONEY for _ in range(2)]
    made += [ask(shop) for _ in range(4)]
    for numbers, who, act, body in (
        ((0, 14), bob, "claim", None),
        ((2, 15), alice, "claim", None),
        ((4,), bob, "snooze", {"until": rfc3339(now.now + timedelta(hours=2))}),
        ((6,), bob, "delegate", {"to": "alice@myorg.example"}),
    ):
        for number in numbers:
            made[number].post(who, act, body).ok()
    made.append(ask(shop, {"amount": 5, "currency": "EUR"}, assignees=["alice@myorg.example"]))
    return made


@pytest.mark.parametrize("view", [View.WAITING, View.UNDECIDED])
def test_a_long_list_is_in_the_order_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch, made: list[Asked], bob: PersonCaller, olga: PersonCaller, view: View
) -> None:
    who = olga if view is View.UNDECIDED else bob
    short = {q: shown(who, view, q=q, order=SortOrder.AMOUNT) for q in ("", "risk:low", "amount:>100")}
    monkeypatch.setattr(lists, "COUNTED", 0)
    for q, wanted in short.items():
        assert len(wanted) == len(set(wanted)) >= 4
        for limit in (1, 3, 50):
            assert shown(who, view, q=q, order=SortOrder.AMOUNT, limit=limit) == wanted
    amounts = [Task.objects.get(id=one) for one in short[""]]
    eur = [one.amount for one in amounts if one.amount is not None and one.currency == "EUR"]
    assert eur == sorted(eur, reverse=True)


def test_a_long_list_of_a_stand_in_has_what_is_theirs_who_are_away(
    monkeypatch: pytest.MonkeyPatch, now: SettableClock, made: list[Asked], bob: PersonCaller, alice: PersonCaller
) -> None:
    until = (now.now + timedelta(days=9)).date().isoformat()
    away = {"from": None, "until": until, "stand_in": "bob@myorg.example", "message": ""}
    alice.put("/me/out-of-office", away).ok()
    auth.forget()
    assert person(bob).stands_in_for
    short = shown(bob, order=SortOrder.AMOUNT)
    assert made[-1].task_id in short
    monkeypatch.setattr(lists, "COUNTED", 0)
    assert shown(bob, order=SortOrder.AMOUNT, limit=2) == short


def test_a_long_list_by_amount_puts_nothing_in_order(bob: PersonCaller, asked: Asked) -> None:
    me = person(bob)
    with filled(asked, decided=5_000, live=5_000):
        clock = places.bounds(timezone.now())
        params = lists.params_of(me) | lists._place(None, View.WAITING)
        params |= {"limit": 51, "hour": clock.hour, "today": clock.today}
        for which in by_amount.LISTS:
            for after in (False, True):
                plan = explained(by_amount._with(which, "", after=after), params)
                assert "task_by_amount" in plan, plan
                assert "Sort" not in plan, plan
            plan = explained(by_amount._without(which, "", after=False), params)
            assert "Seq Scan on inbox_task" not in plan, plan


@pytest.mark.parametrize("amount", ["12345678901234567.05", "-999999999999999999999999.999999999999", "0.1000000000"])
def test_an_amount_of_many_digits_is_listed_as_it_was_sent(shop: KeyCaller, bob: PersonCaller, amount: str) -> None:
    large, small = (ask(shop, {"amount": one, "currency": "EUR"}) for one in (amount, "-1000"))
    assert Task.objects.get(id=large.task_id).amount == Decimal(amount)
    assert shown(bob, order=SortOrder.AMOUNT, limit=1)[0] == (large if amount[0] != "-" else small).task_id


@pytest.mark.parametrize("amount", ["1e999999", "-1E-999999", "9" * 29, f"0.{'1' * 21}", "NaN", "Infinity", "\u0661"])
def test_a_cursor_with_an_amount_that_no_task_has_is_refused(bob: PersonCaller, amount: str) -> None:
    with pytest.raises(InvalidField):
        lists.inbox(person(bob), limit=1, cursor=f"amount_{UUID(int=1).hex}_EUR_{amount}", order=SortOrder.AMOUNT)
