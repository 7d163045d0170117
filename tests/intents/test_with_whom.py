"""Whom an intent is with that waits for agents, a tool or a time: what each place tells of it that shows the intent."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.engine.models import IntentEvent
from intents.schemas.told import told
from tests.callers import KeyCaller
from tests.inbox.conftest import ask
from tests.intents.bundles import DO, new
from tests.intents.waiting import BODIES, CHILD, wait

PACKER = "agent://myorg/production/packer"


def shown(caller: KeyCaller, intent_id: str) -> list[dict[str, Any]]:
    """The intent, as each place shows it."""
    (listed,) = [row for row in caller.get("/intents").ok()["intents"] if row["intent_id"] == intent_id]
    (thread,) = caller.get("/inbox", owner_agent="order-service").ok()["threads"]
    posted = told([IntentEvent.objects.filter(intent_id=intent_id).latest("seq")])[0]["intent"]
    return [caller.intent(intent_id), listed, thread["intent"], posted]


def test_it_is_the_agents_that_have_its_children(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller) -> None:
    parent = shop.submit()
    made = wait(worker, parent, "agent", intents=[CHILD, CHILD | {"to_agent": PACKER}])["child_intent_ids"]
    both = {"type": "agent", "ref": "helper", "name": "helper, packer"}
    assert [one["pending_with"] for one in shown(machine, parent)] == [both] * 4
    assert machine.events(parent)[-1]["pending_with"] == {"type": "agent", "ref": "helper", "name": "helper"}
    machine.post(f"/intents/{made[0]}/resume", {"made": 1}).ok()
    assert machine.intent(parent)["pending_with"] == {"type": "agent", "ref": PACKER, "name": "packer, helper"}


def test_a_run_is_with_the_agent_of_its_step(machine: KeyCaller) -> None:
    run = machine.post("/scenarios/apply", new("a.b.c", [DO])).ok()["intent_id"]
    assert machine.intent(run)["pending_with"] == {"type": "agent", "ref": "doer-demo", "name": "doer-demo"}


@pytest.mark.parametrize(("kind", "name"), [("tool", "printer"), ("time", "time")])
def test_it_is_the_tool_or_the_time(shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, kind: str, name: str) -> None:
    made = shop.submit()
    wait(worker, made, kind, **BODIES[kind])
    told_of = [one["pending_with"] for one in [*shown(machine, made), machine.events(made)[-1]]]
    assert told_of == [{"type": "internal", "ref": name, "name": name}] * 5


def test_endpoints_are_told_no_names_of_people(machine: KeyCaller) -> None:
    made = ask(machine, assignees=["operator"]).intent_id
    posted = told([IntentEvent.objects.filter(intent_id=made).latest("seq")])[0]["intent"]
    assert posted["pending_with"] == {"type": "human", "ref": made, "name": made}


@pytest.mark.usefixtures("looked_up_once")
def test_many_that_wait_are_listed_by_as_few_statements_as_one(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller
) -> None:
    def listed() -> int:
        with CaptureQueriesContext(connection) as sent:
            machine.get("/intents").ok()
        return len(sent)

    listed()  # what a first call reads once
    counts = []
    for _ in range(2):
        wait(worker, shop.submit(), "agent", **BODIES["agent"])
        counts.append(listed())
    assert len(set(counts)) == 1
