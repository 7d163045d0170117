"""Bytes of files, in and out, piece by piece: no file is ever held in memory whole, nor does one hold a thread."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from intents.files import selectors, types
from intents.files.models import Media
from intents.files.services import uploads
from intents.files.storage import Incoming, files
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField, Missing, Unavailable
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

PIECE_BYTES = 256 * 1024

HEADERS = [
    (b"cache-control", b"private, no-store"),
    (b"x-content-type-options", b"nosniff"),
    # Whatever a browser makes of it, it is alone: no script, no origin, no frame.
    (b"content-security-policy", b"sandbox; default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
]


class Gone(Exception):
    """The client left before it had sent everything."""


async def upload(
    hub: Hub, authenticate: Callable[[], Tenant], media_id: UUID, declared: int | None, receive: Receive, send: Send
) -> None:
    """Take the bytes of an announced file and answer. `declared` is the Content-Length, where there is one.

    Raises Missing, Denied, Conflict, InvalidField, PayloadTooLarge.
    """

    def allow() -> tuple[Tenant, Media]:
        actor = authenticate()
        return actor, uploads.to_receive(actor=actor, media_id=media_id)

    actor, row = await hub.in_thread(allow)
    if declared is not None and declared > row.size_bytes:
        raise uploads.too_large(row.size_bytes)
    incoming: Incoming = await asyncio.to_thread(files().begin)
    try:
        await _fill(incoming, row.size_bytes, hub, receive)
        await asyncio.to_thread(incoming.close)
        _ensure_running(hub)
        await hub.in_thread(uploads.receive, actor=actor, media_id=media_id, incoming=incoming)
    except Gone:
        return
    finally:
        await asyncio.to_thread(incoming.discard)
    answer = {"ok": True, "upload_id": str(media_id), "received_bytes": incoming.size, "sha256": incoming.digest.hex()}
    body = canonical.dumps(answer).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _fill(incoming: Incoming, limit: int, hub: Hub, receive: Receive) -> None:
    """Write what the client sends, at most `limit` bytes. Raises PayloadTooLarge, Gone, Unavailable."""
    pieces: list[bytes] = []
    held = total = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        data = message.get("body", b"")
        more = message.get("more_body", False)
        total += len(data)
        held += len(data)
        if total > limit:
            raise uploads.too_large(limit)
        pieces.append(data)
        if held >= PIECE_BYTES or not more:
            _ensure_running(hub)
            await asyncio.to_thread(incoming.write, b"".join(pieces))
            pieces, held = [], 0


def _ensure_running(hub: Hub) -> None:
    if hub.closing:
        raise Unavailable("this server is stopping; send the file again")


async def download(
    hub: Hub, authenticate: Callable[[], Tenant], media_id: UUID, *, inline: bool, bare: bool, send: Send
) -> None:
    """Send the bytes of a finished file, for saving or, with `inline`, an image for showing; when `bare`, the
    headers alone.

    Raises Missing, InvalidField.
    """

    def allow() -> tuple[Media, Path, bytes]:
        row = selectors.media_item(authenticate(), media_id)
        if row.finalized_at is None or row.sha256 is None:
            raise Missing(f"the file {media_id} is not finished yet", upload_id=str(media_id))
        path = files().path(row.workspace_id, bytes(row.sha256))
        return row, path, _head(path)

    row, path, head = await hub.in_thread(allow)
    # The type was checked when the bytes came. What a browser shows is checked once more, as they are now.
    if inline and not (types.may_be_shown(row.mime_type) and types.is_what_it_claims(row.mime_type, head, text=False)):
        raise InvalidField("upload_id", f"{row.mime_type} is not shown, only downloaded", upload_id=str(media_id))
    headers = [
        *HEADERS,
        (b"content-type", row.mime_type.encode()),
        (b"content-length", b"%d" % row.size_bytes),
        (b"content-disposition", _disposition(row, "inline" if inline else "attachment")),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if bare:
        await send({"type": "http.response.body", "body": b""})
        return
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(types.HEAD_BYTES)
    except FileNotFoundError:
        raise Missing("the bytes of this file are missing in the server's media folder") from None


def _disposition(row: Media, how: str) -> bytes:
    """RFC 6266: a plain name for old clients, and the real one."""
    name = types.saved_as(row.filename, row.mime_type)
    plain = "".join(one if one.isascii() else "_" for one in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()


def declared_length(headers: Mapping[bytes, str]) -> int | None:
    text: Any = headers.get(b"content-length", "")
    return int(text) if text.isdigit() else None
