"""Signs of fatigue as pages show them, one's own and those of all."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inbox.operations.fatigue import DecisionFigures
from inbox.views.kit import hours


@dataclass(frozen=True, slots=True)
class TimeBars:
    """Lengths drawn over one another, in parts of a thousand of the longest; the third is as long as the second."""

    p50: int
    p90: int
    p99: int


def shown(found: DecisionFigures, *, zone: str) -> dict[str, Any]:
    """What `pieces/figures.html` takes."""
    rows = [(_("From first seeing it"), *found.thought), (_("From its assignment"), *found.took)]
    return {
        "figures": found,
        "times": [(words, half, most, _bars(half, most)) for words, half, most in rows],
        "chart": hours.chart(found.hours),
        "zone": zone,
    }


def _bars(half: float | None, most: float | None) -> TimeBars | None:
    """Each row by itself: an assignment may be days ago, a look seconds."""
    if half is None or most is None or not most:
        return None
    return TimeBars(max(4, round(1000 * half / most)), 1000, 1000)
