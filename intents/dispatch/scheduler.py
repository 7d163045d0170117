"""Firing what is due. Every worker may sweep; a timer fires in the transaction that deletes its row, so once.

Workers are told to look by Celery's messages; when those stay away, one that nobody tells looks by itself. A look tells when
the next timer is due, and the next comes then, if that is before its turn.

Kinds of timers are registered with their handlers; a handler gets a batch, the intents locked, and the time read after that.
"""

import logging
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from uuid import UUID

from django.conf import settings
from django.db import connection

from intents.accounts import bindings
from intents.engine import outbox, pulse, timers
from intents.engine.selectors import Locked, lock_many
from intents.engine.services.deliveries import reclaim_expired
from intents.engine.timers import Due
from intents.kernel import clock, failpoints, live, statements
from intents.kernel.unit_of_work import unit

Handler = Callable[[Sequence[Due], Locked], None]

BATCH = 1000

log = logging.getLogger(__name__)

_handlers: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Let `handler` fire the timers of `kind`."""
    _handlers[kind] = handler


# The earliest, not whether one exists: for that the planner would try its luck by reading the table from its start.
_LOOK = f"""
WITH noted AS ({pulse.NOTE})
SELECT {pulse.STEADY},
       coalesce(extract(epoch FROM (SELECT min(next_at) FROM intents_timer) - {clock.NOW})::float8, 'infinity'),
       coalesce(extract(epoch FROM (
           SELECT min(lease_expires_at) FROM intents_delivery WHERE state = 'leased'
       ) - {clock.NOW})::float8, 'infinity'),
       ARRAY(SELECT own.binding FROM {outbox.OWN_WORK})
"""


def sweep_all() -> None:
    """Look once, in one query, at everything that may be due, and do what is."""
    global _looked_at, _due_at  # noqa: PLW0603 - of the process
    ((steady, timer_in, lease_in, own_work),) = statements.rows(_LOOK, {"now": clock.override(), "own": bindings.own_work()})
    _looked_at = time.monotonic()
    _due_at = _looked_at + min((one for one in (timer_in, lease_in) if one > 0), default=math.inf)
    if not steady and (standstill := pulse.resume()):
        log.warning(
            "the server stood still",
            extra={"action": "scheduler.resume", "seconds": round(standstill[0], 1), "leases": standstill[1]},
        )
    due: list[Callable[[], object]] = []
    if lease_in <= 0:
        due.append(reclaim_expired)
    due += [one.run for one in bindings.carried_out() if one.run and one.name in own_work]
    if timer_in <= 0:
        due.append(_sweep_on)
    for work in due:
        try:
            # As one does some of it at a time, and more may be due by then, the next look comes at once.
            if work():
                live.work.set()
        except Exception:
            # What is broken for one kind must not hold up the others; it is tried again at the next look.
            log.exception("a sweep failed", extra={"action": "scheduler.sweep", "kind": repr(work)})
            connection.close_if_unusable_or_obsolete()


GATHER_SECONDS = 0.004
"""From a look out of turn to the next: what comes in a rush is found by few looks."""


def sweep_for(seconds: float) -> None:
    """Look at once, and then every SWEEP_SECONDS, or when something is due or to be carried out, until `seconds` are over
    and the next call is due."""
    global _told_at, _due_at  # noqa: PLW0603 - of the process
    began = _told_at = time.monotonic()
    _due_at = math.inf
    looks = max(1, round(seconds / settings.SWEEP_SECONDS))
    for number in range(looks):
        _look_when_woken(began + number * settings.SWEEP_SECONDS)
        if time.monotonic() - began < seconds:
            sweep_all()
    # A worker's only thread has other things to do meanwhile.
    if settings.WORKER_CONCURRENCY > 1:
        _look_when_woken(began + min(looks * settings.SWEEP_SECONDS, seconds))


def _look_when_woken(until: float) -> None:
    """Look whenever a signal comes, or what the last look saw is due, until then by the monotonic clock."""
    while _woken(until):
        sweep_all()
        time.sleep(GATHER_SECONDS)


def _woken(until: float) -> bool:
    """Wait for a signal or for what is due. False when it is `until` before."""
    global _due_at  # noqa: PLW0603 - of the process
    now, due_at = time.monotonic(), _due_at
    if now >= until:
        return False
    if live.work.wait(max(0.0, min(until, due_at) - now)):
        live.work.clear()
        return True
    _due_at = math.inf  # The look that comes now tells what is due next.
    return due_at < until


QUIET_SECONDS = 1.5
"""After so long without a look of any process somebody looks untold. A look at rest is noted only every second."""

_looked_at = 0.0
_told_at = 0.0
_due_at = math.inf
"""When the first timer or lease of which the last look saw that it is not over yet will be."""


class Standby:
    """Looks in the place of those whom no message reaches."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._ask_at = 0.0

    @property
    def needed(self) -> bool:
        return self._since is not None

    def look(self) -> None:
        """Look when nobody has for QUIET_SECONDS, and from then on at each call until this process is told to again."""
        now = time.monotonic()
        if self._since is not None and _told_at > self._since:
            self._since = None
        if self._since is None and now >= max(self._ask_at, _looked_at + QUIET_SECONDS):
            quiet = pulse.age()
            self._ask_at = now + QUIET_SECONDS - quiet
            if quiet > QUIET_SECONDS:
                self._since = now
        if self._since is not None:
            sweep_all()


