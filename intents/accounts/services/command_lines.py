"""Command lines that are signed in as a person: begun, moved to another workspace, ended."""

import os
import re
from datetime import timedelta
from uuid import UUID

from intents.accounts import audit, bearers, requirements, selectors
from intents.accounts.models import Agent, AgentKey, AgentStatus, CommandLine, PersonToken, User
from intents.accounts.selectors import places
from intents.accounts.selectors.places import MemberOf
from intents.kernel import clock, secrets
from intents.kernel.actors import OPERATORS, Actor, Person, Scope
from intents.kernel.errors import Denied, InvalidActorScope
from intents.kernel.unit_of_work import unit

LASTS = timedelta(days=30)
"""How long a session of a command line lasts that is not refreshed."""
HINT = "command line"


@unit
def begin(*, actor: Actor, user: User, place: MemberOf, provider: str, device: str, address: str) -> CommandLine:
    """A command line of `user` in a workspace, signed in by an identity provider, "" for none."""
    now, seed = clock.now(), os.urandom(16)
    token = PersonToken(
        workspace_id=place.workspace_id,
        user=user,
        name=device[:120],
        hint=HINT,
        fingerprint=secrets.fingerprint(secrets.new_token()),
        expires_at=now + LASTS,
        last_used_at=now,
        provider=provider,
    )
    token.save(force_insert=True)
    # By the database's clock, as its age is measured by that.
    token.created_at = now
    token.save(update_fields=["created_at"])
    line = CommandLine(
        token=token,
        seed=seed,
        key_fingerprint=bearers.fingerprint(token.id, seed),
        refreshed_at=now,
        device=device,
        address=address,
        agent_key=_key(actor, user, place),
    )
    line.save(force_insert=True)
    audit.note(
        workspace_id=place.workspace_id,
        actor=actor,
        action="session.begin",
        subject=user.email,
        device=device,
        address=address,
        provider=provider,
    )
    return line


def _key(actor: Actor, user: User, place: MemberOf) -> AgentKey | None:
    """The key by which a command line sends in its person's own name, for those who may: a person alone submits nothing."""
    if place.role not in OPERATORS:
        return None
    agent = _agent(actor, user, place.workspace_id)
    if agent is None:
        return None
    key = AgentKey(
        workspace_id=place.workspace_id,
        agent=agent,
        scope=Scope.OWN,
        hint=HINT,
        # Nobody has a secret that fits: it is used with the session's own key alone.
        fingerprint=secrets.fingerprint(secrets.new_token()),
        created_by=actor.label,
    )
    key.save(force_insert=True)
    return key


def _agent(actor: Actor, user: User, workspace_id: UUID) -> Agent | None:
    """Whom a person's command lines send as: one agent for each of them in a workspace. None where its name is taken, or it
    is suspended."""
    called = re.sub(r"[^a-z0-9]+", "-", user.email.partition("@")[0]).strip("-")[:40] or "person"
    name = f"cli-{called}-{user.id.hex[-6:]}"
    found = selectors.agents_of(workspace_id).filter(name=name).first()
    if found is not None:
        return found if found.owner_id == user.id and found.status == AgentStatus.ACTIVE else None
    if selectors.is_registered(workspace_id, name):
        return None
    made = Agent(
        workspace_id=workspace_id,
        name=name,
        display_name=f"Command line of {user.name or user.email}"[:255],
        owner=user,
        created_by=actor.label,
    )
    made.save(force_insert=True)
    audit.note(workspace_id=workspace_id, actor=actor, action="agent.create", subject=name)
    return made


@unit
def move(*, actor: Person, org_id: UUID, workspace_id: UUID) -> MemberOf:
    """Let the acting command line act in another workspace of its person. Raises Denied, InvalidActorScope."""
    line = places.line(actor.credential_id, lock=True)
    if line is None:
        raise Denied("a personal token belongs to one workspace: sign the command line in to choose another")
    known = places.of(actor.user_id, provider=line.token.provider or "")
    place = next((one for one in known if (one.org_id, one.workspace_id) == (org_id, workspace_id)), None)
    if place is None:
        raise InvalidActorScope("this workspace is outside actor membership scope: you are no member of it")
    if place.lacks:
        raise Denied(requirements.refusal(place.lacks), requires=place.lacks)
    if line.token.workspace_id != place.workspace_id:
        _revoke_key(line)
        line.token.workspace_id = place.workspace_id
        line.token.save(update_fields=["workspace"])
        line.agent_key = _key(actor, line.token.user, place)
        line.save(update_fields=["agent_key"])
        audit.note(
            workspace_id=place.workspace_id, actor=actor, action="session.move", subject=actor.email, device=line.device
        )
    return place


@unit
def end(*, actor: Actor, lines: list[CommandLine], reason: str = "") -> int:
    """End these sessions, with their keys. Returns how many had not ended before."""
    ended = 0
    for line in lines:
        if line.token.revoked_at is not None:
            continue
        line.token.revoked_at = clock.now()
        line.token.save(update_fields=["revoked_at"])
        _revoke_key(line)
        ended += 1
        details = {"reason": reason} if reason else {}
        audit.note(
            workspace_id=line.token.workspace_id,
            actor=actor,
            action="session.end",
            subject=line.token.user.email,
            device=line.device,
            **details,
        )
    return ended


def _revoke_key(line: CommandLine) -> None:
    key = line.agent_key
    if key is not None and key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
