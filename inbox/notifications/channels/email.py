"""Messages by e-mail: text and HTML, by the server's own mail server."""

import smtplib
from email.headerregistry import Address
from typing import Protocol, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string

from inbox.notifications import wording
from inbox.notifications.channels.base import NotSent
from inbox.notifications.services.messages import Parcel
from inbox.vocabulary.kinds import RISK_WORDS


class _Answering(Protocol):
    """A mail backend that keeps what its server answered last."""

    answer: str


def send(parcel: Parcel) -> str:
    return deliver(message(parcel))


def deliver(mail: EmailMessage) -> str:
    """What the mail server answered. Raises NotSent."""
    connection = get_connection()
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSent(_said(code, said), lasting=code >= 500) from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(_said(error.smtp_code, error.smtp_error), lasting=error.smtp_code >= 500) from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{type(error).__name__}: {error}") from None
    return cast("_Answering", connection).answer


def _said(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def headers(id_: UUID) -> dict[str, str]:
    """Of a mail by its id: the Message-ID stays when it is sent again."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return {"Message-ID": f"<{id_}@{host}>", "Auto-Submitted": "auto-generated"}


def message(parcel: Parcel) -> EmailMultiAlternatives:
    """The mail of a parcel."""
    known = {
        "parcel": parcel,
        "lines": lines(parcel),
        "more": parcel.total - len(parcel.items),
        "base_url": settings.BASE_URL,
    }
    known |= {"subject": wording.subject(parcel), "settings": wording.settings_link()}
    mail = EmailMultiAlternatives(
        subject=wording.subject(parcel),
        body=render_to_string("notify/message.txt", known),
        to=[str(Address(wording.plain(parcel.name), addr_spec=parcel.email))],
        headers=headers(parcel.id) | {"List-Unsubscribe": f"<{wording.settings_link()}>"},
    )
    mail.attach_alternative(render_to_string("notify/message.html", known), "text/html")
    return mail


def lines(parcel: Parcel) -> list[dict[str, str]]:
    """What a mail says of each notification."""
    return [
        {
            "says": wording.says(item),
            "headline": wording.headline(item),
            "agent": wording.plain(item.agent),
            "risk": item.risk if item.task_id else "",
            "risk_words": str(RISK_WORDS[item.risk]) if item.task_id else "",
            "asked_by": wording.asked_by(item) if item.task_id else "",
            "due": wording.when(item.due_at, parcel.zone) if item.due_at else "",
            "why": wording.why(item),
            "link": wording.link(item),
        }
        for item in parcel.items
    ]
