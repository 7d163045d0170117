"""Email to an address, from a template: enqueued as a row in the transaction that gives the reason for it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from intents.kernel import clock, languages, secrets
from intents.sending import smtp
from intents.sending.channels import Channel, NotSent
from intents.sending.models import Email, SendState
from intents.sending.outbox import Outbox

KEPT_DAYS = 30

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """An email to be sent. `sealed` is its encrypted text."""

    id: UUID
    attempt: int
    to: str
    subject: str
    sealed: bytes
    address_id: None = None
    """None is ever busy: a mail server takes several at once."""


class Written(NamedTuple):
    """The words of an email."""

    subject: str
    text: str


Writer = Callable[[str, str], Written | None]
"""Writes the email to an address, for the text that it was enqueued with; None when there is nobody to write to. It runs in
the transaction of a lease."""
_writers: dict[str, Writer] = {}


def register_writer(template: str, writer: Writer) -> None:
    """Email enqueued with the name of this template as its subject is written at each try to send it."""
    _writers[template] = writer


def write(template: str, context: dict[str, Any], *, language: str = "") -> Written:
    """The email of the templates `<template>_subject.txt` and `<template>_message.txt` in a language, English by default."""
    known = {"base_url": settings.BASE_URL} | context
    with languages.speaking(language):
        subject = " ".join(render_to_string(f"{template}_subject.txt", known).split())
        return Written(subject, render_to_string(f"{template}_message.txt", known).strip() + "\n")


def enqueue(
    to: str, template: str, context: dict[str, Any], *, language: str = "", invitation_id: UUID | None = None
) -> None:
    """Enqueue the email that `write` writes."""
    written = write(template, context, language=language)
    enqueue_text(to, subject=written.subject, text=written.text, invitation_id=invitation_id)


def enqueue_text(to: str, *, subject: str, text: str, invitation_id: UUID | None = None) -> None:
    """Enqueue an email that is written already. One that brings an invitation is skipped once that is over."""
    now = clock.now()
    Email.objects.create(
        to=to, subject=subject, sealed=secrets.encrypt(text), invitation_id=invitation_id, due_at=now, created_at=now
    )


def enqueued_lately(to: str) -> int:
    """How many emails to an address were enqueued in the last 24 hours, whatever for, but for those that were skipped."""
    lately = Email.objects.filter(to=to, created_at__gt=clock.now() - timedelta(days=1))
    return lately.exclude(state=SendState.SKIPPED).count()


class EmailOutbox(Outbox[OutgoingEmail]):
    """Email whose invitation is over, or that is for nobody, is skipped; the text is wiped when an email is over."""

    model = Email
    backoff_seconds = (20, 120, 600, 3600, 4 * 3600)
    skipped_as = "it was over, or nobody has this address"
    wiped = ("sealed",)
    columns = (
        '"to"',
        "subject",
        "sealed",
        """EXISTS (
    SELECT FROM intents_invitation i
    WHERE i.id = m.invitation_id AND (i.revoked_at IS NOT NULL OR i.accepted_at IS NOT NULL)
)""",
    )

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterator[OutgoingEmail]:
        messages = (OutgoingEmail(*row) for *row, over in rows if not over)
        return (written for message in messages if (written := _written(message)))

    def dead_letter(self, message: OutgoingEmail, *, now: datetime) -> None:
        # No answer in the log: mail servers quote addresses.
        log.error("email_failed", email_id=str(message.id), attempts=message.attempt)


def _written(message: OutgoingEmail) -> OutgoingEmail | None:
    if not (writer := _writers.get(message.subject)):
        return message
    written = writer(message.to, secrets.decrypt(message.sealed))
    return written and replace(message, subject=written.subject, sealed=secrets.encrypt(written.text))


def send(message: OutgoingEmail) -> str:
    """What the mail server answered. Raises NotSent."""
    try:
        text = secrets.decrypt(message.sealed)
    except ValueError:
        raise NotSent("its text cannot be read any more", permanent=True) from None
    subject = smtp.unencoded(message.subject)
    return smtp.deliver(EmailMessage(subject, text, to=[message.to], headers=smtp.headers(message.id)))


CHANNEL = Channel("account-email", EmailOutbox(), send, slots=4)


def prune() -> None:
    """Forget the email that is long over."""
    Email.objects.filter(ended_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()
