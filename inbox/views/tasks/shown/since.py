"""What changed of a task since a person looked at it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.selectors import Happening
from inbox.tasks.services.receipts import Seen
from inbox.views.tasks.history import names_in, sentence
from intents.kernel.actors import Person

MOST = 6
"""Lines that are shown; the history has all."""


@dataclass(frozen=True, slots=True)
class Since:
    """`at` is when the person looked. When it is due has changed if `due_changed`, from `due_was`, None for no deadline.
    `lines` tell what else did, and `more` how many lines were left out."""

    at: datetime
    due_changed: bool
    due_was: datetime | None
    lines: list[str]
    more: int


def since(task: Task, seen: Seen, *, person: Person) -> Since | None:
    """What others changed since the look before this one, None when that is nothing."""
    moved = seen.due_at != task.due_at
    news = selectors.happened_since(task, seen.seq, person) if task.intent.seq > seen.seq else []
    lines = list(_lines(news, person))
    if seen.revision != task.revision:
        said = _("Revision: %(now)s, was %(was)s. Check the values again.")
        lines.insert(0, said % {"now": task.revision, "was": seen.revision})
    if not lines and not moved:
        return None
    return Since(seen.at, moved, seen.due_at, lines[:MOST], max(0, len(lines) - MOST))


def _lines(news: Sequence[Happening], person: Person) -> Iterator[str]:
    """The answers and comments by their number where they are several, all else as the history tells it."""
    names, count = names_in(news) if news else {}, Counter(one.action for one in news)
    told = set[str]()
    for one in news:
        if count[one.action] < 2 or one.action not in ("answered", "commented", "asked"):
            yield sentence(one, person, names)
        elif one.action not in told:
            told.add(one.action)
            yield _several(one.action, count[one.action])


def _several(action: str, number: int) -> str:
    match action:
        case "answered":
            said = ngettext("%(number)s answer from the agent", "%(number)s answers from the agent", number)
        case "asked":
            said = ngettext("%(number)s question to the agent", "%(number)s questions to the agent", number)
        case _:
            said = ngettext("%(number)s comment", "%(number)s comments", number)
    return said % {"number": number}
