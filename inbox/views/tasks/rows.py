"""Tasks as rows of a list."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.selectors import Own
from inbox.views.kit import words
from inbox.vocabulary.lifecycle import LIVE, State
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Row:
    """A task in one line of what would happen and one of what it is. `version` changes with everything that a row shows;
    `gone` when it left the list that a page still shows it in."""

    id: UUID
    url: str
    version: str
    headline: str
    kind_words: str
    risk: str
    from_name: str
    assigned_at: datetime
    due_at: datetime | None
    words: str
    tone: str
    over: bool
    unread: bool
    snoozed_until: datetime | None
    ended_at: datetime | None
    gone: bool = False

    def left(self) -> "Row":
        """The same row for a list that a page still shows it in, and that does not hold it any more."""
        said = self.words or ("" if self.snoozed_until else _("No longer in this list"))
        return replace(self, gone=True, words=said, version=f"{self.version}-gone")


SEEN = Own(read=True, snoozed_until=None)


def row(task: Task, *, person: Person, query: str = "", own: Own = SEEN) -> Row:
    """Needs `task.intent`, `task.decided_by` and `task.claimed_by`. `query` is the list's, and its page keeps it; `own` is
    what the person has done with the task for themselves."""
    said, tone = _state(task, person)
    over = task.state not in LIVE or task.state == State.HELD
    unread = not own.read and not over
    snoozed_until = None if over else own.snoozed_until
    return Row(
        id=task.id,
        url=reverse("task", args=[task.id]) + (f"?{query}" if query else ""),
        version=f"{task.state}-{task.revision}-{said}-{task.due_at}-{unread}-{snoozed_until}",
        headline=task.headline,
        kind_words=words.kind(task.task_type),
        risk=task.risk,
        from_name=task.intent.sender,
        assigned_at=task.assigned_at,
        due_at=task.due_at,
        words=said,
        tone=tone,
        over=over,
        unread=unread,
        snoozed_until=snoozed_until,
        ended_at=task.decided_at or task.ended_at,
    )


def rows(tasks: Iterable[Task], *, person: Person, query: str = "") -> list[Row]:
    found = list(tasks)
    own = selectors.own(person, [task.id for task in found])
    return [row(task, person=person, query=query, own=own.get(task.id, SEEN)) for task in found]


def _state(task: Task, person: Person) -> tuple[str, str]:
    state = State(task.state)
    if task.outcome is not None and task.decided_by is not None:
        mine = task.decided_by_id == person.user_id
        said = _("%(outcome)s by you") if mine else _("%(outcome)s by %(name)s")
        decided = said % {"outcome": words.done(task.outcome), "name": name(task.decided_by)}
        return decided, words.tone(task.task_type, task.outcome)
    if task.claimed_by is not None:
        mine = task.claimed_by_id == person.user_id
        return _("Claimed by you") if mine else _("Claimed by %(name)s") % {"name": name(task.claimed_by)}, "accent"
    if state not in words.STATES:
        return "", ""
    ended, tone = words.STATES[state]
    return str(ended), tone


def name(user: object) -> str:
    """How a person is called."""
    return presentation.plain(str(getattr(user, "name", "") or user))


def list_url(query: str) -> str:
    """Where the list of a query is."""
    return reverse("inbox") + (f"?{query}" if query else "")


def listed(**parameters: str) -> str:
    """The query of a list, without what is empty."""
    return urlencode({key: value for key, value in parameters.items() if value})
