"""A receiver that answers as badly as the network does, and what failed attempts to post to it say."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from intents.sending import connector
from intents.sending.channels import Channel
from intents.sending.models import SendState
from intents.sending.sender import Sender
from tests.intents.receivers import trust
from tests.load.chaos import Chaos
from tests.load.receiver import UNTRUSTED
from tests.services import Guarded

SECONDS = 4.0
"""What an exchange may take with who gives no answer; with the others it may take as long as a busy machine does."""
SILENT = ("hangs", "drips")
PATIENCE_SECONDS = 60.0
FAILED = {
    "error": (500, None),
    "busy": (429, None),
    "elsewhere": (302, None),
    "hangs": (None, "timeout"),
    "drips": (None, "timeout"),
    "resets": (None, "broken"),
    UNTRUSTED: (None, "tls"),
}


class Post:
    """`connector.post`, in less time where no answer comes at the first try."""

    def __init__(self) -> None:
        self._tried: set[str] = set()
        self._post = connector.post

    def __call__(self, url: str, **given: Any) -> connector.Answer:
        short = url.split("/")[3] in SILENT and url not in self._tried
        self._tried.add(url)
        return self._post(url, **given, **({"seconds": SECONDS} if short else {}))


@pytest.fixture
def badly(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    receiver = Chaos(guarded, late_seconds=0.3, wrong=1, relapses=False)
    trust(receiver.trusted, monkeypatch)
    monkeypatch.setattr(connector, "post", Post())
    yield receiver
    receiver.end()


def send_all(channel: Channel) -> None:
    """Have all sent that is due, however long that takes."""
    sender = Sender([channel])
    until = time.monotonic() + PATIENCE_SECONDS
    sender.work()
    while channel.outbox.model._default_manager.filter(state=SendState.LEASED).exists():
        sender.keep_working(0.2)
        assert time.monotonic() < until
