"""Finding the address behind a nick, an email address or an agent's name."""

from pydantic import Field

from intents.accounts import selectors as accounts
from intents.engine.selectors import agents_called
from intents.kernel.actors import Tenant, full_address
from intents.kernel.addresses import local_name
from intents.kernel.errors import AgentNotFound, InvalidAddress
from intents.mcp.registry import Arguments, Call, McpTool, ToolAnswer


class Query(Arguments):
    query: str = Field(min_length=1, max_length=383, description="A nick, an email address, or an agent's address or name.")


def found(actor: Tenant, query: str) -> tuple[str, str] | None:
    """The full address of a contact, and by what it was found; None when there is no such contact in this workspace."""
    org, workspace = actor.org_slug, actor.workspace_slug
    profile = accounts.profile_called(actor.workspace_id, query)
    if profile is not None:
        return full_address(org, workspace, profile.name), "nick"
    try:
        name = local_name(query, org=org, workspace=workspace)
    except (InvalidAddress, AgentNotFound):
        return None
    return (full_address(org, workspace, name), "agent") if agents_called(actor.workspace_id, name).exists() else None


def run(call: Call, given: Query) -> ToolAnswer:
    contact = found(call.actor, given.query)
    if contact is None:
        return ToolAnswer({"query": given.query}, "contact_not_found")
    address, by = contact
    return ToolAnswer({"query": given.query, "owner_agent": address, "resolution": by})


TOOL = McpTool(
    name="axme.resolve_contact",
    title="Find a contact",
    description="The address behind a nick, an email address or an agent's name in this workspace.",
    arguments=Query,
    run=run,
    reads=True,
)
