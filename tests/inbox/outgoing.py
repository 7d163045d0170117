"""Notifications and emails on their way out: what their tests share."""

import json
import os
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django.fixtures import Settings

from inbox.notifications.channels import chat
from inbox.notifications.models import ChatAddress, ChatPost, ChatReply, Message, Notification
from intents.kernel import secrets
from intents.sending import channels
from intents.sending.models import Email
from intents.sending.sender import Sender
from tests import templates
from tests.acceptance.processes import ROOT
from tests.callers import PersonCaller

WAITED = 60.0
ALL = ["critical", "high", "medium", "low"]
WORKER = """
import django
django.setup()
from intents.sending.sender import Sender
sender = Sender()
while True:
    sender.work()
"""


@pytest.fixture
def inside(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chats on this machine may be reached, and a busy machine may take its time."""
    monkeypatch.setattr(chat, "SECONDS", 60.0)
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


def notified() -> list[tuple[str, str, int]]:
    """(who, kind, number) of every notification."""
    found = Notification.objects.select_related("user").order_by("user__email", "kind", "number")
    return [(one.user.email.partition("@")[0], one.kind, one.number) for one in found]


def patient() -> Sender:
    """A sender that gives up nothing because the machine is busy."""
    return Sender([replace(one, seconds=WAITED) for one in channels.registered()])


def send(by: Sender | None = None) -> None:
    """Send what is due, until nothing is under way any more."""
    by, until = by or patient(), time.monotonic() + WAITED
    by.work(seconds=WAITED)
    tables = (Message, Email, ChatPost, ChatReply)
    while any(table.objects.filter(state="leased").exists() for table in tables) and time.monotonic() < until:
        by.work(seconds=WAITED)


def send_in_a_process_that_dies_at(failpoint: str) -> int:
    """A process that does nothing but send: the code that it ended with."""
    variables = {
        "DATABASE_URL": templates.url(connection.settings_dict["NAME"]),
        "SECRET_KEY": django_settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(django_settings.ENCRYPTION_KEYS),
        "AUDIT_KEY": urlsafe_b64encode(django_settings.AUDIT_KEY).decode(),
        "EMAIL_URL": django_settings.EMAIL_URL,
        "AXME_FAILPOINT": failpoint,
    }
    process = subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, env=os.environ | variables, timeout=240, check=False)
    return process.returncode


def add(who: PersonCaller, url: str, *, name: str = "Team chat") -> str:
    """A chat address, without asking Apprise about it, which takes a process: its id."""
    now = who.token.created_at
    row = ChatAddress.objects.create(user=who.user, name=name, service="JSON", sealed=secrets.encrypt(url), created_at=now)
    return str(row.id)


def choose(who: PersonCaller, *by: str, **more: Any) -> None:
    channels = [{"by": one, "risks": ALL} for one in by]
    who.patch("/me/notification-settings", {"channels": channels} | more).ok()


def states() -> list[tuple[str, str, int, str | None]]:
    """(channel, state, attempts, answer) of every message, oldest first."""
    return list(Message.objects.order_by("created_at", "id").values_list("channel", "state", "attempt", "answer"))


@dataclass
class Receiver:
    """A chat service: what was posted to it. Answers with `status`."""

    url: str
    status: int = 200
    posted: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def receiving(status: int = 200, *, location: str = "") -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posted.append(json.loads(body))
            self.send_response(receiver.status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"json://127.0.0.1:{server.server_port}/?rto={WAITED:g}&cto={WAITED:g}", status)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
