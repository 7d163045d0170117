"""The programs of the guides: what they say goes wrong before does, and what they say holds after does."""

import base64
import json
import os
import re
import signal
import sys
from datetime import UTC, datetime

import httpx
import pytest
import redis
from axme import AxmeClient, AxmeClientConfig
from standardwebhooks import Webhook

from tests import turns
from tests.acceptance.processes import ROOT, Process
from tests.examples.programs import SECONDS, Ground
from tests.load import checks
from tests.load.checks import eventually
from tests.services import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MISSED = "SELECT 1 FROM intents_intentevent WHERE intent_id = %s AND event_type = 'intent.delivery_failed'"


def test_a_receiver_that_was_away_gets_what_it_missed(ground: Ground) -> None:
    variables = {"RECEIVER_PORT": str(free_port()), "RECEIVER_FILE": str(ground.guarded.folder / "receiver")}
    killed = ground.start("webhook_receiver/receiver", **variables)
    ground.says(killed, "called at")
    killed.stop(signal.SIGKILL)
    client = ground.start("webhook_receiver/client", "Grace")
    intent_id = ground.says(client, "submitted ").split()[1]
    eventually(lambda: ground.site.rows(MISSED, intent_id), "a try failed", SECONDS)
    again = ground.start("webhook_receiver/receiver", **variables)
    assert client.wait() == 0, (client.output, again.output)
    assert client.output.splitlines()[-1].startswith("COMPLETED "), client.output
    assert again.output.count("greeting Grace") == 1
    ground.says(again, f"heard intent.completed of {intent_id}")
    checks.nothing_is_broken(ground.site)


def test_a_receiver_does_what_is_signed_once_and_refuses_the_rest(ground: Ground) -> None:
    secret, port = "whsec_" + base64.b64encode(b"of nobody else's" * 2).decode(), free_port()
    variables = {"SIGNING_SECRET": secret, "RECEIVER_PORT": str(port), "RECEIVER_FILE": str(ground.guarded.folder / "seen")}
    receiver = ground.start("webhook_receiver/receiver", **variables)
    ground.says(receiver, "called at")

    def post(message: str, by: str = secret, name: str = "Ada") -> httpx.Response:
        body, now = json.dumps({"payload": {"name": name}}), datetime.now(UTC)
        signed = {"webhook-id": message, "webhook-timestamp": str(int(now.timestamp()))}
        signed["webhook-signature"] = Webhook(by).sign(message, now, body)
        return httpx.post(f"http://127.0.0.1:{port}/intents", content=body, headers=signed, timeout=30)

    answers = [post("msg_1").json(), post("msg_1").json()]
    assert answers == [{"action": "complete", "greeting": "Hello Ada"}] * 2
    assert receiver.output.count("greeting Ada") == 1
    forged = post("msg_2", by="whsec_" + base64.b64encode(b"another's secret").decode(), name="Eve")
    assert forged.status_code == 401
    assert "Eve" not in receiver.output
    # What it did before it was killed is not done again after.
    receiver.stop(signal.SIGKILL)
    again = ground.start("webhook_receiver/receiver", **variables)
    ground.says(again, "called at")
    assert post("msg_1").json() == answers[0]
    assert "greeting" not in again.output


class Outside:
    """The charge, the warehouse and the carrier, one of which misbehaves once."""

    def __init__(self, ground: Ground, fault: str, service: str) -> None:
        port = str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        variables = {"SERVICES_PORT": port, "SERVICE_SECONDS": "0.1", fault: service}
        self.process = ground.start("orders_by_webhooks/services", **variables)
        ground.says(self.process, "are at")

    def done(self) -> dict[str, int]:
        """How often each of them did its part of the order."""
        counts: dict[str, int] = httpx.get(self.url, timeout=30).json()
        return {name.split()[0]: count for name, count in counts.items()}

    def kill_who_is_held(self, ground: Ground, program: Process) -> None:
        ground.says(self.process, "holds its answer")
        program.stop(signal.SIGKILL)


