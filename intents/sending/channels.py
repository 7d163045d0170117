"""The ways out of the server: what is registered here in an application's `ready` is sent by every worker.

A new one is a table of `Sending` rows with its `Outbox`, a function that sends, and a line in `apps.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from intents.sending.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider said, and `detail` for the outbox that settles it."""

    answer: str
    detail: Any = None


class NotSent(Exception):
    """The provider refused, or did not answer. `permanent` is a refusal that trying again does not mend, `detail` as of
    Sent."""

    def __init__(self, answer: str, *, permanent: bool = False, detail: Any = None) -> None:
        super().__init__(answer)
        self.answer, self.permanent, self.detail = answer, permanent, detail


@dataclass(frozen=True, slots=True)
class Channel:
    """`send` gets what the `outbox` leased and returns the provider's answer, or Sent, or raises NotSent; it may block, and
    uses no database. `slots` are how many are sent at once, and `waiting` how many more of those that only wait for an
    answer, and have for a while; after `seconds` one is given up, with the detail `overdue`."""

    name: str
    outbox: Outbox[Any]
    send: Callable[[Any], str | Sent]
    slots: int = 8
    waiting: int = 0
    seconds: float = 30.0
    overdue: Any = None


@dataclass(frozen=True, slots=True)
class Feeder:
    """Makes messages of what was written elsewhere. `waiting` is SQL for whether there is anything, asked at each look;
    `feed` makes messages of some of it and returns how much that was.

    One with a `batch`, as many as it makes of at most, is asked by the pace of `pacing`. `followed` is SQL for whether
    somebody follows what comes of it, or of what it reads.
    """

    waiting: str
    feed: Callable[[], int]
    followed: str = ""
    batch: int | None = None


_channels: dict[str, Channel] = {}
_feeders: list[Feeder] = []


def register(channel: Channel) -> None:
    """Let workers send by `channel`. Raises ValueError when another has its name, whose messages would stay."""
    if _channels.setdefault(channel.name, channel) is not channel:
        raise ValueError(f"there is a channel named {channel.name} already")


def register_feeder(feeder: Feeder) -> None:
    """Let workers feed outboxes by `feeder`."""
    _feeders.append(feeder)


def registered() -> list[Channel]:
    """All channels, in the order of their registration."""
    return list(_channels.values())


def feeders() -> list[Feeder]:
    """All feeders, in the order of their registration."""
    return list(_feeders)
