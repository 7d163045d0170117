"""What the tests of pages share: people at their browsers, and a mail server."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tests.conftest import PersonCaller
from tests.pages.browser import Browser


@pytest.fixture(autouse=True)
def untried() -> None:
    """Nobody has tried a password yet: tries are counted in the memory of this process."""
    cache.clear()


@dataclass
class Mailbox:
    """What a mail server has received."""

    mails: list[EmailMessage]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        self.mails.append(mail)  # type: ignore[arg-type]
        return "250 taken"

    def only(self) -> EmailMessage:
        (mail,) = self.mails
        return mail


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that takes what this server sends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox([])
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_URL = "127.0.0.1", port, f"smtp://127.0.0.1:{port}"
    yield box
    controller.stop()


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user)


@pytest.fixture
def bobs(bob: PersonCaller) -> Browser:
    return Browser().sign_in(bob.user)


@pytest.fixture
def veras(vera: PersonCaller) -> Browser:
    return Browser().sign_in(vera.user)
