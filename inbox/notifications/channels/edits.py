"""Messages that stand in chats, written anew when what they ask is over."""

from inbox.notifications.channels import slack, teams
from inbox.notifications.chat_links import SLACK, TEAMS
from inbox.notifications.services.posts import EditOutbox, OutgoingEdit
from intents.sending.channels import Channel, NotSent

_EDITS = {SLACK.name: (slack.configured, slack.edit), TEAMS.name: (teams.configured, teams.edit)}


def send(post: OutgoingEdit) -> str:
    """What the chat answered. Raises NotSent."""
    configured, edit = _EDITS[post.channel]
    if not configured():
        raise NotSent("this server is not set up for this chat any more", permanent=True)
    return edit(post)


CHANNEL = Channel("chat-edit", EditOutbox(), send, slots=4)
