"""Words are found one by one among the first of a list, and by their index beyond; nobody can tell where that is."""

from uuid import UUID

import pytest

from inbox.operations import listing, selectors
from intents.engine.lifecycle import Status
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import person
from tests.intents.factory import make

QUERIES = (
    *("apple", "pear", "apple pear", "nothing", "-apple", "apple -pear", "apple is:open", "pear is:done", "apple -is:done"),
    *("app", "apple type:order", "apple is:stuck", "apple is:open is:done", '"apple pear"'),
)


def walk(who: PersonCaller, q: str, *, newer: bool) -> list[UUID]:
    """All that a query finds, page by page, from one end."""
    actor, found = person(who), list[UUID]()
    cursor = UUID(int=0) if newer else None
    while True:
        rows, cursor = selectors.page(actor, q, cursor, 2, newer=newer)
        found += [one.id for one in rows]
        if cursor is None:
            return found


@pytest.mark.parametrize("newer", [False, True])
def test_a_search_finds_the_same_wherever_the_edge_is(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, newer: bool
) -> None:
    fruits = ("apple", "pear", "apple pear", "plum")
    for n in range(12):
        state = (Status.COMPLETED, Status.SUBMITTED, Status.FAILED)[n % 3]
        make(state, sender=shop, handler=worker, payload={"fruit": fruits[n % 4]})
    for q in QUERIES:
        monkeypatch.setattr(listing, "LOOKED_AT", 1000)
        everything = walk(olga, q, newer=newer)
        assert len(everything) == selectors.total(person(olga), q), q
        assert everything == sorted(everything, reverse=not newer), q
        for edge in (0, 1, 3, 7):
            monkeypatch.setattr(listing, "LOOKED_AT", edge)
            assert walk(olga, q, newer=newer) == everything, (q, edge)
    assert len(walk(olga, "apple", newer=newer)) == 6
