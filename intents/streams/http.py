"""What a request on the loop holds, and how it is answered at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from intents.kernel.errors import InvalidField, PayloadTooLarge
from intents.streams.sse import Receive, Send

BODY_BYTES = 64 * 1024
WAIT_SECONDS = range(1, 61)
POLL_SECONDS = range(61)
DEFAULT_WAIT_SECONDS = 15

Scope = Mapping[str, Any]


def keyless(headers: Mapping[bytes, str]) -> bool:
    return b"x-api-key" not in headers and b"authorization" not in headers


def session_cookie(headers: Mapping[bytes, str]) -> str:
    """The session's, "" without one."""
    return parse_cookie(headers.get(b"cookie", "")).get(settings.SESSION_COOKIE_NAME, "")


async def read_body(receive: Receive, *, most: int = BODY_BYTES) -> bytes:
    """The body, at most so many bytes. Raises PayloadTooLarge."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise PayloadTooLarge(f"the body is larger than {most} bytes", limit=most)
    return body


async def reply_head(send: Send, headers: list[tuple[bytes, bytes]]) -> None:
    """What GET would answer with, before its body: nothing is waited for, and no work is delivered."""
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def reply_unless_gone(send: Send, answer: str | None) -> None:
    """`reply`, unless the client left before there was an answer, which is None then."""
    if answer is not None:
        await reply(send, answer)


async def reply(send: Send, answer: str, *more: tuple[bytes, bytes]) -> None:
    body = answer.encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


def query(scope: Scope) -> dict[str, str]:
    """The last value of each query parameter."""
    return {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}


def headers(scope: Scope) -> dict[bytes, str]:
    return {name: value.decode("latin-1") for name, value in scope["headers"]}


def whole_number(field: str, text: str, allowed: range) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number not in allowed:
        raise InvalidField(field, f"a whole number from {allowed[0]} to {allowed[-1]}")
    return number


def stream_seconds(query: Mapping[str, str]) -> int:
    """How long a stream is open. Raises InvalidField."""
    return whole_number("wait_seconds", query.get("wait_seconds", str(DEFAULT_WAIT_SECONDS)), WAIT_SECONDS)


def poll_seconds(query: Mapping[str, str]) -> int:
    """How long a poll waits until there is something; 0 is not at all. Raises InvalidField."""
    return whole_number("wait_seconds", query.get("wait_seconds", "0"), POLL_SECONDS)


@asynccontextmanager
async def watching(loop: asyncio.AbstractEventLoop, receive: Receive) -> "AsyncIterator[asyncio.Future[None]]":
    """What is done once the client has left."""
    gone: asyncio.Future[None] = loop.create_future()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not gone.done():
            gone.set_result(None)

    watching = asyncio.ensure_future(watch())
    try:
        yield gone
    finally:
        watching.cancel()
