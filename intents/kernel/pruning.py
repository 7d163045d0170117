"""What is forgotten every hour of what edges keep, which jobs know nothing of: each registers how in `apps.py`."""

from collections.abc import Callable

_pruners: list[Callable[[], None]] = []


def register(prune: Callable[[], None]) -> None:
    """Have `prune` called every hour."""
    _pruners.append(prune)


def prune() -> None:
    """Forget all that registered rooms kept for long enough."""
    for forget in _pruners:
        forget()
