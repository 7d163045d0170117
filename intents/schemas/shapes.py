"""Rows as the protocol's JSON."""

from typing import Any, NamedTuple

from intents.accounts.models import Agent, AgentKey
from intents.engine.lifecycle import TERMINAL, EventType, Status, WaitReason
from intents.engine.models import Intent, IntentEvent, StoredStep
from intents.engine.selectors import Details
from intents.kernel import canonical
from intents.kernel.actors import full_address
from intents.kernel.clock import rfc3339

_LEGACY = {
    Status.IN_PROGRESS: "running",
    Status.WAITING: "blocked",
    Status.COMPLETED: "done",
    Status.FAILED: "failed",
    Status.CANCELED: "failed",
    Status.TIMED_OUT: "failed",
}

_OPTIONAL = (
    "reply_to",
    "remind_after_seconds",
    "remind_interval_seconds",
    "max_reminders",
    "escalate_to",
    "max_delivery_attempts",
)


class Whom(NamedTuple):
    """Whom a WAITING intent waits for: a reference, such as an agent's address, and a name, or the names of all."""

    ref: str
    name: str


def summary(row: Intent, *, whom: Whom | None = None) -> dict[str, Any]:
    """An intent as a list shows it. `whom` is needed for one that waits: it is who it waits for."""
    shape: dict[str, Any] = {
        "intent_id": str(row.id),
        "intent_type": row.intent_type,
        "status": row.status,
        "lifecycle_status": row.status,
        "legacy_status": _LEGACY.get(Status(row.status), "accepted"),
        "waiting_reason": row.waiting_reason,
        "lifecycle_waiting_reason": row.waiting_reason,
        "from_agent": row.from_agent,
        "to_agent": row.to_agent,
        "handler": row.handler,
        "correlation_id": str(row.correlation_id),
        "parent_intent_id": str(row.parent_id) if row.parent_id else None,
        "policy_generation": row.policy_generation,
        "remind_count": row.remind_count,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }
    shape |= {name: value for name in _OPTIONAL if (value := getattr(row, name)) is not None}
    if row.deadline_at is not None:
        shape["deadline_at"] = rfc3339(row.deadline_at)
    if (pending := _pending_with(row, whom)) is not None:
        shape["pending_with"] = pending
    return shape


def intent(row: Intent, more: Details, *, whom: Whom | None = None) -> dict[str, Any]:
    """An intent with everything: payload, result or error, checkpoint, controls; `whom` as for `summary`."""
    ending = canonical.loads(more.ending) if more.ending else {}
    due_at = more.wait_deadline_at or row.deadline_at
    shape = summary(row, whom=whom) | {
        "payload": canonical.loads(more.payload),
        "result": ending.get("result"),
        "error": ending.get("error"),
        "reason": ending.get("reason"),
        "checkpoint": canonical.loads(more.checkpoint) if more.checkpoint else None,
        "due_at": rfc3339(due_at) if due_at and row.status not in TERMINAL else None,
        "delivery_attempt": more.delivery_attempt,
        "controls": canonical.loads(row.controls),
        "policy": canonical.loads(row.policy),
        "child_intent_ids": [str(child) for child in more.children],
        "rerun_of_intent_id": str(row.rerun_of_id) if row.rerun_of_id else None,
        "rerun_as_intent_id": str(more.rerun_as) if more.rerun_as else None,
    }
    if more.erased_at:
        shape["erased_at"] = rfc3339(more.erased_at)
    if more.human_task:
        shape["human_task"] = canonical.loads(more.human_task)
    return shape


KINDS = {WaitReason.HUMAN: "human", WaitReason.AGENT: "agent", WaitReason.TOOL: "internal", WaitReason.TIME: "internal"}
"""What kind of party an intent is with that waits."""


def _pending_with(row: Intent, whom: Whom | None) -> dict[str, str] | None:
    if row.status in TERMINAL:
        return None
    if row.status != Status.WAITING:
        return _pending("agent", row.to_agent)
    ref, name = whom or (str(row.id), None)
    return _pending(KINDS[WaitReason(row.waiting_reason or "")], ref, name)


def _pending(kind: str, ref: str, name: str | None = None) -> dict[str, str]:
    return {"type": kind, "ref": ref, "name": name or ref.rpartition("/")[2]}


COPIED = {
    EventType.HUMAN_TASK_ASSIGNED: "human_task",
    EventType.COMPLETED: "result",
    EventType.FAILED: "result",
    EventType.CANCELED: "result",
    EventType.TIMED_OUT: "result",
}
"""The detail of an event that published programs read beside the details."""


def event(row: IntentEvent, *, asked: str | None = None) -> dict[str, Any]:
    """One step of the history; `asked` names the people whom it waits for. Erased details show as empty."""
    details = canonical.loads(row.details) if row.details else {}
    if row.event_type == EventType.ESCALATED and "to" in details:
        details["escalated_to"] = details["to"]
    shape = {
        "intent_id": str(row.intent_id),
        "seq": row.seq,
        "event_type": row.event_type,
        "status": row.status,
        "waiting_reason": row.waiting_reason,
        "pending_with": _pending_of(row, asked),
        "handler": row.handler,
        "actor": row.actor,
        "at": rfc3339(row.at),
        "details": details,
        "hash": bytes(row.hash).hex(),
        "prev_hash": bytes(row.prev_hash).hex(),
        "trace_id": row.trace_id,
        "request_id": row.request_id,
    }
    if (name := COPIED.get(EventType(row.event_type))) and name in details:
        shape[name] = details[name]
    return shape


def _pending_of(row: IntentEvent, asked: str | None) -> dict[str, str] | None:
    if not row.pending_type or not row.pending_ref:
        return None
    return _pending(row.pending_type, row.pending_ref, asked if row.pending_type == "human" else None)


def step(row: StoredStep) -> dict[str, Any]:
    return {
        "key": row.key,
        "result": canonical.loads(row.result),
        "actor": row.actor,
        "created_at": rfc3339(row.created_at),
    }


def agent(row: Agent, *, org: str, workspace: str) -> dict[str, Any]:
    """A registered address; needs `row.owner`."""
    return {
        "address": full_address(org, workspace, row.name),
        "service_account_id": str(row.id),
        "service_account_name": row.name,
        "display_name": row.display_name or None,
        "status": row.status,
        "delivery_mode": row.delivery_mode,
        "callback_url": row.callback_url or None,
        "lease_seconds": row.lease_seconds,
        "owner": row.owner.email if row.owner else None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def service_account(row: Agent, *, org: str, workspace: str) -> dict[str, Any]:
    """An agent seen as a service account; needs `row.workspace`."""
    return {
        "service_account_id": str(row.id),
        "org_id": str(row.workspace.organization_id),
        "workspace_id": str(row.workspace_id),
        "name": row.name,
        "display_name": row.display_name or None,
        "description": row.description or None,
        "status": "revoked" if row.status == "deleted" else row.status,
        "created_by_actor_id": row.created_by,
        "agent_address": full_address(org, workspace, row.name),
        "address": full_address(org, workspace, row.name),
        "delivery_mode": row.delivery_mode,
        "callback_url": row.callback_url or None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def key(row: AgentKey) -> dict[str, Any]:
    """A machine key, without its secret. Its status reads `active` until it is revoked or past its time."""
    return {
        "key_id": str(row.id),
        "service_account_id": str(row.agent_id),
        "key_hint": row.hint,
        "scope": row.scope,
        "tools": row.tools,
        "status": "revoked" if row.revoked_at else "active",
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at) if row.expires_at else None,
        "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
        "last_used_at": rfc3339(row.last_used_at) if row.last_used_at else None,
    }
