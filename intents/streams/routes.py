"""Which requests are answered on the loop: their paths, their parameters and who may make them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from intents import auth, seats
from intents.engine.lifecycle import Status
from intents.engine.services import idempotency
from intents.engine.services.deliveries import return_undelivered, statuses
from intents.feed.filters import Filter
from intents.feed.services import consumers
from intents.kernel import canonical, ratelimit
from intents.kernel.actors import Machine, Tenant
from intents.kernel.addresses import local_name
from intents.kernel.errors import Denied, InvalidField, Missing
from intents.schemas import work_requests
from intents.schemas.refusals import refusal
from intents.streams import downloads, feeds, http, sse, transfers
from intents.streams import hub as hubs
from intents.streams.agents import AgentStream, AgentStreams
from intents.streams.events import EventStream, EventStreams, newest_seen
from intents.streams.feeds import Feeds, FeedStream
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
FEED, FEED_STREAM = "/v1/events", "/v1/events/stream"
FILE = re.compile(r"/v1/media/([^/]+)/(content|preview)")
WAIT_SECONDS = range(1, 61)
POLL_SECONDS = range(61)
POLL_LIMIT = range(1, 101)
DEFAULT_WAIT_SECONDS = 15
CURSOR_MAX = 2**62


def is_stream(method: str, path: str) -> bool:
    """Whether a request is answered here."""
    if method in ("GET", "HEAD"):
        return (
            path in (FEED, FEED_STREAM)
            or path in downloads.known
            or (
                path.endswith(("/stream", "/intents", "/content", "/preview"))
                and any(pattern.fullmatch(path) for pattern in (EVENTS, WORK, POLL, FILE))
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
    if matched := EVENTS.fullmatch(scope["path"]):
        _name(scope, "/v1/intents/{intent_id}/events/stream")
        return await _events(hub, scope, matched[1], receive, send)
    if matched := WORK.fullmatch(scope["path"]):
        _name(scope, "/v1/agents/{address}/intents/stream")
        return await _work(hub, scope, matched[1], receive, send)
    if scope["path"] == FEED_STREAM:
        _name(scope, FEED_STREAM)
        return await _feed_stream(hub, scope, receive, send)
    if scope["path"] == FEED:
        _name(scope, FEED)
        await _feed(hub, scope, receive, send)
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
    wait = http.whole_number("wait_seconds", query.get("wait_seconds", str(DEFAULT_WAIT_SECONDS)), WAIT_SECONDS)
    try:
        intent_id = UUID(intent)
    except ValueError:
        raise Missing(f"no intent has the id {intent[:80]}") from None

    def allow() -> tuple[Tenant, int]:
        actor = _actor(query, headers, scope["axme.route"])
        return actor, newest_seen(actor, intent_id)

    actor, newest = await hub.in_thread(allow)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    response = Response(receive, send)
    await response.start()
    kind = _kind(hub, EventStreams)
    if since == newest + 1:
        since = newest  # the published command line asks from the next one on
    if since > newest:
        # The history is another than the client knows: it was restored from a backup, or the number was another's.
        response.write(sse.frame("stream.reset", {"next_seq": 0, "seq": newest}))
        since = 0
    stream = EventStream(kind, actor, response, intent_id=intent_id, since=since, wait_seconds=wait)
    kind.enter(stream)
    return stream


async def _work(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> AgentStream | None:
    query = http.query(scope)
    since = http.whole_number("since", query.get("since", "0"), range(CURSOR_MAX))
    wait = http.whole_number("wait_seconds", query.get("wait_seconds", str(DEFAULT_WAIT_SECONDS)), WAIT_SECONDS)
    only = _only(query.get("status"))
    machine, name = await _worker(hub, scope, address)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    await hub.register()
    response = Response(receive, send)
    await response.start()
    kind = _kind(hub, AgentStreams)
    connection = (scope.get("extensions") or {}).get("axme.connection")
    stream = AgentStream(
        kind, machine, response, name=name, since=since, only=only, connection=connection, wait_seconds=wait
    )
    kind.enter(stream)
    return stream


async def _worker(hub: Hub, scope: Scope, address: str) -> tuple[Machine, str]:
    """The machine key that asks for work, and the local name whose work that is."""
    actor = await hub.in_thread(_actor, http.query(scope), http.headers(scope), scope["axme.route"])
    machine = auth.machine(actor)
    name = local_name(address, org=machine.org_slug, workspace=machine.workspace_slug)
    if not machine.reaches(name):
        raise Denied(f"this key cannot take the work of {address}", address=address)
    return machine, name


async def _poll(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> None:
    query = http.query(scope)
    wait = http.whole_number("wait_seconds", query.get("wait_seconds", "0"), POLL_SECONDS)
    limit = http.whole_number("limit", query.get("limit", "1"), POLL_LIMIT)
    machine, name = await _worker(hub, scope, address)
    if scope["method"] == "HEAD":
        await http.reply_head(send, [(b"content-type", b"application/json")])
        return
    await http.reply_unless_gone(
        send, await _long_poll(hub, machine, name, work_requests.ClaimWork(max=limit, wait_seconds=wait), receive)
    )


async def _claim(hub: Hub, scope: Scope, address: str, receive: Receive, send: Send) -> None:
    machine, name = await _worker(hub, scope, address)
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
        return _looking(scope, query, headers)

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
    bare = scope["method"] == "HEAD"
    await downloads.answer(hub, lambda: begin(_looking(scope, query, headers), query), bare=bare, receive=receive, send=send)


def _looking(scope: Scope, query: Mapping[str, str], headers: Mapping[bytes, str]) -> Tenant:
    """Who asks; whoever is signed in counts too where nothing is sent, for a page shows and links to files."""
    route = f"{scope['method']} {scope['axme.route']}"
    person = seats.by_cookie(http.session_cookie(headers)) if scope["method"] != "PUT" and http.keyless(headers) else None
    if person is None:
        return _actor(query, headers, route)
    ratelimit.spend(auth.account_id(person), route)
    return person


async def _long_poll(hub: Hub, machine: Machine, name: str, wanted: work_requests.ClaimWork, receive: Receive) -> str | None:
    """The answer to a poll or claim, as JSON text; None when the client left before there was one."""
    async with _watching(hub, receive) as gone:
        leased = await _kind(hub, Polls).claim(
            actor=machine,
            target=name,
            limit=wanted.max,
            wait_seconds=wanted.wait_seconds,
            lease_seconds=wanted.lease_seconds,
            gone=gone,
        )
    if gone.done():
        if leased:
            await hub.in_thread_at_last(return_undelivered, leased)
        return None
    return f'{{"ok":true,"intents":[{",".join(one.text() for one in leased)}]}}'


@asynccontextmanager
async def _watching(hub: Hub, receive: Receive) -> "AsyncIterator[asyncio.Future[None]]":
    """What is done once the client has left."""
    gone: asyncio.Future[None] = hub.loop.create_future()

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        if not gone.done():
            gone.set_result(None)

    watching = asyncio.ensure_future(watch())
    try:
        yield gone
    finally:
        watching.cancel()


async def _reader(hub: Hub, scope: Scope) -> tuple[Tenant, Filter, int]:
    """Who reads the feed, what of it, and from where on."""
    query, headers = http.query(scope), http.headers(scope)

    def allow() -> tuple[Tenant, Filter, int]:
        actor = _actor(query, headers, scope["axme.route"])
        return actor, *feeds.begin(actor, query, headers.get(b"last-event-id", ""))

    return await hub.in_thread(allow)


async def _feed(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    query = http.query(scope)
    wait = http.whole_number("wait_seconds", query.get("wait_seconds", "0"), POLL_SECONDS)
    limit = http.whole_number("limit", query.get("limit", str(feeds.LIMIT)), feeds.LIMITS)
    lease = http.whole_number(
        "lease_seconds", query.get("lease_seconds", str(consumers.USUAL_SECONDS)), consumers.LEASE_SECONDS
    )
    actor, wanted, after = await _reader(hub, scope)
    asked = feeds.Asked(actor, wanted, limit, query.get("consumer", ""), lease)
    if scope["method"] == "HEAD":
        await http.reply_head(send, [(b"content-type", b"application/json")])
        return
    async with _watching(hub, receive) as gone:
        kind = _kind(hub, Feeds)
        found = await kind.page(asked=asked, after=after, wait_seconds=wait, gone=gone)
    if not gone.done():
        await http.reply(send, canonical.ordered(found.answer))


async def _feed_stream(hub: Hub, scope: Scope, receive: Receive, send: Send) -> FeedStream | None:
    wait = http.whole_number("wait_seconds", http.query(scope).get("wait_seconds", str(DEFAULT_WAIT_SECONDS)), WAIT_SECONDS)
    actor, wanted, after = await _reader(hub, scope)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    response = Response(receive, send)
    await response.start()
    kind = _kind(hub, Feeds)
    stream = FeedStream(kind, actor, response, after=after, wanted=wanted, wait_seconds=wait)
    kind.enter(stream)
    return stream


def _kind(hub: Hub, wanted: Callable[[Hub], Any]) -> Any:
    return next((kind for kind in hub.kinds if isinstance(kind, wanted)), None) or wanted(hub)  # type: ignore[arg-type]


def _actor(query: Mapping[str, str], headers: Mapping[bytes, str], route: str) -> Tenant:
    actor = auth.authenticate(
        auth.Credentials(
            api_key=headers.get(b"x-api-key", ""),
            authorization=headers.get(b"authorization", ""),
            owner_query=query.get("owner_agent", ""),
            owner_header=headers.get(b"x-owner-agent", ""),
        )
    )
    ratelimit.spend(auth.account_id(actor), route)
    return actor


def _only(text: str | None) -> list[str] | None:
    if not text:
        return None
    wanted = [part.strip() for part in text.split(",")]
    if unknown := [part for part in wanted if part not in Status.__members__]:
        raise InvalidField("status", f"{unknown[0][:40]!r} is no status; there are {', '.join(Status)}")
    return statuses([Status(part) for part in wanted])
