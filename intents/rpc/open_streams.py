"""Streams that doors of JSON-RPC hold open: so many of a workspace, so that one cannot take a process for itself."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from intents.kernel.errors import RateLimited
from intents.streams.hub import Hub, StreamKind

MOST = 1000
"""Of a workspace, in a process."""
RETRY_SECONDS = 10


class OpenStreams(StreamKind):
    """All of this process, counted by their workspaces."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._open: Counter[UUID] = Counter()

    def clients(self) -> dict[str, int]:
        return {"streams": self._open.total()}

    def ensure_room(self, workspace_id: UUID) -> None:
        """Raises RateLimited."""
        if self._open[workspace_id] >= MOST:
            raise RateLimited(
                f"this workspace has {MOST} streams open here: end some, or look now and then",
                retry_after=RETRY_SECONDS,
                limit=MOST,
                reset=int(time.time()) + RETRY_SECONDS,
            )

    @contextmanager
    def one(self, workspace_id: UUID) -> Iterator[None]:
        """One is open."""
        self._open[workspace_id] += 1
        try:
            yield
        finally:
            self._open[workspace_id] -= 1
            if not self._open[workspace_id]:
                del self._open[workspace_id]
