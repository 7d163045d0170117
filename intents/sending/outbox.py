"""The transactional outbox of what leaves the server by tries: rows written in the transaction that gives the reason for
them, so that no request waits for a provider, and sent by a worker.

A row is leased, sent outside of any transaction, and settled. A process that dies in between leaves the lease
to run out, and the row is sent again with the same id: at-least-once delivery.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from intents.kernel import clock, statements
from intents.kernel.unit_of_work import unit
from intents.sending.models import Sending, SendState

LEASE_SECONDS = 60
LONGEST_ANSWER = 500


class Outgoing(Protocol):
    """Something leased for its `attempt`th try. To one `address_id` only one is sent at a time; None is never busy."""

    @property
    def id(self) -> UUID: ...

    @property
    def attempt(self) -> int: ...

    @property
    def address_id(self) -> UUID | None: ...


M = TypeVar("M", bound=Outgoing)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and how many are sent there at a time."""

    id: UUID
    at_once: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a process may lease more than it can send at once: `room` messages, to targets that are `quick`. It holds those
    that are `held`."""

    room: int = 0
    quick: Sequence[UUID] = ()
    held: Sequence[UUID] = ()


ALONE = Ahead()
"""Nothing."""


@dataclass(frozen=True, slots=True)
class SendResult(Generic[M]):
    """What became of a try to send a `message`. `answer` is what the provider said; `permanent` is a failure that trying
    again does not mend; `detail` is what the channel says of it to its outbox."""

    message: M
    sent: bool
    answer: str
    permanent: bool = False
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Settled(Generic[M]):
    """A try that is written down. `retry_at` is when the message is due again; None when this was its last try."""

    result: SendResult[M]
    retry_at: datetime | None

    @property
    def failed_for_good(self) -> bool:
        return not self.result.sent and self.retry_at is None


class Outbox(Generic[M]):
    """The rows of one table, or those in `scope`, on their way out.

    `scope` and `sendable` are SQL over the row `m`: which rows are this outbox's (an index on it and `due_at` serves the
    lease), and which of them may go now; the second may use the parameter `busy`. `columns` is SQL for what a lease reads
    beside id and attempt. `backoff_seconds` come before the second try and on, so the last try is one more than they are.
    `wiped` are the columns that are emptied when a row is over.
    """

    model: type[Sending]
    scope = "true"
    sendable = "true"
    columns: Sequence[str] = ()
    backoff_seconds: Sequence[int]
    skipped_as: str
    """The answer of a row that is left out of a lease."""
    wiped: Sequence[str] = ()

    def prepare(self, rows: Sequence[tuple[Any, ...]]) -> Iterable[M]:
        """The messages of leased rows (id, attempt, *columns), in the transaction of the lease. Those that are left out
        are skipped for good."""
        raise NotImplementedError

    def delay(self, message: M) -> int | None:
        """Seconds until the next try of a message that failed; None when this was its last."""
        return self.backoff_seconds[message.attempt - 1] if message.attempt <= len(self.backoff_seconds) else None

    def target_of(self, message: M) -> Target | None:
        """Where only so many are sent at a time, of which more are leased while it is quick; None for any number."""
        return None

    def holds_up(self, message: M) -> bool:
        """Whether others wait until it is written down that this one was sent."""
        return False

    def retry_seconds(self, result: SendResult[M]) -> int | None:
        """Seconds until a message is tried again that was not sent; None when it is given up."""
        return None if result.permanent else self.delay(result.message)

    def dead_letter(self, message: M, *, now: datetime) -> None:
        """A message failed for good; in the transaction that writes it down."""

    @cached_property
    def earliest(self) -> str:
        """SQL for when the next row is due, NULL when none is left."""
        return f"(SELECT min(m.due_at) FROM {self._table} m WHERE {self.scope} AND m.state IN ('ready', 'leased'))"

    @cached_property
    def _table(self) -> str:
        return self.model._meta.db_table

    @cached_property
    def due(self) -> str:
        """SQL for the ids of the rows to lease, locked: `limit` at most, none to an address that is `busy`."""
        return f"""
    SELECT id FROM {self._table} m
    WHERE {self.scope} AND state IN ('ready', 'leased') AND due_at <= {clock.START} AND {self.sendable}
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""

    @cached_property
    def _lease(self) -> str:
        return f"""
WITH due AS MATERIALIZED ({self.due})
UPDATE {self._table} m
SET state = 'leased', attempt = m.attempt + 1, due_at = {clock.NOW} + make_interval(secs => {LEASE_SECONDS})
WHERE id = ANY(ARRAY(SELECT id FROM due))
RETURNING {", ".join(["id", "attempt", *self.columns])}
"""

    @unit
    def lease(self, *, limit: int, busy: Sequence[UUID] = (), taken: Sequence[UUID] = (), ahead: Ahead = ALONE) -> list[M]:
        """Lease up to `limit` of what is due, none of it to an address that is `busy`, and more `ahead` where targets are
        known. Messages `taken` were sent: it is not written down yet, but they are under way no more."""
        params = {
            "limit": limit,
            "busy": list(busy),
            "taken": list(taken),
            "room": ahead.room,
            "quick": list(ahead.quick),
            "held": list(ahead.held),
            "now": clock.override(),
        }
        rows = statements.rows(self._lease, params)
        if not rows:
            return []
        messages = list(self.prepare(rows))
        if left_out := {row[0] for row in rows} - {message.id for message in messages}:
            self._end(self._rows().filter(id__in=left_out), SendState.SKIPPED, self.skipped_as, now=clock.now())
        return messages

    @unit
    def settle(self, results: Sequence[SendResult[M]]) -> None:
        """Write down what became of leased messages. One that failed is due again after its back-off, or a dead letter."""
        now = clock.now()
        for one in self.written(results, now=now):
            if one.failed_for_good:
                self.dead_letter(one.result.message, now=now)

    def written(self, results: Sequence[SendResult[M]], *, now: datetime) -> list[Settled[M]]:
        """Write down what became of leased messages, in one statement however many there are. Returns the tries that were
        still under their lease: nothing is to become of others."""
        settled = {(result.message.id, result.message.attempt): self._settled(result, now=now) for result in results}
        rows = [_Row(one, now) for one in settled.values()]
        params = {"results": statements.records(rows, _WRITTEN)}
        return [settled[tuple(row)] for row in statements.rows(self._settle, params)]

    def _settled(self, result: SendResult[M], *, now: datetime) -> Settled[M]:
        delay = None if result.sent else self.retry_seconds(result)
        return Settled(result, None if delay is None else now + timedelta(seconds=delay))

    @cached_property
    def _settle(self) -> str:
        wiped = "".join(f", {name} = CASE WHEN v.ended_at IS NULL THEN m.{name} END" for name in self.wiped)
        return f"""
UPDATE {self._table} m
SET state = v.state, answer = v.answer, due_at = coalesce(v.due_at, m.due_at), ended_at = v.ended_at{wiped}
FROM {statements.few("results", "v", _WRITTEN)}
WHERE m.id = v.id AND m.attempt = v.attempt AND m.state = 'leased'
RETURNING m.id, m.attempt
"""

    @unit
    def requeue(self, messages: Sequence[M], *, unsent: bool = False) -> None:
        """End the leases of messages that were not sent, or nobody knows whether they were: they are due again at once.
        Where it is known that they are `unsent`, it was no try."""
        rows = [(message.id, message.attempt) for message in messages]
        ids, attempts = zip(*rows, strict=True) if rows else ((), ())
        params = {"ids": list(ids), "attempts": list(attempts), "less": int(unsent), "now": clock.override()}
        ended = {row[0] for row in statements.rows(self._requeue, params)}
        if unsent:
            self.uncount([message for message in messages if message.id in ended])

    def uncount(self, messages: Sequence[M]) -> None:
        """Messages were leased and not sent: what was counted as their sending was none; in the transaction that ends their
        leases."""

    @cached_property
    def _requeue(self) -> str:
        return f"""
UPDATE {self._table} m SET state = 'ready', due_at = {clock.NOW}, attempt = m.attempt - %(less)s
FROM unnest(%(ids)s::uuid[], %(attempts)s::int[]) AS v(id, attempt)
WHERE m.id = v.id AND m.attempt = v.attempt AND m.state = 'leased' RETURNING m.id
"""

    @unit
    def send_again(self, ids: Sequence[UUID]) -> list[UUID]:
        """Let rows that failed for good be tried once more, at once and as the same message. Returns which those are. What
        is wiped when it is over cannot be."""
        if self.wiped:
            return []
        failed = self._rows().select_for_update().filter(id__in=ids, state=SendState.FAILED).order_by("id")
        found = list(failed.values_list("id", flat=True))
        self._rows().filter(id__in=found).update(state=SendState.READY, due_at=clock.now(), ended_at=None)
        return found

    def _rows(self) -> QuerySet[Sending]:
        return self.model._default_manager.all()

    def _end(self, rows: QuerySet[Sending], state: SendState, answer: str, *, now: datetime) -> int:
        return rows.update(state=state, answer=answer, ended_at=now, **dict.fromkeys(self.wiped))


_WRITTEN: statements.Columns = (
    ("id", "uuid"),
    ("attempt", "int"),
    ("state", "text"),
    ("answer", "text"),
    ("due_at", "timestamptz"),
    ("ended_at", "timestamptz"),
)


class _Row:
    """What _WRITTEN names, of a try that ended now."""

    def __init__(self, settled: Settled[Any], now: datetime) -> None:
        result = settled.result
        over = settled.retry_at is None
        self.id, self.attempt = result.message.id, result.message.attempt
        self.state = str(SendState.SENT if result.sent else SendState.FAILED if over else SendState.READY)
        self.answer = result.answer.replace("\0", "")[:LONGEST_ANSWER]
        self.due_at, self.ended_at = settled.retry_at, now if over else None
