"""Lengths of time counted in exponential buckets: sums of them still tell quantiles, which sums of quantiles do not."""

import math
from collections.abc import Mapping

PER_DOUBLING = 2
"""Buckets from a length to its double: a quantile is off by less than a fifth."""
LAST = 70
"""The bucket of all that takes longer than a year. The first one holds a millisecond and less."""


def bucket_sql(seconds: str) -> str:
    """SQL for the bucket of a length of time in seconds, which is an SQL expression too."""
    doublings = f"ln(greatest(1, ({seconds})::float8 * 1000)) / ln(2::float8)"
    return f"least({LAST}, floor({PER_DOUBLING} * {doublings}))::smallint"


def begins(bucket: float) -> float:
    """The seconds at which a bucket begins."""
    return float(2 ** (bucket / PER_DOUBLING)) / 1000


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The seconds that `share` of what was counted does not exceed; None when nothing was counted."""
    total = sum(counts.values())
    if not total:
        return None
    rank, before = share * total, 0
    for bucket, count in sorted(counts.items()):
        if before + count >= rank:
            return begins(bucket + max(0.0, rank - before) / count)
        before += count
    return begins(max(counts) + 1)


def bucket_of(seconds: float) -> int:
    """The bucket of a length of time, as `bucket_sql` has it."""
    return min(LAST, math.floor(PER_DOUBLING * math.log2(max(1.0, seconds * 1000))))
