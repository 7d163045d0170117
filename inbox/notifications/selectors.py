"""How people are told, and what they were told."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from inbox.notifications import preferences
from inbox.notifications.models import (
    ChatAddress,
    ChatConversation,
    ChatReply,
    Message,
    MessageItem,
    Notification,
    NotificationSettings,
)
from inbox.notifications.preferences import Preferences
from inbox.vocabulary.lifecycle import DECIDABLE
from intents.accounts.models import PersonToken, Workspace
from intents.kernel import secrets, statements
from intents.kernel.actors import Person
from intents.kernel.errors import Missing

DEVICE = "device"
"""The service of an address that is a phone or a browser."""
SLACK = "slack:"
"""How the service of an address begins that is a member of Slack who decides there: `slack:<team>/<member>`."""
TEAMS = "teams:"
"""The same of Teams: `teams:<tenant>/<person>`, by their ids in Entra."""
MEMBERS = (SLACK, TEAMS)
"""How the services begin of all who decide in chats."""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


def preferences_of(person: Person, *, lock: bool = False) -> Preferences:
    """How a person wants to be told."""
    found = NotificationSettings.objects.filter(user_id=person.user_id)
    chosen = (found.select_for_update() if lock else found).values_list("chosen", flat=True).first()
    return preferences.loads(chosen) if chosen is not None else Preferences()


def chat_addresses_of(user_ids: Collection[UUID]) -> QuerySet[ChatAddress]:
    """Those of several people, by name."""
    found = ChatAddress.objects.filter(user_id__in=user_ids).exclude(service=DEVICE)
    for prefix in MEMBERS:
        found = found.exclude(service__startswith=prefix)
    return found.order_by("name")


def chat_members_of(prefix: str, user_ids: Collection[UUID]) -> QuerySet[ChatAddress]:
    """As whom several people decide in the chat whose services begin so, by name."""
    return ChatAddress.objects.filter(user_id__in=user_ids, service__startswith=prefix).order_by("name")


def chat_member(prefix: str, team: str, member: str, *, lock: bool = False) -> ChatAddress | None:
    """Who a member of a chat is here, with their user. Checks no actor."""
    found = ChatAddress.objects.select_related("user").filter(service=f"{prefix}{team}/{member}")
    found = found.filter(service__startswith=prefix)  # what the index of its members is for
    # In no order, for which another index would be read from its start: there is one at most.
    return next(iter(found.select_for_update(of=("self",)) if lock else found), None)


def linked_from(person: Person, prefix: str, team: str) -> int:
    """How many others of a person's workspace decide from a team of a chat."""
    found = ChatAddress.objects.filter(service__startswith=prefix).filter(service__startswith=f"{prefix}{team}/")
    members = found.filter(user__memberships__workspace_id=person.workspace_id, user__memberships__suspended_at=None)
    return members.exclude(user_id=person.user_id).values("user_id").distinct().count()


def conversations_of(services: Collection[str]) -> dict[str, ChatConversation]:
    """Where members of chats are written to, by the service. Checks no actor."""
    return {one.service: one for one in ChatConversation.objects.filter(service__in=services)}


def replies_before(moment: datetime) -> QuerySet[ChatReply]:
    """What was to be answered in chats before a moment, sent or not. Checks no actor."""
    return ChatReply.objects.filter(created_at__lt=moment)


def unlinked_conversations(moment: datetime) -> QuerySet[ChatConversation]:
    """Of members who are linked to nobody, and were last heard of before a moment. Checks no actor."""
    linked = ChatAddress.objects.filter(service=OuterRef("service"))
    return ChatConversation.objects.filter(~Exists(linked), seen_at__lt=moment)


def language_of(workspace_id: str) -> str:
    """That of a workspace. Checks no actor."""
    return Workspace.objects.filter(id=workspace_id).values_list("language", flat=True).first() or ""


def devices_of(user_ids: Collection[UUID]) -> QuerySet[ChatAddress]:
    """Phones and browsers of several people, by name."""
    return ChatAddress.objects.filter(user_id__in=user_ids, service=DEVICE).order_by("name")


def tokens_of(person: Person, found: Iterable[str]) -> QuerySet[PersonToken]:
    """A person's own tokens, by their secrets."""
    fingerprints = [secrets.fingerprint(one) for one in found]
    return PersonToken.objects.filter(user_id=person.user_id, fingerprint__in=fingerprints)


def chat_addresses(person: Person) -> QuerySet[ChatAddress]:
    """A person's own addresses, by name: chats and devices."""
    return ChatAddress.objects.filter(user_id=person.user_id).order_by("name")


def chat_address(person: Person, address_id: UUID) -> ChatAddress:
    """Raises Missing."""
    found = chat_addresses(person).filter(id=address_id).first()
    if found is None:
        raise Missing(f"you have no chat address with the id {address_id}", address_id=str(address_id))
    return found


def notifications(person: Person) -> QuerySet[Notification]:
    """What a person was told in the workspace they act in, the newest first."""
    return Notification.objects.filter(user_id=person.user_id, workspace_id=person.workspace_id).order_by("-id")


def unread(person: Person) -> QuerySet[Notification]:
    """Of these, what they have not seen and still can do something about."""
    waiting = Q(task__isnull=True) | Q(kind__in=preferences.LASTING) | Q(task__state__in=sorted(DECIDABLE))
    return notifications(person).filter(waiting, read_at__isnull=True)


def news(found: QuerySet[Notification]) -> QuerySet[Notification]:
    """Of notifications, those of which the inbox's list shows nothing."""
    return found.exclude(kind=preferences.LISTED)


_UNREAD = f"""
SELECT count(*) FROM (
    SELECT FROM inbox_notification n LEFT JOIN inbox_task t ON t.id = n.task_id
    WHERE n.user_id = %(user)s AND n.workspace_id = %(workspace)s AND n.read_at IS NULL AND n.kind <> '{preferences.LISTED}'
      AND (n.task_id IS NULL OR n.kind IN ({_quoted(preferences.LASTING)}) OR t.state IN ({_quoted(DECIDABLE)}))
    LIMIT %(most)s
) found
"""


def unread_count(person: Person, *, most: int) -> int:
    """How many of `unread` are `news`, up to `most`: what the bell counts."""
    params = {"user": person.user_id, "workspace": person.workspace_id, "most": most}
    return int(statements.rows(_UNREAD, params)[0][0])


def with_messages(found: QuerySet[Notification]) -> QuerySet[Notification]:
    """The same with their tasks and what was sent of them, in a number of queries that does not grow."""
    items = MessageItem.objects.select_related("message__address").order_by("message_id")
    return found.select_related("task").prefetch_related(Prefetch("items", items))


def messages_to(person: Person) -> QuerySet[Message]:
    """What was sent to a person, or is to be, about the workspace they act in; the latest first."""
    found = Message.objects.filter(user_id=person.user_id, workspace_id=person.workspace_id)
    return found.select_related("address").order_by("-id")
