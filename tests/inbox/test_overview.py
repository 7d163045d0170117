"""The overview: each number is that of the list it leads to, and only those who watch see it."""

import json
import random
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import generate_latest

from axme_site import alerts, metrics
from inbox.operations import measures, needs, overview
from intents.engine.leases import Holder
from intents.engine.models import Delivery
from intents.engine.services.deliveries import deliver
from tests.callers import Answer, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask, ask_midway, person
from tests.intents.waiting import look

FIXTURES = 3
"""How many random workspaces are looked at."""
RISKS = ["low", "medium", "high", "critical"]


def some_work(chance: random.Random, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> None:
    """An intent that stands somewhere."""
    match chance.choice(
        ["new", "ask", "nobody", "decide", "due", "wait", "time", "child", "fail", "done", "dead", "cancel"]
    ):
        case "new":
            shop.submit()
        case "ask":
            ask(shop, title="Pay?", risk=chance.choice(RISKS))
        case "nobody":
            ask(shop, title="Sign?", risk=chance.choice(RISKS), assignees=["nobody@myorg.example"])
        case "decide":
            ask(shop, title="Pay?", risk="low").decide(bob, chance.choice(["approved", "rejected"]), comment="So.").ok()
        case "due":
            ask_midway(shop, worker, title="Soon?", deadline_seconds=chance.choice([60, 7200]))
        case "wait":
            worker.post(f"/intents/{(one := shop.submit())}/wait", {"for": "tool", "tool": "t", "external_id": one}).ok()
        case "time":
            worker.post(f"/intents/{shop.submit()}/wait", {"for": "time", "delay_seconds": 3600}).ok()
        case "child":
            child = {"intent_type": "a.b.v1", "to_agent": "stranger", "payload": {}}
            worker.post(f"/intents/{shop.submit()}/wait", {"for": "agent", "intents": [child], "until": "all"}).ok()
        case "fail":
            worker.post(f"/intents/{shop.submit()}/fail", {"error": {"code": "x"}, "retryable": chance.random() < 0.5}).ok()
        case "done":
            worker.post(f"/intents/{shop.submit()}/resume", {}).ok()
        case "dead":
            one = shop.submit(max_delivery_attempts=1)
            worker.post(f"/intents/{one}/fail", {"error": {"code": "x"}, "retryable": True}).ok()
        case "cancel":
            shop.post(f"/intents/{shop.submit()}/resolve", {"status": "CANCELED", "reason": "no"}).ok()


def seen(who: PersonCaller, span: str = "24h", q: str = "") -> dict[str, Any]:
    found: dict[str, Any] = who.get("/operations/overview", range=span, q=q).ok()
    return found


def values(found: dict[str, Any]) -> dict[str, int]:
    return {tile["name"]: tile["value"] for tile in found["tiles"]}


def listed(who: PersonCaller, address: str) -> int:
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()}
    total: int = who.get(parts.path.removeprefix("/v1"), **query).ok()["total"]
    return total


@pytest.mark.parametrize("number", range(FIXTURES))
def test_every_tile_has_the_number_of_the_list_it_leads_to(
    number: int, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(25):
        some_work(chance, shop, worker, bob)
    narrowed = chance.choice(["", "agent:order-service", "-risk:low", "type:intent. risk:high,critical"])
    found = seen(olga, chance.choice(list(measures.SPANS)), narrowed)
    tiles = found["tiles"] + [cell for cells in found["ageing"].values() for cell in cells]
    tiles += [one | {"value": one["open"]} for one in found["asked"]]
    wrong = {
        tile["list"]: (tile["value"], total) for tile in tiles if (total := listed(olga, tile["list"])) != tile["value"]
    }
    assert wrong == {}
    assert any(tile["value"] for tile in seen(olga)["tiles"])


def test_what_could_not_be_delivered_has_the_number_of_its_list(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, now: SettableClock
) -> None:
    for _ in range(2):
        shop.submit(max_delivery_attempts=1)
    deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id), limit=2)
    for _ in range(40):
        now.advance(seconds=30)
        look()
    # Of one the delivery ended long before its intent, by what its row says.
    Delivery.objects.filter(id=Delivery.objects.earliest("id").id).update(ended_at=now.now - timedelta(hours=30))
    (need,) = [one for one in needs.needs(person(olga)) if one.name == "dead"]
    assert (need.words, need.detail) == ("2 intents could not be delivered", "order-service")
    assert listed(olga, need.href.replace(measures.PAGE, measures.LIST)) == values(seen(olga))["dead"] == 2


def test_a_wait_shows_at_once_with_how_long_the_oldest_has_lasted(asked: Asked, shop: KeyCaller, olga: PersonCaller) -> None:
    found = seen(olga)
    (tile,) = [tile for tile in found["tiles"] if tile["name"] == "waiting_human"]
    assert tile["value"] == 1
    assert 0 <= tile["oldest_seconds"] < 60
    assert found["ageing"]["low"][0]["value"] + found["ageing"]["medium"][0]["value"] == 1
    assert sum(found["series"]["arrivals"]) == 1
    assert values(found)["waiting_tool"] == 0


