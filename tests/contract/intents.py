"""Intents and their histories."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from tests.contract.shape import Address, Answers, Anything, Count, Id, Kept, Moment, Place, Reply, Shape, Text

Status = Literal[
    *("CREATED", "SUBMITTED", "DELIVERED", "ACKNOWLEDGED", "IN_PROGRESS", "WAITING"),
    *("COMPLETED", "FAILED", "CANCELED", "TIMED_OUT"),
]
Reason = Literal["WAITING_FOR_HUMAN", "WAITING_FOR_TOOL", "WAITING_FOR_AGENT", "WAITING_FOR_TIME"]
EventType = Annotated[str, StringConstraints(pattern=r"^intent\.[a-z_]+$")]


class HandedOut(Shape):
    """What an agent that listens gets."""

    intent_id: Id
    intent_type: Text
    status: Status
    seq: Place
    event_seq: Place
    payload: Anything
    delivery_attempt: Place
    lease_token: Text
    lease_expires_at: Moment


class PendingWith(Shape):
    """Whom or what it waits for."""

    type: Literal["agent", "human", "internal", "tool", "time"]
    ref: Text
    name: Text


class HumanTask(Shape):
    """What people are asked."""

    title: Text
    description: str | None = None
    task_type: Text = "approval"
    allowed_outcomes: list[Text] | None = None
    required_comment: bool = False
    evidence_required: bool = False
    assignees: list[Text] | None = None
    form_schema: Anything | None = None


class ListedIntent(Kept):
    intent_id: Id
    intent_type: Text
    status: Status
    lifecycle_status: Status
    legacy_status: Literal["accepted", "running", "blocked", "done", "failed"] | None = None
    correlation_id: Id
    from_agent: Text
    to_agent: Text
    reply_to: Text | None = None
    waiting_reason: Reason | None = None
    pending_with: PendingWith | None = None
    deadline_at: Moment | None = None
    remind_after_seconds: Place | None = None
    remind_interval_seconds: Place | None = None
    max_reminders: Place | None = None
    remind_count: Count | None = None
    escalate_to: str | None = None
    max_delivery_attempts: Place | None = None
    delivery_attempt: Count | None = None
    policy_generation: Count


class Intent(ListedIntent):
    """With what it carries."""

    payload: Anything
    human_task: HumanTask | None = None


class Event(Shape):
    """Something that happened to an intent, at its place in the history."""

    intent_id: Id
    seq: Place
    event_type: EventType
    status: Status
    at: Moment
    actor: Text
    handler: Text | None = None
    waiting_reason: Reason | None = None
    pending_with: PendingWith | None = None
    details: Anything


class Submitted(Reply):
    intent_id: Id
    status: Status
    created_at: Moment


class OneIntent(Reply):
    """Quick starts read the copies beside it."""

    intent: Intent
    payload: Anything
    status: Status
    intent_type: Text


class Intents(Reply):
    intents: list[ListedIntent]
    next_cursor: str | None


class Events(Reply):
    events: list[Event]


class Ending(Event):
    event_type: Literal["intent.completed", "intent.failed", "intent.canceled"]


class CompletionDelivery(Shape):
    """Whether who is to have the reply got it."""

    delivered: bool
    reason: str | None = None
    reply_to: str | None = None
    thread_id: Id | None = None


class Resolved(Reply):
    intent: Intent
    event: Ending
    completion_delivery: CompletionDelivery


class Applied(Reply):
    """What a change of an intent came to."""

    intent: Intent
    applied: bool
    event: Event | None = None
    policy_generation: Count


class WouldCancel(Reply):
    would_cancel: Count
    intent_ids: list[Id]


class MyTask(Shape):
    """An intent that waits for whoever asks."""

    intent_id: Id
    task_id: Id
    intent_type: Text
    status: Literal["WAITING"]
    from_agent: Text
    assigned_at: Moment
    due_at: Moment | None = None
    human_task: HumanTask


class MyTasks(Reply):
    tasks: list[MyTask]


class Decision(Shape):
    approval_id: Id
    decision: Literal["approve", "reject"]
    comment: str | None = None
    decided_at: Moment


class Decided(Reply):
    approval: Decision


class AgentHere(Shape):
    address: Address
    service_account_id: Text


class Me(Reply):
    address: Address
    service_account: AgentHere


ANSWERS: Answers = {
    "POST /intents": (
        Submitted,
        lambda it: it.key.post("/intents", {"intent_type": "a.b.v1", "to_agent": it.agent, "payload": {}}),
    ),
    "GET /intents/{intent_id}": (OneIntent, lambda it: it.key.get(f"/intents/{it.asked()}")),
    "GET /intents": (Intents, lambda it: it.key.get("/intents", limit=len([it.intent(), it.waiting_for_a_tool()]))),
    "GET /intents/{intent_id}/events": (Events, lambda it: it.key.get(f"/intents/{it.asked()}/events")),
    "POST /intents/{intent_id}/resolve": (
        Resolved,
        lambda it: it.key.post(
            f"/intents/{it.intent(reply_to='shop')}/resolve", {"status": "COMPLETED", "result": {"n": 1}}
        ),
    ),
    "POST /intents/{intent_id}/resume": (Applied, lambda it: it.key.post(f"/intents/{it.waiting_for_a_tool()}/resume", {})),
    "POST /intents/{intent_id}/controls": (
        Applied,
        lambda it: it.key.post(f"/intents/{it.intent()}/controls", {"controls_patch": {"timeout_seconds": 60}}),
    ),
    "POST /intents/{intent_id}/policy": (
        Applied,
        lambda it: it.key.post(f"/intents/{it.intent()}/policy", {"grants_patch": {}, "reason": "x"}),
    ),
    "POST /intents/bulk-cancel": (
        WouldCancel,
        lambda it: it.key.post("/intents/bulk-cancel", {"older_than_hours": 1, "dry_run": True}),
    ),
    "GET /me/tasks": (MyTasks, lambda it: it.asked() and it.approver.get("/me/tasks")),
    "POST /approvals/{approval_id}/decision": (
        Decided,
        lambda it: it.approver.post(f"/approvals/{it.asked()}/decision", {"decision": "reject", "comment": "No"}),
    ),
    "GET /me": (Me, lambda it: it.key.get("/me")),
}
