"""Agents (service accounts) and their machine keys."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from intents.accounts import audit, bindings, selectors, signing
from intents.accounts import selectors as accounts
from intents.accounts.models import Agent, AgentKey, AgentStatus, Profile, Workspace
from intents.accounts.services import rights
from intents.kernel import addresses, clock, secrets
from intents.kernel.actors import Actor, Machine, Person, Scope
from intents.kernel.errors import Conflict, Denied, InvalidField, Missing
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen
from intents.sending import connector, health
from intents.sending.signing import SigningKind, kind_of

PREFIX = "axme_sa_"
LEASE_SECONDS = range(1, 86_401)


@unit
def create_agent(
    *,
    actor: Actor,
    workspace: Workspace,
    name: str,
    display_name: str = "",
    description: str = "",
    delivery_mode: str = bindings.USUAL_MODE,
    callback_url: str = "",
) -> Agent:
    """A new agent under the local address `name`. Who makes it owns it; of a machine key, the owner of its agent. Raises
    InvalidField, InvalidAddress, Conflict when the name is taken."""
    rights.manages_agents(actor=actor)
    local = addresses.local_name(name, org=workspace.organization.slug, workspace=workspace.slug)
    addresses.ensure_no_person(local)
    ensure_seen(display_name, field="display_name")
    if len(local) < 2:
        raise InvalidField("name", "at least 2 characters")
    _check_mode(delivery_mode)
    if callback_url:
        _check_url(callback_url)
    if Profile.objects.filter(Q(nick=local.lower()) | Q(name=local.lower()), workspace=workspace).exists():
        raise InvalidField("name", "somebody has registered this as a nick; choose another name")
    agent = Agent(
        workspace=workspace,
        name=local,
        display_name=display_name,
        description=description,
        delivery_mode=delivery_mode,
        callback_url=callback_url,
        owner_id=_owner(actor),
        created_by=actor.label,
        created_with=_companion(actor),
    )
    _ensure_called_somewhere(agent)
    with unless_taken(Conflict(f"an agent named {local} exists already", name=local)):
        agent.save(force_insert=True)
    audit.note(workspace_id=workspace.id, actor=actor, action="agent.create", subject=local)
    return agent


def _companion(actor: Actor) -> str:
    return actor.person if isinstance(actor, Machine) else ""


def _check_mode(mode: str) -> None:
    """Raises InvalidField."""
    if mode not in bindings.modes():
        raise InvalidField("delivery_mode", f"one of {', '.join(bindings.modes())}")


def _check_url(url: str) -> str:
    """The scheme of a URL; where that leads is checked at each call. Raises InvalidField."""
    try:
        return connector.target(url).scheme
    except connector.Unanswered as refusal:
        raise InvalidField("callback_url", refusal.text) from None


CALLED = "http"
"""The delivery mode of agents that are called at their URL."""


def _ensure_called_somewhere(agent: Agent) -> None:
    """Give an agent that is called its first signing secret. Raises InvalidField when it has no URL."""
    if agent.delivery_mode != CALLED:
        return
    if not agent.callback_url:
        raise InvalidField("callback_url", "is required for an agent that is called")
    if _check_url(agent.callback_url) != "https" and not settings.OUTGOING_ALLOWED_NETWORKS:
        raise InvalidField(
            "callback_url",
            "the URL has to begin with https://, unless whoever runs the server allows networks inside"
            " (OUTGOING_ALLOWED_NETWORKS)",
        )
    if agent.signing is None:
        agent.new_signing_secret = signing.rotate(agent=agent, overlap=timedelta(0), now=clock.now())


def _owner(actor: Actor) -> UUID | None:
    match actor:
        case Person(user_id=user_id):
            return user_id
        case Machine(agent_id=agent_id):
            return Agent.objects.values_list("owner_id", flat=True).get(id=agent_id)
    return None


@unit
def update_agent(
    *,
    actor: Actor,
    agent: Agent,
    display_name: str | None = None,
    description: str | None = None,
    delivery_mode: str | None = None,
    callback_url: str | None = None,
    lease_seconds: int | None = None,
    owner: str | None = None,
) -> Agent:
    """Change the given settings of an agent; `owner` is a member by email address, whom only a person changes: a key would
    choose who decides what it asks. Raises Denied, InvalidField."""
    rights.manages_agents(actor=actor)
    if owner is not None and isinstance(actor, Machine):
        raise Denied("only a person, an owner or admin of the workspace, says who owns an agent")
    agent = selectors.locked_agent(agent.id)
    if delivery_mode is not None:
        _check_mode(delivery_mode)
    if callback_url:
        _check_url(callback_url)
    if lease_seconds is not None and lease_seconds not in LEASE_SECONDS:
        raise InvalidField("lease_seconds", f"from {LEASE_SECONDS[0]} to {LEASE_SECONDS[-1]}")
    ensure_seen(display_name or "", field="display_name")
    owner_id = _member(agent.workspace_id, owner) if owner is not None else None
    changes = {
        name: value
        for name, value in {
            "owner_id": owner_id,
            "display_name": display_name,
            "description": description,
            "delivery_mode": delivery_mode,
            "callback_url": callback_url,
            "lease_seconds": lease_seconds,
        }.items()
        if value is not None
    }
    before = agent.owner_id
    if owner_id is not None and before is not None and before not in (owner_id, *agent.past_owners):
        agent.past_owners = [*agent.past_owners, before]
    for name, value in changes.items():
        setattr(agent, name, value)
    _ensure_called_somewhere(agent)
    agent.save(update_fields=[*changes, "past_owners", "signing", "updated_at"])
    if "callback_url" in changes:
        health.forget([agent.id])
    details = changes | ({"owner_id": str(owner_id)} if owner_id else {})
    audit.note(workspace_id=agent.workspace_id, actor=actor, action="agent.update", subject=agent.name, changes=details)
    return agent


def _member(workspace_id: UUID, email: str) -> UUID:
    address = email.strip().lower()
    found = accounts.member_known_as(workspace_id, address)
    if found is None:
        raise InvalidField("owner", "no member of this workspace has this email address")
    return found.user_id


@unit
def rotate_signing_secret(*, actor: Actor, agent: Agent, overlap: timedelta, kind: SigningKind | None = None) -> str:
    """A new secret that deliveries to the agent's URL are signed with, of the kind before it if none is named; those before
    sign as well for `overlap`, so that the agent can change over. Raises Denied."""
    rights.manages_agents(actor=actor)
    agent = selectors.locked_agent(agent.id)
    secret = signing.rotate(agent=agent, overlap=overlap, now=clock.now(), kind=kind)
    agent.save(update_fields=["signing", "updated_at"])
    audit.note(
        workspace_id=agent.workspace_id,
        actor=actor,
        action="agent.rotate_signing_secret",
        subject=agent.name,
        kind=kind_of(secret),
    )
    return secret


@unit
def suspend_agent(*, actor: Actor, agent: Agent, suspended: bool = True) -> Agent:
    """Let an agent work no more, or again: meanwhile its keys are refused, nothing is posted to it, and what is sent to it
    waits in its mailbox. Twice changes nothing. Raises Denied, Conflict for one that is deleted."""
    rights.repairs(actor=actor)
    agent = selectors.locked_agent(agent.id)
    if agent.status == AgentStatus.DELETED:
        raise Conflict("this agent is deleted", service_account_id=str(agent.id))
    wanted = AgentStatus.SUSPENDED if suspended else AgentStatus.ACTIVE
    if agent.status != wanted:
        agent.status = wanted
        agent.save(update_fields=["status", "updated_at"])
        action = "agent.suspend" if suspended else "agent.resume"
        audit.note(workspace_id=agent.workspace_id, actor=actor, action=action, subject=agent.name)
    return agent


@unit
def delete_agent(*, actor: Actor, agent: Agent) -> Agent:
    """Retire an agent: its keys stop working and its name becomes free. What waits in its mailbox stays there."""
    rights.manages_agents(actor=actor)
    agent.status = AgentStatus.DELETED
    agent.save(update_fields=["status", "updated_at"])
    AgentKey.objects.filter(agent=agent, revoked_at__isnull=True).update(revoked_at=clock.now())
    health.forget([agent.id])
    audit.note(workspace_id=agent.workspace_id, actor=actor, action="agent.delete", subject=agent.name)
    return agent


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
        created_with=_companion(actor),
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
