"""Wake-up signals, best effort: "look at these intents and mailboxes now". By Redis (`wires`), or within one process by the
channel layer, whose only caller this is. Beside Redis, who listens in this process is told at once, and of what it says
itself by no other way.

A signal may be lost or doubled without harm: who waits also looks by itself now and then. So publishing never blocks or
fails a commit: signals go into a bounded buffer that one task or thread per process empties, everything gathered
meanwhile in one message.
"""

import asyncio
import logging
import math
import os
import secrets
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Sequence
from uuid import UUID

from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.db import transaction

from intents.kernel import wires
from intents.kernel.near import Near

GROUP, MESSAGE, FIELD = "hints", "hint", "hints"
BUFFER = 20_000
"""Signals kept while publishing is slow; more are dropped and counted."""
PUBLISH_SECONDS = 0.5
LATER_SECONDS = 0.5
GATHER_SECONDS = 0.005
"""From one message to the next: publishing each commit by itself would cost a busy process an eighth of its time."""

WORK = ("work",)
"""The signal that something is ready which workers carry out themselves."""

ASKED = ("asked",)
"""The signal that somebody searches by what workers keep, but not yet."""

RECORDED = ("recorded",)
"""The signal that events were recorded that are no intent's; one of an intent's own tells of its events."""

FOLLOWED = ("followed",)
"""The signal that somebody follows the feed, so that what is recorded gets its place there soon."""
FOLLOWED_SECONDS = 2.0
"""A process says so no more often."""

log = logging.getLogger(__name__)

work = threading.Event()
"""Set when WORK came: whoever waits for it in this process looks, and clears it."""

asked = threading.Event()
"""The same for ASKED."""

_on_events: Callable[[], None] | None = None


def on_events(call: Callable[[], None]) -> None:
    """Have `call`, which must not fail or wait, called in this process after commits that recorded events."""
    global _on_events  # noqa: PLW0603 - of the process
    _on_events = call


_on_followed: Callable[[], None] | None = None
_followed_at = -math.inf


def on_followed(call: Callable[[], None]) -> None:
    """Have `call`, which must not fail or wait, called in this process when somebody in it follows the feed."""
    global _on_followed  # noqa: PLW0603 - of the process
    _on_followed = call


def followed() -> None:
    """Somebody follows the feed, or reads it now and then: tell every process, whether or not a transaction is under way. To
    be said again every few seconds."""
    global _followed_at  # noqa: PLW0603 - of the process
    now = time.monotonic()
    if now - _followed_at < FOLLOWED_SECONDS:
        return
    _followed_at = now
    if _on_followed is not None:
        _on_followed()
    publisher().put([FOLLOWED])


def told_of_events(signal: Sequence[str]) -> bool:
    """Whether a signal says that events were recorded."""
    return tuple(signal) == RECORDED or signal[:1] == ["intent"]


class Publisher:
    """Empties the buffer of signals: on the server's event loop for an in-process layer, to Redis in a thread of its own."""

    def __init__(self) -> None:
        self.sent = 0
        self.dropped = 0
        self._lock = threading.Lock()
        self._signals: set[tuple[str, ...]] = set()
        self._later: set[tuple[str, ...]] = set()
        self._later_at = math.inf
        self._loop: asyncio.AbstractEventLoop | None = None
        self._layer: BaseChannelLayer | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._scheduled = False
        self.origin = secrets.token_hex(8)
        self.near = Near()
        """Who is told at once of what is put, beside Redis. The layer of one process needs no such thing."""

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server's event loop runs: an in-process layer must be used on this one alone."""
        if not settings.REDIS_URL:
            self._loop, self._layer, self._later_at = loop, get_channel_layer(), math.inf

    def put(self, signals: Collection[tuple[str, ...]]) -> None:
        self.near.tell(signals)
        self._put(signals)

    def _put(self, signals: Iterable[tuple[str, ...]]) -> None:
        with self._lock:
            self._signals.update(signals)
            if len(self._signals) > BUFFER:
                self.dropped += len(self._signals)
                self._signals.clear()
                return
            if self._scheduled or not self._signals:
                return
            if not self._is_running():
                self._signals.clear()
                return
            self._scheduled = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._start)
        else:
            self._wake.set()

    def put_later(self, signals: Iterable[tuple[str, ...]]) -> None:
        """Put signals of what changes many times a second: at most LATER_SECONDS from now, each once, whatever comes
        meanwhile."""
        with self._lock:
            self._later.update(signals)
            if self._later_at < math.inf or not self._later:
                return
            if not self._is_running():
                self._later.clear()
                return
            self._later_at = time.monotonic() + LATER_SECONDS
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.call_later, LATER_SECONDS, self._put_waiting)
        else:
            self._wake.set()

    def _put_waiting(self) -> None:
        with self._lock:
            signals, self._later, self._later_at = self._later, set(), math.inf
        self.put(signals)

    def _is_running(self) -> bool:
        """Whether somebody empties the buffer. A thread that does it to Redis begins with the first signal."""
        if self._thread is None and settings.REDIS_URL:
            wire = wires.Wire(settings.REDIS_URL)
            self._thread = threading.Thread(target=self._empty, args=(wire,), name="wake-ups", daemon=True)
            self._thread.start()
        return self._thread is not None or self._loop is not None

    def _empty(self, wire: wires.Wire) -> None:
        """Publish what there is, for good: what comes at rest at once, what comes in a rush in a few messages."""
        while True:
            self._wake.wait(None if self._later_at == math.inf else max(0.0, self._later_at - time.monotonic()))
            self._wake.clear()
            while signals := self._taken():
                try:
                    wire.publish(signals, self.origin)
                    self.sent += len(signals)
                except Exception as error:
                    self._drop(signals, error)
                time.sleep(GATHER_SECONDS)

    def _taken(self) -> set[tuple[str, ...]]:
        """What is to go out now. When that is nothing the turn is over, and the next signal begins another."""
        with self._lock:
            later: set[tuple[str, ...]] = set()
            if self._later_at <= time.monotonic():  # also while there is no end to what comes
                later, self._later, self._later_at = self._later, set(), math.inf
            signals, self._signals = self._signals | later, set()
            self._scheduled = bool(signals)
        self.near.tell(later)
        return signals

    def _drop(self, signals: set[tuple[str, ...]], error: Exception) -> None:
        # Whatever the broker does, nobody waits for it: those who listen look again by themselves.
        self.dropped += len(signals)
        log.warning("wake-up signals dropped", extra={"action": "live.publish", "count": len(signals), "error": repr(error)})

    def _start(self) -> None:
        self._task = asyncio.ensure_future(self._publish())

    async def _publish(self) -> None:
        """Publish until nothing is left: what comes at rest at once, what comes in a rush in a few messages."""
        assert self._layer is not None
        while signals := self._taken():
            try:
                message = {"type": MESSAGE, FIELD: [list(signal) for signal in signals]}
                await asyncio.wait_for(self._layer.group_send(GROUP, message), PUBLISH_SECONDS)
                self.sent += len(signals)
            except Exception as error:
                self._drop(signals, error)
            await asyncio.sleep(GATHER_SECONDS)


