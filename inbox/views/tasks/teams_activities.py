"""Activities of the Bot Framework, as Teams sends them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inbox.notifications.chat_links import TEAMS, Member
from inbox.notifications.services.conversations import Correspondent
from inbox.views.tasks import chat_reading
from inbox.views.tasks.chat_reading import inner
from intents.kernel.errors import InvalidField

ID = re.compile(r"[\x21-\x7e]{1,500}")
RECIPIENT = re.compile(r"[\x21-\x7e]{0,500}")
ENTRA_ID = re.compile(r"[0-9a-fA-F-]{1,40}")
"""Of a tenant, or of a person in it."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did: `kind` is the activity's type, `name` that of an invoke. `member` is None for who is no person of a
    tenant. `personal` is a chat with the bot alone, `added` and `removed` tell that the bot was there."""

    kind: str
    id: str
    name: str
    member: Member | None
    who: Correspondent
    personal: bool
    text: str
    value: Any
    added: bool
    removed: bool


def parsed(body: bytes) -> dict[str, Any]:
    """Raises InvalidField. What stands in it that no text can hold is looked at where it is used."""
    return chat_reading.whole(body, InvalidField("", "an activity is a JSON object"))


def read(sent: Mapping[str, Any]) -> Activity:
    """An activity of whoever was found to be Teams. Raises InvalidField."""
    who, where, bot = (inner(sent, name) for name in ("from", "conversation", "recipient"))
    channel = inner(sent, "channelData")
    tenant = str(inner(channel, "tenant").get("id") or where.get("tenantId") or "")
    person = str(who.get("aadObjectId") or "")
    known = bool(ENTRA_ID.fullmatch(tenant) and ENTRA_ID.fullmatch(person))
    name = who.get("name")
    member = Member(tenant.lower(), person.lower(), name if isinstance(name, str) else "") if known else None
    kind, action = str(sent.get("type", "")), sent.get("action")
    members = sent.get("membersAdded")
    came = isinstance(members, list) and any(isinstance(one, dict) and one.get("id") == bot.get("id") for one in members)
    return Activity(
        kind=kind,
        id=_id(sent, "id") if kind == "invoke" else str(sent.get("id", "")),
        name=str(sent.get("name", "")),
        member=member,
        who=Correspondent(
            service=f"{TEAMS.prefix}{member.team}/{member.member}" if member else "",
            service_url=str(sent["serviceUrl"]),
            conversation=_id(where, "id", "conversation.id"),
            recipient=called if RECIPIENT.fullmatch(called := str(who.get("id", ""))) else "",
        ),
        personal=where.get("conversationType") == "personal",
        text=str(sent.get("text") or "").strip(),
        value=sent.get("value"),
        added=kind == "conversationUpdate" and came,
        removed=kind == "installationUpdate" and action in ("remove", "remove-upgrade"),
    )


def _id(sent: Mapping[str, Any], name: str, field: str = "") -> str:
    return chat_reading.identifier(sent, name, form=ID, whose="the Bot Framework", field=field)
