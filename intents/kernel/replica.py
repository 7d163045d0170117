"""Reads that may be late, on a standby that replicates the primary's database (DATABASE_REPLICA_URL).

`read` wraps the selectors of a page or route whose figures may be some seconds old: a list, a dashboard, an export. What
decides, claims or answers a write never does. Where the standby is away, late or at odds with what it replicates, the same
is read on the primary, and the standby is left alone for a while.
"""

import logging
import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Overdue
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

import psycopg.errors as pg
from django.db import DEFAULT_DB_ALIAS, Error, InterfaceError, OperationalError, ProgrammingError, connections, transaction

from intents.kernel import clock, statements
from intents.kernel.breaker import Breaker
from intents.kernel.errors import Missing

T = TypeVar("T")

ALIAS = "replica"
LATEST_SECONDS = 10.0
"""What is further behind is not read."""
PAUSE_SECONDS = 5.0
"""So long a standby that was left is not asked."""
ANSWER_SECONDS = 3.0
"""So long it may take to say how late it is,"""
STATEMENT_SECONDS = 12.0
"""and so long over a statement, which a server that does not hang breaks off before."""
ASKED_SECONDS = 0.5
"""So long who asks how it is waits for it."""
ANEW_SECONDS = 1.0
"""A session that broke off within this time is opened anew: the standby was restarted since it was used."""

STANDBY, PRIMARY, AWAY, LATE, CONFLICT = "standby", "primary", "away", "late", "conflict"
"""Where a read was answered: by the primary within a pause, and where the standby could not, by what it is left for."""

HEADER = "Axme-Data-As-Of"
"""Of an answer that is not as of now."""
REFUSED = "what may be late neither writes nor uses the primary (intents/kernel/replica.py)"

log = logging.getLogger(__name__)


class WriteRefused(RuntimeError):
    """What may be late was about to write, or to use the primary: a mistake in the program."""


class TooLate(Exception):
    """The standby is too far behind; `seconds`, infinite when it has no look at all."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s behind")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was read is as it was then; `seconds` is how long ago that was, rounded up, one at least."""

    at: datetime
    seconds: int

    @property
    def rfc3339(self) -> str:
        """`at`, as HEADER says it."""
        return clock.rfc3339(self.at)


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """What was read. `as_of` is None where the primary answered: then it is as it is now."""

    value: T
    as_of: AsOf | None = None


class ReplicaState(NamedTuple):
    """How the standby is: `lag` in seconds, None when it does not answer; `detail` says it in words."""

    ok: bool
    lag: float | None
    detail: str


_breaker = Breaker(PAUSE_SECONDS)
counts = dict.fromkeys((STANDBY, PRIMARY, AWAY, LATE, CONFLICT), 0)
"""How many reads that may be late this process answered where; those that were moved to the primary by why."""


def configured() -> bool:
    """Whether there is a standby."""
    return ALIAS in connections.settings


def is_no_cache(cache_control: str) -> bool:
    """Whether a request's `Cache-Control` asks for what is now."""
    return "no-cache" in {one.strip().lower() for one in cache_control.split(",")}


def is_read() -> bool:
    """Whether statements run on the standby now."""
    return statements.database() == ALIAS


def primary() -> AbstractContextManager[None]:
    """Inside the block all is on the primary again: for the little that is kept of what was looked for."""
    return statements.on_database(DEFAULT_DB_ALIAS)


def read(make: Callable[[], T], *, late: bool = True) -> Dated[T]:
    """What `make` reads, on the standby if it may be `late` and there is one. `make` may be called twice; it may neither
    write nor begin a transaction, but by `statements.atomic`. Inside of a transaction the primary is read, as what that
    wrote is nowhere else. Raises what `make` raises."""
    if not late or not configured() or is_read() or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return Dated(make())
    if not _breaker.admits():
        counts[PRIMARY] += 1
        return Dated(make())
    why = ""
    try:
        found = _on_standby(make)
    except (Error, TooLate) as error:
        why = _why(error)
        _left(why, error) if why else _back()
        if not why:
            if isinstance(error.__cause__, pg.ReadOnlySqlTransaction):
                raise WriteRefused(REFUSED) from error
            raise
    except Missing:
        _back()
        why = PRIMARY  # what is that new may be there all the same
    except BaseException:
        _back()
        raise
    else:
        _back()
        counts[STANDBY] += 1
        return found
    counts[why] += 1
    return Dated(make())