@pytest.mark.parametrize("span", list(measures.SPANS))
def test_a_decision_is_in_every_chart_of_decisions(span: str, asked: Asked, bob: PersonCaller, olga: PersonCaller) -> None:
    asked.decide(bob, "approved").ok()
    found = seen(olga, span)
    assert found["range"] == span
    assert len(found["slots"]) == len(found["series"]["decisions"])
    assert found["series"]["decisions"][-1] == 1
    assert found["series"]["completed"][-1] == 1
    assert sum(one["count"] for one in found["decisions_by_hour"]) == 1
    assert [(one["name"], one["decided"]) for one in found["deciders"]] == [("bob@myorg.example", 1)]
    (decided,) = [one for one in found["decision_seconds"].values() if one["count"]]
    assert decided["sla_met"] == 1
    assert 0 <= decided["p50"] <= decided["p90"] <= decided["p99"]
    assert found["wait_seconds"]["WAITING_FOR_HUMAN"]["count"] == 1


def test_what_was_decided_is_found_by_when_it_was(
    asked: Asked, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    ask(shop, title="Not yet?")
    assert values(seen(olga))["decided"] == 0
    asked.decide(bob, "approved").ok()
    assert values(seen(olga))["decided"] == 1
    (item,) = olga.get("/operations/intents", q="decided:<1h").ok()["items"]
    assert asked.intent_id in json.dumps(item)
    assert olga.get("/operations/intents", q="decided:>1h").ok()["total"] == 0


def test_a_range_there_is_not_is_refused_by_its_name(olga: PersonCaller) -> None:
    answer = olga.get("/operations/overview", range="2h")
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "range")


def test_terms_narrow_the_numbers_and_the_ages_but_not_what_happened(shop: KeyCaller, olga: PersonCaller) -> None:
    ask(shop, title="Pay?", risk="high")
    ask(shop, title="Look?", risk="low")
    found = seen(olga, q="risk:high")
    assert found["q"] == "risk:high"
    assert values(found)["waiting_human"] == 1
    assert (found["ageing"]["high"][0]["value"], found["ageing"]["low"][0]["value"]) == (1, 0)
    assert sum(found["series"]["arrivals"]) == 2
    assert values(seen(olga, q="risk:critical"))["waiting_human"] == 0
    assert values(seen(olga, q='type:"no such" -agent:nobody'))["waiting_human"] == 0


@pytest.mark.parametrize("q", ["age:>2d", "payload.amount:>100", "is:open", "refund", "risk:huge", " ".join(["type:a"] * 9)])
def test_terms_that_cost_much_or_mean_nothing_are_refused(q: str, olga: PersonCaller) -> None:
    answer = olga.get("/operations/overview", q=q)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "q")


def test_who_is_asked_is_told_with_how_much_waits_for_them(shop: KeyCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    ask(shop, title="Pay?", assignees=["bob@myorg.example", "approver"])
    ask(shop, title="Sign?", assignees=["bob@myorg.example"]).decide(bob, "approved").ok()
    assert [(one["kind"], one["name"], one["open"]) for one in seen(olga)["asked"]] == [
        ("role", "approver", 1),
        ("user", "bob@myorg.example", 1),
    ]


def test_only_people_who_watch_see_it(
    alice: PersonCaller, olga: PersonCaller, vera: PersonCaller, bob: PersonCaller, machine: KeyCaller
) -> None:
    def look(who: Any) -> Answer:
        answer: Answer = who.get("/operations/overview")
        return answer

    assert [look(who).status for who in (alice, olga, vera)] == [200, 200, 200]
    assert [look(who).code for who in (bob, machine)] == ["policy_denied", "policy_denied"]
    assert look(machine.also(olga)).status == 200
    assert look(machine.also(bob)).code == "policy_denied"


def test_nothing_of_another_workspace_is_counted(asked: Asked, bob: PersonCaller, charlie: PersonCaller) -> None:
    asked.decide(bob, "approved").ok()
    ask_of_nobody = seen(charlie)
    assert set(values(ask_of_nobody).values()) == {0}
    assert not any(sum(series) for series in ask_of_nobody["series"].values())
    assert ask_of_nobody["deciders"] == []


@pytest.mark.parametrize("span", list(measures.SPANS.values()), ids=str)
def test_the_number_of_statements_does_not_grow_with_the_work(
    span: measures.TimeRange, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olga: PersonCaller
) -> None:
    actor = person(olga)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            overview.overview(actor, span=span)
        return len(captured)

    before = statements()
    chance = random.Random(7)
    for _ in range(12):
        some_work(chance, shop, worker, bob)
    assert statements() == before <= 15


def test_metrics_have_the_tiles_of_all_workspaces(shop: KeyCaller, foreign_machine: KeyCaller) -> None:
    ask(shop, title="Pay?")
    ask(foreign_machine, title="Pay?")
    alerts.forget()
    lines = generate_latest(metrics.REGISTRY).decode().splitlines()
    assert 'axme_watched_intents{measure="waiting_human"} 2.0' in lines
    assert 'axme_watched_intents{measure="failed"} 0.0' in lines
    assert 'axme_watched_intents{measure="deliveries_failing"} 0.0' in lines
    assert 'axme_watched_intents{measure="endpoints_failing"} 0.0' in lines
    assert 'axme_watched_intents{measure="agents_silent"} 0.0' in lines
