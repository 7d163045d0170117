"""What happened, as endpoints are told of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from intents.kernel import canonical
from intents.kernel.clock import rfc3339
from intents.webhooks.models import PayloadKind, Subscription

TEST = "webhook.test"
ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a workspace. `concerned` are the local names of the agents whom it concerns; `thin` names what it is
    about, `full` is all that is told of it, of an intent's what is told beside the event `told_of`. `seq` is its place in
    the feed, None for one that is not there. The end of an intent is one `ends_for` who wanted its completion."""

    event_id: UUID
    workspace_id: UUID
    event_type: str
    at: datetime
    concerned: frozenset[str] = frozenset()
    intent_id: UUID | None = None
    intent_type: str = ""
    thin: Mapping[str, Any] = field(default_factory=dict)
    full: Mapping[str, Any] = field(default_factory=dict)
    seq: int | None = None
    told_of: UUID | None = None
    ends_for: str | None = None


def wants(row: Subscription, one: Happening) -> bool:
    """Whether a subscription of the same workspace asks for an event: by its types, its owner, its agents and its types of
    intents."""
    return is_of(row, one) and names(row.event_types, one.event_type)


def is_of(row: Subscription, one: Happening) -> bool:
    """The same, whatever its type is."""
    if one.seq is not None and one.seq <= row.after_seq:
        return False
    if row.completions_of_id:
        return one.ends_for == row.owner_agent
    if row.owner_agent and row.owner_agent not in one.concerned:
        return False
    if row.agents and one.concerned.isdisjoint(row.agents):
        return False
    return not row.intent_types or names(row.intent_types, one.intent_type)


def names(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns is the name, or ends in `*` and begins as the name does."""
    return any(name.startswith(one[:-1]) if one.endswith(ALL) else name == one for one in patterns)


def body(row: Subscription, one: Happening) -> str:
    """The JSON text that an endpoint is sent."""
    told = one.full if row.payload == PayloadKind.FULL else one.thin
    return canonical.dumps(
        {"type": one.event_type, "timestamp": rfc3339(one.at), "event_id": str(one.event_id), "data": dict(told)}
    )
