"""Letters, which the domain owes to addresses, as a channel."""

from collections.abc import Sequence
from uuid import UUID

from django.core.mail import EmailMessage

from inbox.notifications.channels import email
from inbox.notifications.channels.base import NotSent
from intents.kernel import secrets
from intents.sending import email as mail


def claim(*, limit: int, busy: Sequence[UUID]) -> list[mail.Claimed]:
    """None is busy: a mail server takes several at once."""
    return mail.claim(limit=limit)


def send(letter: mail.Claimed) -> str:
    try:
        text = secrets.decrypt(letter.sealed)
    except ValueError:
        raise NotSent("its text cannot be read any more", lasting=True) from None
    headers = email.headers(letter.id)
    return email.deliver(EmailMessage(mail.unencoded(letter.subject), text, to=[letter.to], headers=headers))
