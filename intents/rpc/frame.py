"""What every request to a door of JSON-RPC goes through before and after its messages: who sends it, how much, whether it is
JSON, and what is told of those that fail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from intents import auth
from intents.accounts import limits
from intents.kernel import canonical, ratelimit
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError, InvalidField
from intents.kernel.ratelimit import Allowance
from intents.rpc import requests
from intents.rpc.calls import Calls
from intents.rpc.refusals import PARSE, REQUEST, Refusals
from intents.rpc.requests import Told
from intents.streams import http
from intents.streams.changes import Gone
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send


class Later(Protocol):
    """An answer that is given bit by bit."""

    async def stream(self, hub: Hub, send: Send, gone: Gone) -> None:
        """Give it, to its end or until the client has left."""


Work = Callable[[Any, Gone], Awaitable[Told | Later]]
"""What a door makes of what was sent, JSON."""


@dataclass(frozen=True, slots=True)
class Frame:
    """That of the door at `path`, which says no by its `refusals`, and to all but POST that it is `spoken` by that."""

    path: str
    refusals: Refusals
    spoken: str

    async def answer(self, hub: Hub, scope: Scope, receive: Receive, send: Send, work: Work) -> None:
        """Answer a request. Raises what the database raises when it is away."""
        if scope["method"] != "POST":
            await self.only(scope, send, "POST", self.spoken)
            return
        calls = hub.kind(Calls)
        try:
            calls.admit()
            body = await requests.read(calls, scope, receive)
            if body is None:
                return
            async with http.watching(hub.loop, receive) as gone:
                with calls.under_way():
                    told = await self._answer(calls, scope, body, gone, work)
                if not isinstance(told, Told):
                    await told.stream(hub, send, gone)
                    return
                if gone.done():
                    return
        except DomainError as error:
            told = self.refused(None, error)
        await requests.reply(send, told)

    async def only(self, scope: Scope, send: Send, methods: str, why: str) -> None:
        """Refuse a request by its method."""
        told = Told(405, self.refusals.response(None, REQUEST, why), ((b"allow", methods.encode()),))
        await requests.reply(send, told, bare=scope["method"] == "HEAD")

    async def _answer(self, calls: Calls, scope: Scope, body: bytes, gone: Gone, work: Work) -> Told | Later:
        def parse() -> Any:
            auth.authenticate(requests.given(scope))
            return canonical.parse(body)

        try:
            sent = await calls.in_thread(parse)
        except InvalidField as error:
            return Told(400, self.refusals.refusal(None, error, PARSE))
        return await work(sent, gone)

    def malformed(self, sent: Any, more: Callable[[dict[str, Any]], str] | None = None) -> Told | None:
        """The answer to what is no message, or not what the door wants `more`; None for one that is."""
        wrong = requests.malformed(sent) or (more(sent) if more else "")
        if not wrong:
            return None
        asked = sent.get("id") if isinstance(sent, dict) else None
        readable = asked if isinstance(asked, str | int) and not isinstance(asked, bool) else None
        return Told(400, self.refusals.response(readable, REQUEST, wrong))

    def admit(self, given: auth.Credentials, name: str) -> tuple[Tenant, Allowance | None]:
        """Who asks, which counts towards their limit for what `name` says they do. Raises as `auth.authenticate`,
        RateLimited."""
        actor = auth.authenticate(given)
        rate = ratelimit.spend(auth.account_id(actor), f"POST {self.path} {name}")
        limits.count_request(actor.workspace_id)
        return actor, rate

    def refused(self, asked: Any, error: DomainError) -> Told:
        """The answer to the request whose id is `asked`."""
        headers: list[tuple[bytes, bytes]] = []
        status = self.refusals.status_of(error)
        if status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        retry_after = getattr(error, "retry_after", 1 if status == 503 else None)
        if retry_after is not None:
            headers.append((b"retry-after", b"%d" % retry_after))
        return Told(status, self.refusals.refusal(asked, error), tuple(headers))
