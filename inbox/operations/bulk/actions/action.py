"""What all actions of bulks have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.operations.bulk.actions.about import INTENTS, About
from intents.engine import permissions
from intents.engine.lifecycle import TERMINAL, Status, WaitReason
from intents.kernel.actors import Actor, Person
from intents.kernel.errors import InvalidField

NOT_FOUND = "not found"
OVER = "already over"
HUMAN = "waits for a person"
WAITING = "is waiting"
NOT_WAITING = "is not waiting"
NOT_RETRYING = "waits for no retry"
NOT_OVER = "is not over"
SUCCEEDED = "completed"
RERUN = "was run again already"
HAS_IT = "this agent has it already"
DENIED = "not allowed"
"""Why intents are skipped, as the API has it."""

_TERMINAL = ", ".join(f"'{status}'" for status in sorted(TERMINAL))
IS_OVER = f"i.status IN ({_TERMINAL})"
IS_WAITING = f"i.status = '{Status.WAITING}'"
ASKS_PEOPLE = f"{IS_WAITING} AND i.waiting_reason = '{WaitReason.HUMAN}'"
"""SQL over the intent `i`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a bulk asks for: to be done by `actor`, with `arguments` as the action's `read` returned them."""

    bulk_id: UUID
    reason: str
    actor: Person
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def details(self) -> dict[str, Any]:
        """What the record of each intent says of it."""
        return {"reason": self.reason, "bulk_id": str(self.bulk_id)}


def _no_arguments(actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """Something to do to many intents.

    It is `about` intents if it does not say otherwise. `skipped` is SQL for why nothing is to be done to one, the row `i`
    (an intent's open wait is `w`); null when there is something to do. It may use the parameter `arguments`, a JSON text. It
    is asked for the preview, and again under the rows' locks. `may` says whether somebody may do it to one, and is the one
    that the calls about one ask. `act` does it to locked rows for which both hold. `read` checks the `arguments`, of those
    names that are taken.
    """

    name: str
    skipped: str
    act: Callable[[Sequence[Any], Order, datetime], None]
    may: Callable[[Actor, Any], bool] = permissions.owns
    about: About = INTENTS
    takes: tuple[str, ...] = ()
    read: Callable[[Person, Mapping[str, Any]], dict[str, Any]] = _no_arguments

    def checked(self, actor: Person, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments` as they are kept. Raises InvalidField."""
        for name in arguments:
            if name not in self.takes:
                known = f"takes {' and '.join(self.takes)}" if self.takes else "takes no arguments"
                raise InvalidField(f"arguments.{name}", f"{self.name} {known}")
        return self.read(actor, arguments)


def case(*reasons: tuple[str, str]) -> str:
    """SQL for the first of `reasons`, (condition, words), whose condition holds."""
    branches = " ".join(f"WHEN {condition} THEN '{words}'" for condition, words in reasons)
    return f"CASE {branches} END"
