"""Many rows at a time, of which one that cannot be read or done costs itself alone."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError

from intents.kernel.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

AGAIN_SECONDS = 30.0
"""How long a row that could not be done is left aside."""

log = logging.getLogger(__name__)


def readable(rows: Iterable[T], shape: Callable[[T], R]) -> list[R]:
    """The shapes of rows for a list. One that cannot be read is left out, and named in the log."""
    shapes: list[R] = []
    for row in rows:
        try:
            shapes.append(shape(row))
        except (ValueError, KeyError, TypeError):
            log.exception("a row cannot be read", extra={"action": "rows.unreadable", "row": _name(row)})
    return shapes


def _name(row: object) -> str:
    """Its id, or that of the intent that it shows. Never what it holds."""
    one = row[-1] if isinstance(row, tuple) else row
    return f"{type(one).__name__} {getattr(one, 'pk', None) or getattr(getattr(one, 'intent', None), 'pk', None)}"


class Batches(Generic[T]):
    """Does rows by `do`, all at once, or one by one when that fails. `do` may return how many it did; `key` is a row's id.

    A row that fails by itself is left aside for AGAIN_SECONDS, by this process; `aside` are those that the next look leaves
    out, so that however many they are they hold up no other.
    """

    def __init__(self, what: str, do: Callable[[Sequence[T]], int | None], key: Callable[[T], UUID]) -> None:
        self._what = what
        self._do = do
        self._key = key
        self._until: dict[UUID, float] = {}

    def aside(self) -> list[UUID]:
        now = time.monotonic()
        for key in [key for key, until in self._until.items() if until <= now]:
            self._until.pop(key, None)
        return list(self._until)

    def run(self, rows: Sequence[T]) -> int:
        """Returns how many were done; raises only what the database being away raises."""
        if not rows:
            return 0
        try:
            return self._do(rows) or 0
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("a batch failed; doing it one by one", extra={"action": self._what, "rows": len(rows)})
        return sum(self._one(row) for row in rows)

    def _one(self, row: T) -> int:
        try:
            return self._do([row]) or 0
        except (OperationalError, InterfaceError):
            raise
        except Unavailable:
            return 0  # busy just now: it comes with the next look
        except Exception:
            key = self._key(row)
            self._until[key] = time.monotonic() + AGAIN_SECONDS
            log.exception("a row failed", extra={"action": self._what, "row": str(key)})
            return 0
