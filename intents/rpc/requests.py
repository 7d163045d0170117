"""A request that carries messages of JSON-RPC 2.0: who sends it, what it holds, and how it is answered."""

import json
from typing import Any, NamedTuple

from django.conf import settings

from intents import auth
from intents.kernel.errors import PayloadTooLarge
from intents.kernel.ratelimit import Allowance
from intents.rpc.calls import Calls
from intents.streams import http
from intents.streams.http import Scope
from intents.streams.sse import Receive, Send

LIMIT_FACTOR = 6
"""By so much what is sent may be longer than what it says."""
UNASKED_BYTES = 64 * 1024
"""Of any body this much is read before anybody asks whose it is."""
PATIENCE = 8
"""A body up to this many times too large is read to its end and dropped: who is still sending may miss the answer."""


class Told(NamedTuple):
    """What is answered: a status, and JSON but for a mere notification."""

    status: int
    body: Any = None
    headers: tuple[tuple[bytes, bytes], ...] = ()


def given(scope: Scope, owner: str = "") -> auth.Credentials:
    headers = http.headers(scope)
    return auth.Credentials(
        api_key=headers.get(b"x-api-key", ""),
        authorization=headers.get(b"authorization", ""),
        owner_query=owner,
        owner_header=headers.get(b"x-owner-agent", ""),
    )


async def read(calls: Calls, scope: Scope, receive: Receive) -> bytes | None:
    """The body; None when the client left before its end. Raises PayloadTooLarge, and what refuses strangers."""
    limit = settings.PAYLOAD_MAX_BYTES * LIMIT_FACTOR
    pieces: list[bytes] = []
    size, asked, more = 0, False, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        more = message.get("more_body", False)
        size += len(message.get("body", b""))
        if size > limit:
            pieces.clear()
            if size > limit * PATIENCE:
                break
            continue
        pieces.append(message.get("body", b""))
        if size > UNASKED_BYTES and not asked:
            await calls.in_thread(auth.authenticate, given(scope))
            asked = True
    if size > limit:
        raise PayloadTooLarge(f"the body is larger than {limit} bytes", field="", limit=limit)
    return b"".join(pieces)


def malformed(sent: Any) -> str:
    """What is wrong with it as a message of JSON-RPC 2.0; nothing when it is empty."""
    if not isinstance(sent, dict):
        return "a message is a JSON object"
    if sent.get("jsonrpc") != "2.0":
        return 'jsonrpc: must be "2.0"'
    if not isinstance(sent.get("method"), str):
        return "method: must be text"
    if "id" in sent and (not isinstance(sent["id"], str | int) or isinstance(sent["id"], bool)):
        return "id: must be text or a whole number"
    if not isinstance(sent.get("params"), dict | None):
        return "params: must be an object"
    return ""


def limits(rate: Allowance | None) -> tuple[tuple[bytes, bytes], ...]:
    if rate is None:
        return ()
    return (
        (b"x-ratelimit-limit", b"%d" % rate.limit),
        (b"x-ratelimit-remaining", b"%d" % rate.remaining),
        (b"x-ratelimit-reset", b"%d" % rate.reset),
    )


async def reply(send: Send, response: Told, *, bare: bool = False) -> None:
    body = b"" if response.body is None else json.dumps(response.body, ensure_ascii=False, separators=(",", ":")).encode()
    head = [(b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store"), *response.headers]
    if body:
        head.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": response.status, "headers": head})
    await send({"type": "http.response.body", "body": b"" if bare else body})
