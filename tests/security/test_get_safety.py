"""No GET changes a domain row, whoever sends it: a link that is fetched, prefetched or scanned does nothing."""

import pytest

from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.conftest import Store
from tests.security.routes import Route, routes


@pytest.mark.parametrize("route", routes(), ids=str)
def test_looking_changes_nothing(
    route: Route,
    ids: dict[str, str],
    store: Store,
    nobody: Caller,
    machine: KeyCaller,
    worker: KeyCaller,
    shop: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
) -> None:
    before = store.hashes()
    path = route.at(ids)
    for caller in (nobody, machine, worker, shop, alice, bob, vera, charlie, machine.also(alice)):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = caller.send(method, path)
            assert answer.status < 500
            assert (method, answer.status) != ("OPTIONS", 200)
    assert store.hashes() == before
