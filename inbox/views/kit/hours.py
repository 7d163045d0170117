"""A chart of the hours of a day, drawn by the server: a bar for each. Beside it stands a table with the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

HEIGHT = 100
STEP = 4
"""From bar to bar, in the drawing's own units."""


@dataclass(frozen=True, slots=True)
class HourBar:
    """An hour: `height` is that of all, `fast` that of the part which is drawn in front of it."""

    hour: int
    x: int
    height: int
    fast_height: int
    decided: int
    fast: int
    words: str


@dataclass(frozen=True, slots=True)
class HourChart:
    """`scale` has the numbers beside the grid, the greatest first; `summary` says it in one sentence."""

    bars: list[HourBar]
    scale: list[int]
    ticks: list[str]
    summary: str


def chart(hours: Sequence[tuple[int, int]]) -> HourChart:
    """Of decisions in each hour, all and the fast ones."""
    most = max((decided for decided, _fast in hours), default=0)
    top = max(2, most + most % 2)
    busiest = max(range(len(hours)), key=lambda hour: hours[hour][0])
    said = _("Most decisions, %(count)s, between %(start)s:00 and %(end)s:00")
    return HourChart(
        bars=[_bar(hour, decided, fast, top) for hour, (decided, fast) in enumerate(hours)],
        scale=[top, top // 2, 0],
        ticks=[f"{hour:02}:00" for hour in range(0, 24, 6)],
        summary=said % {"count": most, "start": f"{busiest:02}", "end": f"{busiest + 1:02}"},
    )


def _bar(hour: int, decided: int, fast: int, top: int) -> HourBar:
    words = _("%(start)s:00–%(end)s:00: %(decided)s decided, %(fast)s in under 2 seconds")
    told = {"start": f"{hour:02}", "end": f"{hour + 1:02}", "decided": decided, "fast": fast}
    height, quick = round(HEIGHT * decided / top), round(HEIGHT * fast / top)
    return HourBar(hour, hour * STEP, height, quick, decided, fast, words % told)
