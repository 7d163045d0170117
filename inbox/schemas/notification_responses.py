"""What answers about notifications look like, for the OpenAPI document."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from inbox.schemas.task_responses import Risk
from intents.schemas.responses import Ok, Shape


class ChatAddress(Shape):
    address_id: UUID
    name: str
    service: str = Field(description="What its URL belongs to, like Slack.")


class NotificationSettings(Shape):
    channels: list[dict[str, Any]]
    browser: list[Risk]
    quiet: dict[str, Any] | None
    digest: dict[str, Any] | None
    unsubscribed: list[str]
    time_zone: str = Field(description="In which the times are read: that of your profile.")
    email: str | None = Field(description="Where email goes; null when the server sends none.")
    addresses: list[ChatAddress]


class OneNotificationSettings(Ok):
    settings: NotificationSettings


class OneChatAddress(Ok):
    address: ChatAddress


class SentMessage(Shape):
    """A message that told it, or is to."""

    channel: str = Field(description="Its name: `email`, `chat`.")
    address: str | None = Field(description="The name of the chat address.")
    state: Literal["ready", "leased", "sent", "failed", "skipped"]
    due_at: datetime = Field(description="When it is tried next; the end of the try that runs, when `leased`.")
    attempts: int
    answer: str | None = Field(description="What the provider said last.")
    ended_at: datetime | None
    left_out: bool = Field(
        description="Whether it was decided or read before the message was sent, or a later one in it asks the same."
    )


class Notification(Shape):
    notification_id: UUID
    kind: Literal[
        "assigned",
        "delegated",
        "escalated",
        "reminder",
        "mentioned",
        "commented",
        "concluded",
        "answered",
        "unreached",
        "unroutable",
        "too_few",
        "policy_broken",
        "overridden",
        "test",
    ]
    number: int = Field(description="Of several of a kind about one task.")
    risk: Risk
    task_id: UUID | None
    headline: str
    created_at: datetime
    read_at: datetime | None
    messages: list[SentMessage]


class Notifications(Ok):
    notifications: list[Notification]
    unread: int = Field(description="Of tasks that still wait; up to 1,000.")
    next_cursor: str | None


class OneNotification(Ok):
    notification: Notification


class ReadMany(Ok):
    read: int = Field(description="How many were unread before.")
