"""Agent cards: what clients learn before their first message. Each is readable to clients of either version."""

from typing import Any

from django.conf import settings

from intents.engine import selectors
from intents.kernel.actors import Tenant
from intents.kernel.addresses import full_address

PATH = "/a2a"
WELL_KNOWN = "/.well-known/agent-card.json"
MODES = ["text/plain", "application/json"]
KEY = {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The key of an agent, or of a workspace."}
ASK = {
    "id": "ask-people",
    "name": "Ask people to decide",
    "description": "People of the workspace decide in their inbox, in minutes or days. The text is what is asked, the data "
    "what it is about. The task says whom it waits for; its artifact is what they decided.",
    "tags": ["approval", "human in the loop"],
    "examples": ["Refund 129.00 EUR to ACME?"],
}
HAND = {
    "id": "hand-work",
    "name": "Hand work to an agent",
    "description": "Durably: the work waits in the agent's mailbox until it is done. At this address an agent is named by "
    '{"axme": {"to_agent": ...}} in the metadata of a message.',
    "tags": ["durable execution"],
}


def public() -> dict[str, Any]:
    """Of the server itself, for everybody: it tells of no workspace and no agent."""
    about = "People who decide, and agents that work, for whoever has a key of their workspace."
    return _card("AXME Inbox", about, PATH, [ASK, HAND])


def of_agent(actor: Tenant, name: str) -> dict[str, Any]:
    """Of one agent of the actor's workspace, which need not be registered; only who may see the agent learns more."""
    address = full_address(actor.org_slug, actor.workspace_slug, name)
    row = selectors.agents(actor).filter(name=name).first()
    skill = HAND | {"name": f"Hand work to {name}", "description": "Durably: it waits in the mailbox until it is done."}
    return _card(row.display_name or name if row else name, f"The agent {address}.", f"{PATH}/{name}", [skill])


def _card(name: str, about: str, path: str, skills: list[dict[str, Any]]) -> dict[str, Any]:
    url = f"{settings.BASE_URL}{path}"
    scheme = KEY | {"apiKeySecurityScheme": {"location": "header", "name": KEY["name"], "description": KEY["description"]}}
    return {
        "name": name,
        "description": about,
        "version": settings.VERSION,
        "url": url,
        "preferredTransport": "JSONRPC",
        "protocolVersion": "0.3.0",
        "supportedInterfaces": [
            {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version} for version in ("1.0", "0.3")
        ],
        "capabilities": {"streaming": True, "pushNotifications": True},
        "securitySchemes": {"key": scheme},
        "security": [{"key": []}],
        "securityRequirements": [{"schemes": {"key": {"list": []}}}],
        "defaultInputModes": MODES,
        "defaultOutputModes": MODES,
        "skills": skills,
    }
