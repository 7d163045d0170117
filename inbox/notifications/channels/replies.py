"""What is answered to who writes to the bot in Teams."""

import json

from inbox.notifications.channels import bot_connector
from inbox.notifications.services.conversations import OutgoingReply, ReplyOutbox
from intents.kernel import secrets
from intents.sending.channels import Channel, NotSent, Sent


def send(reply: OutgoingReply) -> Sent:
    """What Teams answered. Raises NotSent."""
    try:
        activity = json.loads(secrets.decrypt(reply.sealed))
    except ValueError:
        raise NotSent("its text cannot be read any more", permanent=True) from None
    return bot_connector.post(reply.service_url, reply.conversation, activity)


CHANNEL = Channel("chat-reply", ReplyOutbox(), send, slots=4)
