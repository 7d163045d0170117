"""Webhooks as the examples take them: by a receiver that verifies, by hand, and by intents in the place of both."""

import base64
import json
import signal
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from tests.acceptance.processes import Process
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


@pytest.mark.parametrize("fault", FAILURES)
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


@pytest.mark.parametrize("fault", FAILURES)
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
