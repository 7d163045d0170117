"""Requests to `/a2a` and to `/a2a/<agent>`: who asks, for which agent, and what becomes of it. There are no sessions: any
process answers any request."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError

from intents import auth
from intents.a2a import cards, refusals, tasks, work
from intents.a2a.dialects import BY_METHOD, Dialect, Method
from intents.a2a.following import Following
from intents.a2a.refusals import Elsewhere
from intents.a2a.tasks import Snapshot
from intents.accounts import limits
from intents.api.common import local
from intents.kernel import canonical, ratelimit
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError, InvalidField
from intents.kernel.ratelimit import Allowance
from intents.rpc import requests, standings
from intents.rpc.calls import Calls
from intents.rpc.requests import Told
from intents.streams import http
from intents.streams.changes import Changes, Gone
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

PATH = cards.PATH
UNDER = f"{PATH}/"
ROUTE = f"{PATH}/{{address}}"
WAIT_SECONDS = 4.0
"""How long a message waits for the task to rest where its client waits for that: under the five seconds after which common
clients give up; not at all for people, who take longer."""
VERSIONS = ("", "0.3", "1.0")

log = logging.getLogger(__name__)


async def answer(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request. Raises what the database raises when it is away."""
    target = scope["path"].removeprefix(PATH).strip("/")
    if target.endswith(cards.WELL_KNOWN.strip("/")):
        await _card_of(hub, scope, send, target.removesuffix(cards.WELL_KNOWN.strip("/")).strip("/"))
        return
    if scope["method"] != "POST":
        told = refusals.response(None, refusals.REQUEST, f"A2A is spoken by POST; the card is at {cards.WELL_KNOWN}")
        await requests.reply(send, Told(405, told, ((b"allow", b"POST"),)), bare=scope["method"] == "HEAD")
        return
    calls = hub.kind(Calls)
    try:
        calls.admit()
        body = await requests.read(calls, scope, receive)
        if body is None:
            return
        async with http.watching(hub.loop, receive) as gone:
            with calls.under_way():
                response = await _Request(hub, scope, target, gone).answer(body)
            if isinstance(response, Following):
                await response.stream(hub, send, gone)
                return
            if gone.done():
                return
    except DomainError as error:
        response = _refused(None, error)
    await requests.reply(send, response)


