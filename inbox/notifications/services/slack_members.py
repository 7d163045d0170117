"""Linking members of Slack to people, who decide there from then on."""

import json

from inbox.notifications import selectors, slack_links
from inbox.notifications.models import ChatAddress
from inbox.notifications.services.preferences import add_address, free_name
from inbox.notifications.slack_links import Member, acting_by
from intents.accounts.models import User, Workspace
from intents.accounts.services import tokens
from intents.engine.services.idempotency import run_once
from intents.kernel import secrets
from intents.kernel.actors import Person
from intents.kernel.errors import Conflict
from intents.kernel.unit_of_work import unit


def link_by(*, actor: Person, user: User, workspace: Workspace, sealed: str) -> None:
    """Link the member who asked for a link, by which nobody is linked again. Raises Expired, and what `link` raises."""
    member = slack_links.offered(sealed)

    def work() -> tuple[int, str]:
        link(actor=actor, user=user, workspace=workspace, member=member)
        return 200, "{}"

    _, used = run_once(idempotency_key=slack_links.use(sealed, workspace.id), work=work)
    if used:
        raise slack_links.over()


@unit
def link(*, actor: Person, user: User, workspace: Workspace, member: Member) -> ChatAddress:
    """Let a member of Slack decide in the person's name in this workspace, and be told there; the token by which they did so
    far ends. Raises Conflict when the member is somebody else's, and what adding an address raises."""
    row = selectors.slack_member(member.team, member.member, lock=True)
    if row is not None and row.user_id != actor.user_id:
        raise Conflict("this member of Slack is linked to somebody else here: they have to remove it first")
    name, here = f"Slack: {member.called}", str(workspace.id)
    name = row.name if row is not None else free_name(actor, name)
    _, secret = tokens.create_person_token(actor=actor, workspace=workspace, user=user, name=name)
    if row is None:
        service = f"{selectors.SLACK}{member.team}/{member.member}"
        return add_address(actor=actor, name=name, service=service, url=json.dumps({here: secret}))
    found = acting_by(row.service, row.sealed)
    for token in selectors.tokens_of(actor, [found[here]] if here in found else []):
        tokens.revoke_person_token(actor=actor, token=token)
    row.sealed = secrets.encrypt(json.dumps(found | {here: secret}))
    row.save(update_fields=["sealed"])
    return row
