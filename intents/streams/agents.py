"""The agent stream: work delivered as it comes, one intent at a time, under a lease that the open connection carries.

Listeners on one address compete. A stream holds one intent; when that is done, or steps aside to wait, it gets the next.
A client whose connection drops loses what it held after a grace time. One that makes no call within BEGIN_SECONDS of a
delivery gets the end of the response, since it may read to the end before it acts, and keeps its lease by time alone.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from intents.accounts import bindings, stops
from intents.accounts.stops import AgentStopped
from intents.engine import leases
from intents.engine.leases import Holder, Lease
from intents.engine.services.deliveries import LeasedIntent, deliver, return_undelivered
from intents.kernel import statements
from intents.kernel.actors import Machine
from intents.streams.hub import Hub, Stream, StreamKind
from intents.streams.sse import Response, frame, framed

BEGIN_SECONDS = 2.0
UNREAD_SECONDS = 60.0
"""A client that has not read what it was given by then gets the end of the response after it."""
RESET = "reset"
"""How a client's connection ends when the client dies with data of ours unread."""

log = logging.getLogger(__name__)

Mailbox = tuple[UUID, str]


class ActiveLease(NamedTuple):
    """What a stream delivered: the lease that was given, when that was by the loop's clock, and when the client was last
    seen not to have read it."""

    given: Lease
    intent_id: UUID
    mailbox_seq: int
    at: float
    unread_at: float


class AgentStream(Stream):
    """An open stream of an agent's work. `only` are the intent statuses it wants."""

    __slots__ = ("_kind", "begun", "connection", "late", "lease", "mailbox", "only", "since")

    def __init__(
        self,
        kind: "AgentStreams",
        actor: Machine,
        response: Response,
        *,
        name: str,
        since: int,
        only: list[str] | None,
        connection: Any,
        wait_seconds: float,
    ) -> None:
        super().__init__(actor, response, wait_seconds)
        self._kind = kind
        self.mailbox: Mailbox = (actor.workspace_id, name)
        self.only = only
        self.since = since
        self.connection = connection
        self.lease: ActiveLease | None = None
        self.begun = False
        self.late = False

    def finish(self) -> None:
        """End the response. A lease that is held runs on without the connection."""
        self.response.end(frame("stream.timeout", {"next_seq": self.since}))

    def time_is_over(self) -> None:
        """`wait_seconds` have passed: the end, unless work is in hand."""
        self.late = True
        if self.lease is None:
            self.finish()

    def left(self) -> None:
        self._kind.leave(self)

    @property
    def idle(self) -> bool:
        return self.lease is None and not self.late and not self.response.over


