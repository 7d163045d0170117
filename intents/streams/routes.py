"""Which requests are answered on the loop: their paths and their parameters."""

import re
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from intents import auth
from intents.engine.lifecycle import Status
from intents.engine.services import idempotency
from intents.engine.services.deliveries import return_undelivered, statuses
from intents.kernel import canonical, replica
from intents.kernel.actors import Machine, Tenant
from intents.kernel.errors import InvalidField, Missing
from intents.schemas import work_requests
from intents.schemas.refusals import refusal
from intents.streams import callers, doors, downloads, feed_requests, http, sessions, sse, transfers
from intents.streams import hub as hubs
from intents.streams.agents import AgentStream, AgentStreams
from intents.streams.events import EventStream, EventStreams, Opening
from intents.streams.http import Scope
from intents.streams.hub import Hub, Stream
from intents.streams.polls import Polls
from intents.streams.sse import Receive, Response, Send

EVENTS = re.compile(r"/v1/intents/([^/]+)/events/stream")
# Command lines write the scheme of an address out, of whose slashes a proxy may leave one.
_AGENT = r"/v1/agents/(?:agent:/{1,2})?([^/]+(?:/[^/]+){0,2})"
WORK = re.compile(rf"{_AGENT}/intents/stream")
POLL = re.compile(rf"{_AGENT}/intents")
CLAIM = re.compile(rf"{_AGENT}/claim")
SESSION = re.compile(r"/v1/sessions/([^/]+)/feed/stream")
FEED, FEED_STREAM = "/v1/events", "/v1/events/stream"
FILE = re.compile(r"/v1/media/([^/]+)/(content|preview)")
POLL_LIMIT = range(1, 101)
CURSOR_MAX = 2**62


def is_stream(method: str, path: str) -> bool:
    """Whether a request is answered here."""
    if doors.found(path):
        return True
    if method in ("GET", "HEAD"):
        return (
            path in (FEED, FEED_STREAM)
            or path in downloads.known
            or (
                path.endswith(("/stream", "/intents", "/content", "/preview"))
                and any(pattern.fullmatch(path) for pattern in (EVENTS, WORK, POLL, FILE, SESSION))
            )
        )
    if method == "PUT":
        found = FILE.fullmatch(path)
        return found is not None and found[2] == "content"
    return method == "POST" and path.endswith("/claim") and bool(CLAIM.fullmatch(path))


async def application(scope: Scope, receive: Receive, send: Send) -> Stream | None:
    """Answer a request; or begin to, and return the open stream, whose `rest` the caller awaits: so nothing of the way
    here stays in memory for as long as it is open. Raises domain errors before the response has started."""
    hub = hubs.hub()
    if door := doors.found(scope["path"]):
        _name(scope, door[0])
        await door[1](hub, scope, receive, send)
        return None
    if matched := EVENTS.fullmatch(scope["path"]):
        _name(scope, "/v1/intents/{intent_id}/events/stream")
        return await _events(hub, scope, matched[1], receive, send)
    if matched := WORK.fullmatch(scope["path"]):
        _name(scope, "/v1/agents/{address}/intents/stream")
        return await _work(hub, scope, matched[1], receive, send)
    if matched := SESSION.fullmatch(scope["path"]):
        _name(scope, "/v1/sessions/{session_id}/feed/stream")
        return await sessions.stream(hub, scope, matched[1], receive, send)
    if scope["path"] == FEED_STREAM:
        _name(scope, FEED_STREAM)
        return await feed_requests.stream(hub, scope, receive, send)
    if scope["path"] == FEED:
        _name(scope, FEED)
        await feed_requests.page(hub, scope, receive, send)
    elif matched := POLL.fullmatch(scope["path"]):
        _name(scope, "/v1/agents/{address}/intents")
        await _poll(hub, scope, matched[1], receive, send)
    elif matched := CLAIM.fullmatch(scope["path"]):
        _name(scope, "/v1/agents/{address}/claim")
        await _claim(hub, scope, matched[1], receive, send)
    elif matched := FILE.fullmatch(scope["path"]):
        _name(scope, f"/v1/media/{{upload_id}}/{matched[2]}")
        await _file(hub, scope, matched[1], matched[2], receive, send)
    elif begin := downloads.known.get(scope["path"]):
        _name(scope, scope["path"])
        await _download(hub, scope, begin, receive, send)
    return None


async def drain() -> None:
    """End every stream; each client can take its own up elsewhere."""
    await hubs.close()


def _name(scope: Any, route: str) -> None:
    scope["axme.route"] = route


async def _events(hub: Hub, scope: Scope, intent: str, receive: Receive, send: Send) -> EventStream | None:
    query = http.query(scope)
    headers = http.headers(scope)
    since = http.whole_number("since", query.get("since") or headers.get(b"last-event-id", "0"), range(CURSOR_MAX))
    wait = http.stream_seconds(query)
    try:
        intent_id = UUID(intent)
    except ValueError:
        raise Missing(f"no intent has the id {intent[:80]}") from None

    def allow() -> Tenant:
        return callers.actor(query, headers, scope["axme.route"])

    kind = hub.kind(EventStreams)
    with kind.opening(intent_id):
        actor, newest, first = await kind.opened(Opening(allow, intent_id, since))
        if scope["method"] == "HEAD":
            await http.reply_head(send, sse.HEADERS)
            return None
        response = Response(receive, send)
        await response.start()
        begin = since
        if since == newest + 1:
            begin = newest  # the published command line asks from the next one on
        elif since > newest:
            # The history is another than the client knows: it was restored from a backup, or the number was another's.
            response.write(sse.frame("stream.reset", {"next_seq": 0, "seq": newest}))
            begin = 0
        stream = EventStream(kind, actor, response, intent_id=intent_id, since=begin, wait_seconds=wait)
        kind.enter(stream, first)
    return stream


