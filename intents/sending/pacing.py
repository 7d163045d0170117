"""How often feeders with a batch are asked: a look of theirs costs as much whether it finds one event or a hundred.

While somebody follows what comes of it, they are asked a moment after an event was recorded, a longer one the more there was
to do; while nobody does, once a second, and all that has gathered is done then.
"""

import math
import time

SHORTEST_SECONDS, LONGEST_SECONDS = 0.01, 0.1
"""How long they rest while somebody follows,"""
EACH_SECONDS = 0.005
"""so long for each event that was found: what is recorded in a rush is done in few looks."""
UNFOLLOWED_SECONDS = 1.0
FOLLOWED_SECONDS = 10.0
"""So long after it was last said, somebody counts as following."""


class Pace:
    """When the feeders with a batch are asked next, in this process; by the monotonic clock."""

    def __init__(self) -> None:
        self.wanted = False
        """Whether events were recorded since they were asked."""
        self._rest_until = 0.0
        self._followed_until = 0.0

    @property
    def resting(self) -> bool:
        return time.monotonic() < self._rest_until

    @property
    def next_look(self) -> float:
        """When to look for what was recorded; never when nothing was."""
        return self._rest_until if self.wanted else math.inf

    def look_now(self) -> None:
        """The rest is over."""
        self._rest_until = 0.0

    def followed(self) -> None:
        """Somebody follows, from now on for some time. Who begins to need not wait for the end of a rest."""
        now = time.monotonic()
        if now >= self._followed_until:
            self.wanted = True
            self.look_now()
        self._followed_until = now + FOLLOWED_SECONDS

    def looked(self, found: int, *, more: bool, followed: bool) -> None:
        """They were asked, and found so much; with `more` there may be more at once. `followed` is by the database."""
        now = time.monotonic()
        if more:
            self._rest_until = now
        elif followed or now < self._followed_until:
            self._rest_until = now + min(max(found * EACH_SECONDS, SHORTEST_SECONDS), LONGEST_SECONDS)
        else:
            self._rest_until = now + UNFOLLOWED_SECONDS
