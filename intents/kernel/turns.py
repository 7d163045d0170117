"""Work that takes longer than a transaction: a worker leases its row, does slices of it, and lets another row have its turn.

A slice is one transaction with how far it came, which the lease fences: it commits only for a worker that still holds the
row. So a worker that dies or is overtaken leaves nothing half done, and the next goes on where it was.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db.models import Model

from intents.kernel import clock, statements

Row = TypeVar("Row", bound=Model)


class LostLease(Exception):
    """The row is another worker's by now, or what is to be done was changed."""


class Turns(Generic[Row]):
    """The work of one table. `take` leases the row that is due for the longest time, None when none is; `carry_on`, given it
    and `until`, does slices of it, one at least, until that time of the monotonic clock: `turn_seconds` from now at most."""

    def __init__(
        self, take: Callable[[], Row | None], carry_on: Callable[..., object], *, turn_seconds: float = float("inf")
    ) -> None:
        self._take = take
        self._carry_on = carry_on
        self._turn_seconds = turn_seconds
        self._working = threading.Lock()

    def work(self, seconds: float) -> None:
        """Do what is due, for some time at most. Of a process one thread works."""
        if not self._working.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + seconds
            while (row := self._take()) is not None:
                self._carry_on(row, until=min(until, time.monotonic() + self._turn_seconds))
                if time.monotonic() >= until:
                    return
        finally:
            self._working.release()


def release(row: Any) -> None:
    """Let others have a row, at once: its turn is over, its work is not. One whose lease is lost is left alone."""
    query = f"""
        UPDATE {row._meta.db_table} SET lease_token = NULL, due_at = {clock.NOW}
        WHERE {row._meta.pk.column} = %(of)s AND lease_token = %(token)s
    """
    statements.rows(query, {"of": row.pk, "token": row.lease_token, "now": clock.override()})
