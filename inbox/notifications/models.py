"""What people are told of tasks, and the messages that tell it outside of the pages."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from inbox.tasks.models.task import Task
from intents.accounts.models import User, Workspace
from intents.kernel.models import Row
from intents.sending.models import Sending, SendState


class ChatAddress(Row):
    """Where a person is told beside by email: an Apprise URL, encrypted, under a name that they gave it. `service` is what
    the URL belongs to, like Slack; of a phone or browser it is device, and what is encrypted is where it is reached. Of a
    person who decides in a chat it names their member there, `slack:T1/U1` or `teams:<tenant>/<person>`, and encrypted are
    the tokens they act by."""

    user = models.ForeignKey(User, models.CASCADE, related_name="chat_addresses")
    name = models.CharField(max_length=60)
    service = models.CharField(max_length=120)
    sealed = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="chat_address_name_once"),
            # A member of Slack is one person here.
            models.UniqueConstraint(
                fields=["service"], condition=Q(service__startswith="slack:"), name="chat_address_member_once"
            ),
            # And one of Teams.
            models.UniqueConstraint(
                fields=["service"], condition=Q(service__startswith="teams:"), name="chat_address_teams_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.service})"


class ChatConversation(Row):
    """Where a member of a chat is written to, as the chat said when they last wrote here or added the bot. `service` is the
    member, as of a ChatAddress, which they may have none of yet; `recipient` is what the chat calls them there."""

    service = models.CharField(max_length=120, unique=True)
    service_url = models.TextField()
    conversation = models.TextField()
    recipient = models.TextField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"conversation of {self.service}"


class ChatReply(Sending):
    """What is answered to who wrote in a chat: `sealed` is the activity, encrypted, for it may hold a link that links. It is
    gone when that is over."""

    service_url = models.TextField()
    conversation = models.TextField()
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [
            # What is to be sent.
            models.Index(
                fields=["due_at"], condition=Q(state__in=[SendState.READY, SendState.LEASED]), name="chat_reply_due"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, ended_at=None) | Q(sealed=None, ended_at__isnull=False),
                name="chat_reply_wiped_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.id} ({self.state})"


class NotificationSettings(Row):
    """How a person wants to be told, in all their workspaces: canonical JSON as `preferences.loads` reads it."""

    user = models.OneToOneField(User, models.CASCADE, related_name="notification_settings")
    chosen = models.TextField()

    def __str__(self) -> str:
        return f"settings of {self.user_id}"


class Notification(Row):
    """Something that a person is told, in the workspace's pages at least. `task` is None for a test. `principal` is as whom
    they are told."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, null=True, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=16)
    number = models.PositiveIntegerField(default=0)
    risk = models.CharField(max_length=8)
    principal = models.CharField(max_length=390, default="")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # A person's notifications, the newest first.
            models.Index(fields=["user", "workspace", "-id"], name="notification_of_person"),
            # Those that are unread.
            models.Index(fields=["user", "workspace", "-id"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]
        constraints = [
            # Nobody is told the same twice. Also finds what people were told of a task.
            models.UniqueConstraint(fields=["task", "user", "kind", "number"], name="notification_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} for {self.user_id}"


class Message(Sending):
    """One message to a person by one channel, about one or more notifications.

    `channel` is email, chat or device, `address` where to in a chat, or which device. While READY and not yet tried, a
    message takes in what else is due to the same person in the same `slot` (now, held, digest).
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=16)
    address = models.ForeignKey(ChatAddress, models.CASCADE, null=True, related_name="+")
    slot = models.CharField(max_length=8)

    class Meta:
        indexes = [
            # What is to be sent by a channel.
            models.Index(
                fields=["channel", "due_at"],
                condition=Q(state__in=[SendState.READY, SendState.LEASED]),
                name="message_due",
            ),
            # What could not be sent: a list of operations.
            models.Index(fields=["workspace", "-id"], condition=Q(state=SendState.FAILED), name="message_failed"),
            # When a person was last sent something by a channel.
            models.Index(fields=["user", "channel", "-ended_at"], name="message_to_person"),
        ]
        constraints = [
            # The message that takes in what else is due.
            models.UniqueConstraint(
                fields=["user", "workspace", "channel", "address", "slot"],
                condition=Q(state=SendState.READY, attempt=0),
                nulls_distinct=False,
                name="message_gathering",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.user_id} ({self.state})"


UNSEEN = datetime(9999, 1, 1, tzinfo=UTC)
"""When a ChatPost is due as long as nobody looked whether its task ended while it was written."""


class ChatPost(Sending):
    """A message as it stands in a chat, of one task that it asks about: what is sent is that it is over, in the place of the
    message. Until the task is over that is due UNSEEN or NEVER. `place` is the conversation, and `reference` what the chat
    calls the message there."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    channel = models.CharField(max_length=16)
    place = models.TextField()
    reference = models.TextField()

    class Meta:
        indexes = [
            # What is to be sent.
            models.Index(
                fields=["due_at"], condition=Q(state__in=[SendState.READY, SendState.LEASED]), name="chat_post_due"
            ),
            # Where a task that ends is asked about; and what goes with one that is erased.
            models.Index(fields=["task"], name="chat_post_of_task"),
        ]
        constraints = [
            # Also finds what is asked by a message.
            models.UniqueConstraint(fields=["message", "task"], name="chat_post_once"),
            # It is scheduled, or over.
            models.CheckConstraint(
                condition=Q(state__in=[SendState.READY, SendState.LEASED], ended_at=None)
                | Q(state__in=[SendState.SENT, SendState.FAILED, SendState.SKIPPED], ended_at__isnull=False),
                name="chat_post_scheduled_or_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} in {self.channel} about {self.task_id} ({self.state})"


class MessageItem(Row):
    """A notification in a message; `left_out` when it was decided or read before the message was sent."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="items", db_constraint=False, db_index=False)
    notification = models.ForeignKey(Notification, models.CASCADE, related_name="items", db_constraint=False)
    left_out = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "notification"], name="message_item_once")]

    def __str__(self) -> str:
        return f"{self.notification_id} in {self.message_id}"
