"""Agent addresses: one function makes the canonical form, so that every spelling of one address meets in one mailbox."""

import re

from intents.actors import full_address
from intents.errors import AgentNotFound, InvalidAddress

SCHEME = "agent://"
MAX_LENGTH = 383
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,119}")

__all__ = ["MAX_LENGTH", "full_address", "local_name"]


def local_name(address: str, *, org: str, workspace: str) -> str:
    """The name of `address` inside the workspace `org`/`workspace`.

    A bare name or a two-part address is a local name already; a three-part one must be of this workspace.
    Raises InvalidAddress for anything else, AgentNotFound for an address of another workspace.
    """
    if len(address) > MAX_LENGTH:
        raise InvalidAddress(f"an agent address has at most {MAX_LENGTH} characters", address=address[:80])
    parts = address.strip().removeprefix(SCHEME).split("/")
    if len(parts) > 3 or not all(_PART.fullmatch(part) for part in parts):
        raise InvalidAddress(
            "an agent address is a name, or agent://org/workspace/name; parts hold letters, digits and _ . @ + -",
            address=address[:80],
        )
    if len(parts) < 3:
        return "/".join(parts)
    if (parts[0], parts[1]) != (org, workspace):
        raise AgentNotFound(f"no agent has the address {address}", address=address)
    return parts[2]
