"""What answers about agents, deliveries and acts look like, and how they are made of what is known."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from inbox.operations.acts import ActsPage
from inbox.operations.agents import AgentSeen, AgentsPage
from inbox.operations.deliveries import DeliveryPage, DeliveryRow
from inbox.schemas.shapes import when
from intents.kernel.clock import rfc3339
from intents.schemas.responses import Ok, Shape
from intents.sending.models import Attempt

HealthName = Literal["healthy", "silent", "overloaded", "idle", "suspended"]


class AgentKeys(Shape):
    """The keys of an agent that are in force."""

    active: int
    oldest_at: datetime | None = Field(description="When the oldest of them was made.")
    next_end_at: datetime | None = Field(description="When the next of them ends by itself.")


class WatchedAgent(Shape):
    """An address that work is sent to, and how its agent is."""

    id: UUID | None = Field(description="Of the service account; null for an address that nobody registered.")
    name: str
    display_name: str
    status: Literal["active", "suspended", "unregistered"]
    delivery_mode: str
    health: HealthName
    last_call_at: datetime | None = Field(description="The last use of any of its keys, noted once a minute.")
    backlog: int = Field(description="Intents that wait to be delivered to it.")
    oldest_waiting_at: datetime | None = Field(description="Since when the oldest of them waits.")
    leased: int = Field(description="Intents that it has under a lease.")
    failing: int = Field(description="Deliveries that wait for another try at its URL.")
    came_24h: int = Field(description="Intents sent to it within 24 hours, up to 5,000; the next six are about these.")
    completed_24h: int
    failed_24h: int = Field(description="Failed or timed out.")
    canceled_24h: int
    success_24h: float | None = Field(description="Completed among completed and failed, 0 to 1.")
    latency_p50_seconds: float | None = Field(description="From being sent to COMPLETED.")
    latency_p95_seconds: float | None
    keys: AgentKeys


class WatchedAgents(Ok):
    items: list[WatchedAgent]
    total: int = Field(description="How many match in all.")
    counts: dict[str, int] = Field(description="How many agents there are of each health.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class OneWatchedAgent(Ok):
    agent_id: UUID
    status: Literal["active", "suspended"]


class PushAttempt(Shape):
    """A try to post a delivery to its agent's URL."""

    number: int
    ended_at: datetime
    milliseconds: int | None
    status: int | None = Field(description="Of the answer; null when there was none.")
    fault: str | None = Field(description="Why there was none: refused, dns, connect, tls, timeout, broken.")
    answer: str | None = Field(
        description="The beginning of the answer, for owners and admins alone; or why there was none, in words."
    )
    warning: str | None
    retry_at: datetime | None


class WatchedDelivery(Shape):
    """Work on its way to an agent."""

    id: UUID
    intent_id: UUID
    intent_type: str
    to_agent: str
    binding: str
    state: str
    attempt: int = Field(description="How often it was delivered.")
    created_at: datetime
    lease_expires_at: datetime | None
    begun_at: datetime | None = Field(description="The holder's first call about it.")
    ended_at: datetime | None
    last_error: str | None
    holder: str | None = Field(description="The hint of the key under whose lease it is.")
    next_try_at: datetime | None = Field(description="When it is posted to the agent's URL again.")
    attempts: list[PushAttempt] = Field(description="The tries to post it, the first first.")


class WatchedDeliveries(Ok):
    items: list[WatchedDelivery]
    total: int = Field(description="How many there are of this kind.")
    counts: dict[str, int] = Field(description="How many there are of each kind.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class TriedNow(Ok):
    applied: bool = Field(description="Whether a try was being waited for.")


class Act(Shape):
    """Something that was done to keys, people or settings."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


class Acts(Ok):
    items: list[Act]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last.")


class Evidence(Shape):
    """The evidence of an intent, for `examples/verify_evidence.py`."""

    format: Literal["axme.evidence.v1"]
    made_at: datetime
    intent: dict[str, Any]
    payload: str = Field(description="Canonical JSON, as its digest was made of it.")
    payload_salt: str
    events: list[dict[str, Any]]
    tasks: list[dict[str, Any]] = Field(description="What people were shown, under which policy, and what they decided.")
    deliveries: list[dict[str, Any]]
    log: dict[str, Any] = Field(description="The newest checkpoint, and each event's proof that it is in it.")


def acts(found: ActsPage, cursor: str | None) -> dict[str, Any]:
    """A page of the audit log."""
    items = [
        {
            "id": str(one.id),
            "at": rfc3339(one.at),
            "actor": one.actor,
            "action": one.action,
            "subject": one.subject,
            "details": one.details,
        }
        for one in found.items
    ]
    return {"ok": True, "items": items, "next_cursor": cursor}


def agents(found: AgentsPage, cursor: str | None) -> dict[str, Any]:
    """A page of agents."""
    items = [_agent(one) for one in found.items]
    return {"ok": True, "items": items, "total": found.total, "counts": found.counts, "next_cursor": cursor}


def _agent(seen: AgentSeen) -> dict[str, Any]:
    facts, did = seen.facts, seen.performance
    return {
        "id": facts.id and str(facts.id),
        "name": facts.name,
        "display_name": facts.display_name,
        "status": facts.status,
        "delivery_mode": facts.mode,
        "health": facts.health,
        "last_call_at": when(facts.called_at),
        "backlog": facts.backlog,
        "oldest_waiting_at": when(facts.oldest_at),
        "leased": facts.leased,
        "failing": facts.failing,
        "came_24h": did.came,
        "completed_24h": did.completed,
        "failed_24h": did.failed,
        "canceled_24h": did.canceled,
        "success_24h": did.success,
        "latency_p50_seconds": did.p50_seconds,
        "latency_p95_seconds": did.p95_seconds,
        "keys": {
            "active": facts.keys,
            "oldest_at": when(facts.oldest_key_at),
            "next_end_at": when(facts.key_ends_at),
        },
    }


def deliveries(found: DeliveryPage, cursor: str | None) -> dict[str, Any]:
    """A page of deliveries."""
    items = [_delivery(one) for one in found.items]
    return {"ok": True, "items": items, "total": found.total, "counts": found.counts, "next_cursor": cursor}


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "intent_id": str(row.intent_id),
        "intent_type": row.intent_type,
        "to_agent": row.target,
        "binding": row.binding,
        "state": row.state,
        "attempt": row.attempt,
        "created_at": rfc3339(row.created_at),
        "lease_expires_at": when(row.lease_expires_at),
        "begun_at": when(row.begun_at),
        "ended_at": when(row.ended_at),
        "last_error": row.last_error,
        "holder": row.holder,
        "next_try_at": when(row.push_due_at) if row.push_state == "ready" else None,
        "attempts": [_attempt(one) for one in row.attempts],
    }


def _attempt(row: Attempt) -> dict[str, Any]:
    return {
        "number": row.number,
        "ended_at": rfc3339(row.ended_at),
        "milliseconds": row.milliseconds,
        "status": row.status,
        "fault": row.fault,
        "answer": row.answer,
        "warning": row.warning,
        "retry_at": when(row.retry_at),
    }
