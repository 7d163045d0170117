"""Wake-up signals, best effort: "look at these intents and mailboxes now". The only caller of the channel layer.

A signal may be lost or doubled without harm: who waits also looks by itself now and then. So publishing never blocks or
fails a commit: signals go into a bounded buffer that one task per process empties, everything gathered meanwhile in one
message.
"""

import asyncio
import logging
import math
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from channels.layers import BaseChannelLayer, get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import transaction

GROUP, MESSAGE, FIELD = "hints", "hint", "hints"
"""Names between processes: those of two versions understand each other while one replaces the other."""
BUFFER = 20_000
"""Signals kept while publishing is slow; more are dropped and counted."""
PUBLISH_SECONDS = 0.5
LATER_SECONDS = 0.5
GATHER_SECONDS = 0.005
"""From one message to the next: publishing each commit by itself would cost a busy process an eighth of its time."""

WORK = ("work",)
"""The signal that something is ready which workers carry out themselves."""

RECORDED = ("recorded",)
"""The signal that events were recorded that are no intent's; one of an intent's own tells of its events."""

FOLLOWED = ("followed",)
"""The signal that somebody follows the feed, so that what is recorded gets its place there soon."""
FOLLOWED_SECONDS = 2.0
"""A process says so no more often."""

log = logging.getLogger(__name__)

work = threading.Event()
"""Set when WORK came: whoever waits for it in this process looks, and clears it."""

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
    """Empties the buffer of signals on an event loop: the server's own for an in-process layer, else one in a thread."""

    def __init__(self) -> None:
        self.sent = 0
        self.dropped = 0
        self._lock = threading.Lock()
        self._signals: set[tuple[str, ...]] = set()
        self._later: set[tuple[str, ...]] = set()
        self._waits = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._layer: BaseChannelLayer | None = None
        self._scheduled = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server's event loop runs: an in-process layer must be used on this one alone."""
        if not settings.REDIS_URL:
            self._loop, self._layer, self._waits = loop, get_channel_layer(), False

    def put(self, signals: Iterable[tuple[str, ...]]) -> None:
        with self._lock:
            self._signals.update(signals)
            if len(self._signals) > BUFFER:
                self.dropped += len(self._signals)
                self._signals.clear()
                return
            if self._scheduled or not self._signals:
                return
            loop = self._publishing_loop()
            if loop is None:
                self._signals.clear()
                return
            self._scheduled = True
        loop.call_soon_threadsafe(self._start)

    def put_later(self, signals: Iterable[tuple[str, ...]]) -> None:
        """Put signals of what changes many times a second: at most LATER_SECONDS from now, each once, whatever comes
        meanwhile."""
        with self._lock:
            self._later.update(signals)
            if self._waits or not self._later:
                return
            loop = self._publishing_loop()
            if loop is None:
                self._later.clear()
                return
            self._waits = True
        loop.call_soon_threadsafe(loop.call_later, LATER_SECONDS, self._put_waiting)

    def _put_waiting(self) -> None:
        with self._lock:
            signals, self._later, self._waits = self._later, set(), False
        self.put(signals)

    def _publishing_loop(self) -> asyncio.AbstractEventLoop | None:
        if self._loop is None and settings.REDIS_URL:
            impatient = {"socket_timeout": PUBLISH_SECONDS, "socket_connect_timeout": PUBLISH_SECONDS}
            # Apart from the subscriber's, and in all but its patience the same: another prefix would reach nobody.
            config = cast("dict[str, Any]", settings.CHANNEL_LAYERS["default"]["CONFIG"])
            hosts = [host | impatient for host in config["hosts"]]
            self._layer = RedisPubSubChannelLayer(**{**config, "hosts": hosts})
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="wake-ups", daemon=True).start()
        return self._loop

    def _start(self) -> None:
        self._task = asyncio.ensure_future(self._publish())

    async def _publish(self) -> None:
        """Publish until nothing is left: what comes at rest at once, what comes in a rush in a few messages."""
        assert self._layer is not None
        while True:
            with self._lock:
                signals, self._signals = self._signals, set()
                self._scheduled = bool(signals)
            if not signals:
                return
            try:
                message = {"type": MESSAGE, FIELD: [list(signal) for signal in signals]}
                await asyncio.wait_for(self._layer.group_send(GROUP, message), PUBLISH_SECONDS)
                self.sent += len(signals)
            except Exception as error:
                # Whatever the broker does, nobody waits for it: those who listen look again by themselves.
                self.dropped += len(signals)
                extra = {"action": "live.publish", "count": len(signals), "error": repr(error)}
                log.warning("wake-up signals dropped", extra=extra)
            await asyncio.sleep(GATHER_SECONDS)


_publishers: dict[int, Publisher] = {}


def publisher() -> Publisher:
    """This process's publisher; a forked child gets its own."""
    return _publishers.setdefault(os.getpid(), Publisher())


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
) -> None:
    """Tell every process, once the transaction has committed, that these intents have new events, these mailboxes
    (workspace, local name) new work, that something about these tasks (workspace, id) changed, that these people (workspace,
    user) are told something, that what these people have in their own lists changed, that the feeds of these workspaces have
    new entries, with `recorded` that events were recorded that are no intent's, and, with `workers`, that there is something
    to carry out."""
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


async def subscribe(layer: BaseChannelLayer) -> AsyncIterator[list[str]]:
    """The signals that are published from now on, first of all an empty one: by then this process hears them."""
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    yield []
    while True:
        for signal in (await layer.receive(channel)).get(FIELD, ()):
            yield signal
