"""A run of a scenario as it is drawn: its steps as a graph, and each try as a bar along one line of time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from inbox.views.operations.timeline import TimeBar
from intents.engine.lifecycle import TERMINAL
from intents.engine.models import Intent
from intents.scenarios.models import RunStep, StepState
from intents.scenarios.selectors import Cut

Words = str | Promise
Steps = Sequence[Mapping[str, Any]]
"""Those of a program."""

STATES: dict[str, tuple[Words, str]] = {
    "ahead": (_("Not reached"), ""),
    StepState.RETRYING: (_("Waiting to retry"), "hollow"),
    StepState.RUNNING: (_("Running"), "accent"),
    StepState.SUCCEEDED: (_("Done"), "green"),
    StepState.FAILED: (_("Failed"), "red"),
    StepState.REUSED: (_("Done by the run before"), "green"),
    "canceled": (_("Canceled"), ""),
}
KINDS: dict[str, Words] = {
    "agent": _("Agent"),
    "human": _("People"),
    "human_approval": _("People"),
    "delay": _("Delay"),
    "timeout": _("Time limit"),
    "reminder": _("Reminder"),
    "escalation": _("Escalation"),
    "notification": _("Notification"),
    "pass": _("Nothing"),
}

ROW, LANE, SIDE, LANES = 72, 10, 76, 5
"""Pixels of the graph: the height of a step, between lines that pass steps by, and where the steps' boxes begin."""


@dataclass(frozen=True, slots=True)
class Node:
    """A step of the document. `tries` are those of this run so far."""

    step_id: str
    title: str
    kind: Words
    role: str
    words: Words
    tone: str
    tries: int
    current: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a step to the one that follows: an SVG path."""

    path: str
    failure: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """What a try was given and what it ended with: JSON values, or Cut where they are long. `child` is the state of the
    intent that does it, in a word with its tone; `notes` are what happened meanwhile, with the times."""

    given: Any = None
    result: Any = None
    error: Any = None
    child: tuple[Words, str] | None = None
    notes: Sequence[tuple[datetime, Words]] = ()

    @property
    def parts(self) -> list[tuple[str, Words, Any, Cut | None]]:
        """Those that there are: what a page calls each, in a word and in words."""
        found = (("in", _("Input"), self.given), ("out", _("Output"), self.result), ("error", _("Error"), self.error))
        cut = [(name, words, value, value if isinstance(value, Cut) else None) for name, words, value in found]
        return [one for one in cut if one[2] is not None]


@dataclass(frozen=True, slots=True)
class StepTry:
    """A try of a step, with what it was given and what it ended with."""

    row: RunStep
    title: str
    kind: Words
    words: Words
    tone: str
    seconds: float
    until: datetime | None
    contents: Contents


def state(row: RunStep, over_at: datetime | None) -> str:
    """A try that its run left behind was canceled. `over_at` is when the run ended, here as elsewhere."""
    return "canceled" if row.ended_at is None and over_at else row.state


def over_at(intent: Intent) -> datetime | None:
    """When a run ended, None while it goes on."""
    return intent.updated_at if intent.status in TERMINAL else None


def nodes(program: Steps, tries: Sequence[RunStep], over_at: datetime | None) -> list[Node]:
    """The steps in the order of the document."""
    found: dict[str, list[RunStep]] = defaultdict(list)
    for one in tries:
        found[one.step_id].append(one)
    return [_node(step, found[step["step_id"]], over_at) for step in program]


def _node(step: Mapping[str, Any], tries: Sequence[RunStep], over_at: datetime | None) -> Node:
    last = state(tries[-1], over_at) if tries else "ahead"
    words, tone = STATES[last]
    current = last in (StepState.RUNNING, StepState.RETRYING)
    kind = KINDS.get(step["kind"], step["kind"])
    return Node(step["step_id"], step["title"], kind, step["role"], words, tone, len(tries), current)


def edges(program: Steps) -> list[Edge]:
    """The lines between the steps; the last place is the end of the run."""
    places = {one["step_id"]: number for number, one in enumerate(program)}
    found, lane = [], 0
    for number, one in enumerate(program):
        wanted = [(one[name], name == "on_failure") for name in ("on_success", "on_failure")]
        # What leads nowhere on success leads to the end; of a draft it is left out where its step is not there yet.
        for target, failure in wanted:
            if target is None and (failure or one.get("path")):
                continue
            to = places.get(target, len(program))
            if to == number + 1 and not failure:
                found.append(Edge(f"M{SIDE + 20} {number * ROW + 60}V{to * ROW + 4}", failure))
                continue
            lane = lane % LANES + 1
            out, back = number * ROW + (46 if to > number else 26), to * ROW + (26 if to > number else 46)
            found.append(Edge(f"M{SIDE} {out}H{SIDE - 12 - lane * LANE}V{back}H{SIDE}", failure))
    return found


def height(program: Steps) -> int:
    """Of the graph, in pixels."""
    return (len(program) + 1) * ROW


def tries(
    program: Steps, rows: Sequence[RunStep], over_at: datetime | None, contents: Mapping[int, Contents], *, now: datetime
) -> list[StepTry]:
    """Each try in order. `contents` by number are what it was given and ended with."""
    known = {one["step_id"]: one for one in program}
    return [_try(known.get(one.step_id) or {}, one, over_at, contents, now) for one in rows]


def _try(
    step: Mapping[str, Any], row: RunStep, over_at: datetime | None, contents: Mapping[int, Contents], now: datetime
) -> StepTry:
    until = row.ended_at or over_at
    words, tone = STATES[state(row, over_at)]
    return StepTry(
        row=row,
        title=step.get("title", row.step_id),
        kind=KINDS.get(row.kind, row.kind),
        words=words,
        tone=tone,
        seconds=((until or now) - row.started_at).total_seconds(),
        until=until,
        contents=contents.get(row.number) or Contents(),
    )


def bars(found: Sequence[StepTry], over_at: datetime | None, *, now: datetime) -> list[TimeBar]:
    """The tries of this run along its time; those that it took over from another lie before it."""
    own = [one for one in found if one.row.state != StepState.REUSED]
    if not own:
        return []
    begin = own[0].row.started_at
    whole = max(((over_at or now) - begin).total_seconds(), 0.001)
    return [_bar(one, begin, whole) for one in own]


def _bar(one: StepTry, begin: datetime, whole: float) -> TimeBar:
    left = 100 * (one.row.started_at - begin).total_seconds() / whole
    width = max(100 * one.seconds / whole, 0.4)
    kind = "attempt" if one.row.kind == "agent" else "wait"
    return TimeBar(
        kind=kind,
        words=one.title,
        start=one.row.started_at,
        end=one.until,
        left=f"{min(left, 99.6):.2f}%",
        width=f"{min(width, 100 - min(left, 99.6)):.2f}%",
        seconds=max(one.seconds, 0),
        failed=one.row.state == StepState.FAILED,
    )
