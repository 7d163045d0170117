"""Of several beats one sends. The others wait until nothing is heard of it any more.

Two that send do no harm, but a worker would have two threads busy with looking where one is enough. It is settled in Redis,
without which no message gets anywhere: whoever doubts sends.
"""

import os
import socket
import time
from contextlib import suppress

from django.conf import settings
from redis import Redis, RedisError

from intents.kernel import redis_urls

KEY = "axme.beat"
SILENT_SECONDS = 5
"""After so long without a word another takes the place."""
SAY_SECONDS = 1.0


class Lead:
    """Whether this beat is the one that sends, asked before each message."""

    def __init__(self) -> None:
        self._name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}".encode()
        self._redis = (
            redis_urls.client(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
            if settings.REDIS_URL
            else None
        )
        self._ask_at = 0.0
        self._mine = True

    @property
    def mine(self) -> bool:
        if self._redis is not None and time.monotonic() >= self._ask_at:
            self._ask_at = time.monotonic() + SAY_SECONDS
            try:
                self._mine = self._taken(self._redis)
            except RedisError:
                self._mine = True
        return self._mine

    def leave(self) -> None:
        """Let another take the place at once."""
        if self._redis is not None and self._mine:
            with suppress(RedisError):
                if self._redis.get(KEY) == self._name:
                    self._redis.delete(KEY)

    def _taken(self, redis: Redis) -> bool:
        if redis.set(KEY, self._name, nx=True, ex=SILENT_SECONDS):
            return True
        # Between these two it may pass to another: then two send, once.
        if redis.get(KEY) != self._name:
            return False
        redis.expire(KEY, SILENT_SECONDS)
        return True
