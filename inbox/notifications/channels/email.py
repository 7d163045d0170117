"""Messages by email: text and HTML, by the server's own mail server."""

from collections.abc import Iterator, Sequence
from email.headerregistry import Address

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from inbox.notifications import wording
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.services.messages import MessageOutbox, OutgoingMessage
from inbox.vocabulary.kinds import RISK_WORDS
from intents.sending import smtp
from intents.sending.channels import Channel

EMAIL = "email"


def send(message: OutgoingMessage) -> str:
    """What the mail server answered. Raises NotSent."""
    return smtp.deliver(compose(message))


@wording.in_its_language
def compose(message: OutgoingMessage) -> EmailMultiAlternatives:
    """A message as an email."""
    known = {
        "message": message,
        "lines": lines(message),
        "more": message.total - len(message.items),
        "base_url": settings.BASE_URL,
    }
    known |= {"subject": wording.subject(message), "settings": wording.settings_link()}
    email = EmailMultiAlternatives(
        subject=wording.subject(message),
        body=render_to_string("notify/message.txt", known),
        to=[str(Address(wording.plain(message.name), addr_spec=message.email))],
        headers=smtp.headers(message.id) | {"List-Unsubscribe": f"<{wording.settings_link()}>"},
    )
    email.attach_alternative(render_to_string("notify/message.html", known), "text/html")
    return email


def lines(message: OutgoingMessage) -> list[dict[str, str]]:
    """What an email says of each notification."""
    return [
        {
            "says": wording.says(item),
            "headline": wording.headline(item),
            "agent": wording.plain(item.agent),
            "risk": item.risk if item.task_id else "",
            "risk_words": str(RISK_WORDS[item.risk]) if item.task_id else "",
            "asked_by": wording.asked_by(item) if item.task_id else "",
            "standing": wording.standing(item),
            "due": wording.when(item.due_at, message.zone) if item.due_at else "",
            "why": wording.why(item),
            "link": wording.link(item),
        }
        for item in message.items
    ]


def destinations(contacts: Sequence[Contact]) -> Iterator[Destination]:
    """Everybody has one address."""
    return (Destination(one.user_id, EMAIL, by=EMAIL, where=one.email) for one in contacts)


def unavailable() -> str:
    """Why this server sends no email; empty when it does."""
    return "" if settings.EMAIL_URL else "this server has no mail server; its admin sets EMAIL_URL"


CHANNEL = Channel(EMAIL, MessageOutbox(EMAIL), send)
PERSONAL = PersonalChannel(
    channel=CHANNEL,
    label=gettext_lazy("Email"),
    icon="mail",
    destinations=destinations,
    default=("critical", "high"),
    unavailable=unavailable,
    notice=gettext_lazy("Email is off: set EMAIL_URL on the server. Chat still works."),
)
