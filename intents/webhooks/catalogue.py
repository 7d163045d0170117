"""The types of events that endpoints can ask for, each with an example of what is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from intents.webhooks.happenings import ALL, TEST

AT = "2026-01-31T09:05:00.000000Z"
INTENT_ID = "0194bb3e-5c00-7000-8000-000000000001"
EVENT_ID = "0194bb3e-5c00-7000-8000-000000000002"
TASK_ID = "0194bb3e-5c00-7000-8000-000000000003"
ORDERS = "agent://myorg/production/order-service"


@dataclass(frozen=True, slots=True)
class EventKind:
    """A type of event: when it happens, and the `details` of an example. Of an intent's, `status` is the one after it; of a
    thread's, `of_thread` is what happened to the intent."""

    name: str
    about: str
    details: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    subject: str = ""
    of_thread: str = ""

    @property
    def example(self) -> dict[str, Any]:
        """A message with the full payload, but for the intent itself."""
        return {"type": self.name, "timestamp": AT, "event_id": EVENT_ID, "data": self._data()}

    def _data(self) -> dict[str, Any]:
        if self.status:
            return ({"thread_id": INTENT_ID} if self.of_thread else {}) | {
                "intent_id": INTENT_ID,
                "intent_type": "order.fulfill.v1",
                "seq": 3,
                "event_type": self.of_thread or self.name,
                "status": self.status,
                "actor": ORDERS,
                "at": AT,
                "details": dict(self.details),
            }
        if self.name == TEST:
            return dict(self.details)
        return ({"intent_id": INTENT_ID} if self.subject == TASK_ID else {}) | {
            "subject": self.subject,
            "source": "server",
            "actor": "alice@myorg.example",
            "at": AT,
            "details": dict(self.details),
        }


CLIENTS = (
    EventKind(
        "inbox.thread_created", gettext_noop("A thread came into an inbox."), {}, "CREATED", of_thread="intent.created"
    ),
    EventKind(
        "inbox.thread_updated", gettext_noop("A thread in an inbox changed."), {}, "WAITING", of_thread="intent.waiting"
    ),
    EventKind(
        "inbox.reply_received",
        gettext_noop("Somebody replied in a thread."),
        {"message": "It ships tomorrow."},
        "IN_PROGRESS",
        of_thread="intent.comment",
    ),
    EventKind(
        "invite.accepted",
        gettext_noop("Somebody accepted an invitation."),
        {"role": "approver"},
        subject="bob@myorg.example",
    ),
    EventKind("auth.session_revoked", gettext_noop("Somebody's session was ended."), {}, subject="bob@myorg.example"),
)
"""What clients may publish, too."""

