"""A process that posts is killed while a message is on its way."""

import os
import signal
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from intents.kernel import clock
from intents.sending import outbox
from intents.webhooks.models import WebhookMessage
from tests import templates
from tests.acceptance.processes import ROOT
from tests.callers import KeyCaller
from tests.intents.receivers import Receiver, says
from tests.webhooks.endpoints import feed_out, post_due, posted, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("inside")]

WORKER = """
import django
django.setup()
from intents.sending import sender
while True:
    sender.work(1)
"""


def test_what_a_killed_process_was_posting_is_posted_again_with_the_same_id(
    machine: KeyCaller, shop: KeyCaller, outside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(machine, outside, "/takes", "intent.created")
    shop.submit()
    feed_out()
    processes: list[subprocess.Popen[bytes]] = []

    def kills(taken: socket.socket, request: bytes) -> None:
        """The message has come, and whoever posts it dies before it is told so."""
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait()

    monkeypatch.setitem(outside._behaviours, "/takes", kills)
    variables: dict[str, Any] = {
        "DATABASE_URL": templates.url(connection.settings_dict["NAME"]),
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "AUDIT_KEY": urlsafe_b64encode(settings.AUDIT_KEY).decode(),
        "OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    processes.append(subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | variables))
    try:
        assert processes[0].wait(timeout=120) == -signal.SIGKILL
    finally:
        processes[0].kill()
    assert WebhookMessage.objects.get().state == "leased"
    monkeypatch.setitem(outside._behaviours, "/takes", says("200 OK"))
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        post_due()
    first, second = [headers["webhook-id"] for headers, _ in posted(outside)]
    assert first == second
    assert WebhookMessage.objects.get().state == "sent"