async def public_card(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """The server's own, for everybody."""
    if scope["method"] not in ("GET", "HEAD"):
        told = refusals.response(None, refusals.REQUEST, "a card is read by GET")
        await requests.reply(send, Told(405, told, ((b"allow", b"GET, HEAD"),)))
        return
    await requests.reply(send, Told(200, cards.public()), bare=scope["method"] == "HEAD")


async def _card_of(hub: Hub, scope: Scope, send: Send, target: str) -> None:
    """An agent's, for who has a key of its workspace."""
    bare = scope["method"] == "HEAD"
    if scope["method"] not in ("GET", "HEAD"):
        told = refusals.response(None, refusals.REQUEST, "a card is read by GET")
        await requests.reply(send, Told(405, told, ((b"allow", b"GET, HEAD"),)))
        return

    def made() -> dict[str, Any]:
        actor, _ = _admit(requests.given(scope), "GET card")
        return cards.of_agent(actor, local(actor, target)) if target else cards.public()

    try:
        response = Told(200, await hub.kind(Calls).in_thread(made))
    except DomainError as error:
        response = _refused(None, error)
    await requests.reply(send, response, bare=bare)


def _admit(given: auth.Credentials, name: str) -> tuple[Tenant, Allowance | None]:
    """Who asks, which counts towards their limit for the method. Raises as `auth.authenticate`, RateLimited."""
    actor = auth.authenticate(given)
    rate = ratelimit.spend(auth.account_id(actor), f"POST {PATH} {name}")
    limits.count_request(actor.workspace_id)
    return actor, rate


class _Request:
    """One, with its client, which is `gone` once it has left."""

    def __init__(self, hub: Hub, scope: Scope, target: str, gone: Gone) -> None:
        self._hub = hub
        self._target = target
        self._gone = gone
        self._given = requests.given(scope)
        self._version = http.headers(scope).get(b"a2a-version", "").strip()

    async def answer(self, body: bytes) -> Told | Following:
        def parse() -> Any:
            auth.authenticate(self._given)
            return canonical.parse(body)

        try:
            sent = await self._hub.kind(Calls).in_thread(parse)
        except InvalidField as error:
            return Told(400, refusals.response(None, refusals.PARSE, error.message))
        asked = sent.get("id") if isinstance(sent, dict) else None
        if wrong := requests.malformed(sent) or ("" if "id" in sent else "id: is required: there are no notifications"):
            readable = asked if isinstance(asked, str | int) and not isinstance(asked, bool) else None
            return Told(400, refusals.response(readable, refusals.REQUEST, wrong))
        try:
            return await self._perform(asked, sent["method"], sent.get("params") or {})
        except DomainError as error:
            return _refused(asked, error)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("an A2A request failed", extra={"action": "a2a"})
            return Told(200, refusals.response(asked, refusals.INTERNAL, "something went wrong on our side"))

    async def _perform(self, asked: Any, name: str, params: dict[str, Any]) -> Told | Following:
        found = BY_METHOD.get(name)
        limited = name if found else "another method"
        actor, rate = await self._hub.kind(Calls).in_thread(_admit, self._given, limited)
        if self._version and ".".join(self._version.split(".")[:2]) not in VERSIONS:
            raise Elsewhere(refusals.VERSION, "this server speaks 1.0 and 0.3")
        if found is None:
            raise Elsewhere(refusals.METHOD, f"there is no method {name[:80]!r}")
        dialect, method = found
        snapshot = await self._hub.kind(Calls).in_thread(self._do, actor, method, params)
        if method in (Method.STREAM, Method.SUBSCRIBE):
            return Following(dialect, asked, self._given, snapshot)
        if method is Method.SEND and _waits(params, dialect):
            snapshot = await self._rest(snapshot)
        shown = tasks.task(snapshot, dialect)
        result = dialect.sent(shown) if method is Method.SEND else shown
        return Told(200, {"jsonrpc": "2.0", "id": asked, "result": result}, requests.limits(rate))

    def _do(self, actor: Tenant, method: Method, params: dict[str, Any]) -> Snapshot:
        match method:
            case Method.SEND | Method.STREAM:
                return work.send(actor, params, local(actor, self._target) if self._target else "")
            case Method.GET:
                return tasks.look(actor, work.task_id(params))
            case Method.CANCEL:
                return work.cancel(actor, work.task_id(params))
            case Method.SUBSCRIBE:
                found = tasks.look(actor, work.task_id(params))
                if found.over:
                    raise refusals.Unsupported("the task is over: get it", status=found.shown["status"])
                return found
            case Method.PUSH:
                raise Elsewhere(refusals.NO_PUSH, "nothing is pushed here: subscribe to webhooks of the workspace")
            case Method.CARD:
                raise Elsewhere(refusals.NO_EXTENDED_CARD, "the card says all there is")
        raise Elsewhere(refusals.UNSUPPORTED, "intents are listed by GET /v1/intents")

    async def _rest(self, snapshot: Snapshot) -> Snapshot:
        """The task once it rests, or as it is when that takes too long."""
        ends_at = self._hub.loop.time() + WAIT_SECONDS
        with self._hub.kind(Changes).watching(snapshot.intent_id) as watch:
            while not snapshot.rests and not standings.waits_for_people(snapshot.shown):
                left = ends_at - self._hub.loop.time()
                if left <= 0 or self._gone.done() or self._hub.closing:
                    break
                watch.seq = snapshot.seq
                snapshot = await self._hub.kind(Calls).in_thread(work.again, self._given, snapshot.intent_id)
                if watch.seq == snapshot.seq:
                    await watch.wait(left, self._gone)
        return snapshot


def _waits(params: dict[str, Any], dialect: Dialect) -> bool:
    """Whether the client waits for the end: 0.3 says so, 1.0 says when not."""
    configuration = params.get("configuration")
    said = configuration if isinstance(configuration, dict) else {}
    return said.get("blocking") is True if dialect.kinds else said.get("returnImmediately") is not True


def _refused(asked: Any, error: DomainError) -> Told:
    headers: list[tuple[bytes, bytes]] = []
    status = refusals.status_of(error)
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    retry_after = getattr(error, "retry_after", 1 if status == 503 else None)
    if retry_after is not None:
        headers.append((b"retry-after", b"%d" % retry_after))
    return Told(status, refusals.refusal(asked, error), tuple(headers))
