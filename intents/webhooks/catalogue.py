"""The types of events that endpoints can ask for, each with an example of what is posted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from intents.webhooks.happenings import ALL, TEST

AT = "2026-01-31T09:05:00.000000Z"
INTENT_ID = "0194bb3e-5c00-7000-8000-000000000001"
EVENT_ID = "0194bb3e-5c00-7000-8000-000000000002"
TASK_ID = "0194bb3e-5c00-7000-8000-000000000003"
SHOP, ORDERS = "agent://myorg/production/shop", "agent://myorg/production/order-service"


@dataclass(frozen=True, slots=True)
class EventKind:
    """A type of event: when it happens, and the `details` of an example. Of an intent's, `status` is the one after it."""

    name: str
    about: str
    details: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""
    subject: str = ""

    @property
    def example(self) -> dict[str, Any]:
        """A message with the full payload, but for the intent itself."""
        return {"type": self.name, "timestamp": AT, "event_id": EVENT_ID, "data": self._data()}

    def _data(self) -> dict[str, Any]:
        if self.status:
            return {
                "intent_id": INTENT_ID,
                "intent_type": "order.fulfill.v1",
                "seq": 3,
                "event_type": self.name,
                "status": self.status,
                "actor": ORDERS,
                "at": AT,
                "details": dict(self.details),
            }
        if self.name == TEST:
            return dict(self.details)
        return ({"intent_id": INTENT_ID} if self.subject == TASK_ID else {}) | {
            "subject": self.subject,
            "source": "client" if self.name.startswith("inbox.") else "server",
            "actor": "alice@myorg.example",
            "at": AT,
            "details": dict(self.details),
        }


CLIENTS = (
    EventKind("inbox.thread_created", "A client says that a thread began.", {"source": "crm", "payload": {}}, subject=SHOP),
    EventKind(
        "inbox.thread_updated", "A client says that a thread changed.", {"source": "crm", "payload": {}}, subject=SHOP
    ),
    EventKind("inbox.reply_received", "A client says that a reply came.", {"source": "crm", "payload": {}}, subject=SHOP),
    EventKind("invite.accepted", "Somebody accepted an invitation.", {"role": "approver"}, subject="bob@myorg.example"),
    EventKind("auth.session_revoked", "Somebody's session was ended.", {}, subject="bob@myorg.example"),
)
"""What clients may publish, too."""

_WAIT = {"reason": "WAITING_FOR_HUMAN"}
_TASK = {"task_type": "approval", "risk": "high"}
KINDS: tuple[EventKind, ...] = (
    EventKind("intent.created", "An intent was accepted.", {}, "CREATED"),
    EventKind("intent.submitted", "It waits for its agent.", {}, "SUBMITTED"),
    EventKind("intent.delivered", "Its agent has it under a lease.", {"delivery_attempt": 1}, "DELIVERED"),
    EventKind("intent.acknowledged", "Its agent says that it has it.", {}, "ACKNOWLEDGED"),
    EventKind("intent.in_progress", "It is worked on, or reports how far it is.", {"percent": 50}, "IN_PROGRESS"),
    EventKind("intent.waiting", "It waits for a person, a tool, other agents or a time.", _WAIT, "WAITING"),
    EventKind("intent.resumed", "What it waited for came.", {}, "IN_PROGRESS"),
    EventKind("intent.completed", "It is done.", {"result": {"tracking": "AX-1"}}, "COMPLETED"),
    EventKind("intent.failed", "It failed for good.", {"error": {"code": "no_stock", "message": "sold out"}}, "FAILED"),
    EventKind("intent.canceled", "Somebody canceled it.", {"reason": "not needed"}, "CANCELED"),
    EventKind("intent.timed_out", "Its deadline was over.", {"error": {"code": "deadline_exceeded"}}, "TIMED_OUT"),
    EventKind("intent.transfer", "It was given to another agent.", {"to": ORDERS}, "SUBMITTED"),
    EventKind("intent.reminder", "Whoever is to act was reminded.", {"count": 1}, "WAITING"),
    EventKind("intent.escalated", "It was put to others, for nobody acted.", {"to": "role:manager"}, "WAITING"),
    EventKind(
        "intent.delivery_failed", "It could not be posted to its agent.", {"try": 1, "reason": "answered 503"}, "DELIVERED"
    ),
    EventKind("intent.human_task_assigned", "People were asked.", {"human_task": {"title": "Ship it?"}}, "WAITING"),
    EventKind("intent.checkpoint", "Its agent kept how far it is.", {"checkpoint": {"step": 2}}, "IN_PROGRESS"),
    EventKind("intent.redelivered", "A lease ended, and it is delivered again.", {"delivery_attempt": 2}, "SUBMITTED"),
    EventKind("intent.question", "People asked its agent something.", {"text": "Which colour?"}, "WAITING"),
    EventKind("intent.answer", "Its agent answered.", {"text": "Blue."}, "WAITING"),
    EventKind("intent.comment", "Somebody wrote a comment.", {"text": "Looks good."}, "WAITING"),
    EventKind("intent.policy_updated", "Its policy was changed.", {"policy_generation": 2}, "WAITING"),
    EventKind("task.opened", "People are asked.", _TASK, subject=TASK_ID),
    EventKind("task.claimed", "Somebody took a task on.", _TASK, subject=TASK_ID),
    EventKind("task.released", "A task is everybody's again.", _TASK, subject=TASK_ID),
    EventKind("task.decided", "Somebody decided, and it took effect.", _TASK | {"outcome": "approved"}, subject=TASK_ID),
    EventKind("task.expired", "Nobody decided in time.", _TASK, subject=TASK_ID),
    EventKind("task.withdrawn", "Nobody needs to decide any more.", _TASK, subject=TASK_ID),
    EventKind("agent.created", "An agent was registered.", subject="order-service"),
    EventKind("agent.updated", "An agent was changed.", subject="order-service"),
    EventKind("agent.suspended", "An agent may not work for now.", subject="order-service"),
    EventKind("agent.resumed", "An agent may work again.", subject="order-service"),
    EventKind("agent.deleted", "An agent was deleted.", subject="order-service"),
    *CLIENTS,
    EventKind(
        "endpoint.disabled", "Nothing more is posted to an endpoint.", {"reason": "gone"}, subject="hooks.example.com"
    ),
    EventKind("endpoint.recovered", "An endpoint takes again what is posted to it.", subject="hooks.example.com"),
    EventKind(
        "delivery.dead_lettered", "A message was given up after its last try.", {"tries": 10}, subject="hooks.example.com"
    ),
    EventKind(TEST, "Somebody asked for a test message; it comes whatever an endpoint asks for.", {"message": "It works."}),
)
BY_NAME = {kind.name: kind for kind in KINDS}
PUBLISHED = frozenset(kind.name for kind in CLIENTS)
FAMILIES = frozenset(name.partition(".")[0] for name in BY_NAME)


def knows(pattern: str) -> bool:
    """Whether there are such events: a type, all of a family such as `intent.*`, or `*` for all."""
    family, dot, rest = pattern.partition(".")
    return pattern in BY_NAME or pattern == ALL or (dot == "." and rest == ALL and family in FAMILIES)
