"""A path at which a chat sends what its members do: what is the same at all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from inbox.notifications.chat_links import Chat
from intents.kernel.errors import NotSupported
from intents.rpc import requests
from intents.rpc.calls import Calls
from intents.rpc.requests import Told
from intents.streams import http
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

Work = Callable[[dict[str, str], bytes], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """`work` gets the headers and the body of a request, of `most` bytes, makes sure that the chat sent it, and returns the
    JSON of the answer, or None for one without any."""

    chat: Chat
    configured: Callable[[], bool]
    most: int
    work: Work

    async def answer(self, hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotSupported unless this server is set up for the chat, Unavailable, PayloadTooLarge, and what `work`
        raises."""
        if not self.configured():
            raise NotSupported(f"this server is not set up for {self.chat.label}")
        if scope["method"] != "POST":
            raise NotSupported(f"{self.chat.label} sends by POST")
        calls = hub.kind(Calls)
        calls.admit()
        body = await http.read_body(receive, most=self.most)
        headers = {name.decode(): value for name, value in http.headers(scope).items()}
        with calls.under_way():
            told = await self.work(headers, body)
        await requests.reply(send, Told(200, told))