FAILURES = {"LOSE": ("charge", "charge"), "DOUBLE": ("warehouse", "carrier"), "HOLD": ("warehouse", "warehouse")}
"""Whose call is lost or comes twice, or who is being asked when the program is killed; and what is done twice for it."""


@pytest.mark.parametrize("fault", turns.each(list(FAILURES), of=2))
def test_an_order_by_webhooks_has_a_step_done_twice_after(ground: Ground, fault: str) -> None:
    service, repeated = FAILURES[fault]
    outside, port = Outside(ground, fault, service), str(free_port())
    file = str(ground.guarded.folder / f"shop-{fault}")
    variables = {"SERVICES_URL": outside.url, "SHOP_PORT": port, "SHOP_FILE": file, "STUCK_SECONDS": "1"}
    shop = ground.start("orders_by_webhooks/shop", **variables)
    ground.says(shop, "taking orders")
    client = ground.start("orders_by_webhooks/client", SHOP_URL=f"http://127.0.0.1:{port}")
    if fault == "HOLD":
        outside.kill_who_is_held(ground, shop)
        shop = ground.start("orders_by_webhooks/shop", **variables)
    assert client.wait() == 0, (client.output, shop.output)
    eventually(lambda: outside.done()[repeated] >= 2, f"{repeated} is done again", SECONDS)


@pytest.mark.parametrize("fault", turns.each(list(FAILURES), of=2))
def test_an_order_by_intents_has_every_step_done_once_after(ground: Ground, fault: str) -> None:
    outside = Outside(ground, fault, FAILURES[fault][0])
    variables = {"SERVICES_URL": outside.url, "STUCK_SECONDS": "1"}
    agent = ground.start("orders_by_intents/agent", **variables)
    client = ground.start("orders_by_intents/client", f"ORD-{fault}")
    if fault == "HOLD":
        outside.kill_who_is_held(ground, agent)
        agent = ground.start("orders_by_intents/agent", **variables)
    ground.says(agent, "asking carrier")
    assert client.wait() == 0, (client.output, agent.output)
    assert client.output.splitlines()[-1].startswith("COMPLETED "), client.output
    assert outside.done() == {"charge": 1, "warehouse": 1, "carrier": 1}
    checks.nothing_is_broken(ground.site)


def decide(ground: Ground, intent_id: str) -> None:
    """Approve, as the demo's manager."""
    site = ground.site
    config = AxmeClientConfig(base_url=site.urls[0], api_key=site.api_key, actor_token=site.keys["AXME_ACTOR_TOKEN"])
    with AxmeClient(config) as manager:
        manager.decide_approval(intent_id, decision="approve")


def ordered(ground: Ground, client: Process) -> str:
    """The id of the intent that a client has submitted."""
    return ground.says(client, "ordered as ").split()[2]


def printed(text: str) -> list[str]:
    """What a program printed, without its greeting."""
    return [line for line in text.splitlines() if not line.startswith("listening")]


def in_the_guide(who: str) -> list[str]:
    """What the guide says that `who` prints."""
    guide = (ROOT / "docs" / "durable-execution.md").read_text()
    (block,) = re.findall(rf"<!-- printed by {who} -->\n```text\n(.*?)```", guide, re.DOTALL)
    return block.splitlines()


def test_an_order_goes_on_after_the_step_that_was_stored(ground: Ground) -> None:
    client = ground.start("durable_order/client", "ORD-2", "1500")
    killed = ground.start("durable_order/agent", dies_after="charge is stored")
    ground.says(killed, "asked the manager")
    decide(ground, ordered(ground, client))
    assert killed.wait() == -signal.SIGKILL, killed.output
    again = ground.start("durable_order/agent")
    ground.says(again, "done")
    assert client.wait() == 0, (client.output, again.output)
    assert (printed(killed.output), printed(again.output)) == (
        in_the_guide("the agent that is killed"),
        in_the_guide("the next agent"),
    )
    ((status, details),) = ground.ends("order-desk")
    assert (status, sorted(details["result"])) == ("COMPLETED", ["parcel", "payment"])
    checks.nothing_is_broken(ground.site)


EVERY_PART = [f"made part {part}" for part in range(1, 10)]


