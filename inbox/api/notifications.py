"""How a person is told of what waits for them, and what they were told. All of it is a person's own."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import TypeAdapter

from inbox.notifications import selectors
from inbox.notifications.channels import chat, email
from inbox.notifications.preferences import Preferences
from inbox.notifications.services import preferences
from inbox.schemas import notification_responses, notification_shapes, requests
from intents.accounts import selectors as accounts
from intents.api import cursors
from intents.api.common import REFUSALS, Request, answer, as_id, checked, once
from intents.kernel.actors import Person
from intents.kernel.errors import MissingActorToken

router = Router(tags=["Notifications"])

PAGE = 50
LONGEST_PAGE = 200
COUNTED = 1000
PREFERENCES = TypeAdapter(Preferences)


def _person(request: Request) -> Person:
    if not isinstance(request.auth, Person):
        raise MissingActorToken("this is about a person: send their token as Authorization: Bearer")
    return request.auth


@router.get(
    "/me/notification-settings",
    response={200: notification_responses.OneNotificationSettings, **REFUSALS},
    summary="Get your notification settings",
)
def get_notification_settings(request: Request) -> HttpResponse:
    """By which channels you are told of what waits for you, and when. It counts in all your workspaces. Needs a person's
    token, as do all calls about notifications."""
    return answer({"ok": True, "settings": _settings(_person(request))})


def _settings(person: Person) -> dict[str, Any]:
    return notification_shapes.notification_settings(
        selectors.preferences_of(person),
        user=accounts.user(person),
        addresses=selectors.chat_addresses(person),
        mailed=not email.unavailable(),
    )


@router.patch(
    "/me/notification-settings",
    response={200: notification_responses.OneNotificationSettings, **REFUSALS},
    summary="Change your notification settings",
)
def update_notification_settings(request: Request, body: requests.ChangeNotifications) -> HttpResponse:
    """Change what is sent, each part as a whole: channels by risk and hour, quiet hours, a digest, and what not to be told
    of. Messages that wait already go as they were to."""
    person = _person(request)
    changes = {
        name: value
        for name, value in body.model_dump(mode="json", exclude_unset=True).items()
        if value is not None or name in ("quiet", "digest")
    }

    def run() -> dict[str, Any]:
        preferences.change(actor=person, by=lambda kept: checked(PREFERENCES, kept.model_dump(mode="json") | changes, ""))
        return {"ok": True, "settings": _settings(person)}

    return once(request, run)


@router.post(
    "/me/notification-settings/test",
    response={200: notification_responses.OneNotification, **REFUSALS},
    summary="Test a channel",
)
def test_channel(request: Request, body: requests.TestChannel) -> HttpResponse:
    """Send yourself a message by one channel, at once and once. What the provider answered is at this notification in `GET
    /v1/me/notifications`, usually within a second."""
    person = _person(request)
    return once(request, lambda: _one(person, preferences.test(actor=person, by=body.by).id))


def _one(person: Person, notification_id: UUID) -> dict[str, Any]:
    row = selectors.with_messages(selectors.notifications(person)).get(id=notification_id)
    return {"ok": True, "notification": notification_shapes.notification(row)}


@router.post(
    "/me/notification-addresses",
    response={200: notification_responses.OneChatAddress, **REFUSALS},
    summary="Add a chat address",
)
def add_chat_address(request: Request, body: requests.AddChatAddress) -> HttpResponse:
    """A chat to be told in: an Apprise URL, which is kept encrypted. It becomes the last of your channels, for what is
    critical or high."""
    person, service = _person(request), chat.check(body.url)

    def run() -> dict[str, Any]:
        row = preferences.add_address(actor=person, name=body.name, service=service, url=body.url)
        return {"ok": True, "address": notification_shapes.chat_address(row)}

    return once(request, run)


@router.delete(
    "/me/notification-addresses/{address_id}",
    response={200: notification_responses.OneChatAddress, **REFUSALS},
    summary="Remove a chat address",
)
def remove_chat_address(request: Request, address_id: str) -> HttpResponse:
    """Be told there no more."""
    row = preferences.remove_address(actor=_person(request), address_id=as_id(address_id, "chat address"))
    return answer({"ok": True, "address": notification_shapes.chat_address(row)})


@router.get(
    "/me/notifications",
    response={200: notification_responses.Notifications, **REFUSALS},
    summary="List what you were told",
)
def list_notifications(
    request: Request,
    unread: bool = Query(False, description="Only what you have not seen of what still waits."),
    limit: int = Query(PAGE, ge=1, le=LONGEST_PAGE),
    cursor: str | None = Query(None, description="`next_cursor` of the page before."),
) -> HttpResponse:
    """Your notifications in this workspace, the newest first, with the messages that told them, how often each was tried,
    and what the provider answered."""
    person = _person(request)
    found = selectors.with_messages(selectors.unread(person) if unread else selectors.notifications(person))
    if cursor is not None:
        found = found.filter(id__lt=cursors.parse("n", cursor))
    rows = list(found[: limit + 1])
    return answer(
        {
            "ok": True,
            "notifications": [notification_shapes.notification(row) for row in rows[:limit]],
            "unread": selectors.unread(person)[:COUNTED].count(),
            "next_cursor": cursors.cursor("n", rows[limit - 1].id) if len(rows) > limit else None,
        }
    )


@router.post("/me/notifications/read", response={200: notification_responses.ReadMany, **REFUSALS}, summary="Mark as read")
def read_notifications(request: Request, body: requests.ReadNotifications) -> HttpResponse:
    """Mark notifications as read. What was read is not sent by a message that waits."""
    person = _person(request)
    return once(request, lambda: {"ok": True, "read": preferences.read(actor=person, ids=body.ids)})
