"""Pages of operations that follow what happens: what an open page asks for is its part alone, as it is now."""

import pytest
from prometheus_client import generate_latest

from axme_site import metrics
from intents.engine.leases import Holder
from intents.engine.services.deliveries import deliver
from intents.kernel import instances
from intents.kernel.models import new_id
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser

HTMX = {"HX-Request": "true"}


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


PAGES = {"agents": "agents", "deliveries": "deliveries", "messages": "messages", "system": "system", "bulk": "bulks"}


@pytest.mark.parametrize("address", PAGES)
def test_an_open_page_asks_for_its_part_alone(address: str, olgas: Browser) -> None:
    whole, part = olgas.get(f"/operations/{address}"), olgas.get(f"/operations/{address}", **HTMX)
    start = f'id="{PAGES[address]}-part" data-watch data-follow data-every="'
    assert whole.status == part.status == 200
    assert start in whole.html
    assert start in part.html
    assert "<html" in whole.html
    assert "<html" not in part.html


def test_agents_and_deliveries_show_work_as_it_comes_and_is_taken(
    olgas: Browser, worker: KeyCaller, shop: KeyCaller
) -> None:
    assert "order-service" in olgas.get("/operations/agents", **HTMX).html
    intent_id = shop.submit()
    assert "Silent 1" in olgas.get("/operations/agents", **HTMX).text
    assert "Waiting 1" in olgas.get("/operations/deliveries", **HTMX).text
    deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    shown = olgas.get("/operations/deliveries", **HTMX)
    assert "Being worked on 1" in shown.text
    assert intent_id in shown.html


def test_a_bulk_shows_once_it_is_ordered_and_is_looked_at_sooner(
    olgas: Browser, olga: PersonCaller, shop: KeyCaller
) -> None:
    shop.submit()
    assert 'data-every="10"' in olgas.get("/operations/bulk", **HTMX).html
    olga.post("/operations/bulk", {"action": "cancel", "filter": {"q": "is:open"}, "reason": "No stock"}).ok()
    shown = olgas.get("/operations/bulk", **HTMX)
    assert 'data-every="2"' in shown.html
    assert "No stock" in shown.text


def test_forms_of_a_shared_answer_hold_the_secret_of_who_asks(
    olgas: Browser, veras: Browser, worker: KeyCaller, shop: KeyCaller
) -> None:
    assert 'name="csrfmiddlewaretoken"' in olgas.get("/operations/agents", **HTMX).html
    assert 'name="csrfmiddlewaretoken"' not in veras.get("/operations/agents", **HTMX).html


def test_connected_clients_are_those_of_all_processes_that_are_heard_of(olgas: Browser, olga: PersonCaller) -> None:
    for clients in ({"streams": 3, "sockets": 1}, {"streams": 1, "polls": 2}):
        instances.register(new_id(), kind="web", host="here", clients=clients)
    instances.register(gone := new_id(), kind="web", host="away", clients={"streams": 70})
    instances.remove(gone)
    assert "Connected clients 4 streams, 2 long polls, 1 live page" in olgas.get("/operations/system").text
    found = olga.get("/operations/system").ok()
    assert found["clients"] == {"streams": 4, "polls": 2, "sockets": 1}
    assert 'axme_clients{kind="polls"} 2.0' in generate_latest(metrics.REGISTRY).decode().splitlines()
    assert sorted(one["streams"] for one in found["processes"]) == [1, 3]
