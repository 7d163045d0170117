"""Tasks as rows of a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox import presentation
from inbox.plans import pause as pauses
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.places import DueGroup
from inbox.tasks.progress import progress
from inbox.tasks.selectors import Own
from inbox.tasks.tallies import Tally
from inbox.views.kit import addresses, words
from inbox.vocabulary.lifecycle import LIVE, State
from intents.kernel.actors import Person


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the first row of a group. `count` is how many the list has of it, where that is known."""

    group: DueGroup
    words: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Same:
    """What folds rows that are alike: what all of them ask for, how many they are, who asks and what each comes to; the ids
    by which they are chosen together, and whether one of them is open."""

    headline: str
    words: str
    ids: str
    is_open: bool


GROUPS = {
    DueGroup.HOUR: gettext_lazy("Due within the hour"),
    DueGroup.TODAY: gettext_lazy("Today"),
    DueGroup.LATER: gettext_lazy("Later"),
    DueGroup.NO_DEADLINE: gettext_lazy("No deadline"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A task in one line of what would happen and one of what it is. `version` changes with everything that a row shows;
    `gone` when it left the list that a page still shows it in; `instead_of` is in whose place the person decides it. In a
    list by due time it has its `group`, and the first of a group its `head`. The first of several that are alike has `same`,
    which folds them up to the one that `ends_same`."""

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
    changed: bool
    answered: bool
    snoozed_until: datetime | None
    ended_at: datetime | None
    amount: str = ""
    paused_until: datetime | None = None
    value: str = ""
    currency: str = ""
    selectable: bool = False
    gone: bool = False
    group: DueGroup | None = None
    head: Head | None = None
    same: Same | None = None
    ends_same: bool = False
    intent_id: UUID | None = None
    intent_type: str = ""
    instead_of: str = ""

    @property
    def group_words(self) -> str:
        return "" if self.group is None else str(GROUPS[self.group])

    def left(self) -> "Row":
        """The same row for a list that a page still shows it in, and that does not hold it any more."""
        said = self.words or ("" if self.snoozed_until else _("No longer in this list"))
        return replace(self, gone=True, selectable=False, words=said, version=f"{self.version}-gone")


SEEN = Own(read=True, snoozed_until=None)


def row(task: Task, *, person: Person, query: str = "", own: Own = SEEN, group: DueGroup | None = None) -> Row:
    """Needs `task.intent`, `task.decided_by` and `task.claimed_by`. `query` is the list's, and its page keeps it; `own` is
    what the person has done with the task for themselves; `group` is as a list by due time has it."""
    said, tone = _state(task, person)
    over = task.state not in LIVE or task.state == State.HELD
    unread = not own.read and not over
    snoozed_until = None if over else own.snoozed_until
    paused = pauses.loads(task.pause).until if task.pause is not None and not over else None
    changed, answered = own.changed and not over, own.answered and not over
    instead_of = "" if over or own.instead_of is None else presentation.plain(own.instead_of)
    marks = f"{unread}-{snoozed_until}-{changed}-{answered}-{paused}-{instead_of}"
    return Row(
        id=task.id,
        url=addresses.of("task", task.id) + (f"?{query}" if query else ""),
        version=f"{task.state}-{task.revision}-{said}-{task.due_at}-{marks}",
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
        changed=changed,
        answered=answered,
        snoozed_until=snoozed_until,
        ended_at=task.decided_at or task.ended_at,
        amount=presentation.money(task.amount, task.currency) if task.amount is not None else "",
        paused_until=paused,
        value=f"{task.amount.normalize():f}" if task.amount is not None else "",
        currency=task.currency,
        selectable=not over,
        group=group,
        intent_id=task.intent_id,
        intent_type=task.intent.intent_type,
        instead_of=instead_of,
    )


def rows(
    tasks: Iterable[Task], *, person: Person, query: str = "", groups: Mapping[UUID, DueGroup] | None = None
) -> list[Row]:
    found, of = list(tasks), groups or {}
    own = selectors.own(person, [task.id for task in found])
    return [row(task, person=person, query=query, own=own.get(task.id, SEEN), group=of.get(task.id)) for task in found]


def headed(found: Iterable[Row], *, tally: Tally, after: DueGroup | None) -> list[Row]:
    """Rows that have their groups, with the heads of those that begin. `after` is the group of the row before them."""
    made, last = list[Row](), after
    for one in found:
        group = one.group
        if group is not None and group != last:
            count = str(tally.groups.get(group, "")) if tally.is_whole else ""
            made.append(replace(one, head=Head(group, str(GROUPS[group]), count)))
        else:
            made.append(one)
        last = group
    return made


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
        said = progress(task)
        return said, "accent" if said else ""
    ended, tone = words.STATES[state]
    return str(ended), tone


def name(user: object) -> str:
    """How a person is called."""
    return presentation.plain(str(getattr(user, "name", "") or user))


def list_url(query: str) -> str:
    """Where the list of a query is."""
    return addresses.page("inbox") + (f"?{query}" if query else "")


def listed(**parameters: str) -> str:
    """The query of a list, without what is empty."""
    return _query(tuple(parameters.items()))


# A list names dozens of others that it can become, the same ones on each page.
@lru_cache(512)
def _query(parameters: tuple[tuple[str, str], ...]) -> str:
    return urlencode({key: value for key, value in parameters if value})
