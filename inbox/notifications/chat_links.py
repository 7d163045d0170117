"""Who decides in a chat: a member there is linked to a person here, by a link that the member asked for in the chat and the
person, signed in, opened; it links once. From then on what the member decides is decided by a token of the person, made for
that, in the workspace that they linked it in."""

import hashlib
import json
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID, uuid5

from django.conf import settings
from django.core import signing

from inbox.notifications import selectors
from intents.engine.services.idempotency import IdempotencyKey, parse_key, stored_answer
from intents.kernel import secrets
from intents.kernel.errors import Denied, Expired
from intents.kernel.models import new_id
from intents.kernel.unseen import unseen

SECONDS = 600
"""How long a link may be opened."""
_ANY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A service whose members decide. `name` is that of its channel and of its page, `prefix` how the service of an address
    of its members begins. `over`, `taken` and `unlinked` refuse, in English: a link that links nobody any more, a member who
    is somebody else, and one who is nobody in a workspace."""

    name: str
    label: str
    prefix: str
    over: str
    taken: str
    unlinked: str

    @property
    def salt(self) -> str:
        return f"inbox.{self.name}.link"

    @property
    def path(self) -> str:
        """The page that links."""
        return f"/settings/notifications/{self.name}"


SLACK = Chat(
    name="slack",
    label="Slack",
    prefix=selectors.SLACK,
    over="this link is over: ask for another one in Slack, by /axme link",
    taken="this member of Slack is linked to somebody else here: they have to remove it first",
    unlinked="you are not linked to anybody in this workspace: write /axme link, and open what comes",
)
TEAMS = Chat(
    name="teams",
    label="Teams",
    prefix=selectors.TEAMS,
    over="this link is over: write link to the bot in Teams for another one",
    taken="this member of Teams is linked to somebody else here: they have to remove it first",
    unlinked="you are not linked to anybody in this workspace: write link to this bot, and open what comes",
)


class Member(NamedTuple):
    """Of a chat: the ids of the team (of Teams: the tenant) and of the member, what the member is called, and what the team
    is, where the chat tells that: of Slack its domain."""

    team: str
    member: str
    name: str
    place: str = ""

    @property
    def called(self) -> str:
        """Its name, where the chat tells one of which all can be seen: no address is named otherwise."""
        return self.name if self.name.strip() and unseen(self.name) is None else self.member


def offer(chat: Chat, member: Member) -> str:
    """The address that links a member to who opens it."""
    sealed = signing.dumps([*member, new_id().hex], salt=chat.salt)  # each is a link of its own
    return f"{settings.BASE_URL}{chat.path}?member={sealed}"


def offered(chat: Chat, sealed: str) -> Member:
    """Raises Expired, also for a link that has linked somebody."""
    try:
        found = Member(*map(str, signing.loads(sealed, salt=chat.salt, max_age=SECONDS)[:-1]))
    except (signing.BadSignature, TypeError):
        raise over(chat) from None
    if stored_answer(use(chat, sealed, _ANY)) is not None:
        raise over(chat)
    return found


def use(chat: Chat, sealed: str, workspace_id: UUID) -> IdempotencyKey:
    """What is kept of a link that was used in a workspace, for longer than it lasts. In any other it is the same one."""
    told, links = hashlib.sha256(sealed.encode()).hexdigest(), uuid5(_ANY, chat.salt)
    return parse_key(workspace_id=workspace_id, account_id=links, route=f"POST {chat.path}", key=told, sent={})


def over(chat: Chat) -> Expired:
    """What is told of a link that links nobody any more."""
    return Expired(chat.over)


def acting_by(service: str, sealed: bytes | memoryview) -> dict[str, str]:
    """The tokens by which a member of a chat acts, by the workspace, as their address has them; of any other address
    none."""
    if not service.startswith(selectors.MEMBERS):
        return {}
    try:
        found: dict[str, str] = json.loads(secrets.decrypt(bytes(sealed)))
    except ValueError:
        return {}
    return found


def spoken(chat: Chat, team: str, member: str, workspace_id: str = "") -> tuple[str, ...]:
    """The languages in which a member is spoken to, the first that is one: the person's, and that of the workspace, or else
    of the first that they linked it in. None of who is nobody here."""
    row = selectors.chat_member(chat.prefix, team, member)
    if row is None:
        return ()
    linked = acting_by(row.service, row.sealed)
    here = workspace_id if workspace_id in linked else next(iter(linked), "")
    return row.user.language, selectors.language_of(here) if here else ""


def token_of(chat: Chat, team: str, member: str, workspace_id: str) -> str:
    """The token by which a member acts in a workspace. Raises Denied."""
    row = selectors.chat_member(chat.prefix, team, member)
    found = acting_by(row.service, row.sealed).get(workspace_id) if row is not None else None
    if found is None:
        raise Denied(chat.unlinked)
    return found
