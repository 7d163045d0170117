"""The channels by which one person is told: what is registered here in an application's `ready` can be chosen in the
settings, tried there, and is used.

A new one is a file under `inbox/notifications/channels/` with its PersonalChannel, and a line in `inbox/apps.py`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.functional import Promise

from inbox.vocabulary.kinds import Risk
from intents.sending import channels
from intents.sending.channels import Channel


@dataclass(frozen=True, slots=True)
class Contact:
    """A person whom a channel may reach."""

    user_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a channel reaches a person. `by` is what their settings call it: the channel's name, or the id of an address of
    theirs, which is its `address_id` then. `where` and `name` are for people; without a `name` it is the channel's label."""

    user_id: UUID
    channel: str
    by: str
    where: str
    name: str = ""
    address_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalChannel:
    """`channel` leases and sends its messages. `label` and `icon` are for the settings, and so is `fragment`, the template
    of a panel of its own, whose context are the person's `destinations`.

    `destinations` says who can have it, of several people in a number of queries that does not grow. `default` are the
    risks at which a person who has chosen nothing is told by it. `unavailable` is why this server cannot send by it now,
    empty when it can; `notice` says that in the settings.
    """

    channel: Channel
    label: str | Promise
    icon: str
    destinations: Callable[[Sequence[Contact]], Iterable[Destination]]
    default: tuple[Risk, ...] = ()
    unavailable: Callable[[], str] = str
    notice: str | Promise = ""
    fragment: str = ""


_personal: dict[str, PersonalChannel] = {}


def register(personal: PersonalChannel) -> None:
    """Let people be told by this channel, and workers send by it."""
    channels.register(personal.channel)
    _personal[personal.channel.name] = personal


def registered() -> list[PersonalChannel]:
    """In the order in which they were registered."""
    return list(_personal.values())


def get(name: str) -> PersonalChannel:
    """Raises KeyError."""
    return _personal[name]


def label(name: str) -> str:
    """What people call a channel; of one that is registered no more, its name."""
    return str(_personal[name].label) if name in _personal else name


def destinations(contact: Contact) -> list[Destination]:
    """All at which a person can choose to be told, whether the server can send there now or not."""
    return [one for personal in registered() for one in personal.destinations([contact])]


def reachable(contacts: Sequence[Contact]) -> dict[UUID, dict[str, Destination]]:
    """Where the server can tell each of several people now, by `by`."""
    found: dict[UUID, dict[str, Destination]] = {one.user_id: {} for one in contacts}
    for personal in registered():
        if not personal.unavailable():
            for one in personal.destinations(contacts):
                found[one.user_id][one.by] = one
    return found
