"""Agents (service accounts)."""

from datetime import timedelta
from uuid import UUID

from intents.accounts import audit, bindings, limits, selectors, settable, signing
from intents.accounts import selectors as accounts
from intents.accounts.models import Agent, AgentKey, AgentStatus, Workspace
from intents.accounts.services import rights
from intents.accounts.services.keys import person_beside
from intents.kernel import addresses, clock, live
from intents.kernel.actors import Actor, Machine, Person
from intents.kernel.errors import Conflict, Denied, InvalidField
from intents.kernel.unit_of_work import unit, unless_taken
from intents.kernel.unseen import ensure_seen
from intents.sending import health
from intents.sending.signing import SigningKind, kind_of

CALLED = settable.CALLED
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
    settable.ensure_sound(local=local, display_name=display_name, delivery_mode=delivery_mode, callback_url=callback_url)
    if accounts.is_registered(workspace.id, local.lower()):
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
        created_with=person_beside(actor=actor),
    )
    _ensure_called_somewhere(agent)
    limits.spend(workspace.id, "service_accounts_per_workspace", 1)
    with unless_taken(Conflict(f"an agent named {local} exists already", name=local)):
        agent.save(force_insert=True)
    audit.note(workspace_id=workspace.id, actor=actor, action="agent.create", subject=local)
    return agent


def _ensure_called_somewhere(agent: Agent, kind: SigningKind | None = None) -> None:
    """Give an agent that is called its first signing secret. Raises InvalidField when it has no URL."""
    if agent.delivery_mode != settable.CALLED:
        return
    settable.ensure_reached(agent.callback_url)
    if agent.signing is None:
        agent.new_signing_secret = signing.rotate(agent=agent, overlap=timedelta(0), now=clock.now(), kind=kind)


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
    signing_kind: SigningKind | None = None,
) -> Agent:
    """Change the given settings of an agent; `owner` is a member by email address, whom only a person changes: a key would
    choose who decides what it asks. The first signing secret of one that is called is of `signing_kind`. Raises Denied,
    InvalidField."""
    rights.manages_agents(actor=actor)
    if owner is not None and isinstance(actor, Machine):
        raise Denied("only a person, an owner or admin of the workspace, says who owns an agent")
    agent = selectors.locked_agent(agent.id)
    if delivery_mode is not None:
        settable.ensure_mode(delivery_mode)
    if callback_url:
        settable.scheme_of(callback_url)
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
    _ensure_called_somewhere(agent, signing_kind)
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
    waits in its mailbox, whoever asks for it. Twice changes nothing. Raises Denied, Conflict for one that is deleted."""
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
        # Who waits for its work by a key of another agent gets it once it may work again.
        live.wake_up(mailboxes={(agent.workspace_id, agent.name)})
    return agent


@unit
def delete_agent(*, actor: Actor, agent: Agent) -> Agent:
    """Retire an agent: its keys stop working and the name can be reused. Queued intents stay in its mailbox."""
    rights.manages_agents(actor=actor)
    agent.status = AgentStatus.DELETED
    agent.save(update_fields=["status", "updated_at"])
    AgentKey.objects.filter(agent=agent, revoked_at__isnull=True).update(revoked_at=clock.now())
    health.forget([agent.id])
    audit.note(workspace_id=agent.workspace_id, actor=actor, action="agent.delete", subject=agent.name)
    return agent