def test_a_report_by_a_queue_is_made_and_asked_for_twice(ground: Ground) -> None:
    variables = {
        "QUEUE_FILE": str(ground.guarded.folder / "queue"),
        "PART_SECONDS": "0.01",
        "TIMEOUT_SECONDS": "0.5",
        "POLL_SECONDS": "0.05",
    }
    forgetful = ground.start("report_by_queue/reports", "order", "June", **variables)
    ground.says(forgetful, "ordered report 1")
    slow = ground.start("report_by_queue/reports", "worker", stops_after="made part 3", **variables)
    ground.says(slow, "made part 3")
    other = ground.start("report_by_queue/reports", "worker", **variables)
    ground.says(other, "emailed the manager: sign report 1")
    os.kill(slow.pid, signal.SIGCONT)
    ground.says(slow, "emailed the manager: sign report 1")
    assert [line for line in (slow.output + other.output).splitlines() if "part" in line] == EVERY_PART * 2
    # Nobody told it, it asked; and what it waits for it knows by itself alone.
    forgetful.stop(signal.SIGKILL)
    client = ground.start("report_by_queue/reports", "order", "June", **variables)
    ground.says(other, "emailed the manager: sign report 2")
    assert ground.start("report_by_queue/reports", "sign", "2", **variables).wait() == 0
    assert client.wait() == 0
    assert int(re.findall(r"asked (\d+) times", client.output)[0]) > 1


def test_a_report_by_intents_goes_on_with_the_next_part_and_is_asked_for_once(ground: Ground) -> None:
    variables = {"PART_SECONDS": "0.01"}
    forgetful = ground.start("report_by_intents/client", "June")
    intent_id = ordered(ground, forgetful)
    forgetful.stop(signal.SIGKILL)
    killed = ground.start("report_by_intents/agent", dies_after="made part 3", **variables)
    assert killed.wait() == -signal.SIGKILL, killed.output
    again = ground.start("report_by_intents/agent", **variables)
    client = ground.start("report_by_intents/client", "June")
    assert ordered(ground, client) == intent_id
    ground.says(again, "asked for a signature")
    decide(ground, intent_id)
    ground.says(again, "done")
    assert client.wait() == 0, (client.output, again.output)
    assert printed(killed.output + again.output)[:-1] == [*EVERY_PART, "asked for a signature: Sign the report of June?"]
    ((status, details),) = ground.ends("report-maker")
    assert (status, details["result"]["outcome"]) == ("COMPLETED", "approved")
    checks.nothing_is_broken(ground.site)


def test_a_trip_by_celery_loses_a_scout_that_is_killed(ground: Ground, redis_url: str) -> None:
    url = redis_url.rpartition("/")[0] + "/9"
    where = ["--workdir", str(ROOT / "examples" / "trip_by_celery"), "--app", "tasks"]
    command = [sys.executable, "-m", "celery", *where, "worker", "--concurrency", "1"]
    worker = ground.run("celery", command, BROKER_URL=url, DJANGO_SETTINGS_MODULE="")
    client = ground.start("trip_by_celery/client", BROKER_URL=url, SCOUT_SECONDS="0")
    eventually(lambda: not (client.running and worker.running), f"a trip is planned {worker.output}", SECONDS)
    assert client.output.splitlines()[-1] == "{'city': 'Riga', 'price': 40}", worker.output
    waiting = ground.start("trip_by_celery/client", BROKER_URL=url, SCOUT_SECONDS="600")
    eventually(lambda: worker.output.count("scouting Riga") == 2, "Riga is scouted again", SECONDS)
    with redis.Redis.from_url(url) as broker:

        def left() -> list[str]:
            """The cities that anybody may still scout."""
            messages = b"".join([*broker.lrange("celery", 0, -1), *broker.hvals("unacked")]).decode()
            return [city for city in ("Riga", "Tallinn", "Vilnius") if city in messages]

        eventually(lambda: left() == ["Tallinn", "Vilnius"], "what is begun is acknowledged")
        os.killpg(worker.pid, signal.SIGKILL)
        assert left() == ["Tallinn", "Vilnius"]
    assert waiting.running
