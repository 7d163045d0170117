"""Requests to `/a2a` and to `/a2a/<agent>`: who asks, for which agent, and what becomes of it. There are no sessions: any
process answers any request."""

import logging
from typing import Any

from django.db import InterfaceError, OperationalError

from intents import auth
from intents.a2a import cards, configs, listing, pushing, refusals, tasks, work
from intents.a2a.dialects import BY_METHOD, Dialect, Method
from intents.a2a.following import Following
from intents.a2a.refusals import REFUSALS, Elsewhere
from intents.a2a.tasks import Snapshot
from intents.api.common import local
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError
from intents.kernel.ratelimit import Allowance
from intents.rpc import requests, standings
from intents.rpc.calls import Calls
from intents.rpc.frame import Frame
from intents.rpc.open_streams import OpenStreams
from intents.rpc.refusals import INTERNAL, METHOD
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

FRAME = Frame(PATH, REFUSALS, f"A2A is spoken by POST; the card is at {cards.WELL_KNOWN}")
log = logging.getLogger(__name__)


async def answer(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request. Raises what the database raises when it is away."""
    target = scope["path"].removeprefix(PATH).strip("/")
    if target.endswith(cards.WELL_KNOWN.strip("/")):
        await _card_of(hub, scope, send, target.removesuffix(cards.WELL_KNOWN.strip("/")).strip("/"))
        return

    async def act(sent: Any, gone: Gone) -> Told | Following:
        return await _Request(hub, scope, target, gone).answer(sent)

    await FRAME.answer(hub, scope, receive, send, act)


async def public_card(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """The server's own, for everybody."""
    if scope["method"] not in ("GET", "HEAD"):
        await FRAME.only(scope, send, "GET, HEAD", "a card is read by GET")
        return
    await requests.reply(send, Told(200, cards.public()), bare=scope["method"] == "HEAD")


async def _card_of(hub: Hub, scope: Scope, send: Send, target: str) -> None:
    """An agent's, for who has a key of its workspace."""
    bare = scope["method"] == "HEAD"
    if scope["method"] not in ("GET", "HEAD"):
        await FRAME.only(scope, send, "GET, HEAD", "a card is read by GET")
        return

    def made() -> dict[str, Any]:
        actor, _ = FRAME.admit(requests.given(scope), "GET card")
        return cards.of_agent(actor, local(actor, target)) if target else cards.public()

    try:
        response = Told(200, await hub.kind(Calls).in_thread(made))
    except DomainError as error:
        response = FRAME.refused(None, error)
    await requests.reply(send, response, bare=bare)


class _Request:
    """One, with its client, which is `gone` once it has left."""

    def __init__(self, hub: Hub, scope: Scope, target: str, gone: Gone) -> None:
        self._hub = hub
        self._target = target
        self._gone = gone
        self._given = requests.given(scope)
        self._version = http.headers(scope).get(b"a2a-version", "").strip()

    async def answer(self, sent: Any) -> Told | Following:
        if wrong := FRAME.malformed(sent, _unnumbered):
            return wrong
        asked = sent["id"]
        try:
            return await self._perform(asked, sent["method"], sent.get("params") or {})
        except DomainError as error:
            return FRAME.refused(asked, error)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("an A2A request failed", extra={"action": "a2a"})
            return Told(200, REFUSALS.response(asked, INTERNAL, "something went wrong on our side"))

    async def _perform(self, asked: Any, name: str, params: dict[str, Any]) -> Told | Following:
        found = BY_METHOD.get(name)
        limited = name if found else "another method"
        actor, rate = await self._hub.kind(Calls).in_thread(FRAME.admit, self._given, limited)
        if self._version and ".".join(self._version.split(".")[:2]) not in VERSIONS:
            raise Elsewhere(refusals.VERSION, "this server speaks 1.0 and 0.3")
        if found is None:
            raise Elsewhere(METHOD, f"there is no method {name[:80]!r}")
        dialect, method = found
        if method in pushing.METHODS:
            result = await self._hub.kind(Calls).in_thread(pushing.act, actor, method, params, dialect)
            return self._told(asked, result, rate)
        if method is Method.LIST:
            result = await self._hub.kind(Calls).in_thread(self._listed, actor, params, dialect)
            return self._told(asked, result, rate)
        streams = method in (Method.STREAM, Method.SUBSCRIBE)
        if streams:
            self._hub.kind(OpenStreams).ensure_room(actor.workspace_id)
        snapshot = await self._hub.kind(Calls).in_thread(self._do, actor, method, params, dialect)
        if streams:
            return Following(dialect, asked, self._given, snapshot, workspace_id=actor.workspace_id)
        if method is Method.SEND and _waits(params, dialect):
            snapshot = await self._rest(snapshot)
        shown = tasks.task(snapshot, dialect)
        return self._told(asked, dialect.sent(shown) if method is Method.SEND else shown, rate)

    def _told(self, asked: Any, result: Any, rate: Allowance | None) -> Told:
        return Told(200, {"jsonrpc": "2.0", "id": asked, "result": result}, requests.limits(rate))

    def _listed(self, actor: Tenant, params: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
        return listing.page(actor, params, dialect, local(actor, self._target) if self._target else "")

    def _do(self, actor: Tenant, method: Method, params: dict[str, Any], dialect: Dialect) -> Snapshot:
        match method:
            case Method.SEND | Method.STREAM:
                wanted = configs.sent_with(params, dialect)
                found = work.send(actor, params, local(actor, self._target) if self._target else "")
                if wanted is not None:
                    pushing.follow(auth.machine(actor), found, wanted, dialect)
                return found
            case Method.GET:
                return tasks.look(actor, work.task_id(params))
            case Method.CANCEL:
                return work.cancel(actor, work.task_id(params))
            case Method.SUBSCRIBE:
                found = tasks.look(actor, work.task_id(params))
                if found.over:
                    raise refusals.Unsupported("the task is over: get it", status=found.shown["status"])
                return found
            case Method.CARD:
                raise Elsewhere(refusals.NO_EXTENDED_CARD, "the card says all there is")
        raise AssertionError(f"{method} is done elsewhere")

    async def _rest(self, snapshot: Snapshot) -> Snapshot:
        """The task once it rests, or as it is when that takes too long."""
        ends_at = self._hub.loop.time() + WAIT_SECONDS
        with self._hub.kind(Changes).watching(snapshot.intent_id) as watch:
            while not snapshot.rests and not standings.waits_for_people(snapshot.shown):
                left = ends_at - self._hub.loop.time()
                if left <= 0 or self._gone.done() or self._hub.closing:
                    break
                watch.known[snapshot.intent_id] = seq = snapshot.seq
                snapshot = await self._hub.kind(Calls).in_thread(work.again, self._given, snapshot.intent_id)
                if seq == snapshot.seq:
                    await watch.wait(left, self._gone)
        return snapshot


def _unnumbered(sent: dict[str, Any]) -> str:
    return "" if "id" in sent else "id: is required: there are no notifications"


def _waits(params: dict[str, Any], dialect: Dialect) -> bool:
    """Whether the client waits for the end: 0.3 says so, 1.0 says when not."""
    configuration = params.get("configuration")
    said = configuration if isinstance(configuration, dict) else {}
    return said.get("blocking") is True if dialect.kinds else said.get("returnImmediately") is not True
