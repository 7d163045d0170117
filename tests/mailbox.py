"""A mail server for tests: a fixture, loaded with the conftest."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django.fixtures import Settings


@dataclass
class Mailbox:
    """What a mail server has received. It says `answer` to each, but not before `answering` is set."""

    mails: list[EmailMessage]
    answer: str = "250 taken"
    answering: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)  # type: ignore[arg-type]
        self.mails.append(mail)  # type: ignore[arg-type]
        await asyncio.to_thread(self.answering.wait)
        return self.answer

    def only(self) -> EmailMessage:
        (mail,) = self.mails
        return mail


@contextmanager
def receiving() -> Iterator[tuple[Mailbox, int]]:
    """A mail server of this machine, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Mailbox([])
    box.answering.set()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    box.answering.set()
    controller.stop()


@pytest.fixture
def mailbox(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that takes what this server sends."""
    with receiving() as (box, port):
        settings.EMAIL_BACKEND = "axme_site.mail.Server"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_URL = "127.0.0.1", port, f"smtp://127.0.0.1:{port}"
        yield box
