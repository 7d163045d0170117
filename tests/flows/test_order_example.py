"""The order example, unchanged, with the real SDK and real processes: it ends well whatever is killed meanwhile."""

import json
import signal
import sys
import textwrap
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests import turns
from tests.acceptance.processes import Process
from tests.flows.conftest import Sites
from tests.load import checks
from tests.load import journal as journals
from tests.load.checks import eventually
from tests.load.load import Load
from tests.load.sites import Site

pytestmark = turns.one(0, of=2)

ORDER = {"order_id": "ORD-123", "total": 99.99, "shipping_address": {"street": "123 Main St", "city": "SF"}}

SENDER = textwrap.dedent("""
    import os, json
    from axme import AxmeClient, AxmeClientConfig
    client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
    intent_id = client.send_intent({
        "intent_type": "order.fulfill.v1", "to_agent": os.environ["ADDRESS"], "payload": json.loads(os.environ["ORDER"]),
    })
    print(intent_id, flush=True)
    print(client.wait_for(intent_id)["status"], flush=True)
""")

AGENT = textwrap.dedent("""
    import os, time
    from axme import AxmeClient, AxmeClientConfig
    client = AxmeClient(AxmeClientConfig(base_url=os.environ["AXME_BASE_URL"], api_key=os.environ["AXME_API_KEY"]))
    for d in client.listen(os.environ["ADDRESS"]):
        print(d["intent_id"], d["delivery_attempt"], flush=True)
        for _ in range(int(os.environ["CALLS"])):
            time.sleep(0.3)
            client.resume_intent(d["intent_id"], {"action": "progress", "message": "still packing"})
        time.sleep(float(os.environ["SILENT_SECONDS"]))
        client.resume_intent(d["intent_id"], {"order_id": d["payload"]["order_id"], "shipped": True})
""")


class Example:
    """The two programs of the example, at an address of their own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.address = site.address("order-service")
        self.variables = {
            "AXME_BASE_URL": site.urls[0],
            "AXME_API_KEY": site.api_key,
            "ADDRESS": self.address,
            "ORDER": json.dumps(ORDER),
        }

    def sender(self) -> Process:
        return self.site.run("sender", [sys.executable, "-c", SENDER], **self.variables)

    def agent(self, *, calls: int = 0, silent_seconds: float = 0.0) -> Process:
        speed = {"CALLS": str(calls), "SILENT_SECONDS": str(silent_seconds)}
        return self.site.run("agent", [sys.executable, "-c", AGENT], **self.variables, **speed)

    def delivered(self, agent: Process) -> str:
        """The id of what an agent got first."""
        return str(eventually(lambda: agent.output.split(maxsplit=1), "a delivery")[0])

    def is_completed(self, sender: Process) -> list[dict[str, Any]]:
        """The sender saw COMPLETED. Returns the intent's history."""
        assert sender.wait() == 0, sender.output
        intent_id, status = sender.output.split()
        assert status == "COMPLETED"
        clients = self.site.clients()
        intent = clients.current.get_intent(intent_id)["intent"]
        assert intent["result"] == {"order_id": "ORD-123", "shipped": True}
        checks.nothing_is_broken(self.site)
        events: list[dict[str, Any]] = clients.current.list_intent_events(intent_id)["events"]
        clients.close()
        return events

    @staticmethod
    def reasons(events: list[dict[str, Any]]) -> list[str]:
        """Why deliveries were taken back."""
        return [event["details"]["reason"] for event in events if event["event_type"] == "intent.delivery_failed"]


@pytest.fixture(scope="module", params=turns.each(("embedded on Daphne", "scaled on uvicorn"), of=2))
def site(request: pytest.FixtureRequest, shared_sites: Sites) -> Iterator[Site]:
    if request.param.startswith("embedded"):
        embedded = shared_sites.embedded()
        embedded.start()
        yield embedded
        embedded.end()
        return
    scaled = shared_sites.scaled()
    scaled.start("uvicorn")
    yield scaled
    scaled.end()


@pytest.fixture
def example(site: Site) -> Iterator[Example]:
    example = Example(site)
    yield example
    for name, process in site.started:
        if name in ("agent", "sender") and process.running:
            process.stop(signal.SIGKILL)


def test_it_completes(example: Example) -> None:
    example.agent()
    events = example.is_completed(example.sender())
    assert [event["event_type"] for event in events] == [
        "intent.created",
        "intent.submitted",
        "intent.delivered",
        "intent.in_progress",
        "intent.completed",
    ]


@pytest.mark.parametrize(
    ("calls", "silent_seconds", "killed_after"),
    [
        pytest.param(0, 30.0, 0.5, id="in_silent_work"),
        pytest.param(0, 30.0, 4.0, id="in_silent_work_after_the_server_ended_the_response"),
        pytest.param(100, 0.0, 1.5, id="in_work_with_calls"),
    ],
)
def test_an_agent_killed_in_the_middle_loses_its_work_to_the_next(
    example: Example, calls: int, silent_seconds: float, killed_after: float
) -> None:
    sender = example.sender()
    killed = example.agent(calls=calls, silent_seconds=silent_seconds)
    intent_id = example.delivered(killed)
    time.sleep(killed_after)
    killed.stop(signal.SIGKILL)
    next_one = example.agent()
    events = example.is_completed(sender)
    assert example.reasons(events) == ["connection lost"]
    assert next_one.output.split() == [intent_id, "2"]


def test_an_agent_that_works_in_silence_for_long_finishes(example: Example) -> None:
    agent = example.agent(silent_seconds=5.0)
    other = example.agent(silent_seconds=5.0)
    events = example.is_completed(example.sender())
    assert example.reasons(events) == []
    assert sorted([len(agent.output.split()), len(other.output.split())]) == [0, 2]


def test_two_agents_share_the_work_and_no_order_goes_to_both(example: Example) -> None:
    load = Load(example.site, 20, payload={"seconds": 0.1}, pause=0.0)
    agents = {agent.pid for agent in load.agents}
    eventually(lambda: {line["pid"] for line in journals.read(load.journal, "held")} == agents, "both agents have work")
    assert load.finish() == load.accepted


def test_everything_killed_and_started_again_takes_up_where_it_was(example: Example) -> None:
    site = example.site
    load = Load(site, 40, agents=1, senders=1, pause=0.02)
    eventually(lambda: load.done >= 10, "ten orders done")
    site.kill()
    site.start_again()
    load.finish()
