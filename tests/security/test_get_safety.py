"""No GET changes a domain row, whoever sends it: a link that is fetched, prefetched or scanned does nothing."""

from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.conftest import Unchanged
from tests.security.routes import routes


def test_looking_changes_nothing(
    ids: dict[str, str],
    unchanged: Unchanged,
    nobody: Caller,
    machine: KeyCaller,
    worker: KeyCaller,
    shop: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
) -> None:
    everybody = (nobody, machine, worker, shop, alice, bob, vera, charlie, machine.also(alice))
    for route in routes():
        path = route.at(ids)
        with unchanged(route):
            # A place that only takes a POST answers them all alike.
            for caller in everybody if route.method == "GET" else (nobody, worker, machine.also(alice)):
                for method in ("GET", "HEAD", "OPTIONS"):
                    answer = caller.send(method, path)
                    assert answer.status < 500
                    assert (method, answer.status) != ("OPTIONS", 200)
