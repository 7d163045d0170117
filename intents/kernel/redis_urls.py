"""Which Redis a REDIS_URL names: one server, or the one of several that Sentinels say leads now.

redis://user:password@host:6379/0                              also rediss, unix; valkey and valkeys, which speak the same
sentinel://user:password@host:26379,host:26379/master/0        of the servers; those of the Sentinels are options, as in
                                                               ?sentinel_username=...&sentinel_password=...
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import redis
from redis import asyncio as by_loop
from redis import connection as by_thread
from redis import sentinel as sentinel_by_thread
from redis.asyncio import sentinel as sentinel_by_loop
from redis.asyncio.retry import Retry as RetryOnLoop
from redis.backoff import NoBackoff
from redis.retry import Retry

# The client has types for half of these.
_threads: Any = by_thread
_loop: Any = by_loop
_sentinels_by_thread: Any = sentinel_by_thread
_sentinels_by_loop: Any = sentinel_by_loop

SENTINEL = "sentinel"
SCHEMES = ("redis", "rediss", "unix", "valkey", "valkeys")
SENTINEL_PORT = 26379
ASK_SECONDS = 0.5
"""How long each Sentinel is waited for. They are asked in turn whenever a connection is made."""


class Sentinels(NamedTuple):
    """Who watches the servers that go by the name `master`, and how to come in: `own` is for the Sentinels themselves."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    db: int
    username: str | None
    password: str | None
    own: Mapping[str, str]

    @property
    def options(self) -> dict[str, Any]:
        """Of a connection to a server."""
        return {"db": self.db, "username": self.username, "password": self.password}

    @property
    def asking(self) -> dict[str, Any]:
        """Of a connection to a Sentinel. Who does not answer is passed over, not asked again."""
        return {"socket_timeout": ASK_SECONDS, "socket_connect_timeout": ASK_SECONDS, **self.own}


def sentinels(url: str) -> Sentinels | None:
    """Those of a `sentinel://` URL, None of another. Raises ValueError, which says what is wrong and quotes nothing."""
    scheme, _, rest = url.partition("://")
    if scheme != SENTINEL:
        return None
    # By hand: with several hosts it is no URL to Python's newer versions, and what they say of it quotes the password.
    rest, _, query = rest.partition("?")
    rest, _, path = rest.partition("/")
    credentials, _, hosts = rest.rpartition("@")
    username, _, password = credentials.partition(":")
    master, _, db = path.strip("/").partition("/")
    if not master:
        raise ValueError("must name what the Sentinels watch: sentinel://host:26379,host:26379/mymaster/0")
    if not (db or "0").isdecimal():
        raise ValueError("must end with the number of a database: sentinel://host:26379/mymaster/0")
    known = {"sentinel_username": "username", "sentinel_password": "password"}
    options = dict(parse_qsl(query))
    if unknown := options.keys() - known:
        raise ValueError(f"has no option {sorted(unknown)[0]}")
    return Sentinels(
        hosts=tuple(map(_host, hosts.split(","))),
        master=unquote(master),
        db=int(db or "0"),
        username=unquote(username) or None,
        password=unquote(password) or None,
        own={known[name]: value for name, value in options.items()},
    )


def _host(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text.strip()}")
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name:
        raise ValueError("must name hosts and ports by commas: sentinel://host:26379,host:26379/mymaster/0")
    return name, port or SENTINEL_PORT


def as_redis(url: str) -> str:
    """The same with the scheme that clients of Redis know."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.replace('valkey', 'redis')}{separator}{rest}"


def client(url: str, **options: Any) -> redis.Redis:
    """A client of a thread. One that Sentinels lead finds the server that leads whenever it connects anew."""
    if (watched := sentinels(url)) is None:
        return redis.Redis.from_url(url, **options)
    found: redis.Redis = redis.Redis.from_pool(_pool_by_thread(watched, options))
    return found


def listener_by_thread(url: str, **options: Any) -> Any:
    """A connection of its own, not made yet. `options` have the last word."""
    if (watched := sentinels(url)) is None:
        return _threads.ConnectionPool(**(_threads.parse_url(url) | options)).make_connection()
    return _pool_by_thread(watched, options).make_connection()


class Listener:
    """A `connection` of the loop, not made yet, as `listener_by_thread` is, and what finds the server that leads."""

    def __init__(self, url: str, **options: Any) -> None:
        self._group: Any = None
        if (watched := sentinels(url)) is None:
            self._pool: Any = _loop.ConnectionPool(**(_loop.connection.parse_url(url) | options))
        else:
            asking = watched.asking | {"retry": RetryOnLoop(NoBackoff(), 0)}
            self._group = _sentinels_by_loop.Sentinel(list(watched.hosts), sentinel_kwargs=asking)
            # Kept: its connections only know it weakly.
            self._pool = _sentinels_by_loop.SentinelConnectionPool(
                watched.master, self._group, **(watched.options | options)
            )
        self.connection: Any = self._pool.make_connection()

    async def disconnect(self) -> None:
        await self.connection.disconnect()
        if self._group is not None:
            await self._group.aclose()


def _pool_by_thread(watched: Sentinels, options: dict[str, Any]) -> Any:
    asking = watched.asking | {"retry": Retry(NoBackoff(), 0)}
    group = _sentinels_by_thread.Sentinel(list(watched.hosts), sentinel_kwargs=asking)
    return _sentinels_by_thread.SentinelConnectionPool(watched.master, group, **(watched.options | options))


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """The same for Celery: its URL, and options of its transport."""
    if (watched := sentinels(url)) is None:
        return url, {}
    credentials = ""
    if watched.password:
        credentials = f"{quote(watched.username or '', safe='')}:{quote(watched.password, safe='')}@"
    addresses = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in watched.hosts]
    text = ";".join(f"{SENTINEL}://{credentials}{address}/{watched.db}" for address in addresses)
    return text, {"master_name": watched.master, "sentinel_kwargs": watched.asking}


def channel_host(url: str) -> dict[str, Any]:
    """The same for the channel layer, an entry of its hosts."""
    if (watched := sentinels(url)) is None:
        return {"address": url}
    found = {"sentinels": list(watched.hosts), "master_name": watched.master, "sentinel_kwargs": watched.asking}
    return found | watched.options
