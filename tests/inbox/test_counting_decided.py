"""How many intents were decided within a long span, of which what is old is not counted again: never another number than
the list of them has."""

import random
from datetime import timedelta

import pytest

from inbox.operations import counting, selectors
from inbox.operations.models import DecidedCount
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway, person
from tests.inbox.test_counting import erased

QUERIES = ("decided:<1d", "decided:<2d", "decided:<=1d", "decided:>1d", "decided:<1h", "-decided:<1d", "decided:<1d is:open")


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "WORTH", 1)


def as_listed(olga: PersonCaller) -> dict[str, int]:
    """The totals, once they are what the lists have."""
    who = person(olga)
    totals = {q: selectors.total(who, q) for q in QUERIES}
    assert totals == {q: len(selectors.page(who, q, limit=200)[0]) for q in QUERIES}
    return totals


def asks_again(worker: KeyCaller, of: Asked) -> Asked:
    """The agent of an intent that was decided asks people once more."""
    worker.post(f"/intents/{of.intent_id}/wait", {"for": "human", "human_task": {"title": "And this?"}}).ok()
    tasks = worker.get("/tasks", intent_id=of.intent_id).ok()["tasks"]
    return Asked(of.intent_id, next(one["task_id"] for one in tasks if one["task_id"] != of.task_id))


def test_a_total_is_what_its_list_holds_as_time_goes_on(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    print("seed", seed)
    went_on: list[Asked] = []
    for _ in range(12):
        asked = ask_midway(shop, worker)
        asked.decide(bob, chance.choice(("approved", "rejected"))).ok()
        went_on.append(asked)
        if chance.random() < 0.5:
            asks_again(worker, chance.choice(went_on)).decide(bob, "approved").ok()
            went_on.clear()
        now.advance(minutes=chance.choice((2, 7, 40, 300)))
        as_listed(olga)
    assert DecidedCount.objects.count() == 2
    now.advance(days=3)
    assert as_listed(olga)["decided:<2d"] == 0


def test_what_is_old_is_not_counted_again_within_the_hour_or_until_some_are_erased(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    asked = [ask(shop) for _ in range(3)]
    for one in asked:
        one.decide(bob, "approved").ok()
    now.advance(minutes=15)
    assert as_listed(olga)["decided:<1d"] == 3
    DecidedCount.objects.update(number=100)
    assert selectors.total(person(olga), "decided:<1d") == 100
    now.advance(minutes=61)
    assert as_listed(olga)["decided:<1d"] == 3
    erased(asked[0].intent_id, entirely=True)
    assert as_listed(olga)["decided:<1d"] == 2


def test_what_is_decided_a_second_time_counts_once_on_either_side_of_what_is_kept(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    first = ask_midway(shop, worker)
    first.decide(bob, "approved").ok()
    now.advance(minutes=15)
    assert as_listed(olga)["decided:<1d"] == 1
    asks_again(worker, first).decide(bob, "approved").ok()
    assert as_listed(olga)["decided:<1d"] == 1
    DecidedCount.objects.update(until=now.now - timedelta(minutes=10))
    now.advance(minutes=23 * 60 + 50)
    assert as_listed(olga)["decided:<1d"] == 1
    now.advance(minutes=20)
    assert as_listed(olga)["decided:<1d"] == 0
