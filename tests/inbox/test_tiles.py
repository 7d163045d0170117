"""A tile's number is how many its list holds, whatever a workspace is like."""

import itertools
import random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from inbox.operations import agents, deliveries, endpoints, measures, overview, selectors
from inbox.operations.agents import Health
from inbox.operations.deliveries import DeliveryView
from inbox.operations.endpoints import EndpointView
from intents.kernel import clock
from intents.kernel.actors import Person
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import person
from tests.inbox.mixes import Mixer, stations
from tests.turns import share

MIXES = share(60, whole=200)
CELLS, WALKED = 4, 2
"""Of so many cells of ageing each mix has the total compared, and so many lists are read to their end, page by page."""
PAGE = 7


def asked(address: str) -> tuple[str, str]:
    """What an address of a list asks for: the last part of its path, and the one thing that it names."""
    parts = urlsplit(address)
    ((given,),) = parse_qs(parts.query).values()
    return parts.path.rpartition("/")[2], given


def total(watcher: Person, address: str) -> int:
    kind, given = asked(address)
    match kind:
        case "agents":
            return agents.page(watcher, only=Health(given), limit=1).total
        case "deliveries":
            return deliveries.page(watcher, DeliveryView(given), limit=1).total
        case "endpoints":
            return endpoints.page(watcher, slots=[clock.now()], only=EndpointView(given), limit=1).total
    return selectors.total(watcher, given)


def listed(watcher: Person, address: str) -> list[Any]:
    """All that the pages of a list show."""
    kind, given = asked(address)
    shown: list[Any] = []
    after: Any = None
    for _ in itertools.count():
        if kind == "agents":
            page = agents.page(watcher, only=Health(given), after=after, limit=PAGE)
            items, after = [one.facts.name for one in page.items], page.last
        elif kind == "endpoints":
            page = endpoints.page(watcher, slots=[clock.now()], only=EndpointView(given), after=after, limit=PAGE)
            items, after = [one.row.id for one in page.items], page.last
        elif kind == "deliveries":
            found = deliveries.page(watcher, DeliveryView(given), before=after, limit=PAGE)
            items, after = [one.id for one in found.items], found.last
        else:
            rows, after = selectors.page(watcher, given, after, PAGE)
            items = [row.id for row in rows]
        shown += items
        if after is None:
            return shown
    raise AssertionError


@pytest.mark.slow
def test_each_of_many_random_workspaces_has_in_every_list_what_its_tile_says(
    shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    mixer = Mixer(stations(shop, worker, bob), clock.now())
    watcher = person(olga)
    met: dict[str, set[int]] = {}
    with clock.frozen_at(mixer.moment):
        for number in range(MIXES):
            chance = random.Random(seed + number)
            with mixer.mixed(chance):
                found = overview.overview(watcher, span=chance.choice(list(measures.SPANS.values())))
                shown = {tile.list: tile.value for tile in found.tiles}
                cells = [cell for _risk, of_risk in measures.ageing_tiles(found.ageing) for cell in of_risk]
                shown |= {cell["list"]: cell["value"] for cell in chance.sample(cells, CELLS)}
                totals = {address: total(watcher, address) for address in shown}
                assert shown == totals, f"seed {seed + number}"
                for address in chance.sample(list(shown), WALKED):
                    ids = listed(watcher, address)
                    assert len(ids) == len(set(ids)) == shown[address], (seed + number, address)
                for tile in found.tiles:
                    met.setdefault(tile.name, set()).add(tile.value)
    assert {name for name, values in met.items() if len(values) < 2} == set(), "tiles that never changed"
