"""No GET changes a domain row, whoever sends it: a link that is fetched, prefetched or scanned does nothing."""

from tests import turns
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.conftest import Unchanged
from tests.security.routes import routes


@turns.one(0, of=1)
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
    both, others = machine.also(alice), (nobody, worker, shop, bob, vera, charlie)
    everybody = (machine, alice, both, *others)
    for number, route in enumerate(routes()):
        path = route.at(ids)
        with unchanged(route):
            # A place that only takes a POST answers them all alike.
            asking = (
                (machine, alice, both, *turns.within(others, number)) if route.method == "GET" else (nobody, worker, both)
            )
            looks = [(caller, "GET") for caller in asking]
            # What these methods do hangs on the place, hardly on who asks: each place is asked by one.
            looks += [(everybody[number % len(everybody)], method) for method in ("HEAD", "OPTIONS")]
            for caller, method in looks:
                answer = caller.send(method, path)
                assert answer.status < 500
                assert (method, answer.status) != ("OPTIONS", 200)
