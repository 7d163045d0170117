"""What a workspace may use up, asked of whoever keeps count: filled in `apps.py`."""

from collections.abc import Callable
from uuid import UUID

Spend = Callable[[UUID, str, int], None]
Request = Callable[[UUID], None]
_asked: list[Spend] = []
_requests: list[Request] = []


def register(spend: Spend, request: Request) -> None:
    """Let these count, in place of others: what is used, and requests to the API."""
    _asked[:], _requests[:] = [spend], [request]


def spend(workspace_id: UUID, dimension: str, amount: int) -> None:
    """Count what is used of a dimension, in the running transaction. Raises what whoever counts refuses."""
    for asked in _asked:
        asked(workspace_id, dimension, amount)


def count_request(workspace_id: UUID) -> None:
    """Count a request to the API. Raises RateLimited."""
    for asked in _requests:
        asked(workspace_id)
