"""Open waits: the rows that say what a WAITING intent waits for."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from intents.engine import timers
from intents.engine.lifecycle import WaitReason
from intents.engine.models import Intent, Wait
from intents.kernel import canonical, live, statements
from intents.kernel.models import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """What happens when nothing satisfies a wait by `at` (None: it waits on). `then` is fail, resume, escalate or complete;
    complete ends the intent with the outcome `outcome`."""

    at: datetime | None = None
    then: str = "fail"
    outcome: str | None = None


NEVER = Timeout()
SILENCE_SECONDS = 60
"""How long people have at least until their silence may count as a yes: nobody can have seen what came a moment ago."""


class Job(NamedTuple):
    """An outside tool's job that a wait is for, as the tool names it."""

    tool: str
    external_id: str


_OPEN_OF = f"SELECT {statements.columns(Wait, 'w')} FROM intents_wait w WHERE w.intent_id = %s AND w.state = 'open'"


def open_of(intent: Intent) -> Wait | None:
    """The open wait of an intent."""
    found = statements.objects(Wait, _OPEN_OF, [intent.id])
    return found[0] if found else None


def new(
    intent: Intent,
    *,
    reason: WaitReason,
    spec: dict[str, object],
    now: datetime,
    deadline_at: datetime | None,
    on_timeout: str = "fail",
    job: Job | None = None,
    wait_id: UUID | None = None,
) -> Wait:
    """A wait of a locked intent, for OPEN to store. `deadline_at` ends a TIME wait and expires any other."""
    if timers.is_soon(deadline_at):
        live.wake_up(workers=True)
    return statements.new(
        Wait,
        id=wait_id or new_id(),
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


COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("workspace_id", "uuid"),
    ("intent_id", "uuid"),
    ("reason", "text"),
    ("state", "text"),
    ("spec", "text"),
    ("tool", "text"),
    ("external_id", "text"),
    ("on_timeout", "text"),
    ("opened_at", "timestamptz"),
    ("deadline_at", "timestamptz"),
)

_NAMES = ", ".join(name for name, _ in COLUMNS)
OPEN = f"""
new_wait AS MATERIALIZED (
    SELECT * FROM {statements.recordset("waits", "w", COLUMNS)}
), opened AS (
    INSERT INTO intents_wait ({_NAMES}) SELECT {_NAMES} FROM new_wait WHERE (SELECT count(*) FROM closed) >= 0
), armed AS (
    INSERT INTO intents_timer (id, workspace_id, intent_id, kind, subject_id, due_at, next_at)
    SELECT id, workspace_id, intent_id, '{timers.WAIT}', id, deadline_at, deadline_at FROM new_wait
    WHERE deadline_at IS NOT NULL
)
"""
"""Parts of a statement that store new waits with their timers: `waits` is their `statements.records` of COLUMNS. First those
end that the part `closed` of the statement closes, for an intent has one open wait."""

CLOSE = """
UPDATE intents_wait w SET state = v.state, ended_at = %(now)s::timestamptz
FROM unnest(%(waited)s::uuid[], %(ended_as)s::text[]) AS v(intent_id, state)
WHERE w.intent_id = ANY(%(waited)s::uuid[]) AND w.intent_id = v.intent_id AND w.state = 'open'
"""
"""Ends the open waits of the locked intents `waited`, each as the state of the same place in `ended_as`."""


def extend(wait: Wait, *, until: datetime, on_timeout: str) -> None:
    """Let an open wait of a locked intent go on until `until`."""
    wait.deadline_at, wait.on_timeout = until, on_timeout
    wait.save(update_fields=["deadline_at", "on_timeout"])
    timers.disarm(wait.intent_id, kinds=[timers.WAIT])
    timers.arm(
        workspace_id=wait.workspace_id,
        intent_id=wait.intent_id,
        kind=timers.WAIT,
        due_at=until,
        subject_id=wait.id,
    )
