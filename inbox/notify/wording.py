"""What a message says. Words of agents are plain text on one line, and are never taken for ours."""

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from inbox.services.messages import Item, Parcel

LONGEST = 160

SAYS = {
    "assigned": "Waiting for you",
    "delegated": "Handed to you",
    "escalated": "It got late: you are asked as well",
    "reminder": "Reminder",
    "mentioned": "You were mentioned",
    "answered": "The agent answered you",
    "unreached": "Nobody else could be reached",
    "unroutable": "Nobody may decide this",
    "overridden": "Decided over the heads of those who were asked",
    "test": "Test",
}
_WHY = {
    "delegated": "it was handed to you",
    "escalated": "nobody has decided it in time",
    "mentioned": "somebody mentioned you in a comment",
    "answered": "you asked the agent about it",
    "unreached": "you are an owner or an admin, and the next to be asked could not be found: the owners are asked instead",
    "unroutable": "you are an owner or an admin, and nobody who is asked may decide it",
    "overridden": "you are an owner, and an owner or admin decided it in the place of those it was put to",
    "test": "you pressed the test button in your settings",
}


def plain(text: str) -> str:
    """Untrusted words as one line of visible characters, in which no program finds a link by its "://"."""
    seen = "".join(" " if one.isspace() else one for one in text if one.isspace() or unicodedata.category(one)[0] != "C")
    line = " ".join(seen.split()).replace("://", ":\u200b//")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def subject(parcel: Parcel) -> str:
    first = parcel.items[0]
    if parcel.total == 1:
        return f"{says(first)}: {headline(first)}"
    return f"{parcel.total} things wait for you in {plain(parcel.workspace)}"


def says(item: Item) -> str:
    return f"{SAYS[item.kind]} {item.number}" if item.kind == "reminder" and item.number > 1 else SAYS[item.kind]


def headline(item: Item) -> str:
    return plain(item.headline) if item.kind != "test" else "messages reach you this way"


def why(item: Item) -> str:
    """The reason why a person is told, to stand after "because"."""
    if item.kind in _WHY:
        return _WHY[item.kind]
    if item.reason == "group":
        return f"it was put to the group {plain(item.group or '')}"
    if item.reason == "role":
        return "it was put to everybody with your role"
    return "it was put to you"


def when(moment: datetime, zone: ZoneInfo) -> str:
    """A time with its zone: Tue 17 Nov 2026, 16:40 Europe/Riga."""
    local = moment.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone.key}"


def link(item: Item) -> str:
    """The page of what an item is about. It names it, and gives nobody a right to anything."""
    return f"{settings.BASE_URL}/inbox/{item.task_id}" if item.task_id else f"{settings.BASE_URL}/notifications"


def settings_link() -> str:
    return f"{settings.BASE_URL}/settings/notifications"
