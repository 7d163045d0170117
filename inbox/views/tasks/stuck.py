"""What nobody may decide, for those who can mend it.

It is expensive to find and changes slowly, so a process looks once a minute, and after it has assigned something itself.
"""

import time
from uuid import UUID

from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.vocabulary.lifecycle import DECIDABLE
from intents.kernel.actors import OPERATORS, Person

SECONDS = 60.0
MOST = 100

_known: dict[UUID, tuple[float, list[UUID]]] = {}


def tasks(person: Person) -> list[Task]:
    """The undecided tasks that nobody may decide, oldest first, at most MOST; none for who may not assign them."""
    if person.role not in OPERATORS:
        return []
    at, ids = _known.get(person.workspace_id, (0.0, []))
    if at < time.monotonic() - SECONDS:
        ids = selectors.unroutable(person.workspace_id, limit=MOST)
        _known[person.workspace_id] = (time.monotonic(), ids)
    if not ids:
        return []
    return list(selectors.tasks(person).filter(id__in=ids, state__in=sorted(DECIDABLE)).order_by("id"))


def forget() -> None:
    """Look anew at the next time."""
    _known.clear()
