"""What a client is told before the one answer to its message: notifications, as server-sent events. An answer without any
before it is plain JSON."""

from typing import Any

from intents.rpc.requests import Told
from intents.streams import sse
from intents.streams.changes import Gone
from intents.streams.hub import Hub
from intents.streams.sse import Send

EVENTS = "text/event-stream"
BEAT_SECONDS = 10.0
"""So often something is sent while there is no news, before a proxy gives the connection up."""


class MessageStream:
    """Of one message. Without `send` its client takes nothing but the answer, and what else is told is dropped."""

    def __init__(self, send: Send | None = None) -> None:
        self._send = send
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._answer = Told(200)
        self.begun = False

    @property
    def streams(self) -> bool:
        """Whether the client takes more than the answer."""
        return self._send is not None

    def head(self, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """Headers of the response, should it be a stream."""
        self._headers = headers

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        await self._write(_framed({"jsonrpc": "2.0", "method": method, "params": params}))

    async def beat(self) -> None:
        """Let nobody think that the connection is dead."""
        await self._write(sse.HEARTBEAT)

    def ended(self, answer: Told) -> "Told | MessageStream":
        """The answer, behind what was told before it."""
        if not self.begun:
            return answer
        self._answer = answer
        return self

    async def stream(self, hub: Hub, send: Send, gone: Gone) -> None:
        if not gone.done():
            await send({"type": "http.response.body", "body": _framed(self._answer.body), "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, data: bytes) -> None:
        if self._send is None:
            return
        if not self.begun:
            self.begun = True
            await self._send({"type": "http.response.start", "status": 200, "headers": [*sse.HEADERS, *self._headers]})
        await self._send({"type": "http.response.body", "body": data, "more_body": True})


def _framed(message: dict[str, Any]) -> bytes:
    return sse.frame("message", message)
