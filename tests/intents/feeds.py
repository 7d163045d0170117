"""Reading the feed in tests, and giving events their places."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, connections

from intents.feed import sequencer
from intents.kernel import clock
from intents.kernel.models import ids_of
from tests.callers import Answer, Caller
from tests.security.edge import Loop


def sequenced() -> int:
    """Give places to all that has none. Returns to how many."""
    count = 0
    while some := sequencer.sequence():
        count += some
    return count


def look_wide(number: int) -> None:
    """Let the next look be a wide one, the `number`th."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE intents_feedstate SET wide_looks = %s, wide_at = wide_at - interval '1 minute'", [number - 1])


@contextmanager
def ids_from(**ago: float) -> Iterator[None]:
    """Ids as a process makes them whose clock is behind, or as were made long before they are committed."""
    with ids_of(clock.now() - timedelta(**ago)):
        yield


class Reader:
    """Reads the feed as `caller`, going on from where it was."""

    def __init__(self, loop: Loop, caller: Caller, **query: Any) -> None:
        self._loop, self._caller, self._query = loop, caller, query
        self.after: str | None = None

    def ask(self, path: str = "/events", **query: Any) -> Answer:
        return self._loop.send(self._caller, "GET", path, query=self._query | query)

    def page(self, **query: Any) -> Any:
        """The next page."""
        page = self.ask(**({"after": self.after} if self.after else {}) | query).ok()
        self.after = page["next_cursor"]
        return page

    def read(self, **query: Any) -> list[dict[str, Any]]:
        """All that there is by now and was not read before."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            page = self.page(**query)
            found += page["events"]
            more = page["has_more"]
        return found


def in_thread(work: Any, *args: Any) -> None:
    """`work` in a thread with a connection of its own, which is closed afterwards."""
    try:
        work(*args)
    finally:
        connections.close_all()


def frames(raw: bytes) -> list[tuple[str, str, Any]]:
    """The events of a stream's response: id, type and data."""
    found = []
    for block in raw.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return found
