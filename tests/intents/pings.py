"""A table of messages, their outbox and their channel, as they are added, and a provider that takes them."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, models

from intents.kernel import clock
from intents.sending import channels
from intents.sending.channels import Channel, NotSent
from intents.sending.models import Sending
from intents.sending.outbox import Outbox
from intents.sending.sender import Sender
from tests.conftest import SettableClock

WAITED = 60.0


class Ping(Sending):
    """A row of the third kind: something posted to a URL."""

    url = models.TextField()
    address_id = models.UUIDField(null=True)

    class Meta:
        app_label = "pings"
        db_table = "test_ping"


@dataclass(frozen=True, slots=True)
class OutgoingPing:
    id: UUID
    attempt: int
    url: str
    address_id: UUID | None


class PingOutbox(Outbox[OutgoingPing]):
    model = Ping
    columns = ("url", "address_id")
    sendable = "(m.address_id IS NULL OR NOT m.address_id = ANY(%(busy)s))"
    backoff_seconds = (20, 120)
    skipped_as = "it has nowhere to go"

    def __init__(self) -> None:
        self.dead_letters: list[str] = []

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingPing]:
        return (ping for row in rows if (ping := OutgoingPing(*row)).url)

    def dead_letter(self, message: OutgoingPing, *, now: datetime) -> None:
        self.dead_letters.append(message.url)


@dataclass
class Provider:
    """Takes pings while it is `open`, and refuses them with `refusal` if there is one."""

    posted: list[tuple[str, int]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    refusal: NotSent | None = None

    def send(self, message: OutgoingPing) -> str:
        self.posted.append((message.url, message.attempt))
        assert self.open.wait(WAITED)
        if self.refusal:
            raise self.refusal
        return f"taken at try {message.attempt}"


@pytest.fixture
def table(database: None) -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(Ping)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Ping)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.open.set()
    yield provider
    provider.open.set()


@pytest.fixture
def pings(now: SettableClock, table: None, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> PingOutbox:
    """The outbox of pings, whose channel is registered."""
    own = PingOutbox()
    monkeypatch.setattr(channels, "_channels", dict(channels._channels))
    channels.register(Channel("ping", own, provider.send, seconds=WAITED))
    return own


def enqueue(url: str, *, address_id: UUID | None = None) -> None:
    moment = clock.now()
    Ping.objects.create(url=url, address_id=address_id, due_at=moment, created_at=moment)


def rows() -> list[tuple[str, str, int, str | None]]:
    """(url, state, attempts, answer) of each, oldest first."""
    return list(Ping.objects.order_by("id").values_list("url", "state", "attempt", "answer"))


def send(sender: Sender) -> None:
    """Work until nothing is leased any more."""
    until = time.monotonic() + WAITED
    sender.work()
    while Ping.objects.filter(state="leased").exists():
        assert time.monotonic() < until
        sender.work()


def wait_for_posts(provider: Provider, count: int) -> None:
    until = time.monotonic() + WAITED
    while len(provider.posted) < count:
        assert time.monotonic() < until
        time.sleep(0.01)
