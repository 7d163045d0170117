"""The processes of the server, as they have told of themselves within the hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from intents.kernel import clock, statements

REPLACED_SHOWN = timedelta(minutes=10)
"""For so long after its last word a process is shown whose place another has taken."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has told of itself within the hour, alive unless it fell silent; `replaced` when it did, and one of its
    kind has begun since in its place, so that none is missing."""

    kind: str
    host: str
    started_at: datetime
    heartbeat_at: datetime
    alive: bool
    streams: int
    polls: int
    sockets: int
    replaced: bool = False

    @property
    def clients(self) -> int:
        """How many are connected to it."""
        return self.streams + self.polls + self.sockets


_PROCESSES = f"""
SELECT kind, host, started_at, heartbeat_at, heartbeat_at > {clock.NOW} - make_interval(secs => %(silent)s),
       streams, polls, sockets
FROM intents_instance ORDER BY kind, host, started_at
"""


def processes() -> list[Process]:
    """Those that run or are missing, by kind and machine, and for a time those that were replaced."""
    params = {"silent": settings.INSTANCE_SILENT_SECONDS, "now": clock.override()}
    known = [Process(*row) for row in statements.rows(_PROCESSES, params)]
    past = clock.now() - REPLACED_SHOWN
    return [one for one in with_replaced(known) if not one.replaced or one.heartbeat_at > past]


def with_replaced(known: Sequence[Process]) -> list[Process]:
    """The same, of silent ones with whether another is in their place: each that begins takes the place of the one of its
    kind that fell silent first, and gives it on when it falls silent itself."""
    successors: dict[int, int] = {}
    silent = sorted((place for place, one in enumerate(known) if not one.alive), key=lambda place: known[place].heartbeat_at)
    for place in sorted(range(len(known)), key=lambda place: known[place].started_at):
        one = known[place]
        for gone in silent:
            if gone not in successors and known[gone].kind == one.kind and known[gone].heartbeat_at < one.started_at:
                successors[gone] = place
                break

    # Who is in the place of another began later: of a process that begins over and over there are hundreds in a row.
    filled: set[int] = set()
    for place in sorted(range(len(known)), key=lambda place: known[place].started_at, reverse=True):
        if known[place].alive or successors.get(place) in filled:
            filled.add(place)
    return [one if one.alive else replace(one, replaced=place in filled) for place, one in enumerate(known)]
