"""Machine keys of agents: made, rotated and revoked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from intents.accounts import audit
from intents.accounts import selectors as accounts
from intents.accounts.models import Agent, AgentKey
from intents.accounts.services import rights
from intents.kernel import clock, secrets
from intents.kernel.actors import Actor, Machine, Scope
from intents.kernel.errors import Conflict, Denied, InvalidField, Missing
from intents.kernel.unit_of_work import unit

PREFIX = "axme_sa_"


def person_beside(*, actor: Actor) -> str:
    """Who speaks by a machine key beside it, "" for all others."""
    return actor.person if isinstance(actor, Machine) else ""


@unit
def create_key(
    *,
    actor: Actor,
    agent: Agent,
    scope: Scope = Scope.OWN,
    expires_at: datetime | None = None,
    tools: Sequence[str] = (),
) -> tuple[AgentKey, str]:
    """A machine key and its secret, which is shown this once. `tools` are those whose jobs it may complete, beside what its
    scope allows. A key made by a key ends with that one at the latest. Raises Denied, InvalidField for a past expiry."""
    ends_at = rights.manages_agents(actor=actor)
    if ends_at is not None:
        expires_at = min(expires_at or ends_at, ends_at)
    return _new_key(actor, agent, scope, expires_at, tools)


def _new_key(
    actor: Actor, agent: Agent, scope: Scope, expires_at: datetime | None, tools: Sequence[str]
) -> tuple[AgentKey, str]:
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidField("expires_at", "this time has passed already")
    secret = f"{PREFIX}{agent.id.hex}_{secrets.new_token()}"
    key = AgentKey.objects.create(
        workspace_id=agent.workspace_id,
        agent=agent,
        scope=scope,
        hint=f"{PREFIX}…{secret[-4:]}",
        fingerprint=secrets.fingerprint(secret),
        created_by=actor.label,
        created_with=person_beside(actor=actor),
        expires_at=expires_at,
        tools=sorted(set(tools)),
    )
    audit.note(
        workspace_id=agent.workspace_id,
        actor=actor,
        action="key.create",
        subject=agent.name,
        hint=key.hint,
        scope=str(scope),
    )
    return key, secret


def key_of(*, agent: Agent, key_id: UUID) -> AgentKey:
    """Raises Missing."""
    key = accounts.keys(agent).filter(id=key_id).first()
    if key is None:
        raise Missing(f"this service account has no key {key_id}", key_id=str(key_id))
    return key


@unit
def revoke_key(*, actor: Actor, key: AgentKey) -> AgentKey:
    """End a key now. Revoking twice changes nothing. Raises Denied."""
    rights.manages_key(actor=actor, key_id=key.id)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        audit.note(workspace_id=key.workspace_id, actor=actor, action="key.revoke", subject=key.agent.name, hint=key.hint)
    return key


@unit
def rotate_key(*, actor: Actor, key: AgentKey, overlap: timedelta) -> tuple[AgentKey, str]:
    """A new key with the old one's scope and tools, and its secret; the old one works on for `overlap`. A key rotates itself
    alone, and the new one ends when the old one would have; by a person it lives as long as the old one was given.

    Raises Denied, Conflict when it has ended already.
    """
    rights.manages_key(actor=actor, key_id=key.id)
    if isinstance(actor, Machine) and actor.credential_id != key.id:
        raise Denied("a machine key rotates itself alone; an owner or admin rotates any", key_id=str(key.id))
    key = AgentKey.objects.select_for_update(of=("self",)).select_related("agent").get(id=key.id)
    if accounts.is_of_command_line(key):
        raise Denied("this key belongs to a command line's session, and ends with it", key_id=str(key.id))
    now = clock.now()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Conflict("this key has ended; create a new one", key_id=str(key.id))
    expires_at = key.expires_at
    if expires_at is not None and not isinstance(actor, Machine):
        expires_at = now + (expires_at - key.created_at)
    ends = now + overlap
    if key.expires_at is None or key.expires_at > ends:
        key.expires_at = ends
        key.save(update_fields=["expires_at"])
    return _new_key(actor, key.agent, Scope(key.scope), expires_at, key.tools)
