"""The fleet's page: agents by health with what they cost, and the kill switch with what has to be typed."""

import html
import re

import pytest

from inbox.views.operations import fleet
from intents.mesh import anomalies
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.pages.browser import Browser

FLEET, STOP, SPEND = "/operations/fleet", "/operations/fleet/stop", "/operations/fleet/spend"


def beats(agent: KeyCaller, team: str, cost: float) -> None:
    metrics = {"intents_total": 2, "cost_usd": cost}
    agent.post("/mesh/heartbeat", {"metadata": {"team": team}, "metrics": metrics}).ok()


def status(by: KeyCaller, name: str) -> str:
    return str(by.get(f"/mesh/agents/{name}").ok()["agent"]["status"])


def test_the_fleet_shows_who_is_how_and_what_they_cost(
    olga: PersonCaller, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    beats(worker, "orders", 1.25)
    beats(shop, "sales", 0.5)
    limits = {"max_intents_per_hour": 0}
    machine.put("/mesh/agents/shop/policies/cost", limits).ok()
    assert machine.post("/intents", {"intent_type": "a.b.v1", "to_agent": "shop", "payload": {}}).status == 429
    client = Browser().sign_in(olga.user)
    page = client.get(FLEET).html
    for shown in ("Cost today 1.75 USD", "team=orders", "Healthy 2", "Intents per hour", "Top spenders", "1.25 USD"):
        assert shown in page, shown
    only = client.get(f"{FLEET}?label=team%3Dsales").html
    assert ("Cost today 0.50 USD" in only, "team=orders" in only) == (True, False)


def test_killing_wants_the_name_typed_for_one_a_label_or_all(
    olga: PersonCaller, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    beats(worker, "orders", 1)
    beats(shop, "sales", 1)
    client = Browser().sign_in(olga.user)
    one = {"level": "agent", "name": "shop", "action": "kill"}
    refused = client.post(STOP, one | {"typed": "shops", "reason": "too dear"})
    assert (refused.status, "Nothing was stopped" in refused.html, status(machine, "shop")) == (
        422,
        True,
        "active",
    )
    client.post(STOP, one | {"typed": "shop"})
    assert (status(machine, "shop"), status(machine, "order-service")) == ("killed", "active")
    client.post(STOP, {"level": "label", "name": "team=orders", "action": "kill", "typed": "team=orders"})
    assert status(machine, "order-service") == "killed"
    client.post(STOP, {"level": "all", "action": "resume"})
    assert {status(machine, name) for name in ("shop", "order-service")} == {"active"}
    assert "production" in client.get(f"{STOP}?level=all").html
    client.post(STOP, {"level": "all", "action": "kill", "typed": "production"})
    assert status(machine, "shop") == "killed"


def test_enter_lets_nobody_go_on_and_kills_only_by_the_name(olga: PersonCaller, shop: KeyCaller, machine: KeyCaller) -> None:
    """A browser presses the first button of the form then."""
    client, one = Browser().sign_in(olga.user), {"level": "agent", "name": "shop"}
    machine.post("/mesh/agents/shop/pause").ok()
    page = client.get(f"{STOP}?level=agent&name=shop").html
    form = page[page.index(f'action="{STOP}"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert 'name="action" value=""' in first.group()
    for typed in ({"reason": "it is well again", "typed": ""}, {"typed": "shops"}):
        client.post(STOP, one | {"action": ""} | typed)
        assert status(machine, "shop") == "paused"
    client.post(STOP, one | {"action": "", "typed": "shop"})
    assert status(machine, "shop") == "killed"


def test_who_only_decides_or_looks_on_stops_nobody(
    bobs: Browser, veras: Browser, shop: KeyCaller, machine: KeyCaller
) -> None:
    for browser, sees in ((bobs, 403), (veras, 200)):
        assert browser.get(FLEET).status == sees
        assert browser.post(STOP, {"level": "agent", "name": "shop", "action": "pause"}).status == 403
    assert status(machine, "shop") == "active"


def test_the_fleet_has_pages_and_its_sums_are_over_all(
    olga: PersonCaller, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "PAGE", 2)
    for agent in (worker, shop):
        beats(agent, "orders", 1)
    client = Browser().sign_in(olga.user)
    assert "and 1 more" in client.get(f"{STOP}?level=all").html
    first = client.get(FLEET).html
    assert ("Stop demo" in first, "Stop shop" in first, "Cost today 2.00 USD" in first) == (True, False, True)
    (more,) = re.findall(r'href="([^"]+)">More<', first)
    rest = client.get(html.unescape(more)).html
    assert (">demo<" in rest, ">shop<" in rest, "Cost today 2.00 USD" in rest, ">More<" in rest) == (
        False,
        True,
        True,
        False,
    )


def test_the_fleet_shows_what_is_stuck_unusual_and_set_aside(
    now: SettableClock, olga: PersonCaller, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    machine.put(
        "/mesh/agents/order-service/policies/cost", {"max_cost_per_day_usd": 99, "max_cost_per_intent_usd": 0.4}
    ).ok()
    for _ in range(24):
        beats(worker, "orders", 1)
        now.advance(hours=1)
    shop.submit("order-service")
    now.advance(minutes=6)
    beats(worker, "orders", 5)
    anomalies.look()
    client = Browser().sign_in(olga.user)
    shown = client.get(f"{FLEET}?health=stuck").html
    for words in ("Alive but stuck", "Costs more than usual", "0.40 USD set aside", "Stuck 1", "1 intent waits."):
        assert words in shown, words
    assert client.get(f"{FLEET}?health=well").status == 404


def test_spend_is_shown_by_agent_type_model_and_hour_and_of_one_agent_with_its_limits(
    olga: PersonCaller, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller, bobs: Browser
) -> None:
    usage = [{"intent_type": "a.b.v1", "model": "small-1", "intents": 1, "cost_usd": 0.25}]
    worker.post("/mesh/heartbeat", {"metrics": {"intents_total": 2, "cost_usd": 1, "usage": usage}}).ok()
    beats(shop, "sales", 0.5)
    machine.put("/mesh/agents/order-service/policies/cost", {"max_cost_per_day_usd": 9, "max_cost_per_intent_usd": 0.4}).ok()
    machine.post("/mesh/agents/order-service/pause", {"reason": "too dear"}).ok()
    shop.submit("order-service")
    client = Browser().sign_in(olga.user)
    every = client.get(SPEND).html
    for words in ("1.50 USD", "order-service", "a.b.v1", "small-1", "1.25 USD", "0.40 USD"):
        assert words in every, words
    one = client.get(f"{SPEND}?agent=order-service&window=month").html
    for words in ("1.00 USD of 9.00 USD", "0.40 USD", "Paused", "too dear", "Not known before"):
        assert words in one, words
    assert "0.50 USD" not in one
    assert client.get(f"{SPEND}?agent=%00").status in (400, 404, 422)
    assert (client.get(f"{SPEND}?agent=nobody").status, bobs.get(SPEND).status) == (404, 403)
