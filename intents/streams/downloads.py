"""Downloads that are made while they are sent: an application registers each with its path. None holds a thread in between,
and no more than one piece of one is in memory."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from intents.kernel.actors import Tenant
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

HEADERS = [(b"cache-control", b"private, no-store"), (b"x-content-type-options", b"nosniff")]


class Made(NamedTuple):
    """A download that somebody may have: its own headers, and what gives its next piece of bytes, empty at the end."""

    headers: list[tuple[bytes, bytes]]
    more: Callable[[], bytes]


Begin = Callable[[Tenant, Mapping[str, str], bool], Made]
"""Begins a download for an actor, as the query asks, which may be late or not (`kernel.replica`). Raises domain errors. It
and the pieces run on threads of the edge."""

known: dict[str, Begin] = {}
documents: dict[str, Any] = {}
"""By path; and what the OpenAPI document says of each."""


def register(path: str, begin: Begin, document: dict[str, Any]) -> None:
    """Answer GET of `path` by `begin`."""
    known[path] = begin
    documents[path] = {"get": document}


async def answer(hub: Hub, begin: Callable[[], Made], *, bare: bool, receive: Receive, send: Send) -> None:
    """Send a download; when `bare`, the headers alone. It ends early when the client leaves, the server stops or a piece
    cannot be had: then the connection breaks off, so that nobody takes the part for the whole. Whatever the first piece
    raises is raised before the response begins."""
    made = await hub.in_thread(begin)
    piece = b"" if bare else await hub.in_thread(made.more)
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, *made.headers]})
    if bare:
        await send({"type": "http.response.body", "body": b""})
        return
    leaving = asyncio.ensure_future(_left(receive))
    try:
        while not leaving.done():
            await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
            if not piece:
                return
            if hub.closing:
                raise ConnectionError("this server stops; ask for the download again")
            piece = await hub.in_thread(made.more)
    finally:
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
