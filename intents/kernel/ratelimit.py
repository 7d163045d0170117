"""Rate limits per account and endpoint: a fixed window of a minute, counted in Redis so that all processes share it.

Off where `RATE_LIMIT_PER_MINUTE` is 0. A Redis that does not answer lets requests pass: a limit is a courtesy to others, and
must never be the reason that work stops.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import redis
from django.conf import settings

from intents.kernel import redis_urls
from intents.kernel.errors import RateLimited

WINDOW_SECONDS = 60
PATIENCE_SECONDS = 0.2
PAUSE_SECONDS = 5.0
"""After Redis failed it is not asked again for so long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left in this window, for the X-RateLimit headers. `reset` is a UNIX time in seconds."""

    limit: int
    remaining: int
    reset: int


def spend(account: UUID, endpoint: str) -> Allowance | None:
    """Count one request of `account` at `endpoint`; None where no limit is set. Raises RateLimited."""
    limit = settings.RATE_LIMIT_PER_MINUTE
    if not limit:
        return None
    window = int(time.time()) // WINDOW_SECONDS
    reset = (window + 1) * WINDOW_SECONDS
    used = _count(f"axme:rate:{window}:{account}:{endpoint}")
    if used > limit:
        wait = max(1, reset - int(time.time()))
        raise RateLimited(
            f"more than {limit} requests a minute at this endpoint; wait {wait} s",
            retry_after=wait,
            limit=limit,
            reset=reset,
        )
    return Allowance(limit, limit - used, reset)


def spend_of_workspace(workspace_id: UUID, limit: int) -> None:
    """Count one request of a workspace that may make `limit` a minute. Raises RateLimited."""
    window = int(time.time()) // WINDOW_SECONDS
    if _count(_of_workspace(workspace_id, window)) > limit:
        reset = (window + 1) * WINDOW_SECONDS
        wait = max(1, reset - int(time.time()))
        message = f"this workspace may make {limit} requests a minute; wait {wait} s"
        raise RateLimited(message, retry_after=wait, limit=limit, reset=reset)


def spend_by(who: str, limit: int) -> None:
    """Count one request of somebody who has no account, and may make `limit` a minute. Raises RateLimited."""
    window = int(time.time()) // WINDOW_SECONDS
    if _count(f"axme:rate:{window}:{who}") > limit:
        reset = (window + 1) * WINDOW_SECONDS
        wait = max(1, reset - int(time.time()))
        message = f"this was asked more than {limit} times within a minute; wait {wait} s"
        raise RateLimited(message, retry_after=wait, limit=limit, reset=reset)


def used_by_workspace(workspace_id: UUID) -> int:
    """How many requests of a workspace were counted in the minute that runs."""
    return _counter().get(_of_workspace(workspace_id, int(time.time()) // WINDOW_SECONDS))


def _of_workspace(workspace_id: UUID, window: int) -> str:
    return f"axme:rate:{window}:workspace:{workspace_id}"


class _Local:
    """Counts of one process, for a server without Redis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def add(self, key: str) -> int:
        window = int(time.time()) // WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                self._window, self._counts = window, {}
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]

    def get(self, key: str) -> int:
        return self._counts.get(key, 0)


class _Shared:
    """Counts in Redis."""

    def __init__(self, url: str) -> None:
        self._client = redis_urls.client(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS)
        self._paused_until = 0.0

    def add(self, key: str) -> int:
        if time.monotonic() < self._paused_until:
            return 0
        try:
            with self._client.pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, WINDOW_SECONDS * 2)
                return int(pipe.execute()[0])
        except redis.RedisError as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            log.warning("rate limits are off for a moment", extra={"action": "ratelimit", "error": repr(error)})
            return 0

    def get(self, key: str) -> int:
        try:
            return 0 if time.monotonic() < self._paused_until else int(self._client.get(key) or 0)
        except redis.RedisError:
            return 0


@lru_cache(maxsize=1)
def _counter() -> _Local | _Shared:
    return _Shared(settings.REDIS_URL) if settings.REDIS_URL else _Local()


def _count(key: str) -> int:
    return _counter().add(key)
