"""Mail by the server's own mail server."""

import smtplib
from typing import Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from intents.sending.channels import NotSent


class _Answering(Protocol):
    """A mail backend that keeps what its server answered last."""

    answer: str


def deliver(email: EmailMessage) -> str:
    """What the mail server answered. Raises NotSent."""
    connection = get_connection()
    try:
        connection.send_messages([email])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSent(_said(code, said), permanent=code >= 500) from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(_said(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500) from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from None
    return cast("_Answering", connection).answer


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def headers(id_: UUID) -> dict[str, str]:
    """Of an email by its id: the Message-ID stays when it is sent again."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return {"Message-ID": f"<{id_}@{host}>", "Auto-Submitted": "auto-generated"}


def unencoded(text: str) -> str:
    """A text for a header: on one line, and without "=?", by which programs of mail would find an encoded word in it and
    show another text than the one that was looked at."""
    return " ".join(text.split()).replace("=?", "=\u200b?")
