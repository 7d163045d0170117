"""A client that costs little, since it shares the processors with what it measures: the quick one of the tests, with
credentials and streams."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.load import quick
from tests.load.quick import Answer


class Target(NamedTuple):
    """A web process, and the machine key and the person's token that requests to it carry."""

    host: str
    port: int
    api_key: str
    manager_token: str


class Refused(Exception):
    """The server answered other than 2xx to a request that the workload needs."""


class Connection(quick.Connection):
    """A connection to one web process."""

    def __init__(self, target: Target, *, as_manager: bool = False) -> None:
        super().__init__()
        person = f"Authorization: Bearer {target.manager_token}\r\n" if as_manager else ""
        self._headers = f" HTTP/1.1\r\nHost: {target.host}:{target.port}\r\nx-api-key: {target.api_key}\r\n{person}"
        self._on_bytes: Callable[[bytes], None] | None = None

    @classmethod
    async def open(cls, target: Target, *, as_manager: bool = False) -> "Connection":
        """A connection of the demo's machine key; `as_manager` also of the demo manager, who then acts."""
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(lambda: cls(target, as_manager=as_manager), target.host, target.port)
        return made

    def close(self) -> None:
        self.transport.close()

    async def get(self, path: str) -> Any:
        """The JSON of a 2xx answer. Raises Refused."""
        return _accepted(await self.ask(f"GET {path}{self._headers}\r\n".encode()))

    async def post(self, path: str, body: Any, *, key: str | None = None) -> Any:
        """Send `body` as JSON, with an Idempotency-Key when `key` is given. The JSON of a 2xx answer; raises Refused."""
        return await self._send("POST", path, body, key=key)

    async def patch(self, path: str, body: Any) -> Any:
        """`post` by another method."""
        return await self._send("PATCH", path, body)

    async def _send(self, method: str, path: str, body: Any, *, key: str | None = None) -> Any:
        data = json.dumps(body).encode()
        head = f"{method} {path}{self._headers}Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        head += f"Idempotency-Key: {key}\r\n\r\n" if key else "\r\n"
        return _accepted(await self.ask(head.encode() + data))

    def stream(self, path: str, on_bytes: Callable[[bytes], None]) -> None:
        """Open a stream: whatever comes goes to `on_bytes` at once, headers and chunk marks among it."""
        self._on_bytes = on_bytes
        self.transport.write(f"GET {path}{self._headers}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        if self._on_bytes is None:
            super().data_received(data)
        else:
            self._on_bytes(data)


def _accepted(answer: Answer) -> Any:
    if answer.status // 100 != 2:
        raise Refused(f"{answer.status}: {answer.body[:500]!r}")
    return answer.json()
