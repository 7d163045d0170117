"""From an intent's history to the spans of its trace, in plain data.

All ids follow from the rows, so a trace that is sent again, after a crash or by two workers at once, is the same one.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from intents.engine.lifecycle import TERMINAL, EventType, Status, WaitReason
from intents.kernel.actors import kind_of

ROOT = 1
"""The seq of the event that the span of a whole intent begins with."""
WAITS: dict[str | None, str] = {
    WaitReason.HUMAN: "wait for people",
    WaitReason.TOOL: "wait for tool",
    WaitReason.AGENT: "wait for agent",
    WaitReason.TIME: "wait for time",
}
DELIVERIES = frozenset({EventType.DELIVERED, EventType.REDELIVERED})
LEASE_ENDS = DELIVERIES | {EventType.DELIVERY_FAILED, EventType.TRANSFER}
FAILURES = frozenset({Status.FAILED, Status.TIMED_OUT})
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class TracedEvent:
    """One event of a history, without its details: those may be personal."""

    seq: int
    event_type: str
    status: str
    waiting_reason: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Traced:
    """An intent that ended. `trace_id` and `origin` are of the first intent of its trace: itself, or its furthest parent.
    `caller_span` is the span that the submitter named, `parent_seq` the event that began its parent's wait for it."""

    id: UUID
    workspace_id: UUID
    intent_type: str
    from_agent: str
    to_agent: str
    parent_id: UUID | None
    caller_span: str | None
    parent_seq: int | None
    origin: UUID
    trace_id: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at one moment of a span."""

    name: str
    at: datetime
    attributes: Mapping[str, str | int]


@dataclass(slots=True)
class Span:
    name: str
    trace_id: int
    span_id: int
    parent_id: int | None
    start: datetime
    end: datetime
    attributes: dict[str, str | int] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    failed: bool = False


def trace_id(text: str, origin: UUID) -> int:
    """The id of a trace: the 32 hexadecimal digits that the submitter sent (a UUID is as good), a digest of another text,
    or, without any, the intent's id."""
    if _HEX.fullmatch(lowered := text.lower()):
        return int(lowered.replace("-", ""), 16) or origin.int
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16]) if text else origin.int


def span_id(intent_id: UUID, seq: int) -> int:
    """The id of the span that begins with an event."""
    return int.from_bytes(hashlib.sha256(b"%b%d" % (intent_id.bytes, seq)).digest()[:8]) or 1


def spans(traced: Traced, told: Sequence[TracedEvent]) -> list[Span]:
    """The spans of an intent from its first event to the one that ended it: its own, then its deliveries and waits."""
    last = told[-1]
    root = Span(
        name=f"intent {traced.intent_type}",
        trace_id=trace_id(traced.trace_id, traced.origin),
        span_id=span_id(traced.id, ROOT),
        parent_id=_parent(traced),
        start=told[0].at,
        end=last.at,
        attributes={
            "axme.intent.id": str(traced.id),
            "axme.intent.type": traced.intent_type,
            "axme.intent.status": last.status,
            "axme.workspace.id": str(traced.workspace_id),
            "axme.from_agent": traced.from_agent,
            "axme.to_agent": traced.to_agent,
        },
        marks=[Mark(one.event_type, one.at, {"axme.event.seq": one.seq, "axme.actor.kind": _kind(one)}) for one in told],
        failed=last.status in FAILURES,
    )
    return [root, *_deliveries(root, traced.id, told), *_waits(root, traced.id, told)]


def _parent(traced: Traced) -> int | None:
    if traced.caller_span:
        return int(traced.caller_span, 16)
    return span_id(traced.parent_id, traced.parent_seq or ROOT) if traced.parent_id else None


def _kind(step: TracedEvent) -> str:
    return str(kind_of(step.actor))


def _child(root: Span, name: str, intent_id: UUID, begun: TracedEvent, ended: TracedEvent) -> Span:
    own = span_id(intent_id, begun.seq)
    attributes: dict[str, str | int] = {"axme.intent.id": str(intent_id), "axme.ended_by": _kind(ended)}
    return Span(name, root.trace_id, own, root.span_id, begun.at, ended.at, attributes)


def _deliveries(root: Span, intent_id: UUID, told: Sequence[TracedEvent]) -> Iterator[Span]:
    """From each delivery until its lease is over: the agent parked or ended the intent, or lost it."""
    number = 0
    for place, begun in enumerate(told):
        if begun.event_type not in DELIVERIES:
            continue
        number += 1
        ended = next((one for one in told[place + 1 :] if one.event_type in LEASE_ENDS or _is_over(one)), told[-1])
        span = _child(root, "delivery", intent_id, begun, ended)
        span.attributes |= {"axme.delivery.number": number, "axme.delivery.ended_with": ended.event_type}
        span.failed = ended.event_type in DELIVERIES | {EventType.DELIVERY_FAILED}
        yield span


def _is_over(step: TracedEvent) -> bool:
    return step.status == Status.WAITING or step.status in TERMINAL


def _waits(root: Span, intent_id: UUID, told: Sequence[TracedEvent]) -> Iterator[Span]:
    """From each event after which an intent waits to the first after which it does not: reminders lie in between."""
    begun: TracedEvent | None = None
    for one in told:
        if begun is not None and one.status != Status.WAITING:
            yield _child(root, WAITS[begun.waiting_reason], intent_id, begun, one)
            begun = None
        elif begun is None and one.status == Status.WAITING:
            begun = one
