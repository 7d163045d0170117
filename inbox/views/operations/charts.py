"""The geometry and the words of charts that the server draws. Beside each stands a table with the same numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.operations.measures import TimeRange
from inbox.vocabulary.series import series as in_series
from intents.rollups.folding import HOUR

HEIGHT = 100
"""Of a drawing, whose width is its number of slots: it is stretched to its place."""
LABEL_HEIGHT, LABEL_LINE = 160, 16
"""In pixels, of what stands beside the ends of the lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """A series: `style` tells it apart without colour, `y` is where its label stands."""

    name: str
    style: str
    path: str
    total: int
    y: float

    @property
    def at(self) -> str:
        """`y` as drawings have it, in whatever language the page is."""
        return f"{self.y:g}"


@dataclass(frozen=True, slots=True)
class Point:
    """A slot: when it is, and the numbers of all series in it."""

    when: str
    values: list[int]
    words: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """`scale` has the numbers beside the grid, the greatest first; `ticks` the times below it. `name` is the id of its
    title."""

    name: str
    title: str
    lines: list[Line]
    points: list[Point]
    width: int
    scale: list[int]
    ticks: list[str]
    summary: str
    empty: bool


def ceiling(value: int) -> int:
    """The least round number that is even and not below."""
    base = 2
    while True:
        for factor in (1, 2, 3, 4, 5):
            if base * factor >= value:
                return base * factor
        base *= 10 if base > 2 else 5


def lines(
    name: str, title: str, span: TimeRange, slots: Sequence[datetime], series: Sequence[tuple[str, str, Sequence[int]]]
) -> LineChart:
    """A chart of `series`: their names, styles and numbers."""
    top = ceiling(max((max(values, default=0) for _name, _style, values in series), default=0))
    drawn = [
        Line(name, style, _path(values, top), sum(values), LABEL_HEIGHT * (1 - (values[-1] if values else 0) / top))
        for name, style, values in series
    ]
    told = _told((line.name, line.total) for line in drawn)
    points = [
        _point(when(span, slot), [(name, values[place]) for name, _style, values in series])
        for place, slot in enumerate(slots)
    ]
    return LineChart(
        name=name,
        title=title,
        lines=_apart(drawn),
        points=points,
        width=len(slots),
        scale=[top, top // 2, 0],
        ticks=[tick(span, slot) for slot in slots[:: span.labels]],
        summary=_("%(told)s in the last %(span)s") % {"told": told, "span": span.words},
        empty=not any(line.total for line in drawn),
    )


def _path(values: Sequence[int], top: int) -> str:
    # Each slot's number stands in its middle.
    return " ".join(f"{place + 0.5:g},{HEIGHT * (1 - value / top):.2f}" for place, value in enumerate(values))


def _apart(found: list[Line]) -> list[Line]:
    """The labels of the lines moved so that none covers another."""
    placed: list[Line] = []
    for line in sorted(found, key=lambda one: one.y):
        least = placed[-1].y + LABEL_LINE if placed else LABEL_LINE / 2
        y = min(max(line.y, least), LABEL_HEIGHT - LABEL_LINE / 2 - LABEL_LINE * (len(found) - len(placed) - 1))
        placed.append(Line(line.name, line.style, line.path, line.total, round(y, 1)))
    return [next(one for one in placed if one.name == line.name) for line in found]


def _point(at: str, told: Sequence[tuple[str, int]]) -> Point:
    return Point(at, [value for _name, value in told], f"{at}: {_told(told)}")


def _told(numbers: Iterable[tuple[str, int]]) -> str:
    return in_series(f"{name} {number}" for name, number in numbers)


def when(span: TimeRange, slot: datetime) -> str:
    """What a slot is called, in the person's zone."""
    local = timezone.localtime(slot)
    if span.step > HOUR:
        return formatted(local, _("D j M"))
    end = local + span.step
    day = f"{formatted(local, 'D')} " if span.length > timedelta(hours=1) else ""
    return f"{day}{local:%H:%M}–{end:%H:%M}"


def tick(span: TimeRange, slot: datetime) -> str:
    """A time below a chart."""
    local = timezone.localtime(slot)
    if span.length > timedelta(days=7):
        return formatted(local, _("j M"))
    return formatted(local, _("D j")) if span.length > timedelta(days=1) else f"{local:%H:%M}"


@dataclass(frozen=True, slots=True)
class Bars:
    """Three lengths drawn over one another, in parts of a thousand of the longest bar of the chart."""

    p50: int
    p90: int
    p99: int


def bars(p50: float | None, p90: float | None, p99: float | None, longest: float) -> Bars | None:
    """The bars of three quantiles, where there are any."""
    if p50 is None or p90 is None or p99 is None or not longest:
        return None
    return Bars(*(max(4, round(1000 * one / longest)) for one in (p50, p90, p99)))


def level(count: int, most: int) -> int:
    """How dark a cell of a heat map is: 0 for nothing, 4 for the most."""
    return 0 if not count or not most else min(4, 1 + 3 * count // most)


SPARK_STEP = 4
SPARK_LINE = 24
SPARK_BELOW = 8
"""In pixels: from bar to bar, above the line, and below it."""


@dataclass(frozen=True, slots=True)
class SparkBar:
    """A bar of a small chart."""

    x: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Spark:
    """A small chart of two series: what went well stands on a line, what failed hangs below it."""

    taken: list[SparkBar]
    failed: list[SparkBar]
    summary: str


def spark(taken: Sequence[int], failed: Sequence[int]) -> Spark:
    """Hour by hour. Each series has its own scale, so that one failure among a thousand is seen."""
    up = [(place, height) for place, height in enumerate(_heights(taken, SPARK_LINE)) if height]
    down = [(place, height) for place, height in enumerate(_heights(failed, SPARK_BELOW)) if height]
    return Spark(
        taken=[SparkBar(place * SPARK_STEP, f"{SPARK_LINE - height:g}", f"{height:g}") for place, height in up],
        failed=[SparkBar(place * SPARK_STEP, str(SPARK_LINE), f"{height:g}") for place, height in down],
        summary=ngettext(
            "Last 24 hours: %(taken)s delivered, %(failed)s failed attempt",
            "Last 24 hours: %(taken)s delivered, %(failed)s failed attempts",
            sum(failed),
        )
        % {"taken": sum(taken), "failed": sum(failed)},
    )


def _heights(values: Sequence[int], most: int) -> list[float]:
    top = max(values, default=0)
    return [max(2.0, round(most * value / top, 1)) if value else 0.0 for value in values]
