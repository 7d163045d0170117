"""Read receipts: which tasks a person has looked at, and what they saw of them then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from inbox.tasks.models import Task
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.asks import Ask, Sql
from intents.kernel.models import new_id


class LookKind(StrEnum):
    """How a page comes to show a task: somebody opens it, comes BACK to where it was open all the time, or GOES_ON looking
    while it changes before their eyes."""

    OPENS = "opens"
    BACK = "back"
    GOES_ON = "goes_on"


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as a person saw it: its intent's last event, its revision and when it was due."""

    seq: int
    revision: int
    due_at: datetime | None
    at: datetime


# Who comes back to a page to which nothing happened goes on with what it says.
_ANEW = """
%(kind)s::text = 'opens'
OR (
    %(kind)s::text = 'back'
    AND (o.seq, o.revision, o.due_at) IS DISTINCT FROM (excluded.seq, excluded.revision, excluded.due_at)
)
"""
_COLUMNS = ("seq", "revision", "due_at", "at")
_LOOK = Sql(
    f"""
INSERT INTO inbox_opened AS o (id, workspace_id, task_id, user_id, seq, revision, due_at, at)
SELECT %(id)s::uuid, %(workspace)s::uuid, %(task)s::uuid, %(user)s::uuid, %(seq)s::int, %(revision)s::int,
    %(due_at)s::timestamptz, {clock.NOW}
ON CONFLICT (user_id, task_id) DO UPDATE SET
    {", ".join(f"{one} = excluded.{one}" for one in _COLUMNS)},
    {", ".join(f"since_{one} = CASE WHEN {_ANEW} THEN o.{one} ELSE o.since_{one} END" for one in _COLUMNS)}
RETURNING {", ".join(f"o.since_{one}" for one in _COLUMNS)}
""",
    _COLUMNS,
    writes=True,
)


def look(*, actor: Person, task: Task, kind: LookKind = LookKind.GOES_ON) -> Ask[Seen | None]:
    """Looking at the page of a task, with its intent, takes the marks from its row. Reads what the person saw before the
    look that this begins or goes on with; None when it is their first."""
    seen = {"seq": task.intent.seq, "revision": task.revision, "due_at": task.due_at}
    who = {"id": new_id(), "workspace": task.workspace_id, "task": task.id, "user": actor.user_id}
    return Ask(_LOOK, who | seen | {"kind": kind, "now": clock.override()}, _seen)


def _seen(rows: Sequence[Sequence[Any]]) -> Seen | None:
    ((seq, *rest),) = rows
    return Seen(seq, *rest) if seq is not None else None
