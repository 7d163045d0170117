"""What a channel is: something that sends what is owed and tells what the provider answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from intents.sending.email import Outcome


class NotSent(Exception):
    """The provider refused, or did not answer. `lasting` is a refusal that trying again does not mend."""

    def __init__(self, answer: str, *, lasting: bool = False) -> None:
        super().__init__(answer)
        self.answer, self.lasting = answer, lasting


class Owed(Protocol):
    """Something claimed for its `attempt`th try. To one `address_id` only one is sent at a time."""

    @property
    def id(self) -> UUID: ...

    @property
    def attempt(self) -> int: ...

    @property
    def address_id(self) -> UUID | None: ...


class Claim(Protocol):
    """Leases up to `limit` of what is due, none of it to an address that is `busy`."""

    def __call__(self, *, limit: int, busy: Sequence[UUID]) -> Sequence[Owed]: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """`send` gets what `claim` leased and returns the provider's answer or raises NotSent; it may block, and uses no
    database. `settle` writes down what became of it, `give_back` ends leases early. `slots` are how many are sent at once;
    after `seconds` one is given up."""

    name: str
    claim: Claim
    send: Callable[[Any], str]
    settle: Callable[[Sequence[Outcome[Any]]], None]
    give_back: Callable[[Sequence[Any]], None]
    slots: int
    seconds: float
