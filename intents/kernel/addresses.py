"""Agent addresses: one function makes the canonical form, so that every spelling of one address meets in one mailbox."""

import re

from intents.kernel.actors import full_address
from intents.kernel.errors import AgentNotFound, InvalidAddress, NotSupported

SCHEME = "agent://"
MAX_LENGTH = 383
RUNS = "scenarios/"
"""What the local names of runs of scenarios begin with; no agent has such a name."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,119}")

_OPAQUE = re.compile(r"(?!agent://)[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
_OPAQUE_LENGTH = 241

__all__ = [
    "MAX_LENGTH",
    "RUNS",
    "ensure_no_person",
    "ensure_no_run",
    "full_address",
    "in_path",
    "is_opaque",
    "local_name",
    "mailbox_name",
]


_SCHEME_IN_A_PATH = re.compile(r"agent:/{1,2}")
"""Of its slashes a proxy may leave one."""


def in_path(text: str) -> str:
    """The address that a path names after `/v1/agents/`, whose scheme may be spelled out. Raises NotSupported for what goes
    on behind an address."""
    address = text[found.end() :] if (found := _SCHEME_IN_A_PATH.match(text)) else text
    if address.count("/") > 2:
        raise NotSupported("not found")
    return address


def is_opaque(address: str) -> bool:
    """Whether an address is of another scheme than ours, as in `initiator://ann`: no agent can have it."""
    return _OPAQUE.fullmatch(address.strip()) is not None


def mailbox_name(address: str, *, org: str, workspace: str) -> str:
    """The mailbox in which answers to `address` lie: that of `local_name`, or one that is called as an opaque address is.
    Raises as `local_name` does."""
    if not is_opaque(address):
        return local_name(address, org=org, workspace=workspace)
    name = address.strip()
    if len(name) > _OPAQUE_LENGTH:
        raise InvalidAddress(f"an address of another scheme has at most {_OPAQUE_LENGTH} characters", address=name[:80])
    return name


def ensure_no_person(name: str) -> None:
    """Raises InvalidAddress for a name that could be taken for a person's address."""
    if "@" in name and not is_opaque(name):
        raise InvalidAddress("the name of an agent holds no @: that is how people are addressed", address=name[:80])


def ensure_no_run(name: str) -> None:
    """Raises InvalidAddress for a name that only a run of a scenario has."""
    if name.startswith(RUNS):
        raise InvalidAddress("only runs of scenarios have addresses that begin so: apply a scenario", address=name[:80])


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
            "an agent address is a name, or agent://org/workspace/name; parts hold letters, digits and _ . + -",
            address=address[:80],
        )
    if len(parts) < 3:
        return "/".join(parts)
    if (parts[0], parts[1]) != (org, workspace):
        raise AgentNotFound(f"no agent has the address {address}", address=address)
    return parts[2]
