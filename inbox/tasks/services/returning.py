"""Tasks that come back into lists by a time alone: snoozed ones, and those that were delegated until then.

Lists read the times themselves; a timer only lets open pages look at the right moment.
"""

from collections.abc import Sequence
from datetime import datetime

from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.services import claim
from intents.engine import timers
from intents.engine.selectors import Locked
from intents.engine.timers import Due
from intents.kernel import live
from intents.kernel.actors import System

CLOCK = System(name="timers")


def arm(*, task: Task, at: datetime) -> None:
    """Let the pages of those whom the task concerns look then."""
    timers.arm(workspace_id=task.workspace_id, intent_id=task.intent_id, kind=timers.RETURN, due_at=at, subject_id=task.id)


def fire(due: Sequence[Due], locked: Locked) -> None:
    """Tell the pages of tasks that came back just now. Who had claimed one as a delegate, and is none any more, has it no
    longer."""
    for task in selectors.lock_live([one.intent_id for one in due if one.intent_id in locked.intents]):
        if claim.is_lost(task):
            claim.end(task=task, intent=locked.intents[task.intent_id], actor=CLOCK, now=locked.now)
    live.wake_up(tasks={(one.workspace_id, one.subject_id) for one in due if one.subject_id is not None})
