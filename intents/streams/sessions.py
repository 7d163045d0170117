"""Streams of sessions: their messages, live, until they are completed."""

from uuid import UUID

from intents.kernel.actors import Tenant
from intents.kernel.errors import Missing
from intents.schemas import sessions as shapes
from intents.schemas.fields import INT_MAX
from intents.streams import callers, http, sse
from intents.streams.http import Scope
from intents.streams.hub import Hub, Stream, StreamKind
from intents.streams.sse import Receive, Response, Send, frame
from intents.threads import selectors
from intents.threads.models import AgentSession

CHUNK = 200


class SessionStream(Stream):
    """An open stream of one session, which has been sent all up to `since`."""

    __slots__ = ("_kind", "session_id", "since")

    def __init__(
        self, kind: "SessionStreams", actor: Tenant, response: Response, *, session_id: UUID, since: int, wait_seconds: float
    ) -> None:
        super().__init__(actor, response, wait_seconds)
        self._kind = kind
        self.session_id = session_id
        self.since = since

    def finish(self) -> None:
        self.response.end(frame("stream.timeout", {"next_seq": self.since}))

    def left(self) -> None:
        self._kind.leave(self)


class SessionStreams(StreamKind):
    """All of them. Every half second one query tells which have more: what is written here is told to no signal."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._streams: set[SessionStream] = set()

    def enter(self, stream: SessionStream) -> None:
        self._streams.add(stream)
        self._hub.enter(stream)

    def leave(self, stream: SessionStream) -> None:
        self._streams.discard(stream)
        self._hub.leave(stream)

    async def tick(self) -> None:
        waiting = [one for one in self._streams if one.response.sent and not one.response.over]
        if not waiting:
            return
        least: dict[UUID, int] = {}
        for one in waiting:
            least[one.session_id] = min(one.since, least.get(one.session_id, one.since))
        behind = await self._hub.in_thread(selectors.with_more, least.items())
        for one in waiting:
            if row := behind.get(one.session_id):
                told = await self._hub.in_thread(selectors.messages, row, since=one.since, limit=CHUNK)
                for message in told:
                    one.response.write(frame("session.message", shapes.said(message), seq=message.seq))
                    one.since = message.seq
                if row.completed_at is not None and one.since >= row.seq:
                    one.response.end(frame("session.completed", shapes.completed(row), seq=row.seq + 1))


async def stream(hub: Hub, scope: Scope, session: str, receive: Receive, send: Send) -> SessionStream | None:
    """Begin a stream; None where only its head was asked for. Raises domain errors."""
    query, headers = http.query(scope), http.headers(scope)
    since = http.whole_number("since", query.get("since") or headers.get(b"last-event-id", "0"), range(INT_MAX))
    wait = http.stream_seconds(query)

    def allow() -> tuple[Tenant, AgentSession]:
        actor = callers.actor(query, headers, scope["axme.route"])
        try:
            wanted = UUID(session)
        except ValueError:
            raise Missing(f"no session has the id {session[:80]}") from None
        return actor, selectors.session(actor, wanted)

    actor, row = await hub.in_thread(allow)
    if scope["method"] == "HEAD":
        await http.reply_head(send, sse.HEADERS)
        return None
    response = Response(receive, send)
    await response.start()
    kind = hub.kind(SessionStreams)
    begun = SessionStream(kind, actor, response, session_id=row.id, since=since, wait_seconds=wait)
    kind.enter(begun)
    return begun
