"""What a list of the inbox shows to somebody."""

from datetime import timedelta
from typing import Any

from inbox.operations import finding
from inbox.tasks import lists
from inbox.tasks.lists import View
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, person


def due(shop: KeyCaller, now: SettableClock, minutes: int | None, **task: Any) -> Asked:
    """A task that is due in so many minutes."""
    more = {} if minutes is None else {"deadline_at": rfc3339(now.now + timedelta(minutes=minutes))}
    intent_id = shop.submit(human_task=task, **more)
    (found,) = shop.get("/tasks", intent_id=intent_id).ok()["tasks"]
    return Asked(intent_id, found["task_id"])


def shown(who: PersonCaller, view: View = View.WAITING, *, limit: int = 50, q: str = "", **more: Any) -> list[str]:
    """The ids in a whole list, page by page."""
    found, cursor = [], None
    while True:
        find = finding.read(person(who), q)
        page = lists.inbox(person(who), view=view, limit=limit, cursor=cursor, find=find, **more)
        found += [str(task.id) for task in page.tasks]
        cursor = page.next_cursor
        if cursor is None:
            return found
