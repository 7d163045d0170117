"""Notifications, and how people want to be told, as the API shows them."""

from collections.abc import Iterable
from typing import Any

from inbox.notifications.models import ChatAddress, MessageItem, Notification
from inbox.notifications.preferences import Preferences
from intents.accounts.models import User
from intents.kernel.clock import rfc3339


def notification_settings(
    chosen: Preferences, *, user: User, addresses: Iterable[ChatAddress], mailed: bool
) -> dict[str, Any]:
    return chosen.model_dump(mode="json") | {
        "time_zone": user.time_zone,
        "email": user.email if mailed else None,
        "addresses": [chat_address(one) for one in addresses],
    }


def chat_address(row: ChatAddress) -> dict[str, Any]:
    return {"address_id": str(row.id), "name": row.name, "service": row.service}


def notification(row: Notification) -> dict[str, Any]:
    """Needs `row.task` and its items with their messages."""
    return {
        "notification_id": str(row.id),
        "kind": row.kind,
        "number": row.number,
        "risk": row.risk,
        "task_id": str(row.task_id) if row.task_id else None,
        "headline": (row.task.headline or row.task.title) if row.task else "",
        "created_at": rfc3339(row.created_at),
        "read_at": rfc3339(row.read_at) if row.read_at else None,
        "messages": [_message(item) for item in row.items.all()],
    }


def _message(item: MessageItem) -> dict[str, Any]:
    row = item.message
    return {
        "channel": row.channel,
        "address": row.address.name if row.address else None,
        "state": row.state,
        "due_at": rfc3339(row.due_at),
        "attempts": row.attempt,
        "answer": row.answer,
        "ended_at": rfc3339(row.ended_at) if row.ended_at else None,
        "left_out": item.left_out,
    }
