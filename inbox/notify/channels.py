"""What a channel is: something that sends a parcel and tells what the provider answered."""

from collections.abc import Callable
from dataclasses import dataclass

from inbox.services.messages import Parcel


class NotSent(Exception):
    """The provider refused, or did not answer. `lasting` is a refusal that trying again does not mend."""

    def __init__(self, answer: str, *, lasting: bool = False) -> None:
        super().__init__(answer)
        self.answer, self.lasting = answer, lasting


@dataclass(frozen=True, slots=True)
class Channel:
    """`send` returns the provider's answer or raises NotSent; it may block, and uses no database. `slots` are how many are
    sent at once; after `seconds` one is given up."""

    name: str
    send: Callable[[Parcel], str]
    slots: int
    seconds: float
