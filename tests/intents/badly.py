"""A receiver that answers as badly as the network does, and what failed attempts to post to it say."""

from collections.abc import Iterator
from functools import partial

import pytest

from intents.sending import connector
from tests.load.chaos import Chaos
from tests.load.receiver import UNTRUSTED
from tests.services import Guarded

SECONDS = 2.0
"""What an exchange may take here."""
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
    monkeypatch.setattr(connector, "post", partial(connector.post, seconds=SECONDS))
    yield receiver
    receiver.end()
