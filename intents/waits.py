"""Open waits: the rows that say what a WAITING intent waits for."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from intents import canonical, timers
from intents.lifecycle import WaitReason
from intents.models import Intent, Wait, WaitState


class Job(NamedTuple):
    """An outside tool's job that a wait is for, as the tool names it."""

    tool: str
    external_id: str


def open_of(intent: Intent) -> Wait | None:
    """The open wait of an intent."""
    return Wait.objects.filter(intent_id=intent.id, state=WaitState.OPEN).first()


def open_wait(
    intent: Intent,
    *,
    reason: WaitReason,
    spec: dict[str, object],
    now: datetime,
    deadline_at: datetime | None,
    on_timeout: str = "fail",
    job: Job | None = None,
) -> Wait:
    """Open the wait of a locked intent and arm its timer. `deadline_at` ends a TIME wait and expires any other."""
    wait = Wait.objects.create(
        workspace_id=intent.workspace_id,
        intent_id=intent.id,
        reason=reason,
        spec=canonical.dumps(spec),
        on_timeout=on_timeout,
        tool=job.tool if job else None,
        external_id=job.external_id if job else None,
        opened_at=now,
        deadline_at=deadline_at,
    )
    if deadline_at is not None:
        timers.arm(
            workspace_id=intent.workspace_id,
            intent_id=intent.id,
            kind=timers.WAIT,
            due_at=deadline_at,
            subject_id=wait.id,
        )
    return wait


def extend(wait: Wait, *, until: datetime, on_timeout: str) -> None:
    """Let an open wait of a locked intent go on until `until`."""
    wait.deadline_at, wait.on_timeout = until, on_timeout
    wait.save(update_fields=["deadline_at", "on_timeout"])
    timers.disarm([wait.intent_id], kind=timers.WAIT)
    timers.arm(
        workspace_id=wait.workspace_id,
        intent_id=wait.intent_id,
        kind=timers.WAIT,
        due_at=until,
        subject_id=wait.id,
    )


def close(intent_ids: Sequence[UUID], *, state: WaitState, now: datetime) -> None:
    """End the open waits of locked intents and disarm their timers."""
    Wait.objects.filter(intent_id__in=intent_ids, state=WaitState.OPEN).update(state=state, ended_at=now)
    timers.disarm(intent_ids, kind=timers.WAIT)
