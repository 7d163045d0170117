"""A process that posts what is due and is killed while its request is on its way."""

import os
import signal
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests import templates
from tests.acceptance.processes import ROOT
from tests.intents.receivers import Receiver, says

WORKER = """
import django
django.setup()
from intents.sending import sender
while True:
    sender.work(1)
"""


def post_and_die(outside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have it post to /takes, which kills it once the request has come, and takes whatever comes from then on."""
    processes: list[subprocess.Popen[bytes]] = []

    def kills(taken: socket.socket, request: bytes) -> None:
        """The request has come, and whoever posts it dies before it is told so."""
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
        assert processes[0].wait(timeout=240) == -signal.SIGKILL
    finally:
        processes[0].kill()
    monkeypatch.setitem(outside._behaviours, "/takes", says("200 OK"))
