"""Who decides in Slack: a member there is linked to a person here, by a link that the member asked for in Slack and the
person, signed in, opened; it links once. From then on what the member decides is decided by a token of the person, made for
that, in the workspace that they linked it in."""

import hashlib
import json
from typing import NamedTuple
from uuid import UUID, uuid5

from django.conf import settings
from django.core import signing

from inbox.notifications import selectors
from intents.engine.services.idempotency import IdempotencyKey, parse_key, stored_answer
from intents.kernel import secrets
from intents.kernel.errors import Denied, Expired
from intents.kernel.models import new_id

SECONDS = 600
"""How long a link may be opened."""
_SALT = "inbox.slack.link"
_ROUTE = "POST /settings/notifications/slack"
_ANY = UUID(int=0)
_LINKS = uuid5(_ANY, _SALT)


class Member(NamedTuple):
    """Of Slack: the ids of the team and of the member, and what the member is called."""

    team: str
    member: str
    name: str

    @property
    def called(self) -> str:
        """Its name, where Slack tells one."""
        return self.name or self.member


def offer(member: Member) -> str:
    """The address that links a member to who opens it."""
    sealed = signing.dumps([*member, new_id().hex], salt=_SALT)  # each is a link of its own
    return f"{settings.BASE_URL}/settings/notifications/slack?member={sealed}"


def offered(sealed: str) -> Member:
    """Raises Expired, also for a link that has linked somebody."""
    try:
        found = Member(*map(str, signing.loads(sealed, salt=_SALT, max_age=SECONDS)[:3]))
    except (signing.BadSignature, TypeError):
        raise over() from None
    if stored_answer(use(sealed, _ANY)) is not None:
        raise over()
    return found


def use(sealed: str, workspace_id: UUID) -> IdempotencyKey:
    """What is kept of a link that was used in a workspace, for longer than it lasts. In any other it is the same one."""
    told = hashlib.sha256(sealed.encode()).hexdigest()
    return parse_key(workspace_id=workspace_id, account_id=_LINKS, route=_ROUTE, key=told, sent={})


def over() -> Expired:
    """What is told of a link that links nobody any more."""
    return Expired("this link is over: ask for another one in Slack, by /axme link")


def acting_by(service: str, sealed: bytes | memoryview) -> dict[str, str]:
    """The tokens by which a member of Slack acts, by the workspace, as their address has them; of any other address none."""
    if not service.startswith(selectors.SLACK):
        return {}
    try:
        found: dict[str, str] = json.loads(secrets.decrypt(bytes(sealed)))
    except ValueError:
        return {}
    return found


def spoken(team: str, member: str, workspace_id: str = "") -> tuple[str, ...]:
    """The languages in which a member of Slack is spoken to, the first that is one: the person's, and that of the workspace,
    or else of the first that they linked it in. None of who is nobody here."""
    row = selectors.slack_member(team, member)
    if row is None:
        return ()
    linked = acting_by(row.service, row.sealed)
    here = workspace_id if workspace_id in linked else next(iter(linked), "")
    return row.user.language, selectors.language_of(here) if here else ""


def token_of(team: str, member: str, workspace_id: str) -> str:
    """The token by which a member of Slack acts in a workspace. Raises Denied."""
    row = selectors.slack_member(team, member)
    found = acting_by(row.service, row.sealed).get(workspace_id) if row is not None else None
    if found is None:
        raise Denied("you are not linked to anybody in this workspace: write /axme link, and open what comes")
    return found
