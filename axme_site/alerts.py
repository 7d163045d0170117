"""What is expensive to ask and changes slowly: asked of the database once a minute, for health and metrics together."""

import time

from inbox.tasks import selectors

SECONDS = 60.0

_known: dict[str, tuple[float, int]] = {}


def unroutable() -> int:
    """How many undecided tasks of all workspaces nobody may decide, up to a thousand. Raises the database's errors."""
    found = _known.get("unroutable")
    if found is None or found[0] < time.monotonic() - SECONDS:
        found = _known["unroutable"] = (time.monotonic(), selectors.unroutable_total())
    return found[1]


def forget() -> None:
    """Ask anew at the next look."""
    _known.clear()
