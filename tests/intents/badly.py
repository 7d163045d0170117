"""A receiver that answers as badly as the network does, and what failed attempts to post to it say."""

import time
from collections.abc import Iterator
from functools import partial

import pytest

from intents.sending import connector
from intents.sending.channels import Channel
from intents.sending.models import SendState
from intents.sending.sender import Sender
from tests.load.chaos import Chaos
from tests.load.receiver import UNTRUSTED
from tests.services import Guarded

SECONDS = 4.0
"""What an exchange may take here."""
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


@pytest.fixture
def badly(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    receiver = Chaos(guarded, late_seconds=0.3, wrong=1, relapses=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(receiver.trusted))
    connector.close()  # whoever connected before trusts others
    monkeypatch.setattr(connector, "post", partial(connector.post, seconds=SECONDS))
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
