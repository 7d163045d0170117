"""How many intents a large list holds, of which what is old is not counted again: never another number than the list has."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from inbox.jobs import prune
from inbox.operations import counting, selectors
from inbox.operations.models import CountedList
from intents.accounts.models import Member, Workspace
from intents.accounts.services import tenancy
from intents.engine import erasing
from intents.engine.selectors import lock_many
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.kernel.models import ids_of
from intents.kernel.unit_of_work import unit
from intents.retention.services import people
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import ask, person
from tests.intents.waiting import at_once

QUERIES = ("", "gaskets", "gaskets rivets", "nowhere", "gaskets is:open", "-rivets", "created:<1h")


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "WORTH", 2)
    monkeypatch.setattr(counting, "MANY", 2)


@pytest.fixture
def olds(now: SettableClock, shop: KeyCaller) -> list[str]:
    """Intents from half an hour ago."""
    with ids_of(now.now - timedelta(minutes=30)):
        return [submitted(shop, words) for words in ("gaskets", "gaskets rivets", "rivets", "gaskets")]


def submitted(shop: KeyCaller, words: str, **fields: Any) -> str:
    return shop.submit(payload={"parts": words}, **fields)


def totals(olga: PersonCaller) -> dict[str, int]:
    who = person(olga)
    return {q: selectors.total(who, q) for q in QUERIES}


def listed(olga: PersonCaller) -> dict[str, int]:
    who = person(olga)
    return {q: len(selectors.page(who, q, limit=200)[0]) for q in QUERIES}


def erased(intent_id: str, *, entirely: bool) -> None:
    @unit
    def erase() -> None:
        (intent,) = lock_many([intent_id]).intents.values()
        erasing.erase(intents=[intent], by="test", reason="test", now=clock.now(), entirely=entirely)

    erase()


def test_a_total_is_what_its_list_holds_whatever_becomes_of_it(
    now: SettableClock, shop: KeyCaller, olga: PersonCaller, olds: list[str]
) -> None:
    assert totals(olga) == listed(olga)
    assert sorted(CountedList.objects.values_list("number", flat=True)) == [3, 4]
    with ids_of(now.now):
        new = [submitted(shop, "gaskets") for _ in range(2)]
    assert totals(olga) == listed(olga)
    erased(olds[0], entirely=False)
    assert totals(olga) == listed(olga)
    for one in (olds[0], olds[1], new[0]):
        erased(one, entirely=True)
        assert totals(olga) == listed(olga)
    assert sorted(CountedList.objects.values_list("number", flat=True)) == [1, 2]
    with ids_of(now.now):
        for _ in range(4):
            submitted(shop, "gaskets rivets")
    now.advance(minutes=30)
    assert totals(olga) == listed(olga)
    assert sorted(CountedList.objects.values_list("number", flat=True)) == [6, 7], "counted anew, as many came since"


def test_what_is_old_is_not_counted_again_within_the_hour(
    now: SettableClock, olga: PersonCaller, shop: KeyCaller, olds: list[str]
) -> None:
    before = totals(olga)
    for row in CountedList.objects.all():
        row.number += 100
        row.save()
    assert [after - before[q] for q, after in totals(olga).items()] == [100, 100, 0, 0, 0, 0, 0]
    now.advance(minutes=61)
    with ids_of(now.now - timedelta(days=1)):
        submitted(shop, "gaskets")
    assert totals(olga) == listed(olga)


def test_who_is_erased_is_counted_by_no_word_any_more(
    now: SettableClock, workspace: Workspace, olga: PersonCaller, shop: KeyCaller, olds: list[str]
) -> None:
    zoe = make_person(workspace, "gaskets@myorg.example", Role.APPROVER)
    with ids_of(now.now - timedelta(minutes=30)):
        for _ in range(2):
            ask(shop, {"parts": "gaskets"}, assignees=[zoe.user.email, "approver"])
    assert totals(olga) == listed(olga)
    assert totals(olga)["gaskets"] == 5
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=zoe.user))
    people.erase(actor=SETUP, email=zoe.user.email)
    assert totals(olga) == listed(olga)
    assert totals(olga)["gaskets"] == 3


def test_each_workspace_has_numbers_of_its_own(
    olga: PersonCaller, foreign_machine: KeyCaller, now: SettableClock, olds: list[str]
) -> None:
    with ids_of(now.now - timedelta(minutes=30)):
        foreign = submitted(foreign_machine, "gaskets")
    assert totals(olga) == listed(olga)
    erased(foreign, entirely=True)
    assert totals(olga) == listed(olga)


def test_nothing_is_kept_of_what_is_counted_while_something_is_erased(
    now: SettableClock, olga: PersonCaller, olds: list[str]
) -> None:
    def beside() -> dict[str, int]:
        with clock.frozen_at(now.now):
            return totals(olga)

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        erased(olds[0], entirely=True)
        (found,) = at_once(pool, beside)
        assert found[""] == 4
    assert not CountedList.objects.exists()
    assert totals(olga) == listed(olga)


def test_lists_that_nobody_counts_are_forgotten(now: SettableClock, olga: PersonCaller, olds: list[str]) -> None:
    totals(olga)
    now.advance(days=6)
    prune()
    assert CountedList.objects.count() == 2
    now.advance(days=2)
    prune()
    assert not CountedList.objects.exists()


def test_one_that_takes_no_writes_counts_all_the_same(olga: PersonCaller, olds: list[str]) -> None:
    who = person(olga)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        assert selectors.total(who, "gaskets") == 3
    assert not CountedList.objects.exists()
