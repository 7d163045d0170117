"""What is expensive to ask and changes slowly: asked of the database once a minute, for health and metrics together."""

import time
from collections.abc import Callable
from typing import TypeVar

from axme_site.cells import unfinished
from inbox.operations import overview
from inbox.tasks import selectors
from intents.kernel import replica

SECONDS = 60.0
R = TypeVar("R")

_known: dict[str, tuple[float, object]] = {}


def _once_a_minute(name: str, ask: Callable[[], R]) -> R:
    found = _known.get(name)
    if found is None or found[0] < time.monotonic() - SECONDS:
        found = _known[name] = (time.monotonic(), ask())
    return found[1]  # type: ignore[return-value]  # stored under this name by this function


def unroutable() -> int:
    """How many undecided tasks of all workspaces nobody may decide, up to a thousand. Raises the database's errors."""
    return _once_a_minute("unroutable", selectors.unroutable_total)


def tiles() -> dict[str, int]:
    """The numbers of the overview, of all workspaces. Raises the database's errors."""
    return _once_a_minute("tiles", lambda: replica.read(overview.everywhere).value)


def unfinished_moves() -> int:
    """How many moves of workspaces to other cells were broken off; the log names them. Raises the database's errors."""
    return _once_a_minute("unfinished_moves", unfinished.noted)


def forget() -> None:
    """Ask anew at the next look."""
    _known.clear()
