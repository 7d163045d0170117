"""What every workload is given, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from bench.figures import Figures


@dataclass(frozen=True, slots=True)
class Options:
    """`runs` of each measurement, whose medians count; `random` seeded, so that a run can be repeated; `sizes` instead of
    the workload's own (how many intents exist, wait or fall due)."""

    runs: int
    random: Random
    sizes: Sequence[int] = ()


@dataclass(slots=True)
class Report:
    """The runs of each variant, and the plans of the statements behind them."""

    variants: dict[str, list[Figures]] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)

    def add(self, variant: str, run: Figures) -> None:
        self.variants.setdefault(variant, []).append(run)
