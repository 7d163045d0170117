"""What a policy would do to a task, drawn on a line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox.escalation.forecast import Next, What
from inbox.views.settings import policy_words

WIDTH, INSET = 320, 12
"""Of the drawing, and how far its first and last mark are from the edges."""
APART = 22
MOST = 12
"""Steps that are drawn and listed; of more, the first and the end."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step at `x`. `number` is its place in the table beside the drawing."""

    number: int
    x: int
    kind: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    start: datetime
    marks: list[Mark]
    left_out: int


def drawn(steps: Sequence[Next], start: datetime, names: policy_words.Names) -> Timeline:
    """The marks of `steps`, in the order of their times and far enough apart to be told from each other."""
    shown = list(steps) if len(steps) <= MOST else [*steps[: MOST - 1], steps[-1]]
    whole = max(((one.at - start).total_seconds() for one in shown), default=1) or 1
    first, last = INSET + APART, WIDTH - INSET
    places = [first + round((last - first) * (one.at - start).total_seconds() / whole) for one in shown]
    for number in range(1, len(places)):
        places[number] = max(places[number], places[number - 1] + APART)
    for number in range(len(places) - 1, -1, -1):
        places[number] = min(places[number], last - APART * (len(places) - 1 - number))
    kinds = {What.REMINDER: "reminder", What.ESCALATION: "level", What.END: "end"}
    marks = [
        Mark(number + 1, x, kinds[one.what], one.at, policy_words.step(one, names))
        for number, (one, x) in enumerate(zip(shown, places, strict=True))
    ]
    return Timeline(start, marks, len(steps) - len(shown))


def in_one_line(steps: Sequence[Next], names: policy_words.Names) -> list[tuple[str, datetime]]:
    """Who is asked when, and the end, in short."""
    return [(policy_words.short(one, names), one.at) for one in steps if one.what is not What.REMINDER][:MOST]
