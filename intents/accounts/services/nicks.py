"""Nicks: short names that agents and people register for themselves in a workspace."""

import re
from typing import Any

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import Profile
from intents.kernel import addresses, clock
from intents.kernel.actors import ADMINS, Machine, Person, Tenant, key_of, sides
from intents.kernel.errors import AgentNotFound, Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen

_NICK = re.compile(r"[a-z0-9][a-z0-9_.-]{2,31}")


def normal(nick: str) -> str:
    """A nick in lower case and without its @. Raises InvalidField."""
    plain = nick.strip().removeprefix("@").lower()
    if not _NICK.fullmatch(plain):
        raise InvalidField("nick", "3 to 32 letters, digits, dots, underscores and hyphens, starting with a letter or digit")
    return plain


def is_free(*, actor: Tenant, nick: str) -> bool:
    """Whether nobody in the workspace has this (normal) nick, as nick or as address; an agent's name is free for itself."""
    key = key_of(actor)
    agents = accounts.agents_of(actor.workspace_id).filter(name__iexact=nick)
    if (agents.exclude(id=key.agent_id) if key else agents).exists():
        return False
    taken = Profile.objects.filter(workspace_id=actor.workspace_id)
    return not (taken.filter(nick=nick).exists() or taken.filter(name=nick).exists())


def profile(*, actor: Tenant, owner_agent: str) -> Profile:
    """Who is behind an address. Raises InvalidAddress, AgentNotFound."""
    name = addresses.local_name(owner_agent, org=actor.org_slug, workspace=actor.workspace_slug)
    found = Profile.objects.filter(workspace_id=actor.workspace_id, name=name).first()
    if found is None:
        raise AgentNotFound(f"nobody has registered a nick as {owner_agent}", address=owner_agent)
    return found


@unit
def register(*, actor: Tenant, nick: str, **fields: str) -> Profile:
    """A new nick, which is also a new address. Raises InvalidField, Conflict when it is taken."""
    plain, now = normal(nick), clock.now()
    ensure_seen(fields.get("display_name") or "", field="display_name")
    if not is_free(actor=actor, nick=plain):
        raise _taken(plain)
    with unless_taken(_taken(plain)):
        row = Profile.objects.create(
            workspace_id=actor.workspace_id,
            user_id=actor.user_id if isinstance(actor, Person) else None,
            name=plain,
            nick=plain,
            created_at=now,
            updated_at=now,
            **fields,
        )
    audit.note(workspace_id=actor.workspace_id, actor=actor, action="nick.register", subject=plain)
    return row


@unit
def update(*, actor: Tenant, owner_agent: str, nick: str | None = None, **fields: str) -> Profile:
    """Change the nick or the given fields; the address stays. Raises AgentNotFound, InvalidField, Denied, and Conflict when
    the nick is taken."""
    row = profile(actor=actor, owner_agent=owner_agent)
    if not any(_may_change(side, row) for side in sides(actor)):
        raise Denied("only who registered a nick, and owners and admins, change it")
    ensure_seen(fields.get("display_name") or "", field="display_name")
    changes: dict[str, Any] = {**fields, "updated_at": clock.now()}
    if nick is not None and (plain := normal(nick)) != row.nick:
        # Back to the name of one's own address is free.
        if plain != row.name and not is_free(actor=actor, nick=plain):
            raise _taken(plain)
        changes["nick"] = plain
        audit.note(workspace_id=actor.workspace_id, actor=actor, action="nick.rename", subject=plain, before=row.nick)
    for name, value in changes.items():
        setattr(row, name, value)
    with unless_taken(_taken(row.nick)):
        row.save(update_fields=list(changes))
    return row


def _may_change(actor: Tenant, found: Profile) -> bool:
    if isinstance(actor, Machine):
        return actor.reaches(found.name)
    return actor.role in ADMINS or found.user_id == actor.user_id


def _taken(nick: str) -> Conflict:
    return Conflict(f"@{nick} is taken; choose another nick", nick=f"@{nick}")
