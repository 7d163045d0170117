"""How a person wants to be told: their settings, the chats they added, and trying a channel."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Literal
from uuid import UUID

from inbox.notifications import personal, preferences, selectors
from inbox.notifications.chat_links import acting_by
from inbox.notifications.models import ChatAddress, Message, MessageItem, Notification, NotificationSettings
from inbox.notifications.personal import Contact, Destination
from inbox.notifications.preferences import Preferences
from intents.accounts import audit
from intents.accounts.services import tokens
from intents.kernel import clock, live, secrets, statements
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField, Missing
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

MOST_ADDRESSES = 10
LONGEST_NAME = 60
BROWSER: Literal["browser"] = "browser"


@unit
def choose(*, actor: Person, chosen: Preferences, expected_revision: str | None = None) -> Preferences:
    """Be told like this from now on. What is pending already goes as it was. Raises InvalidField for a channel that is none,
    ChangedMeanwhile when the settings are not of the revision that was edited."""
    if expected_revision and expected_revision != (
        stored := preferences.revision(selectors.preferences_of(actor, lock=True))
    ):
        raise ChangedMeanwhile("your notification settings were changed since you opened them", revision=stored)
    known = [one.by for one in personal.destinations(Contact(actor.user_id, actor.email))]
    for place, choice in enumerate(chosen.channels):
        if choice.by not in known:
            raise InvalidField(f"channels.{place}.by", f"none of your channels: {', '.join(known)}")
    NotificationSettings.objects.update_or_create(user_id=actor.user_id, defaults={"chosen": preferences.dumps(chosen)})
    return chosen


@unit
def change(*, actor: Person, by: Callable[[Preferences], Preferences]) -> Preferences:
    """Change parts of what is stored, of which no other change is lost. Raises InvalidField, and what `by` raises."""
    return choose(actor=actor, chosen=by(selectors.preferences_of(actor, lock=True)))


@unit
def add_address(*, actor: Person, name: str, service: str, url: str) -> ChatAddress:
    """A chat to be told in, by an Apprise URL of `service`. It is used last, for what is critical or high, until the person
    chooses otherwise. Raises InvalidField, Conflict when there are too many or the name is taken."""
    if not name.strip():
        raise InvalidField("name", "an address needs a name")
    ensure_seen(name.strip(), field="name")
    if selectors.chat_addresses(actor).count() >= MOST_ADDRESSES:
        raise Conflict(f"you have {MOST_ADDRESSES} addresses already; remove one first")
    row = ChatAddress(
        user_id=actor.user_id,
        name=name.strip(),
        service=service,
        sealed=secrets.encrypt(url.strip()),
        created_at=clock.now(),
    )
    with unless_taken(Conflict(f"you have an address named {row.name} already", name=row.name)):
        row.save()
    before = selectors.preferences_of(actor)
    chosen = before.model_copy(update={"channels": [*before.channels, preferences.ChannelChoice(by=str(row.id))]})
    choose(actor=actor, chosen=chosen)
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="chat_address.create", subject=row.name, service=service)
    return row


@unit
def add_device(*, actor: Person, name: str, service: str, text: str, endpoint: str) -> ChatAddress:
    """A phone or browser, reached as `text` says, at an `endpoint`; the same one added again takes the place of what it was.
    It is used last, until the person chooses otherwise. Raises Conflict when there are too many."""
    for row in selectors.devices_of([actor.user_id]):
        if endpoint in _opened(row):
            row.sealed = secrets.encrypt(text)
            row.save(update_fields=["sealed"])
            return row
    return add_address(actor=actor, name=free_name(actor, name), service=service, url=text)


def free_name(actor: Person, name: str) -> str:
    """`name`, or with a number behind it where another address of the person has that already."""
    taken = {row.name for row in selectors.chat_addresses(actor)}
    endings = ("" if number == 1 else f" {number}" for number in count(1))
    names = (f"{name[: LONGEST_NAME - len(ending)].strip()}{ending}" for ending in endings)
    return next(one for one in names if one not in taken)


def _opened(row: ChatAddress) -> str:
    try:
        return secrets.decrypt(bytes(row.sealed))
    except ValueError:
        return ""


@unit
def remove_address(*, actor: Person, address_id: UUID) -> ChatAddress:
    """What is pending to it is told by no other channel, and the tokens by which somebody decided there end. Raises
    Missing."""
    row = selectors.chat_address(actor, address_id)
    before = selectors.preferences_of(actor)
    left = [choice for choice in before.channels if choice.by != str(row.id)]
    choose(actor=actor, chosen=before.model_copy(update={"channels": left}))
    Message.objects.filter(address_id=row.id).delete()
    for token in selectors.tokens_of(actor, acting_by(row.service, row.sealed).values()):
        tokens.revoke_person_token(actor=actor, token=token)
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="chat_address.delete", subject=row.name)
    row.delete()
    return row


@unit
def test(*, actor: Person, by: str) -> Notification:
    """Send a message that says nothing: by a channel like `email`, the id of a chat address, or `browser`. What the
    provider answers is seen at the notification. It is tried once. Raises InvalidField, Missing."""
    now = clock.now()
    sample = Notification(
        workspace_id=actor.workspace_id,
        user_id=actor.user_id,
        kind="test",
        risk="low",
        created_at=now,
        read_at=None,
    )
    sample.save()
    live.wake_up(people=[(actor.workspace_id, actor.user_id)])
    if by != BROWSER:
        found = _destination(actor, by)
        to: dict[str, Any] = {"channel": found.channel, "address_id": found.address_id}
        message = Message(id=new_id(), workspace_id=actor.workspace_id, user_id=actor.user_id, slot="test", **to)
        message.due_at = message.created_at = now
        Message.objects.filter(user_id=actor.user_id, slot="test", state="ready", attempt=0, **to).delete()
        message.save()
        statements.insert([MessageItem(message_id=message.id, notification_id=sample.id)])
    return sample


def _destination(actor: Person, by: str) -> Destination:
    found = {one.by: one for one in personal.destinations(Contact(actor.user_id, actor.email))}
    if by not in found:
        try:
            address_id = UUID(by)
        except ValueError:
            raise InvalidField("by", f"none of your channels: {', '.join([BROWSER, *found])}") from None
        raise Missing(f"you have no chat address with the id {address_id}", address_id=str(address_id))
    if unavailable := personal.get(found[by].channel).unavailable():
        raise InvalidField("by", unavailable)
    return found[by]


_READ = f"""
UPDATE inbox_notification SET read_at = {clock.NOW}
WHERE user_id = %(user)s AND workspace_id = %(workspace)s AND read_at IS NULL {{of}}
RETURNING 1
"""
_OF_IDS, _OF_TASK = "AND id = ANY(%(ids)s::uuid[])", "AND task_id = %(task)s"
_OF_NEWS = f"AND kind <> '{preferences.LISTED}'"


def read(*, actor: Person, ids: list[UUID] | None = None, task_id: UUID | None = None, news: bool = False) -> int:
    """Mark one's own notifications in this workspace as read: those of `ids`, or of a task, or all; with `news` alone what
    the inbox's list does not show. Returns how many were unread."""
    chosen = {_OF_IDS: ids is not None, _OF_TASK: task_id is not None, _OF_NEWS: news}
    of = " ".join(words for words, wanted in chosen.items() if wanted)
    params = {"user": actor.user_id, "workspace": actor.workspace_id, "ids": ids, "task": task_id, "now": clock.override()}
    # One statement, and so no transaction: who opens a task has mostly nothing to read of it.
    return _told(actor, statements.rows(_READ.format(of=of), params))


_READ_OF_TASK = Sql(_READ.format(of=_OF_TASK), ("one",), writes=True)


def reading(*, actor: Person, task_id: UUID) -> Ask[int]:
    """The same of a task, to be asked with others."""
    params = {"user": actor.user_id, "workspace": actor.workspace_id, "task": task_id, "now": clock.override()}
    return Ask(_READ_OF_TASK, params, lambda rows: _told(actor, rows))


def _told(actor: Person, rows: Sequence[Sequence[Any]]) -> int:
    if rows:
        live.wake_up(people=[(actor.workspace_id, actor.user_id)])
    return len(rows)
