"""Messages to chats and the rest, by Apprise, each in a process of its own that can reach nothing of this server."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.notifications import selectors, wording
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.services.messages import Item, MessageOutbox, OutgoingMessage
from intents.kernel import secrets
from intents.kernel.errors import InvalidField
from intents.sending import isolated
from intents.sending.channels import Channel, NotSent

CHAT = "chat"
SECONDS = 20.0
PROCESS = "inbox.notifications.channels.outside"
"""Named, not imported: Apprise is loaded there alone."""

_STATUS = re.compile(r"error=(\d{3})\b")
_PASSING = {408, 425, 429}


def send(message: OutgoingMessage) -> str:
    """What the service answered. Raises NotSent."""
    assert message.sealed is not None
    try:
        url = secrets.decrypt(message.sealed)
    except ValueError:
        raise NotSent("its address cannot be read any more: enter it again", permanent=True) from None
    answer = _call({"url": url} | written(message))
    if not answer["ok"]:
        status = _STATUS.search(answer["answer"])
        refused = status is not None and 400 <= int(status[1]) < 500 and int(status[1]) not in _PASSING
        raise NotSent(answer["answer"], permanent=answer.get("permanent", False) or refused)
    return str(answer["answer"])


@wording.in_its_language
def written(message: OutgoingMessage) -> dict[str, Any]:
    """What the service is to say."""
    told = {"title": harmless(wording.subject(message)), "parts": parts(message), "closing": closing(message)}
    return told | {"link": closing(message)[0], "opens": _("Open")}


def check(url: str) -> str:
    """The name of the service that an Apprise URL belongs to. Goes nowhere. Raises InvalidField."""
    try:
        made = _call({"url": url})
    except NotSent as error:
        raise InvalidField("url", error.answer) from None
    if not made["ok"]:
        raise InvalidField("url", made["answer"])
    return str(made["answer"])


def parts(message: OutgoingMessage) -> list[str]:
    """What is told of each item, in the order in which the first of them are shown where not all have room."""
    return [_part(item, message, alone=message.total == 1) for item in message.items]


def _part(item: Item, message: OutgoingMessage, *, alone: bool) -> str:
    lines = [] if alone else [harmless(f"{wording.says(item)}: {wording.headline(item)}")]
    lines += [harmless(wording.asked_by(item))] if item.task_id else []
    lines += [harmless(said)] if (said := wording.standing(item)) else []
    lines += [_("Until %(time)s") % {"time": wording.when(item.due_at, message.zone)}] if item.due_at else []
    return "\n".join([*lines, wording.link(item)])


def closing(message: OutgoingMessage) -> list[str]:
    """How a message ends that shows the first n items, by n: with how many more there are, and where."""
    inbox = f"{settings.BASE_URL}/inbox"
    left = range(message.total, message.total - len(message.items) - 1, -1)
    more = [_("And %(number)s more: %(link)s") % {"number": number, "link": inbox} if number else "" for number in left]
    return [inbox if message.total > 1 else wording.link(message.items[0]), *more[1:]]


def harmless(words: str) -> str:
    """Without what chats read as markup, or as calling everybody."""
    return words.translate(str.maketrans("@<>`[]", "＠‹›'［］"))


def _call(request: dict[str, Any]) -> dict[str, Any]:
    return isolated.call(PROCESS, request, seconds=SECONDS)


def destinations(contacts: Sequence[Contact]) -> Iterator[Destination]:
    """The addresses that people added, each a channel of its own."""
    for row in selectors.chat_addresses_of([one.user_id for one in contacts]):
        yield Destination(row.user_id, CHAT, by=str(row.id), where=row.service, name=row.name, address_id=row.id)


CHANNEL = Channel(CHAT, MessageOutbox(CHAT), send)
PERSONAL = PersonalChannel(
    channel=CHANNEL,
    label=gettext_lazy("Chat"),
    icon="message-square",
    destinations=destinations,
    fragment="settings/notifications/chats.html",
)
