"""The adapters for Celery and Django: a shop of both, each killed, pays what people approved once and nothing else."""

import base64
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest
from standardwebhooks import Webhook

from tests import turns
from tests.acceptance.processes import ROOT, Process
from tests.adapters.conftest import EXAMPLES, Desk
from tests.examples.programs import SECONDS
from tests.load import checks
from tests.load.checks import eventually
from tests.services import free_port

pytestmark = [turns.one(0, of=3), pytest.mark.slow, pytest.mark.timeout(600)]

AGAIN = "SELECT 1 FROM intents_intentevent WHERE intent_id = %s AND event_type = 'intent.redelivered'"


class Shop:
    """Its programs, which are started again with the same queue and port."""

    def __init__(self, desk: Desk, redis_url: str) -> None:
        self.desk, self.port = desk, str(free_port())
        # The tests' own settings are none of the shop's.
        self._variables = {"BROKER_URL": redis_url.rpartition("/")[0] + "/8", "DJANGO_SETTINGS_MODULE": ""}

    def start(self, *arguments: str) -> Process:
        return self.desk.start(sys.executable, "celery_refunds", *arguments, SHOP_PORT=self.port, **self._variables)

    def serve(self) -> Process:
        program = self.start("serve")
        self.desk.ground.says(program, "called at")
        return program

    def worker(self, **variables: str) -> Process:
        command = [sys.executable, "-m", "celery", "--app", "celery_refunds", "worker", "--pool", "solo"]
        path = f"{ROOT / 'adapters'}:{EXAMPLES}"
        more = {"PYTHONPATH": path, "AXME_LEASE_SECONDS": "2"} | self._variables | variables
        program = self.desk.ground.run("shop", command, **more)
        self.desk.programs.append(program)
        return program

    def refund(self, order: str) -> None:
        assert self.start("refund", order, "40").wait() == 0


@pytest.fixture
def shop(desk: Desk, redis_url: str) -> Shop:
    return Shop(desk, redis_url)


def test_a_shop_whose_programs_are_killed_pays_what_was_approved_once(desk: Desk, shop: Shop) -> None:
    served, worker = shop.serve(), shop.worker()
    shop.refund("A")
    shop.refund("B")
    of_a, of_b = desk.asked("Refund A?"), desk.asked("Refund B?")
    worker.stop(signal.SIGKILL)
    served.stop(signal.SIGKILL)
    desk.decide(of_b, "rejected", comment="never bought")
    desk.decide(of_a, "approved", data={"approved": {"euros": 25}})
    served = shop.serve()
    # It lies in the queue until its lease is over, and then lies there twice.
    eventually(lambda: desk.ground.site.rows(AGAIN, of_a["intent_id"]), "it comes again", SECONDS)
    again = shop.worker()
    desk.ground.says(again, "settled A: intent.completed {'paid': 25}")
    desk.ground.says(again, "settled B: intent.completed {'refused': 'rejected'}")
    assert (worker.output + again.output).count("paying") == 1, again.output
    assert "paying 25 for A" in again.output
    checks.nothing_is_broken(desk.ground.site)


@pytest.mark.parametrize("how", ["expired", "canceled"])
def test_a_shop_pays_nothing_that_nobody_approved(desk: Desk, shop: Shop, how: str) -> None:
    shop.serve()
    worker = shop.worker(WITHIN_SECONDS="3" if how == "expired" else "600")
    shop.refund(how)
    # What expires within seconds may be over before anybody looks.
    task = desk.asked(f"Refund {how}?", "undecided" if how == "canceled" else how)
    if how == "canceled":
        desk.decide_in_vain(task)
        desk.cancel(task)
        desk.ground.says(worker, "settled canceled: intent.canceled")
    else:
        desk.ground.says(worker, "settled expired: intent.completed {'refused': 'expired'}")
    desk.decide(task, "approved", status=409)
    assert "paying" not in worker.output


def test_what_the_server_did_not_sign_is_refused(desk: Desk, shop: Shop) -> None:
    shop.serve()
    url = f"http://127.0.0.1:{shop.port}/intents"
    post: Callable[..., httpx.Response] = partial(httpx.post, url, content=b"{}", timeout=30)
    assert httpx.get(url, timeout=30).status_code == 405
    assert post().status_code == 401
    now = datetime.now(UTC)
    signed = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp()))}
    by_others = Webhook("whsec_" + base64.b64encode(b"of nobody else's" * 2).decode()).sign("msg_1", now, "{}")
    for signature in (by_others.encode(), "v1,é==".encode()):
        assert post(headers=signed | {"webhook-signature": signature}).status_code == 401
