"""Requests for the feed of a workspace: a page of it, or a stream."""

from intents.feed.filters import Filter
from intents.feed.services import consumers
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.streams import callers, feeds, http, sse
from intents.streams.feeds import Feeds, FeedStream
from intents.streams.http import Scope
from intents.streams.hub import Hub
from intents.streams.sse import Receive, Response, Send


async def _reader(hub: Hub, scope: Scope) -> tuple[Tenant, Filter, int]:
    """Who reads the feed, what of it, and from where on."""
    query, headers = http.query(scope), http.headers(scope)

    def allow() -> tuple[Tenant, Filter, int]:
        actor = callers.actor(query, headers, scope["axme.route"])
        return actor, *feeds.begin(actor, query, headers.get(b"last-event-id", ""))

    return await hub.in_thread(allow)


async def page(hub: Hub, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a page, once there is something for it or `wait_seconds` are over. Raises domain errors."""
    query = http.query(scope)
    wait = http.poll_seconds(query)
    limit = http.whole_number("limit", query.get("limit", str(feeds.LIMIT)), feeds.LIMITS)
    lease = http.whole_number(
        "lease_seconds", query.get("lease_seconds", str(consumers.USUAL_SECONDS)), consumers.LEASE_SECONDS
    )
    actor, wanted, after = await _reader(hub, scope)
    asked = feeds.Asked(actor, wanted, limit, query.get("consumer", ""), lease)
    if scope["method"] == "HEAD":
        await http.reply_head(send, [(b"content-type", b"application/json")])
        return
    async with http.watching(hub.loop, receive) as gone:
        found = await hub.kind(Feeds).page(asked=asked, after=after, wait_seconds=wait, gone=gone)
    if not gone.done():
        await http.reply(send, canonical.ordered(found.answer))


async def stream(hub: Hub, scope: Scope, receive: Receive, send: Send) -> FeedStream | None:
    """Begin a stream; None where only its head was asked for. Raises domain errors."""
    wait = http.stream_seconds(http.query(scope))
    actor, wanted, after = await _reader(hub, scope)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    response = Response(receive, send)
    await response.start()
    kind = hub.kind(Feeds)
    begun = FeedStream(kind, actor, response, after=after, wanted=wanted, wait_seconds=wait)
    kind.enter(begun)
    return begun
