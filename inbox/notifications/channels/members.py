"""What the chats share in which people decide: who is told there, and of what it is that they can decide it there."""

from collections.abc import Iterator, Sequence

from inbox.notifications import selectors
from inbox.notifications.chat_links import Chat, acting_by
from inbox.notifications.personal import Contact, Destination
from inbox.notifications.preferences import ASKING
from inbox.notifications.services.messages import Item, OutgoingMessage


def destinations(chat: Chat, contacts: Sequence[Contact]) -> Iterator[Destination]:
    """The members that people are in a chat, each a channel of its own."""
    for row in selectors.chat_members_of(chat.prefix, [one.user_id for one in contacts]):
        where = row.service.removeprefix(chat.prefix)
        yield Destination(row.user_id, chat.name, by=str(row.id), where=where, name=row.name, address_id=row.id)


def decided_here(message: OutgoingMessage) -> list[Item]:
    """Of what a message tells, what its member can be asked to decide: nothing where they are not linked in its
    workspace."""
    if str(message.workspace_id) not in acting_by(message.where or "", message.sealed or b""):
        return []
    return [one for one in message.items if one.task_id and one.kind in ASKING and one.task_id not in message.ended]
