"""Wake-up signals on Redis, in the form of the channel layer: processes of two versions understand each other while one
replaces the other.

One connection publishes and one listens, each message for itself. The layer's own way, which is made for many groups and
consumers and asks for messages ten times a second, took a busy process several times as long.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from channels_redis.serializers import registry
from redis.backoff import NoBackoff
from redis.retry import Retry

from intents.kernel import redis_urls

CHANNEL = "axme__group__hints"
MESSAGE, FIELD, ORIGIN = "hint", "hints", "from"
PUBLISH_SECONDS = 0.5

_form: Any = registry.get_serializer("msgpack")


LISTENING = {"protocol": 2, "socket_timeout": None}
"""A connection that listens waits for as long as nothing is said, whatever options the URL has. Whose other end is gone
without a word is found out by the probes of TCP that the client asks for."""


class Wire:
    """Publishes, one message after the other."""

    def __init__(self, url: str) -> None:
        self._redis = redis_urls.client(
            url,
            # Once more at once: after a restart of Redis the first try tells only that the connection is gone.
            retry=Retry(NoBackoff(), 1),
            socket_timeout=PUBLISH_SECONDS,
            socket_connect_timeout=PUBLISH_SECONDS,
        )

    def publish(self, signals: Iterable[tuple[str, ...]], origin: str = "") -> None:
        """Tell everybody who listens, in one message, from `origin`. Raises RedisError, within a second or so."""
        self._redis.publish(CHANNEL, _form.serialize({"type": MESSAGE, FIELD: list(signals), ORIGIN: origin}))


class Ear:
    """Listens in a thread that has nothing else to do, which costs a fraction of an event loop's time."""

    def __init__(self, url: str) -> None:
        self._connection = redis_urls.listener_by_thread(url, **LISTENING)
        self._closed = False

    def signals(self) -> Iterator[list[str]]:
        """What is published from now on, until `close`; first of all an empty one: by then it is heard. Raises RedisError or
        OSError when the connection is lost."""
        try:
            self._connection.connect()
            self._connection.send_command("SUBSCRIBE", CHANNEL)
            self._connection.read_response()
            yield []
            while not self._closed:
                _, _, message = self._connection.read_response()
                yield from _form.deserialize(message).get(FIELD, [])
        except Exception:
            # Whoever closes it does so under the reader's eyes.
            if not self._closed:
                raise
        finally:
            self._connection.disconnect()

    def close(self) -> None:
        """Called by another thread."""
        self._closed = True
        self._connection.disconnect()


async def listen(url: str, *, but: str | None = None) -> AsyncIterator[list[list[str]]]:
    """What is published from now on, `but` by one origin, a message at a time, first of all an empty one: by then it is
    heard. Raises RedisError or OSError when the connection is lost."""
    listener = redis_urls.Listener(url, **LISTENING)
    connection = listener.connection
    try:
        await connection.connect()
        await connection.send_command("SUBSCRIBE", CHANNEL)
        await connection.read_response()
        yield []
        while True:
            _, _, packed = await connection.read_response()
            message = _form.deserialize(packed)
            if but is None or message.get(ORIGIN) != but:
                yield message.get(FIELD, [])
    finally:
        await listener.disconnect()