async def _work(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> AgentStream | None:
    query = http.query(scope)
    since = http.whole_number("since", query.get("since", "0"), range(CURSOR_MAX))
    wait = http.stream_seconds(query)
    only = _only(query.get("status"))
    machine, name = await callers.worker(hub, scope, address)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    # A poll's first statement tells; a stream's would come when the answer has begun.
    await hub.in_thread(callers.ensure_acts, machine, name)
    await hub.register()
    response = Response(receive, send)
    await response.start()
    kind = hub.kind(AgentStreams)
    connection = (scope.get("extensions") or {}).get("axme.connection")
    stream = AgentStream(
        kind, machine, response, name=name, since=since, only=only, connection=connection, wait_seconds=wait
    )
    kind.enter(stream)
    return stream


async def _poll(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> None:
    query = http.query(scope)
    wait = http.poll_seconds(query)
    limit = http.whole_number("limit", query.get("limit", "1"), POLL_LIMIT)
    machine, name = await callers.worker(hub, scope, address)
    if scope["method"] == "HEAD":
        await http.reply_head(send, [(b"content-type", b"application/json")])
        return
    await http.reply_unless_gone(
        send, await _long_poll(hub, machine, name, work_requests.ClaimWork(max=limit, wait_seconds=wait), receive)
    )


async def _claim(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> None:
    machine, name = await callers.worker(hub, scope, address)
    sent = canonical.parse(await http.read_body(receive) or b"{}")
    try:
        wanted = work_requests.ClaimWork.model_validate(sent)
    except ValidationError as error:
        raise refusal(error) from None
    key = http.headers(scope).get(b"idempotency-key")
    if key is None:
        await http.reply_unless_gone(send, await _long_poll(hub, machine, name, wanted, receive))
        return
    idempotency_key = idempotency.parse_key(
        workspace_id=machine.workspace_id,
        account_id=auth.speaker_id(machine),
        route=f"POST {scope['path']}",
        key=key,
        sent=sent,
    )
    stored = await hub.in_thread(idempotency.stored_answer, idempotency_key)
    if stored is not None:
        await http.reply(send, stored.body, (b"idempotent-replayed", b"true"))
        return
    answer = await _long_poll(hub, machine, name, wanted, receive)
    # Claims cannot run inside the record's transaction, so of two that race each gets work, and the first is repeated.
    if answer is not None:
        await hub.in_thread(idempotency.keep, idempotency_key, answer)
    await http.reply_unless_gone(send, answer)


async def _file(hub: Hub, scope: Scope, upload: str, what: str, receive: Receive, send: Send) -> None:
    query, headers = http.query(scope), http.headers(scope)

    def authenticate() -> Tenant:
        return callers.looking(scope, query, headers)

    try:
        media_id = UUID(upload)
    except ValueError:
        raise Missing(f"no file has the id {upload[:80]}") from None
    if scope["method"] == "PUT":
        await transfers.upload(hub, authenticate, media_id, transfers.declared_length(headers), receive, send)
    else:
        bare = scope["method"] == "HEAD"
        await transfers.download(hub, authenticate, media_id, inline=what == "preview", bare=bare, send=send)


async def _download(hub: Hub, scope: Scope, begin: downloads.Begin, receive: Receive, send: Send) -> None:
    query, headers = http.query(scope), http.headers(scope)
    bare, late = scope["method"] == "HEAD", not replica.is_no_cache(headers.get(b"cache-control", ""))
    await downloads.answer(
        hub, lambda: begin(callers.looking(scope, query, headers), query, late), bare=bare, receive=receive, send=send
    )


async def _long_poll(hub: Hub, machine: Machine, name: str, wanted: work_requests.ClaimWork, receive: Receive) -> str | None:
    """The answer to a poll or claim, as JSON text; None when the client left before there was one."""
    async with http.watching(hub.loop, receive) as gone:
        leased = await hub.kind(Polls).claim(
            actor=machine,
            target=name,
            limit=wanted.max,
            wait_seconds=wanted.wait_seconds,
            lease_seconds=wanted.lease_seconds,
            intent_id=wanted.intent_id,
            gone=gone,
        )
    if gone.done():
        if leased:
            await hub.in_thread_at_last(return_undelivered, leased)
        return None
    return f'{{"ok":true,"intents":[{",".join(one.text() for one in leased)}]}}'


def _only(text: str | None) -> list[str] | None:
    if not text:
        return None
    wanted = [part.strip() for part in text.split(",")]
    if unknown := [part for part in wanted if part not in Status.__members__]:
        raise InvalidField("status", f"{unknown[0][:40]!r} is no status; there are {', '.join(Status)}")
    return statuses([Status(part) for part in wanted])
