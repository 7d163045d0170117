"""Which keys the terms of a query may have, and what their values are: of intents, and of tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inbox.vocabulary.kinds import KINDS, RISKS
from intents.engine.lifecycle import Status

STATES = (
    "open",
    "waiting",
    "done",
    "failed",
    "canceled",
    "expired",
    "overdue",
    "due-soon",
    "stuck",
    "unroutable",
    "retrying",
    "dead",
    "rerun",
)
"""What an intent can be, as `is:` has it."""
WAITS = ("human", "tool", "agent", "time")
"""What an intent can wait for, as `for:` has it."""
PAYLOAD = "payload"
WORDS = "words"
"""The key of a term that is no more than words."""


@dataclass(frozen=True, slots=True)
class Language:
    """The keys that a query may have, by what their values are: of `named` one of these; a text; a span of time or a moment,
    for which `moments` has names; a number; an id. `payload` tells whether parts of payloads can be named. `examples` are
    values by key."""

    named: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...]
    times: tuple[str, ...]
    examples: Mapping[str, list[str]]
    moments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    uuids: tuple[str, ...] = ()
    payload: bool = False
    listed: bool = False
    """Whether a refusal of a key tells which there are."""

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.named, *self.texts, *self.times, *self.numbers, *self.uuids)


INTENTS = Language(
    named={"is": STATES, "for": WAITS, "risk": RISKS, "status": tuple(status.value for status in Status)},
    texts=("type", "agent", "from", "assignee", "asked"),
    times=("age", "created", "decided", "ended", "due"),
    uuids=("id", "correlation"),
    payload=True,
    examples={
        "age": ["age:>2d"],
        "created": ["created:<24h"],
        "decided": ["decided:<24h"],
        "ended": ["ended:<24h"],
        "due": ["due:<4h"],
        "type": ["type:refund"],
        "agent": ["agent:billing"],
        "from": ["from:shop"],
        "assignee": ["assignee:me"],
        "asked": ["asked:me"],
        PAYLOAD: ["payload.amount:>100"],
    },
)

TASKS = Language(
    named={
        "risk": RISKS,
        "kind": tuple(KINDS),
        "is": ("open", "claimed", "waiting", "overdue", "escalated", "unread"),
    },
    texts=("agent", "from", "type", "assignee", "currency"),
    times=("due", "age"),
    moments={"due": ("today", "none")},
    numbers=("amount",),
    listed=True,
    examples={
        "due": ["due:<4h"],
        "age": ["age:>2d"],
        "amount": ["amount:>100"],
        "agent": ["agent:billing"],
        "from": ["from:shop"],
        "type": ["type:refund"],
        "assignee": ["assignee:me"],
        "currency": ["currency:EUR"],
    },
)
