"""Domain errors as MCP's clients read them: published ones know these codes."""

from typing import Any

from intents.kernel import errors
from intents.rpc.refusals import Cause, Refusals, rows

CREDENTIAL = -32001
OWNER = -32002
"""It has to say for which agent it speaks."""
FORBIDDEN = -32003
RATE = -32004


class OwnerNeeded(errors.InvalidField):
    """A person who names no agent asks for what is an agent's."""


def data_of(error: errors.DomainError) -> dict[str, Any]:
    """What the API tells beside its message."""
    return Cause.of(error)._asdict()


def _data(code: int, cause: Cause | None) -> dict[str, Any] | None:
    return None if cause is None else cause._asdict()


REFUSALS = Refusals(rows((OwnerNeeded, OWNER, 200), credential=CREDENTIAL, forbidden=FORBIDDEN, rate=RATE), _data)
