"""HTTP to an AXME Inbox: what is asked again and for how long, and what a refusal says."""

import asyncio
import hashlib
import json
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

Json = dict[str, Any]
PATIENCE_SECONDS = 300.0
"""How long a call is tried again while the server cannot be reached or is busy."""

STREAM_SECONDS = 60
_AGAIN = {429, 502, 503, 504}


class Refused(Exception):
    """The server's answer to a call that it does not carry out: `status` of HTTP, `code`, message and `details`."""

    def __init__(self, response: httpx.Response) -> None:
        try:
            error = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            error = {"code": "unreadable", "message": response.text[:200]}
        self.status, self.code = response.status_code, str(error.get("code"))
        self.details: Json = error.get("details") or {}
        super().__init__(f"{self.status} {self.code}: {error.get('message')}")


class Client:
    """The API with a machine key; `AXME_BASE_URL` and `AXME_API_KEY` of the environment where nothing is given. A key of the
    workspace may speak as any of its agents, and has to where the server brought the work to one."""

    def __init__(self, base_url: str | None = None, api_key: str | None = None, *, speaks_as: str | None = None) -> None:
        named = {"x-owner-agent": speaks_as} if speaks_as else {}
        self._http = httpx.AsyncClient(
            base_url=base_url or os.environ["AXME_BASE_URL"],
            headers={"x-api-key": api_key or os.environ["AXME_API_KEY"]} | named,
            timeout=httpx.Timeout(10, read=90),
        )

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", path, params=query)

    async def put(self, path: str, body: Json) -> Json:
        return await self._call("PUT", path, json=body)

    async def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """Under an idempotency key, another each time unless one is given: tried again, it is done once."""
        return await self._call("POST", path, json=body or {}, headers={"Idempotency-Key": _plain(key or str(uuid4()))})

    async def _call(self, method: str, path: str, **more: Any) -> Json:
        """Raises Refused, or httpx.TransportError once patience is over."""
        ends, tries = asyncio.get_running_loop().time() + PATIENCE_SECONDS, 0
        while True:
            pause = min(0.2 * 2**tries, 10.0) * random.uniform(0.5, 1)  # noqa: S311 - not a secret
            tries = min(tries + 1, 10)
            late = asyncio.get_running_loop().time() + pause > ends
            try:
                response = await self._http.request(method, path, **more)
            except httpx.TransportError:
                if late:
                    raise
            else:
                if response.is_success:
                    answer: Json = response.json()
                    return answer
                if response.status_code not in _AGAIN or late:
                    raise Refused(response)
                pause = max(pause, float(response.headers.get("retry-after", 0)))
            await asyncio.sleep(pause)

    async def events(self, path: str, since: int = 0) -> AsyncGenerator[Json, None]:
        """What happens to an intent, by its stream, from behind `since`: connections that end are made anew.
        Raises Refused, or httpx.TransportError once the server could not be reached for as long as patience is."""
        ends, tries = asyncio.get_running_loop().time() + PATIENCE_SECONDS, 0
        while True:
            try:
                query = {"since": since, "wait_seconds": STREAM_SECONDS}
                async with self._http.stream("GET", f"{path}/events/stream", params=query) as response:
                    if not response.is_success:
                        await response.aread()
                        raise Refused(response)
                    ends, tries = asyncio.get_running_loop().time() + PATIENCE_SECONDS, 0
                    async for line in response.aiter_lines():
                        if line.startswith("data: ") and "seq" in (event := json.loads(line.removeprefix("data: "))):
                            since = event["seq"]
                            yield event
            except (httpx.TransportError, Refused) as error:
                again = isinstance(error, httpx.TransportError) or error.status in _AGAIN
                if not again or asyncio.get_running_loop().time() > ends:
                    raise
                await asyncio.sleep(min(0.2 * 2**tries, 10.0) * random.uniform(0.5, 1))  # noqa: S311 - not a secret
                tries = min(tries + 1, 10)

    async def close(self) -> None:
        await self._http.aclose()


@asynccontextmanager
async def opened(client: Client | None, speaks_as: str | None = None) -> AsyncIterator[Client]:
    """The client that is given, or one of its own, closed at the end."""
    api = client or Client(speaks_as=speaks_as)
    try:
        yield api
    finally:
        if client is None:
            await api.close()


def _plain(key: str) -> str:
    """A key as headers take it: one that holds other letters, or is too long, by its digest."""
    plain = key.isascii() and key.isprintable() and len(key) <= 255
    return key if plain else hashlib.sha256(key.encode()).hexdigest()


def mailbox(address: str) -> str:
    """The path of an agent, by its name or whole address."""
    return "/v1/agents/" + quote(address.removeprefix("agent://"))