def _sweep_on() -> int:
    """Fire all that is due. Returns how many timers the last batch took."""
    taken = sweep(batch=BATCH)
    if taken == BATCH:
        with _beside(_catch_up):
            taken = _catch_up()
    return taken


def _catch_up() -> int:
    """Fire batches until one is not full."""
    while True:
        # Thousands may be due at once; catching up is no standstill.
        statements.rows(pulse.NOTE, {"now": clock.override()})
        if (taken := sweep(batch=BATCH)) < BATCH:
            return taken


@contextmanager
def _beside(work: Callable[[], object]) -> Iterator[None]:
    """Inside the block another thread does `work`, as another worker would: while PostgreSQL writes one batch, the next is
    made."""

    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("a sweep failed", extra={"action": "scheduler.sweep", "kind": repr(work)})
        finally:
            connection.close()

    thread = threading.Thread(target=copy_context().run, args=(run,), name="catching-up", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def sweep(*, batch: int = BATCH) -> int:
    """Fire one batch of due timers. Returns how many were taken: as many as `batch` means there may be more."""
    sweep_id, due = timers.take_due(limit=batch)
    if due:
        try:
            _fire(sweep_id, due)
        except Exception:
            log.exception("a batch of timers failed; firing them one by one", extra={"action": "timers.sweep"})
            _fire_singly(sweep_id, due)
    return len(due)


def _fire_singly(sweep_id: UUID, due: Sequence[Due]) -> None:
    """One timer that cannot fire must not hold up the others. It stays armed, and is due again when its sweep's time is
    over."""
    for one in due:
        try:
            _fire(sweep_id, [one])
        except Exception:
            log.exception("a timer failed", extra={"action": "timers.fire", "intent": str(one.intent_id), "kind": one.kind})


@unit
def _fire(sweep_id: UUID, due: Sequence[Due]) -> None:
    locked = lock_many([one.intent_id for one in due])
    taken = timers.take(sweep_id, [one.id for one in due])
    by_kind: dict[str, list[Due]] = defaultdict(list)
    seen: set[tuple[str, UUID]] = set()
    for one in due:
        if one.id in taken and (one.kind, one.intent_id) not in seen:
            seen.add((one.kind, one.intent_id))
            by_kind[one.kind].append(one)
    for kind in sorted(by_kind):
        _handlers[kind](by_kind[kind], locked)
        failpoints.hit("mid_batch")