class AgentStreams(StreamKind):
    """All open agent streams of this process."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._idle: dict[Mailbox, deque[AgentStream]] = defaultdict(deque)
        self._leased: dict[UUID, AgentStream] = {}
        self._serving: set[Mailbox] = set()
        self._again: set[Mailbox] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._outlived: dict[Lease, tuple[Any, Callable[[], None]]] = {}
        """Leases whose streams have ended: their connections, and what is to be called when those are lost."""

    def enter(self, stream: AgentStream) -> None:
        """A stream opens. Its process is registered as an instance."""
        self._hub.enter(stream)
        self._rest(stream)

    def leave(self, stream: AgentStream) -> None:
        """A stream is over; so is its hold on its work, but for a client that may still be at it."""
        self._hub.leave(stream)
        if stream in self._idle.get(stream.mailbox, ()):
            self._idle[stream.mailbox].remove(stream)
        lease, stream.lease = stream.lease, None
        if lease is None:
            return
        self._leased.pop(lease.intent_id, None)
        if stream.response.gone:
            self._spawn(self._hub.in_thread_at_last(leases.shorten_lease, [lease.given]))
            return
        self._spawn(self._hub.in_thread_at_last(leases.detach_connection, [lease.given]))
        if stream.connection is not None:
            self.watch(stream.connection, lease.given)

    def watch(self, connection: Any, lease: Lease) -> None:
        """Until the lease is over the end of the connection means something."""

        def lost() -> None:
            self._lost(connection, lease)

        self._outlived[lease] = connection, lost
        connection.add_lost_callback(lost)

    def _lost(self, connection: Any, lease: Lease) -> None:
        """The connection ended after our response had: with data unread, its client died in the middle of its work."""
        self._outlived.pop(lease, None)
        if connection.ending.value == RESET:
            self._spawn(self._hub.in_thread_at_last(leases.shorten_lease, [lease]))

    def _spawn(self, work: Any) -> None:
        async def run() -> None:
            try:
                await work
            except Exception as error:
                # Whatever was to be told about a lease, its time tells in the end.
                log.warning("lease not updated", extra={"action": "streams.lease", "error": repr(error)})

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _rest(self, stream: AgentStream) -> None:
        """The stream is free for work."""
        self._idle[stream.mailbox].append(stream)
        self._look_into(stream.mailbox)

    def woken(self, signal: list[str]) -> None:
        if signal[0] == "mailbox":
            mailbox = (UUID(signal[1]), signal[2])
            if self._idle.get(mailbox):
                self._look_into(mailbox)
        elif signal[0] == "intent" and (intent_id := UUID(signal[1])) in self._leased:
            self._spawn(self._check([intent_id]))

    def _look_into(self, mailbox: Mailbox) -> None:
        if mailbox in self._serving:
            self._again.add(mailbox)
        else:
            self._serving.add(mailbox)
            self._spawn(self._serve_mailbox(mailbox))

    async def _serve_mailbox(self, mailbox: Mailbox) -> None:
        """Deliver what waits in a mailbox to its idle streams, one claim at a time, longest idle first."""
        try:
            again = True
            while again:
                self._again.discard(mailbox)
                empty: list[list[str] | None] = []
                for stream in list(self._idle[mailbox]):
                    if stream.only in empty or not stream.idle:
                        continue
                    try:
                        if not await self._claim_for(stream):
                            empty.append(stream.only)
                    except AgentStopped:
                        stream.finish()
                again = mailbox in self._again
        finally:
            self._serving.discard(mailbox)
            if not self._idle.get(mailbox):
                self._idle.pop(mailbox, None)

    async def _claim_for(self, stream: AgentStream) -> bool:
        actor = stream.actor
        assert isinstance(actor, Machine)
        holder = Holder(actor.credential_id, self._hub.instance_id)

        def claim() -> tuple[LeasedIntent, bytes] | None:
            for work in deliver(actor=actor, target=stream.mailbox[1], holder=holder, only=stream.only):
                return work, framed("intent.delivered", work.text(), seq=work.delivery.mailbox_seq)
            return None

        claimed = await self._hub.in_thread(claim)
        if claimed is None:
            return False
        self._give(stream, *claimed)
        return True

    def _give(self, stream: AgentStream, work: LeasedIntent, data: bytes) -> None:
        (given,), seq = leases.of([work.delivery]), work.delivery.mailbox_seq
        assert seq is not None
        if not stream.idle:
            # The client left, or its time ended, while the claim was under way.
            self._spawn(self._hub.in_thread_at_last(return_undelivered, [work]))
            return
        self._idle[stream.mailbox].remove(stream)
        now = self._hub.loop.time()
        stream.lease = ActiveLease(given, work.intent.id, seq, now, now)
        stream.since, stream.begun = seq, False
        self._leased[work.intent.id] = stream
        stream.response.write(data)

    async def look(self) -> None:
        waiting = [mailbox for mailbox, streams in self._idle.items() if streams]
        if waiting:
            for mailbox in await self._hub.in_thread(with_work, waiting):
                self._look_into(mailbox)
        if self._outlived:
            watched = list(self._outlived)
            in_force = await self._hub.in_thread(leases.begun, watched)
            for lease in watched:
                if lease not in in_force and lease in self._outlived:
                    connection, lost = self._outlived.pop(lease)
                    connection.remove_lost_callback(lost)

    async def settle(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def tick(self) -> None:
        if self._leased:
            await self._check(list(self._leased))
            # A response that we have ended carries nothing, also while its client does not read the end.
            open_ones = [one for one in self._leased.values() if not one.response.over]
            carried = [one.lease.given for one in open_ones if one.lease and (one.begun or not one.response.sent)]
            if carried:
                await self._hub.in_thread(leases.renew_attached, carried, instance_id=self._hub.instance_id)

    async def _check(self, intent_ids: list[UUID]) -> None:
        """See what became of delivered work: begun, done, or silent for too long."""
        streams = {intent_id: stream for intent_id in intent_ids if (stream := self._leased.get(intent_id))}
        asked = {stream.lease.given for stream in streams.values() if stream.lease}
        begun = await self._hub.in_thread(leases.begun, list(asked))
        now = self._hub.loop.time()
        for intent_id, stream in streams.items():
            lease = stream.lease
            if lease is None or lease.given not in asked:
                continue
            if lease.given not in begun:
                stream.lease = None
                self._leased.pop(intent_id, None)
                self._free(stream)
                continue
            stream.begun = begun[lease.given]
            if not stream.response.sent:
                # Still on its way to a client that could not have begun.
                lease = stream.lease = lease._replace(unread_at=now)
            if not stream.begun and (now - lease.unread_at >= BEGIN_SECONDS or now - lease.at >= UNREAD_SECONDS):
                stream.finish()

    def _free(self, stream: AgentStream) -> None:
        """What was leased by the stream is done."""
        if stream.late:
            stream.finish()
        elif not stream.response.over:
            self._rest(stream)


def with_work(mailboxes: list[Mailbox]) -> list[Mailbox]:
    """Of these mailboxes the ones where work is ready, or whose agents may do nothing, in one query."""
    query = f"""
        SELECT m.workspace_id, m.target FROM unnest(%s::uuid[], %s::text[]) AS m(workspace_id, target)
        WHERE EXISTS (
            SELECT 1 FROM intents_delivery d
            WHERE d.workspace_id = m.workspace_id AND d.binding = %s AND d.target = m.target AND d.state = 'ready'
        ) OR {stops.does_nothing("m", "target")}
    """
    rows = statements.rows(query, [[one[0] for one in mailboxes], [one[1] for one in mailboxes], bindings.usual().name])
    return [(row[0], row[1]) for row in rows]
