"""An agent that is called, at a receiver that answers in many ways: what tests of it share."""

import json
import socket
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from intents.dispatch.bindings import http
from intents.sending import connector
from intents.sending.channels import Channel
from intents.sending.models import Attempt
from intents.sending.sender import Sender
from tests.conftest import KeyCaller, make_machine
from tests.intents.receivers import Receiver, endless, hangs, raw, receiver, says
from tests.intents.waiting import look


def answers(said: Any, status: str = "200 OK") -> Any:
    return says(status, json.dumps(said).encode(), "content-type: application/json")


BEHAVIOURS = {
    "/takes": says("200 OK", b"thanks"),
    "/takes-quietly": raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/page": says("200 OK", b"<html>ok</html>", "content-type: text/html"),
    "/ok": answers({"ok": True}),
    "/completes": answers({"action": "complete", "sum": 3}),
    "/fails": answers({"action": "fail", "error": {"code": "no_paper", "message": "the tray is empty"}}),
    "/reports": answers({"action": "progress", "message": "half", "percent": 50}),
    "/nonsense": answers({"action": "fly"}),
    "/waits": answers({"action": "wait", "for": "time", "delay_seconds": 60}),
    "/waits-for-nobody": answers({"action": "wait", "for": "tool", "tool": "crm"}),
    "/no-json": says("200 OK", b'{"action": "compl', "content-type: application/json"),
    "/endless": endless(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        b"1000\r\n" + b" " * 4096 + b"\r\n",
    ),
    "/error": says("503 Service Unavailable", b"later"),
    "/later": says("429 Too Many Requests", b"", "retry-after: 7200"),
    "/gone": says("410 Gone"),
    "/elsewhere": says("302 Found", b"", "location: /takes"),
    "/hangs": hangs,
}


@pytest.fixture
def inside(settings: Any) -> Iterator[None]:
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    yield
    connector.close()


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiver(BEHAVIOURS) as listening:
        yield listening


@pytest.fixture
def nowhere() -> Iterator[str]:
    """A URL where nobody listens; the port is taken, so that nobody begins to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def called(workspace: Any) -> KeyCaller:
    return make_machine(workspace, "called")


def call_at(machine: KeyCaller, outside: Receiver, path: str) -> str:
    """Have the agent `called` at a path of the receiver: its signing secret."""
    url = f"http://127.0.0.1:{outside.port}{path}"
    answer = machine.patch("/agents/called", {"delivery_mode": "http", "callback_url": url}).ok()
    return str(answer.get("signing_secret"))


def post_due() -> None:
    """Have everything posted that is due."""
    look()
    send_due(http.CHANNEL)


def send_due(channel: Channel) -> None:
    """Have all sent that is due by a channel, however much more that is than may be in flight."""
    tried = -1
    while tried != (tried := Attempt.objects.count()):
        sender = Sender([channel])
        sender.work(5)
        sender.drain(5)


def posted(outside: Receiver) -> tuple[dict[str, str], dict[str, Any]]:
    """The last request: its headers in lower case, and its body."""
    head, _, body = outside.requests[-1].partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, value in lines}, json.loads(body)


def events(shop: KeyCaller, intent_id: str) -> list[str]:
    return [event["event_type"].removeprefix("intent.") for event in shop.get(f"/intents/{intent_id}/events").ok()["events"]]
