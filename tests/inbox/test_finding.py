"""Searching tasks: what each filter finds, in every list and in any order."""

from datetime import timedelta
from typing import Any

import pytest

from inbox.operations import finding
from inbox.operations.completing import completions
from inbox.operations.language import TASKS
from inbox.tasks import tallies
from inbox.tasks.lists import View
from inbox.tasks.places import SortOrder
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import person
from tests.inbox.listed import due, shown

HOURS = 60


def money(shop: KeyCaller, now: SettableClock, minutes: int | None, amount: Any, currency: str, **task: Any) -> str:
    more = {} if minutes is None else {"deadline_at": rfc3339(now.now + timedelta(minutes=minutes))}
    intent_id = shop.submit(payload={"amount": amount, "currency": currency}, human_task=task, **more)
    return str(shop.get("/tasks", intent_id=intent_id).ok()["tasks"][0]["task_id"])


@pytest.fixture
def made(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> list[str]:
    review = {"task_type": "review", "assignees": ["bob@myorg.example"]}
    return [
        money(shop, now, 30, "120.00", "EUR", risk="low"),
        money(shop, now, 3 * HOURS, "99.99", "EUR", risk="high"),
        money(shop, now, 5 * 24 * HOURS, "5000", "JPY", risk="low", **review),
        due(shop, now, None, risk="critical", title="Restart the rack").task_id,
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("risk:high", {1}),
        ("risk:high,critical", {1, 3}),
        ("-risk:low", {1, 3}),
        ("kind:review", {2}),
        ("due:<1h", {0}),
        ("due:<4h", {0, 1}),
        ("due:>4h", {2}),
        ("due:none", {3}),
        ("due:today", {0, 1}),
        ("amount:>100", {0, 2}),
        ("amount:<=99.99", {1}),
        ("amount:120", {0}),
        ("currency:jpy", {2}),
        ("agent:order-service", {0, 1, 2, 3}),
        ("from:shop", {0, 1, 2, 3}),
        ("from:other", set()),
        ("agent:other", set()),
        ("-agent:other", {0, 1, 2, 3}),
        ("-agent:other,shop", set()),
        ("assignee:me", {2}),
        ("is:open", {0, 1, 2, 3}),
        ("is:claimed", set()),
        ("is:waiting", {0, 1, 2, 3}),
        ("is:unread", {0, 1, 2, 3}),
        ("rack", {3}),
        ("-rack", {0, 1, 2}),
        ("rack risk:critical", {3}),
        ("rack risk:low", set()),
        ("age:<1h", {0, 1, 2, 3}),
        ("type:order", {0, 1, 2, 3}),
    ],
)
def test_a_filter_finds(bob: PersonCaller, made: list[str], q: str, found: set[int]) -> None:
    wanted = {made[n] for n in found}
    for order in SortOrder:
        assert set(shown(bob, q=q, order=order, limit=2)) == wanted, order
    me = person(bob)
    tally = tallies.tally(me, find=finding.read(me, q))
    assert tally.total == len(wanted)
    assert sum(tally.groups.values()) == sum(tally.risks.values()) == sum(tally.agents.values()) == len(wanted)


def test_a_tally_says_what_a_list_comes_to(bob: PersonCaller, made: list[str]) -> None:
    tally = tallies.tally(person(bob))
    assert {currency: f"{amount.normalize():f}" for currency, amount in tally.sums.items()} == {
        "EUR": "219.99",
        "JPY": "5000",
    }
    assert tally.risks == {"low": 2, "high": 1, "critical": 1}


def test_what_is_over_is_searched_too(bob: PersonCaller, made: list[str]) -> None:
    bob.post(f"/tasks/{made[0]}/decide", {"outcome": "approved"}).ok()
    bob.post(f"/tasks/{made[2]}/decide", {"outcome": "approved"}).ok()
    assert shown(bob, View.OVER, q="amount:>1000") == [made[2]]
    assert shown(bob, View.OVER, q="risk:low") == [made[2], made[0]]


@pytest.mark.parametrize(
    ("q", "why"),
    [
        ("rsik:high", "filters are risk:, kind:, is:, agent:, from:, type:, assignee:, currency:, due:, age:, amount:"),
        ("payload.amount:>1", "filters are risk:"),
        ("risk:huge", "risk: takes one of critical, high, medium, low"),
        ("due:4h", "say whether more or less than that"),
        ("amount:>lots", "more and less compare numbers"),
        ("amount:", "say what amount: is to be"),
    ],
)
def test_what_means_nothing_is_refused_with_what_there_is(bob: PersonCaller, q: str, why: str) -> None:
    with pytest.raises(InvalidField) as refused:
        finding.read(person(bob), q)
    assert why in refused.value.message


def test_a_search_that_is_typed_is_completed() -> None:
    assert completions("r", {}, language=TASKS) == ["risk:"]
    assert completions("risk:high d", {}, language=TASKS) == ["risk:high due:"]
    assert completions("due:", {}, language=TASKS) == ["due:today", "due:none", "due:<4h"]
    assert completions("agent:b", {"agent": ["billing", "shop"]}, language=TASKS) == ["agent:billing"]
    assert completions("payload", {}, language=TASKS) == []
