"""Many tries to post to agents end at once: few statements, nothing lost when one of them cannot be written down."""

import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.dispatch import posted
from intents.dispatch.bindings import http
from intents.dispatch.models import Push
from intents.engine import invariants
from intents.engine.models import Delivery
from intents.kernel import clock, failpoints
from intents.sending import outbox, posting
from intents.sending.channels import NotSent, Sent
from intents.sending.models import Attempt, EndpointHealth
from intents.sending.outbox import SendResult
from tests import templates
from tests.acceptance.processes import ROOT
from tests.conftest import KeyCaller, SettableClock, make_machine
from tests.intents.pushes import call_at, events, post_due
from tests.intents.receivers import Receiver
from tests.intents.waiting import look

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

WORKER = """
import django
django.setup()
from intents.dispatch.bindings import http
from intents.sending.sender import Sender
sender = Sender([http.CHANNEL])
while True:
    sender.work()
"""


def post(message: Any, send: Callable[[Any], Sent] = http.send) -> SendResult[Any]:
    """What a thread of the sender makes of a message."""
    try:
        sent = send(message)
        return SendResult(message, sent=True, answer=sent.answer, detail=sent.detail)
    except NotSent as no:
        return SendResult(message, sent=False, answer=no.answer, permanent=no.permanent, detail=no.detail)


def leased_for(shop: KeyCaller, name: str, count: int) -> list[Any]:
    """So many intents for an agent that is called, leased to be posted."""
    for _ in range(count):
        shop.submit(name)
    look()
    found = http.CHANNEL.outbox.lease(limit=count)
    assert len(found) == count
    return found


def settling(results: list[SendResult[Any]]) -> int:
    """How many statements it takes, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        http.CHANNEL.outbox.settle(results)
    return sum(not re.match(r"BEGIN|COMMIT|SAVEPOINT|RELEASE", query["sql"]) for query in captured)


@pytest.mark.usefixtures("called")
@pytest.mark.parametrize("path", ["/takes", "/error", "/gone"])
def test_many_tries_are_written_down_by_as_few_statements_as_one(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver, path: str
) -> None:
    call_at(machine, outside, path)
    one = settling([post(message) for message in leased_for(shop, "called", 1)])
    call_at(machine, outside, path)  # as new, for one that says that it is gone is disabled
    many = settling([post(message) for message in leased_for(shop, "called", posting.IN_FLIGHT)])
    assert many == one <= (14 if path == "/gone" else 7)  # an endpoint that is disabled is told of
    assert Attempt.objects.count() == 1 + posting.IN_FLIGHT
    assert invariants.findings() == []


def test_tries_of_several_agents_that_end_in_all_ways_at_once_are_each_done(
    now: SettableClock, workspace: Any, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    ways = {
        "/takes": "ACKNOWLEDGED",
        "/completes": "COMPLETED",
        "/nonsense": "ACKNOWLEDGED",
        "/error": "DELIVERED",
        "/gone": "FAILED",
    }
    expected = {}
    for number, (path, status) in enumerate(ways.items()):
        make_machine(workspace, f"agent-{number}")
        url = f"http://127.0.0.1:{outside.port}{path}"
        machine.patch(f"/agents/agent-{number}", {"delivery_mode": "http", "callback_url": url}).ok()
        expected |= {shop.submit(f"agent-{number}"): status for _ in range(2)}
    look()
    http.CHANNEL.outbox.settle([post(message) for message in http.CHANNEL.outbox.lease(limit=20)])
    assert {one: shop.intent(one)["status"] for one in expected} == expected
    by = Counter(Push.objects.values_list("agent__name", "state"))
    states = ("sent", "sent", "sent", "ready", "failed")
    assert by == {(f"agent-{number}", state): 2 for number, state in enumerate(states)}
    assert Attempt.objects.filter(warning=None).count() == 8
    assert invariants.findings() == []


@pytest.mark.usefixtures("called")
def test_one_that_cannot_be_written_down_costs_itself_alone(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_at(machine, outside, "/takes")
    broken = shop.submit("called")
    others = [shop.submit("called") for _ in range(3)]
    really = posted._acknowledged

    def fails(intent: Any, agent: Any) -> Any:
        assert str(intent.id) != broken
        return really(intent, agent)

    monkeypatch.setattr(posted, "_acknowledged", fails)
    post_due()
    assert {shop.intent(one)["status"] for one in others} == {"ACKNOWLEDGED"}
    assert shop.intent(broken)["status"] == "DELIVERED"
    assert Counter(Push.objects.values_list("state", flat=True)) == {"sent": 3, "leased": 1}
    monkeypatch.undo()
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        post_due()
    assert shop.intent(broken)["status"] == "ACKNOWLEDGED"
    assert invariants.findings() == []


@pytest.mark.usefixtures("called")
def test_a_lease_outlives_the_next_try_by_half_a_day_at_least(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/error")
    shop.submit("called")
    look()
    for number in range(1, len(posting.BACKOFF_SECONDS) + 1):
        (message,) = http.CHANNEL.outbox.lease(limit=1)
        http.CHANNEL.outbox.settle([post(message)])
        push = Push.objects.get()
        assert push.attempt == number
        assert Delivery.objects.get().lease_expires_at - push.due_at >= timedelta(hours=12)
        now.advance(seconds=8 * 3600)
        # Posted before it is due, as when somebody switches the endpoint on again.
        EndpointHealth.objects.all().delete()
        Push.objects.update(due_at=now.now)


@pytest.mark.usefixtures("called")
def test_what_a_killed_process_had_posted_and_not_written_down_is_posted_again_with_the_same_id(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/takes")
    intent_id = shop.submit("called")
    look()
    variables = {
        "DATABASE_URL": templates.url(connection.settings_dict["NAME"]),
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "AUDIT_KEY": urlsafe_b64encode(settings.AUDIT_KEY).decode(),
        "OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8",
        "AXME_FAILPOINT": "message_taken",
    }
    killed = subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | variables, timeout=240, check=False)
    assert killed.returncode == failpoints.EXIT_CODE
    assert (shop.intent(intent_id)["status"], Push.objects.get().state) == ("DELIVERED", "leased")
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        post_due()
    first, second = (re.findall(rb"webhook-id: (\S+)", request) for request in outside.requests)
    assert first == second != []
    assert shop.intent(intent_id)["status"] == "ACKNOWLEDGED"
    assert events(shop, intent_id).count("acknowledged") == 1


@pytest.mark.usefixtures("called")
def test_pushes_that_are_long_over_are_forgotten_with_their_attempts(
    now: SettableClock, machine: KeyCaller, shop: KeyCaller, outside: Receiver
) -> None:
    call_at(machine, outside, "/completes")
    shop.submit("called")
    post_due()
    now.advance(seconds=(http.KEPT_DAYS - 1) * 86_400)
    shop.submit("called")
    post_due()
    http.prune()
    assert (Push.objects.count(), Attempt.objects.count()) == (2, 2)
    now.advance(seconds=2 * 86_400)
    http.prune()
    (left,) = Push.objects.all()
    assert [one.message_id for one in Attempt.objects.all()] == [left.id]