def _on_standby(make: Callable[[], T]) -> Dated[T]:
    begun, kept = monotonic(), connections[ALIAS].connection is not None
    try:
        return _in_one_snapshot(make)
    except (OperationalError, InterfaceError) as error:
        if not kept or _why(error) != AWAY or monotonic() - begun > ANEW_SECONDS:
            raise
    connections[ALIAS].close()
    return _in_one_snapshot(make)


def _in_one_snapshot(make: Callable[[], T]) -> Dated[T]:
    # As of one moment, and behind a pooler on one standby. The transaction only reads (`axme_site.postgresql`).
    with transaction.atomic(using=ALIAS), statements.on_database(ALIAS):
        at, seconds = _looked()
        if seconds > LATEST_SECONDS:
            raise TooLate(seconds)
        with _statements():
            return Dated(make(), AsOf(at, max(1, math.ceil(seconds))))


_patience: ContextVar[float] = ContextVar("patience", default=0.0)


def patience() -> float:
    """So many seconds a session waits for the standby now (`axme_site.postgresql`). The kernel of one that stands still goes
    on to answer TCP, so that nothing else ends the wait."""
    return _patience.get() or ANSWER_SECONDS


@contextmanager
def _statements() -> Iterator[None]:
    token = _patience.set(STATEMENT_SECONDS)
    try:
        yield
    finally:
        _patience.reset(token)


# Every worker's look is noted each second, so that the newest tells how far the standby is, also when replication has
# stopped without a word.
_LOOKED = f"SELECT looked_at, extract(epoch FROM {clock.NOW} - looked_at)::float8 FROM intents_pulse"


def _looked() -> tuple[datetime, float]:
    """When the newest look was that the standby has, and how many seconds ago. Raises TooLate where it has none."""
    found = statements.rows(_LOOKED, {"now": clock.override()})
    if not found:
        raise TooLate(math.inf)
    return found[0][0], max(0.0, found[0][1])


def _why(error: Exception) -> str:
    """Why the standby is left after an error; empty where the primary would say the same."""
    match error, error.__cause__:
        case TooLate(), _:
            return LATE
        case ProgrammingError(), pg.UndefinedTable() | pg.UndefinedColumn() | pg.UndefinedFunction():
            return LATE  # the newest migrations have not come there yet
        case _, pg.QueryCanceled() | pg.ReadOnlySqlTransaction():
            return ""
        case _, pg.SerializationFailure() | pg.DeadlockDetected() | pg.LockNotAvailable():
            return CONFLICT
        case OperationalError() | InterfaceError(), _:
            return AWAY
    return ""


def _left(why: str, error: Exception) -> None:
    connections[ALIAS].close()
    if _breaker.open(why):
        log.warning("replica left", extra={"action": "replica.left", "why": why, "error": type(error).__name__})


def _back() -> None:
    if _breaker.close():
        log.info("replica read again", extra={"action": "replica.back"})


# A standby that answers nothing, not even that it is away, keeps nobody waiting who asks how it is.
_asker = ThreadPoolExecutor(1, thread_name_prefix="replica")
_asked: "Future[float] | None" = None


def state() -> ReplicaState | None:
    """How the standby is, as far as it says so within ASKED_SECONDS; None where there is none."""
    global _asked  # noqa: PLW0603 - of the process
    if not configured():
        return None
    if _asked is None or _asked.done():
        _asked = _asker.submit(_lag)
    try:
        lag = _asked.result(ASKED_SECONDS)
    except (Error, Overdue) as error:
        return ReplicaState(False, None, f"does not answer ({type(error).__name__})")
    if math.isinf(lag):
        return ReplicaState(False, None, "has nothing yet")
    return ReplicaState(lag <= LATEST_SECONDS, lag, f"{lag:.1f} s behind")


def _lag() -> float:
    try:
        with transaction.atomic(using=ALIAS), statements.on_database(ALIAS):
            return _looked()[1]
    except TooLate as late:
        return late.seconds
    except Error:
        connections[ALIAS].close()
        raise


def forget() -> None:
    """For tests: all pauses are over, nothing was counted, and no session is open."""
    _breaker.reset()
    counts.update(dict.fromkeys(counts, 0))
    if configured():
        connections[ALIAS].close()
        _asker.submit(_close).result(5)


def _close() -> None:
    connections[ALIAS].close()


class Router:
    """Django's own queries go where statements do, and what writes to the primary alone."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return statements.database()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        ensure_writable()
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != ALIAS


def ensure_writable() -> None:
    """Raises WriteRefused inside of what may be late."""
    if is_read():
        raise WriteRefused(REFUSED)