_WAIT = {"reason": "WAITING_FOR_HUMAN"}
_STOPPED = {"reason": "it orders the same thing again and again"}
_SILENT = {"before": "healthy", "last_heartbeat_at": AT, "interval_seconds": 30.0}
_TASK = {"task_type": "approval", "risk": "high"}
KINDS: tuple[EventKind, ...] = (
    EventKind("intent.created", gettext_noop("An intent was accepted."), {}, "CREATED"),
    EventKind("intent.submitted", gettext_noop("It waits for its agent."), {}, "SUBMITTED"),
    EventKind("intent.delivered", gettext_noop("Its agent has it under a lease."), {"delivery_attempt": 1}, "DELIVERED"),
    EventKind("intent.acknowledged", gettext_noop("Its agent says that it has it."), {}, "ACKNOWLEDGED"),
    EventKind(
        "intent.in_progress", gettext_noop("It is worked on, or reports how far it is."), {"percent": 50}, "IN_PROGRESS"
    ),
    EventKind("intent.waiting", gettext_noop("It waits for a person, a tool, other agents or a time."), _WAIT, "WAITING"),
    EventKind("intent.resumed", gettext_noop("What it waited for came."), {}, "IN_PROGRESS"),
    EventKind("intent.completed", gettext_noop("It is done."), {"result": {"tracking": "AX-1"}}, "COMPLETED"),
    EventKind(
        "intent.failed",
        gettext_noop("It failed for good."),
        {"error": {"code": "no_stock", "message": "sold out"}},
        "FAILED",
    ),
    EventKind("intent.canceled", gettext_noop("Somebody canceled it."), {"reason": "not needed"}, "CANCELED"),
    EventKind(
        "intent.timed_out", gettext_noop("Its deadline was over."), {"error": {"code": "deadline_exceeded"}}, "TIMED_OUT"
    ),
    EventKind("intent.transfer", gettext_noop("It was given to another agent."), {"to": ORDERS}, "SUBMITTED"),
    EventKind("intent.reminder", gettext_noop("Whoever is to act was reminded."), {"count": 1}, "WAITING"),
    EventKind("intent.escalated", gettext_noop("Escalated: nobody acted in time."), {"to": "role:manager"}, "WAITING"),
    EventKind(
        "intent.delivery_failed",
        gettext_noop("It could not be posted to its agent."),
        {"try": 1, "reason": "answered 503"},
        "DELIVERED",
    ),
    EventKind(
        "intent.human_task_assigned", gettext_noop("People were asked."), {"human_task": {"title": "Ship it?"}}, "WAITING"
    ),
    EventKind(
        "intent.checkpoint", gettext_noop("Its agent kept how far it is."), {"checkpoint": {"step": 2}}, "IN_PROGRESS"
    ),
    EventKind(
        "intent.redelivered", gettext_noop("A lease ended, and it is delivered again."), {"delivery_attempt": 2}, "SUBMITTED"
    ),
    EventKind("intent.question", gettext_noop("People asked its agent something."), {"text": "Which colour?"}, "WAITING"),
    EventKind("intent.answer", gettext_noop("Its agent answered."), {"text": "Blue."}, "WAITING"),
    EventKind("intent.comment", gettext_noop("Somebody wrote a comment."), {"text": "Looks good."}, "WAITING"),
    EventKind(
        "intent.policy_updated", gettext_noop("Who may do what with it was changed."), {"policy_generation": 2}, "WAITING"
    ),
    EventKind("task.opened", gettext_noop("People are asked."), _TASK, subject=TASK_ID),
    EventKind("task.claimed", gettext_noop("Somebody took a task on."), _TASK, subject=TASK_ID),
    EventKind("task.released", gettext_noop("A task is everybody's again."), _TASK, subject=TASK_ID),
    EventKind(
        "task.voted",
        gettext_noop("Somebody voted, by which nothing is decided yet."),
        _TASK | {"outcome": "approved"},
        subject=TASK_ID,
    ),
    EventKind(
        "task.decided",
        gettext_noop("Somebody decided, and it took effect."),
        _TASK | {"outcome": "approved"},
        subject=TASK_ID,
    ),
    EventKind("task.expired", gettext_noop("Nobody decided in time."), _TASK, subject=TASK_ID),
    EventKind("task.withdrawn", gettext_noop("Nobody needs to decide any more."), _TASK, subject=TASK_ID),
    EventKind("agent.created", gettext_noop("An agent was registered."), subject="order-service"),
    EventKind("agent.updated", gettext_noop("An agent was changed."), subject="order-service"),
    EventKind("agent.suspended", gettext_noop("An agent may not work for now."), subject="order-service"),
    EventKind("agent.resumed", gettext_noop("An agent may work again."), subject="order-service"),
    EventKind("agent.paused", gettext_noop("An agent gets no new work."), _STOPPED, subject="order-service"),
    EventKind(
        "agent.quarantined", gettext_noop("An agent does nothing, and its work waits."), _STOPPED, subject="order-service"
    ),
    EventKind("agent.killed", gettext_noop("An agent was stopped for good."), _STOPPED, subject="order-service"),
    EventKind(
        "agent.healthy",
        gettext_noop("The heartbeats of an agent come in time."),
        {"before": "unreachable"},
        subject="order-service",
    ),
    EventKind(
        "agent.degraded",
        gettext_noop("An agent is late with its heartbeats, or fails at half of its work."),
        _SILENT,
        subject="order-service",
    ),
    EventKind("agent.unreachable", gettext_noop("No heartbeats come from an agent."), _SILENT, subject="order-service"),
    EventKind(
        "agent.stuck",
        gettext_noop("An agent sends heartbeats, and takes none of the work that waits for it."),
        {"waiting_since": AT},
        subject="order-service",
    ),
    EventKind("agent.unstuck", gettext_noop("An agent that was stuck takes its work again."), subject="order-service"),
    EventKind(
        "agent.policy_breached",
        gettext_noop("An agent has reached one of its limits."),
        {"policy": "max_intents_per_hour", "allowed": "200", "action": "pause"},
        subject="order-service",
    ),
    EventKind("agent.deleted", gettext_noop("An agent was deleted."), subject="order-service"),
    EventKind(
        "agent.anomaly",
        gettext_noop("An agent costs or does much more in this hour than it usually does."),
        {"policy": "usual_cost_per_hour", "usual": "0.3", "allowed": "0.9", "this_hour": "5.2", "action": "note"},
        subject="order-service",
    ),
    *CLIENTS,
    EventKind(
        "endpoint.failing",
        gettext_noop("Nothing but failures came from an endpoint for days."),
        {"percent": 50},
        subject="hooks.example.com",
    ),
    EventKind(
        "endpoint.disabled",
        gettext_noop("Nothing more is posted to an endpoint."),
        {"reason": "gone"},
        subject="hooks.example.com",
    ),
    EventKind(
        "endpoint.recovered", gettext_noop("An endpoint takes again what is posted to it."), subject="hooks.example.com"
    ),
    EventKind(
        "delivery.dead_lettered",
        gettext_noop("A message was given up after its last try."),
        {"tries": 10},
        subject="hooks.example.com",
    ),
    EventKind(
        TEST,
        gettext_noop("Somebody asked for a test message; it comes whatever an endpoint asks for."),
        {"message": "It works."},
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
PUBLISHED = frozenset(kind.name for kind in CLIENTS)
FAMILIES = frozenset(name.partition(".")[0] for name in BY_NAME)


def knows(pattern: str) -> bool:
    """Whether there are such events: a type, all of a family such as `intent.*`, or `*` for all."""
    family, dot, rest = pattern.partition(".")
    return pattern in BY_NAME or pattern == ALL or (dot == "." and rest == ALL and family in FAMILIES)
