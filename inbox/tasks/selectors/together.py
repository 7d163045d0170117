"""Tasks that share a transaction, of whatever workspaces."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from inbox.tasks.models import Task
from inbox.tasks.selectors import lookup
from intents.engine.models import Intent, Wait
from intents.kernel import clock, statements


class Named(NamedTuple):
    """A task of a workspace: by its own id or, with `by_intent`, also by its intent's, of several the newest."""

    workspace_id: UUID
    id: UUID
    by_intent: bool


@dataclass(frozen=True, slots=True)
class LockedTasks:
    """Tasks under lock, with their locked intents and their waits, by what they were named, and the time after locking."""

    now: datetime
    tasks: dict[UUID, Task]


_WANTED: statements.Columns = (("workspace_id", "uuid"), ("id", "uuid"), ("by_intent", "bool"))
_TASK = "SELECT t.id, t.intent_id, t.workspace_id FROM inbox_task t WHERE"
# Each row is looked up by its own key, one after the other. Joined, or by several conditions, a plan that was made while
# there was little of all this reads everything, and is kept when there is much.
_LOCK_FREE = f"""
WITH named AS MATERIALIZED (
    SELECT v.id AS name, found.* FROM {statements.recordset("wanted", "v", _WANTED)}, LATERAL (
        ({_TASK} t.id = v.id) UNION ALL ({_TASK} v.by_intent AND t.intent_id = v.id ORDER BY t.id DESC LIMIT 1) LIMIT 1
    ) found
    WHERE found.workspace_id = v.workspace_id
)
SELECT {clock.NOW}, named.name, intent.*, task.*, wait.*
FROM named, LATERAL (
    SELECT {statements.columns(Intent, "i")} FROM intents_intent i WHERE i.id = named.intent_id
    FOR UPDATE SKIP LOCKED
) intent, LATERAL (
    SELECT {statements.columns(Task, "t")} FROM inbox_task t WHERE t.id = named.id AND t.intent_id = intent.id
    FOR NO KEY UPDATE SKIP LOCKED
) task, LATERAL (
    SELECT {statements.columns(Wait, "w")} FROM intents_wait w WHERE w.id = task.wait_id OFFSET 0
) wait
WHERE NOT EXISTS ({lookup.STOPPED})
"""


def lock_free(wanted: Iterable[Named]) -> LockedTasks:
    """Lock tasks after their intents, but those that somebody holds, and wait for nobody. Without those of workspaces where
    nobody decides anything. Checks no actor."""
    given = {"wanted": statements.records(wanted, _WANTED), "now": clock.override()}
    rows = statements.rows(_LOCK_FREE, given)
    # The time is read row by row, and each row's locks were taken before.
    now = max((row[0] for row in rows), default=None)
    return LockedTasks(now or clock.now(), {name: lookup.whole(row) for _, name, *row in rows})