_publishers: dict[int, Publisher] = {}


def publisher() -> Publisher:
    """This process's publisher; a forked child gets its own."""
    found = _publishers.get(os.getpid())
    # Looked for first: making one costs far more, and each commit asks for it.
    return found if found is not None else _publishers.setdefault(os.getpid(), Publisher())


def wake_up(
    *,
    intents: Iterable[UUID] = (),
    mailboxes: Iterable[tuple[UUID, str]] = (),
    tasks: Iterable[tuple[UUID, UUID]] = (),
    people: Iterable[tuple[UUID, UUID]] = (),
    lists: Iterable[tuple[UUID, UUID]] = (),
    feeds: Iterable[UUID] = (),
    recorded: bool = False,
    workers: bool = False,
    searched: bool = False,
) -> None:
    """Tell every process, once the transaction has committed, that these intents have new events, these mailboxes
    (workspace, local name) new work, that something about these tasks (workspace, id) changed, that these people (workspace,
    user) are told something, that what these people have in their own lists changed, that the feeds of these workspaces have
    new entries, with `recorded` that events were recorded that are no intent's, with `workers` that there is something to
    carry out, and with `searched` that somebody searches by what is to be kept from now on."""
    # By loops: most of these are empty, and each comprehension would be a call.
    signals: list[tuple[str, ...]] = []
    for intent_id in intents:
        signals.append(("intent", str(intent_id)))
    for workspace_id, name in mailboxes:
        signals.append(("mailbox", str(workspace_id), name))
    for kind, pairs in (("task", tasks), ("person", people), ("lists", lists)):
        for workspace_id, id_ in pairs:
            signals.append((kind, str(workspace_id), str(id_)))
    for workspace_id in feeds:
        signals.append(("feed", str(workspace_id)))
    if recorded:
        signals.append(RECORDED)
    if workers:
        signals.append(WORK)
        transaction.on_commit(work.set)
    if searched:
        signals.append(ASKED)
        transaction.on_commit(asked.set)
    if (recorded or intents) and _on_events is not None:
        transaction.on_commit(_on_events)
    transaction.on_commit(lambda: publisher().put(signals))


def stir_endpoints(endpoints: Iterable[tuple[UUID, UUID]]) -> None:
    """Tell every process soon after the transaction has committed that something happened to what is posted to these
    endpoints (workspace, id)."""
    if signals := {("endpoint", str(workspace_id), str(id_)) for workspace_id, id_ in endpoints}:
        transaction.on_commit(lambda: publisher().put_later(signals))


def present(workspace_id: UUID, task_id: UUID, *, key: str, user_id: UUID, name: str, doing: str) -> None:
    """Tell every process what somebody does with a task on the open page `key`, whether or not a transaction is under way;
    nothing once they have left it. To be said again every few seconds."""
    publisher().put([("presence", str(workspace_id), str(task_id), key, str(user_id), name, doing)])


async def subscribe() -> AsyncGenerator[list[str], None]:
    """The signals that are published from now on, first of all an empty one: by then this process hears them. Raises when
    the connection to Redis is lost. Who is attached near hears here of other processes alone."""
    source = _of_others() if settings.REDIS_URL else _within_process()
    async for signals in source:
        for signal in signals or [[]]:
            yield signal


def _of_others() -> AsyncIterator[list[list[str]]]:
    me = publisher()
    return wires.listen(settings.REDIS_URL, but=me.origin if me.near.hears(asyncio.get_running_loop()) else None)


async def _within_process() -> AsyncIterator[list[list[str]]]:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    yield []
    while True:
        yield (await layer.receive(channel)).get(FIELD, [])
