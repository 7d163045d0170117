"""What a policy would do to a task, drawn on a line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from statistics import median_low

from inbox.escalation.forecast import Next, What
from inbox.views.settings.policies import words as policy_words

WIDTH, INSET = 320, 12
"""Of the drawing, and how far its first and last mark are from the edges."""
APART = 22
LONG = 4
"""A wait of more than so many times the usual one is drawn shortened."""
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
    """`breaks` are where the line leaves out most of a long wait."""

    start: datetime
    marks: list[Mark]
    breaks: list[int]
    left_out: int


def drawn(steps: Sequence[Next], start: datetime, names: policy_words.Names) -> Timeline:
    """The marks of `steps`, in the order of their times."""
    shown = list(steps) if len(steps) <= MOST else [*steps[: MOST - 1], steps[-1]]
    places, breaks = _placed([start, *(one.at for one in shown)])
    kinds = {What.REMINDER: "reminder", What.ESCALATION: "level", What.END: "end"}
    marks = [
        Mark(number + 1, x, kinds[one.what], one.at, policy_words.step(one, names))
        for number, (one, x) in enumerate(zip(shown, places[1:], strict=True))
    ]
    return Timeline(start, marks, breaks, len(steps) - len(shown))


def _placed(times: Sequence[datetime]) -> tuple[list[int], list[int]]:
    """Where the marks of `times` are, and where the line between two of them is broken.

    All are far enough apart to be told from each other. The rest of the line is shared out by time, of which a wait far
    longer than the others takes a part only: a weekend leaves room for the hours around it."""
    waits = [max(0.0, (after - before).total_seconds()) for before, after in pairwise(times)]
    longest = LONG * median_low([one for one in waits if one] or [1.0])
    parts = [min(one, longest) for one in waits]
    room, whole = WIDTH - 2 * INSET - APART * len(waits), sum(parts) or 1
    ends = [APART * count + room * done / whole for count, done in enumerate(accumulate(parts, initial=0))]
    places = [INSET + round(one) for one in ends]
    return places, [
        (before + after) // 2 for wait, (before, after) in zip(waits, pairwise(places), strict=True) if wait > longest
    ]


def in_one_line(steps: Sequence[Next], names: policy_words.Names) -> list[tuple[str, datetime]]:
    """Who is asked when, and the end, in short."""
    return [(policy_words.short(one, names), one.at) for one in steps if one.what is not What.REMINDER][:MOST]
