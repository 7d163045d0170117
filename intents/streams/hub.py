"""The loop of a process's streams: one subscription to wake-up signals, one ticker, a few threads for the database.

A process with thousands of idle streams makes a constant number of queries. A signal says where to look; since some may
be lost, the ticker looks by itself every LOOK_SECONDS, in one query for all streams of a kind.
"""

import asyncio
import logging
import math
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from intents import auth
from intents.engine import leases
from intents.engine.services import deliveries
from intents.kernel import instances, live
from intents.kernel.actors import Tenant
from intents.kernel.models import new_id
from intents.streams.sse import HEARTBEAT, Response

R = TypeVar("R")
K = TypeVar("K", bound="StreamKind")

TICK_SECONDS = 0.5
LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 9.0
REVOKED_SECONDS = 2.0
INSTANCE_SECONDS = 5.0
CLOSE_SECONDS = 5.0
AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


def beat_seconds() -> float:
    """How often a process gives a heartbeat: several times before it counts as gone, however short that is."""
    return min(INSTANCE_SECONDS, settings.INSTANCE_SILENT_SECONDS / 3)


class Stream:
    """An open stream as the hub knows it. `ends_at` is by the loop's clock."""

    __slots__ = ("actor", "ends_at", "response")

    def __init__(self, actor: Tenant, response: Response, wait_seconds: float) -> None:
        self.actor = actor
        self.response = response
        self.ends_at = asyncio.get_running_loop().time() + wait_seconds

    def finish(self) -> None:
        """End it so that its client can take it up again, here or elsewhere."""
        raise NotImplementedError

    def time_is_over(self) -> None:
        """`wait_seconds` have passed."""
        self.finish()

    def left(self) -> None:
        """Its response is over."""
        raise NotImplementedError

    async def rest(self) -> None:
        """Until it is over, whichever side ends it."""
        try:
            await self.response.wait()
        finally:
            self.left()


