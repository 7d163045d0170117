"""Many requests in one moment, at little cost to the machine, which runs the servers too: HTTP/1.1 on connections that are
kept, with bytes made beforehand. It speaks as much HTTP as our own servers answer with."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
IDLE_SECONDS = 20.0
"""A connection that was idle for longer may be about to be closed by its server."""


class Answer(NamedTuple):
    status: int
    head: bytes
    """In small letters."""
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wish(NamedTuple):
    """A request but for its host, which is the server's that it goes to."""

    line: str
    rest: bytes


def wish(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Wish:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return Wish(f"{method} {path} HTTP/1.1", "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body)


def post(path: str, body: Any, headers: Mapping[str, str], *, method: str = "POST") -> Wish:
    """A POST of JSON, or another `method`."""
    return wish(method, path, {"content-type": "application/json"} | dict(headers), json.dumps(body).encode())


class Connection(asyncio.Protocol):
    """One connection that is kept; one request at a time."""

    def __init__(self) -> None:
        self.idle_since = time.monotonic()
        self.lost = False
        self._seen = b""
        self._answer: asyncio.Future[Answer] | None = None
        self.transport: Any = None

    def ask(self, request: bytes) -> "asyncio.Future[Answer]":
        """Send a whole request as it is."""
        self._answer = answer = asyncio.get_running_loop().create_future()
        if self.lost:
            answer.set_exception(ConnectionResetError("the server ended the connection before it was asked"))
        else:
            self.transport.write(request)
        return answer

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(HEAD_END)
        if end < 0 or self._answer is None:
            return
        head = self._seen[:end].lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        body = self._seen[end + len(HEAD_END) :]
        if len(body) == length:
            answer, self._answer, self._seen = self._answer, None, b""
            self.idle_since = time.monotonic()
            answer.set_result(Answer(int(head[9:12]), head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server ended the connection"))


class Crowd:
    """Clients of the servers at `urls`; inside one event loop."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._hosts = [urlsplit(url).netloc for url in urls]
        self._idle: dict[int, list[Connection]] = defaultdict(list)

    async def at_once(self, wishes: Sequence[Wish]) -> list[Answer]:
        """The answers to all, in their order. All are sent in one moment, each on a connection of its own, to the servers in
        turn."""
        return await self._answers(wishes, [number % len(self._hosts) for number in range(len(wishes))])

    async def ask(self, one: Wish, *, server: int = 0) -> Answer:
        """The answer of the server at this place, counted beyond the last from the first again."""
        (answer,) = await self._answers([one], [server % len(self._hosts)])
        return answer

    async def _answers(self, wishes: Sequence[Wish], servers: Sequence[int]) -> list[Answer]:
        connections = await asyncio.gather(*(self._connection(server) for server in servers))
        asked = [
            one.ask(f"{wish.line}\r\nhost: {self._hosts[server]}\r\n".encode() + wish.rest)
            for one, wish, server in zip(connections, wishes, servers, strict=True)
        ]
        try:
            return await asyncio.gather(*asked)
        finally:
            for one, server in zip(connections, servers, strict=True):
                self._idle[server].append(one)

    async def _connection(self, server: int) -> Connection:
        idle = self._idle[server]
        while idle:
            found = idle.pop()
            if not found.lost and time.monotonic() - found.idle_since < IDLE_SECONDS:
                return found
            found.transport.close()
        host, _, port = self._hosts[server].partition(":")
        _, made = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
        return made

    def close(self) -> None:
        for idle in self._idle.values():
            for one in idle:
                one.transport.close()


def crowded(urls: Sequence[str], run: Callable[[Crowd], Coroutine[Any, Any, Any]]) -> Any:
    """What `run` returns, given a crowd."""

    async def main() -> Any:
        crowd = Crowd(urls)
        try:
            return await run(crowd)
        finally:
            crowd.close()
            await asyncio.sleep(0)  # the transports notice

    return asyncio.run(main())


async def several(jobs: Sequence[Callable[[], Coroutine[Any, Any, None]]], width: int) -> None:
    """Run all jobs, `width` of them at any time."""
    left = iter(jobs)

    async def work() -> None:
        for job in left:
            await job()

    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(work())
