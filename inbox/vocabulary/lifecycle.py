"""The life of a task as data. Nothing here touches a database."""

from enum import StrEnum


class State(StrEnum):
    """`held` is decided for everybody, but can be taken back for a few seconds before the intent hears of it."""

    OPEN = "open"
    CLAIMED = "claimed"
    HELD = "held"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


DECIDABLE = frozenset({State.OPEN, State.CLAIMED})
LIVE = DECIDABLE | {State.HELD}

_ENDINGS = frozenset({State.DECIDED, State.EXPIRED, State.WITHDRAWN})

MOVES: dict[State, frozenset[State]] = {
    State.OPEN: _ENDINGS | {State.CLAIMED, State.HELD},
    State.CLAIMED: _ENDINGS | {State.OPEN, State.HELD},
    State.HELD: frozenset({State.OPEN, State.DECIDED, State.WITHDRAWN}),
    State.DECIDED: frozenset(),
    State.EXPIRED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
