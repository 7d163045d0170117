"""The life of an intent as data: statuses, events and the one table of moves. Nothing here touches a database."""

from enum import StrEnum

from intents.kernel.errors import InvalidTransition


class Status(StrEnum):
    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    DELIVERED = "DELIVERED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TIMED_OUT = "TIMED_OUT"


class WaitReason(StrEnum):
    HUMAN = "WAITING_FOR_HUMAN"
    TOOL = "WAITING_FOR_TOOL"
    AGENT = "WAITING_FOR_AGENT"
    TIME = "WAITING_FOR_TIME"


class EventType(StrEnum):
    CREATED = "intent.created"
    SUBMITTED = "intent.submitted"
    DELIVERED = "intent.delivered"
    ACKNOWLEDGED = "intent.acknowledged"
    IN_PROGRESS = "intent.in_progress"
    WAITING = "intent.waiting"
    COMPLETED = "intent.completed"
    FAILED = "intent.failed"
    CANCELED = "intent.canceled"
    TIMED_OUT = "intent.timed_out"
    TRANSFER = "intent.transfer"
    REMINDER = "intent.reminder"
    ESCALATED = "intent.escalated"
    DELIVERY_FAILED = "intent.delivery_failed"
    HUMAN_TASK_ASSIGNED = "intent.human_task_assigned"
    CHECKPOINT = "intent.checkpoint"
    RESUMED = "intent.resumed"
    REDELIVERED = "intent.redelivered"
    QUESTION = "intent.question"
    ANSWER = "intent.answer"
    COMMENT = "intent.comment"
    POLICY_UPDATED = "intent.policy_updated"


_ENDINGS = frozenset({Status.FAILED, Status.CANCELED, Status.TIMED_OUT})

TERMINAL = _ENDINGS | {Status.COMPLETED}

MOVES: dict[Status, frozenset[Status]] = {
    Status.CREATED: frozenset({Status.SUBMITTED}),
    Status.SUBMITTED: _ENDINGS | {Status.DELIVERED, Status.IN_PROGRESS, Status.WAITING},
    Status.DELIVERED: _ENDINGS | {Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.WAITING},
    Status.ACKNOWLEDGED: _ENDINGS | {Status.IN_PROGRESS, Status.WAITING},
    Status.IN_PROGRESS: _ENDINGS | {Status.WAITING, Status.COMPLETED},
    Status.WAITING: _ENDINGS | {Status.IN_PROGRESS},
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELED: frozenset(),
    Status.TIMED_OUT: frozenset(),
}

EVENT_OF: dict[Status, EventType] = {
    Status.CREATED: EventType.CREATED,
    Status.SUBMITTED: EventType.SUBMITTED,
    Status.DELIVERED: EventType.DELIVERED,
    Status.ACKNOWLEDGED: EventType.ACKNOWLEDGED,
    Status.IN_PROGRESS: EventType.IN_PROGRESS,
    Status.WAITING: EventType.WAITING,
    Status.COMPLETED: EventType.COMPLETED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELED: EventType.CANCELED,
    Status.TIMED_OUT: EventType.TIMED_OUT,
}


_PASSING = (Status.DELIVERED, Status.IN_PROGRESS)
"""States a request may imply on the way to another: it was delivered, it was worked on."""


def _way(current: Status, target: Status) -> tuple[Status, ...] | None:
    if target in MOVES[current]:
        return (target,)
    for between in _PASSING if current is not target else ():
        if between in MOVES[current] and target in MOVES[between]:
            return (between, target)
    return None


WAYS: dict[tuple[Status, Status], tuple[Status, ...]] = {
    (current, target): way for current in Status for target in Status if (way := _way(current, target))
}
"""For each pair that the table of moves connects, the statuses to pass through, the target last."""


def ensure_move(current: Status, target: Status) -> tuple[Status, ...]:
    """The statuses to pass through from `current` to `target`, the last being `target`. Raises InvalidTransition."""
    way = WAYS.get((current, target))
    if way is None:
        raise refusal(current, f"cannot become {target}")
    return way


def refusal(current: Status, what: str) -> InvalidTransition:
    """The error for a request that an intent in `current` does not allow. `what` completes "the intent is X and ..."."""
    ended = " for good" if current in TERMINAL else ""
    return InvalidTransition(f"the intent is {current}{ended} and {what}", status=str(current))
