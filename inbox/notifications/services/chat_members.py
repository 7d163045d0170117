"""Linking members of chats to people, who decide there from then on."""

import json

from inbox.notifications import chat_links, selectors
from inbox.notifications.chat_links import Chat, Member, acting_by
from inbox.notifications.models import ChatAddress
from inbox.notifications.services.preferences import add_address, free_name
from intents.accounts.models import User, Workspace
from intents.accounts.services import tokens
from intents.engine.services.idempotency import run_once
from intents.kernel import secrets
from intents.kernel.actors import Person
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit


def link_by(*, actor: Person, user: User, workspace: Workspace, chat: Chat, sealed: str) -> None:
    """Link the member who asked for a link, by which nobody is linked again. Raises Expired, and what `link` raises."""
    member = chat_links.offered(chat, sealed)

    def work() -> tuple[int, str]:
        link(actor=actor, user=user, workspace=workspace, chat=chat, member=member)
        return 200, "{}"

    _, used = run_once(idempotency_key=chat_links.use(chat, sealed, workspace.id), work=work)
    if used:
        raise chat_links.over(chat)


@unit
def link(*, actor: Person, user: User, workspace: Workspace, chat: Chat, member: Member) -> ChatAddress:
    """Let a member of a chat decide in the person's name in this workspace, and be told there; the token by which they did
    so far ends. Raises Conflict when the member is somebody else's, and what adding an address raises."""
    row = selectors.chat_member(chat.prefix, member.team, member.member, lock=True)
    if row is not None and row.user_id != actor.user_id:
        raise Conflict(chat.taken)
    name, here = f"{chat.label}: {member.called}", str(workspace.id)
    name = row.name if row is not None else free_name(actor, name)
    _, secret = tokens.create_person_token(actor=actor, workspace=workspace, user=user, name=name)
    if row is None:
        service = f"{chat.prefix}{member.team}/{member.member}"
        return add_address(actor=actor, name=name, service=service, url=json.dumps({here: secret}))
    found = acting_by(row.service, row.sealed)
    for token in selectors.tokens_of(actor, [found[here]] if here in found else []):
        tokens.revoke_person_token(actor=actor, token=token)
    row.sealed = secrets.encrypt(json.dumps(found | {here: secret}))
    row.save(update_fields=["sealed"])
    return row