class StreamKind:
    """A kind of streams: told of wake-up signals and ticks, on the loop. A hub has one of each class, see `Hub.kind`."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        hub.kinds.append(self)

    def clients(self) -> dict[str, int]:
        """How many clients wait for what is no Stream, by a name of `instances.CLIENTS`."""
        return {}

    def woken(self, signal: list[str]) -> None:
        """A wake-up signal came: where to look."""

    async def look(self) -> None:
        """Signals may have been lost: look at everything this kind waits for."""

    async def tick(self) -> None:
        """TICK_SECONDS have passed."""

    def closing(self) -> None:
        """The process stops: whatever waits must end."""

    async def settle(self) -> None:
        """The streams are over: return when nothing of them is under way any more."""


class Hub:
    """One per process and event loop, made when the first stream opens."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.instance_id: UUID = new_id()
        self.streams: set[Stream] = set()
        self.kinds: list[StreamKind] = []
        self.listening = False
        self.closing = False
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._threads = ThreadPoolExecutor(settings.EDGE_THREADS, thread_name_prefix="edge")
        # Each thread has its next job at hand. Where thousands come at once, the others wait here: in the executor's own
        # queue each would take several times the memory.
        self._turn = asyncio.Semaphore(2 * settings.EDGE_THREADS)
        live.publisher().attach(self.loop)
        if settings.REDIS_URL:
            live.publisher().near.attach(self.loop, self._woken)
        self._tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._tick())]
        self._registered = False

    def kind(self, wanted: type[K]) -> K:
        """The streams of a kind, by its class, made when first asked for."""
        for one in self.kinds:
            if isinstance(one, wanted):
                return one
        return wanted(self)

    def enter(self, stream: Stream) -> None:
        """A stream opens."""
        self.streams.add(stream)
        self._quiet.clear()

    def leave(self, stream: Stream) -> None:
        """A stream is over."""
        self.streams.discard(stream)
        if not self.streams:
            self._quiet.set()

    async def in_thread(self, work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Run blocking `work` on a thread of the edge."""
        async with self._turn:
            return await self.loop.run_in_executor(self._threads, lambda: _checked(work, *args, **kwargs))

    async def in_thread_at_last(self, work: Callable[..., R], *args: Any) -> R:
        """`in_thread`, again and again while the database is away. `work` must bear being done twice."""
        while True:
            try:
                return await self.in_thread(work, *args)
            except (OperationalError, InterfaceError):
                await asyncio.sleep(AGAIN_SECONDS)

    async def register(self) -> None:
        """Make this process known as an instance, whose connections can carry leases. Raises OperationalError while the
        database is away; the next stream tries again."""
        if not self._registered:
            await self._beat()

    async def close(self) -> None:
        """End every stream, then the loop."""
        self.closing = True
        for kind in self.kinds:
            kind.closing()
        for stream in list(self.streams):
            stream.finish()
        await asyncio.wait_for(self._quiet.wait(), CLOSE_SECONDS)
        try:
            # What was claimed meanwhile is released while there are still threads to do it.
            # Together: a client that does not read what it is told holds up one kind, not those behind it.
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*(kind.settle() for kind in self.kinds))
        except TimeoutError:
            log.warning("leases not released", extra={"action": "hub.close"})
        for task in self._tasks:
            task.cancel()
        live.publisher().near.detach(self.loop)
        try:
            await self._return_untold()
            # First: the leases of a process that is gone are shortened.
            await self.in_thread(leases.detach_connections_of, self.instance_id)
            await self.in_thread(instances.remove, self.instance_id)
        except (OperationalError, InterfaceError):
            log.warning("instance not signed off", extra={"action": "hub.close"})
        self._threads.shutdown(wait=False)

    async def _listen(self) -> None:
        while True:
            try:
                async for signal in live.subscribe():
                    self.listening = True
                    if signal:
                        self._woken(signal)
            except Exception as error:
                self.listening = False
                log.warning("no wake-up signals", extra={"action": "hub.listen", "error": repr(error)})
                await asyncio.sleep(1.0)

    def _woken(self, signal: list[str]) -> None:
        for kind in self.kinds:
            kind.woken(signal)

    async def _tick(self) -> None:
        due = {self._look: 0.0, self._beat: 0.0, self._end_revoked: 0.0}
        every = {self._look: LOOK_SECONDS, self._beat: beat_seconds(), self._end_revoked: REVOKED_SECONDS}
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self.loop.time()
            for stream in self.streams:
                if stream.ends_at <= now:
                    stream.ends_at = math.inf
                    stream.time_is_over()
                elif now - stream.response.last_sent > HEARTBEAT_SECONDS:
                    stream.response.write(HEARTBEAT)
            jobs: list[Any] = [self._return_untold, *(kind.tick for kind in self.kinds)]
            for job, seconds in every.items():
                if due[job] <= now:
                    due[job] = now + seconds
                    jobs.append(job)
            for job in jobs:
                try:
                    await job()
                except (OperationalError, InterfaceError) as error:
                    log.warning("database away", extra={"action": "hub.tick", "error": repr(error)})
                except Exception:
                    log.exception("the hub's ticker failed", extra={"action": "hub.tick"})

    async def _return_untold(self) -> None:
        """Work that was leased for somebody here who was not told of it goes to others."""
        if deliveries.any_untold():
            await self.in_thread(deliveries.return_untold)

    async def _look(self) -> None:
        for kind in self.kinds:
            await kind.look()

    async def _beat(self) -> None:
        # Registering again is a heartbeat, and mends an entry that was lost.
        clients = Counter(streams=len(self.streams))
        for one in self.kinds:
            clients.update(one.clients())
        await self.in_thread(instances.register, self.instance_id, kind="web", host=socket.gethostname(), clients=clients)
        self._registered = True

    async def _end_revoked(self) -> None:
        """A credential that was revoked closes its open streams."""
        credentials = {stream.actor.credential_id for stream in self.streams}
        if not credentials:
            return
        valid = await self.in_thread(auth.still_valid, credentials)
        for stream in [one for one in self.streams if one.actor.credential_id not in valid]:
            stream.finish()


def _checked(work: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """Run `work`, and leave behind no connection that a restart of PostgreSQL has broken."""
    try:
        return work(*args, **kwargs)
    except (OperationalError, InterfaceError):
        connection.close()
        raise


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop; a server process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


async def close() -> None:
    """End the streams of the running event loop."""
    found = _hubs.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.close()
