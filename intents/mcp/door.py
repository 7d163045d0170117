"""Requests to `/mcp` before anything is made of their messages: who asks, and for which agent.

Every answer is JSON-RPC, in JSON; behind notifications that a client asked for, it is the last of server-sent events. There
are no sessions: any process answers any request.
"""

import asyncio
import logging
from importlib import import_module
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError

from intents import auth
from intents.kernel.actors import Tenant
from intents.kernel.errors import DomainError, InvalidField, Unavailable
from intents.kernel.ratelimit import Allowance
from intents.mcp import registry
from intents.mcp.outgoing import EVENTS, MessageStream
from intents.mcp.refusals import REFUSALS
from intents.rpc import requests
from intents.rpc.calls import Calls
from intents.rpc.frame import Frame, Later
from intents.rpc.refusals import REQUEST
from intents.rpc.requests import Told
from intents.streams import http
from intents.streams.changes import Gone
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Send

PATH = "/mcp"
BATCH = 50
MESSAGES = "intents.mcp.messages"
"""The module that answers messages. With the protocol's package it takes seconds to load, and 40 MB: so it comes with
the first request."""
_loaded: list[Any] = []
METHODS = frozenset(
    (
        *("initialize", "server/discover", "ping", "tools/list", "tools/call"),
        *("resources/list", "resources/templates/list", "resources/read", "tasks/get", "tasks/update", "tasks/cancel"),
        *("subscriptions/listen", "notifications/initialized", "notifications/cancelled"),
    )
)
"""Each has a limit of its own; all others share one, so that nobody gets round theirs by making up names."""

FRAME = Frame(PATH, REFUSALS, "MCP is spoken by POST; there are no sessions, and nothing is told but in answer to that")
log = logging.getLogger(__name__)


class AdmittedMessage(NamedTuple):
    """A message, by whom, what they proved that by, and what their limit has left."""

    message: dict[str, Any]
    actor: Tenant
    given: auth.Credentials
    owner: str
    rate: Allowance | None


async def answer(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request. Raises what the database raises when it is away."""
    out = MessageStream(send if EVENTS in http.headers(scope).get(b"accept", "") else None)

    async def work(sent: Any, gone: Gone) -> Told | Later:
        if not isinstance(sent, list):
            try:
                return out.ended(await _message(hub, scope, sent, gone, out))
            except (OperationalError, InterfaceError) as error:
                if not out.begun:
                    raise
                return out.ended(_away(sent, error))
        if not 0 < len(sent) <= BATCH:
            return Told(400, REFUSALS.response(None, REQUEST, f"a batch holds 1 to {BATCH} messages"))
        found = [await _one_of_many(hub, scope, one, gone) for one in sent]
        told = [one.body for one in found if one.body is not None]
        return Told(200, told) if told else Told(202)

    await FRAME.answer(hub, scope, receive, send, work)


async def _one_of_many(hub: Hub, scope: Scope, sent: Any, gone: Gone) -> Told:
    """What came of the messages before it is told also where the database is away by now."""
    try:
        return await _message(hub, scope, sent, gone, MessageStream())
    except (OperationalError, InterfaceError) as error:
        return _away(sent, error)


def _away(sent: Any, error: Exception) -> Told:
    log.warning("database away", extra={"action": "mcp", "error": repr(error)})
    return FRAME.refused(sent.get("id"), Unavailable("the database does not answer; send this message again"))


async def _message(hub: Hub, scope: Scope, sent: Any, gone: Gone, out: MessageStream) -> Told:
    if wrong := FRAME.malformed(sent):
        return wrong
    try:
        admitted = await hub.kind(Calls).in_thread(_admit, scope, sent)
    except DomainError as error:
        return FRAME.refused(sent.get("id"), error)
    if "id" not in sent:
        return Told(202)
    if not _loaded:
        _loaded.append(await asyncio.to_thread(import_module, MESSAGES))
    limits = requests.limits(admitted.rate)
    out.head(limits)
    status, told = await _loaded[0].answer(hub, admitted, scope, gone, out)
    return Told(status, told, limits)


def _admit(scope: Scope, message: dict[str, Any]) -> AdmittedMessage:
    """Who sends a message, and for which agent, which counts towards their limit for its method or tool."""
    params = message.get("params") or {}
    name, arguments = message["method"], params.get("arguments")
    name, owner = name if name in METHODS else "another method", ""
    if name == "tools/call":
        tool = params.get("name")
        name = tool if isinstance(tool, str) and tool in registry.known else name
        owner = _owner(params.get("owner_agent"), arguments.get("owner_agent") if isinstance(arguments, dict) else None)
    given = requests.given(scope, owner)
    actor, rate = FRAME.admit(given, name)
    return AdmittedMessage(message, actor, given, owner or given.owner_header, rate)


def _owner(*named: Any) -> str:
    """The agent that a call names, in one of its places. Raises InvalidField."""
    given = [one for one in named if one is not None]
    if not all(isinstance(one, str) for one in given):
        raise InvalidField("owner_agent", "must be text")
    owners = set(given)
    if len(owners) > 1:
        raise InvalidField("owner_agent", "the call names two different agents")
    return next(iter(owners), "")
