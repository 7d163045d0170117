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
_LOCK_FREE = f"""
WITH named AS MATERIALIZED (
    SELECT v.id AS name, found.* FROM {statements.recordset("wanted", "v", _WANTED)}, LATERAL (
        SELECT t.id, t.intent_id FROM inbox_task t
        WHERE t.workspace_id = v.workspace_id AND (t.id = v.id OR (v.by_intent AND t.intent_id = v.id))
        ORDER BY t.id = v.id DESC, t.id DESC LIMIT 1
    ) found
), intent AS MATERIALIZED (
    SELECT {statements.columns(Intent, "i")} FROM intents_intent i
    WHERE i.id = ANY(ARRAY(SELECT intent_id FROM named)) ORDER BY i.id FOR UPDATE SKIP LOCKED
), task AS MATERIALIZED (
    SELECT {statements.columns(Task, "t")} FROM inbox_task t
    WHERE t.id = ANY(ARRAY(SELECT id FROM named)) AND t.intent_id = ANY(ARRAY(SELECT id FROM intent)) ORDER BY t.id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT {clock.NOW}, named.name, intent.*, task.*, {statements.columns(Wait, "w")}
FROM named JOIN task ON task.id = named.id JOIN intent ON intent.id = task.intent_id
JOIN intents_wait w ON w.id = task.wait_id
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
