"""Deadlines: an intent that is not over in time ends as TIMED_OUT."""

from collections.abc import Sequence
from datetime import datetime

from intents.engine import timers
from intents.engine.human_gate import gate
from intents.engine.lifecycle import TERMINAL, Status, WaitReason
from intents.engine.models import Intent, WaitState
from intents.engine.selectors import Locked
from intents.engine.services.transitions import Move, move_many
from intents.engine.timers import Due
from intents.kernel.actors import System
from intents.kernel.clock import rfc3339
from intents.kernel.errors import InvalidField

CLOCK = System(name="timers")


def fire(due: Sequence[Due], locked: Locked) -> None:
    """Time out the intents whose deadline has come."""
    found = [(locked.intents[one.intent_id], one.due_at) for one in due if one.intent_id in locked.intents]
    asking = [intent for intent, _ in found if intent.waiting_reason == WaitReason.HUMAN]
    if asking:
        gate().take_effect(intents=asking, now=locked.now)
    late = [(intent, due_at) for intent, due_at in found if intent.status not in TERMINAL]
    move_many(moves=[_timed_out(intent, due_at) for intent, due_at in late], actor=CLOCK, now=locked.now)


def _timed_out(intent: Intent, due_at: datetime) -> Move:
    error = {"code": "deadline_exceeded", "message": "not finished in time", "deadline_at": rfc3339(due_at)}
    return Move(intent=intent, to=Status.TIMED_OUT, wait_ended=WaitState.EXPIRED, details={"error": error})


def set_deadline(*, intent: Intent, deadline_at: datetime, now: datetime) -> None:
    """Give a locked live intent another deadline; the caller saves `deadline_at`. Raises InvalidField for a past time."""
    if deadline_at <= now:
        raise InvalidField("controls_patch.deadline_at", "this time has passed already")
    intent.deadline_at = deadline_at
    timers.disarm(intent.id, kinds=[timers.DEADLINE])
    timers.arm(workspace_id=intent.workspace_id, intent_id=intent.id, kind=timers.DEADLINE, due_at=deadline_at)
    if intent.waiting_reason == WaitReason.HUMAN:
        gate().reschedule(intent=intent, now=now)
