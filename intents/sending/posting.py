"""What is posted to others' URLs: what its channels share.

A try is one exchange: only a status of 2xx counts as taken. Other tries follow over days with growing pauses, unless the
receiver says that it is gone; each is put on record. To one target only so many are posted at a time, so that one that hangs
holds up no other.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from uuid import UUID

from intents.kernel import clock, statements
from intents.kernel.unit_of_work import unit
from intents.sending import breaker, connector
from intents.sending.channels import NotSent, Sent
from intents.sending.connector import Answer, Fault, Unanswered
from intents.sending.health import Tried
from intents.sending.models import Attempt
from intents.sending.models.attempt import LONGEST_ANSWER
from intents.sending.outbox import ALONE, Ahead, M, Outbox, SendResult, Settled

BACKOFF_SECONDS = (5, 30, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 20 * 3600, 37 * 3600)
"""Ten tries over about 75 hours."""
JITTER = 0.1
LONGEST_WAIT = 24 * 3600
"""The most that a receiver may ask to be left alone for by `Retry-After`."""
GONE = 410
IN_FLIGHT = 4
"""How many are posted to one target at a time."""
WAITING = 96
"""How many more of those that only wait for an answer are posted by one worker: as many as hang before the circuit of many
endpoints is broken."""
AHEAD = 8
"""So many times as much is leased for a target that answers quickly; what queues is given back when one fails."""
SECONDS = connector.SECONDS + 5
"""After which a channel gives up a thread that posts: the connector gives up before."""


_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0)), set_config('synchronous_commit', 'off', true)"


class PostOutbox(Outbox[M]):
    """An outbox of what is posted to targets.

    `target` is the row's column that names its target; an index on it and `due_at` of what is pending serves the lease.
    `targets` is SQL for a table of those that may be posted to now, `in_flight` for how many at a time to the target `t` of
    it, fewer while nobody answers there, `while_disabled` once it is disabled, and `beginning` for how many more may begin
    now, NULL for any number.
    """

    target: str
    targets: str
    in_flight = str(IN_FLIGHT)
    while_disabled = "0"
    beginning = "NULL::int"
    backoff_seconds = BACKOFF_SECONDS

    @cached_property
    def due(self) -> str:
        # Target by target, so that however much is due to one that hangs, another's waits for nothing. Ahead is leased only
        # where no other process has anything under way: it sends no more at a time than it may, for it holds them all.
        return f"""
    WITH RECURSIVE pending AS (
        (SELECT {self.target} AS id FROM {self._table} WHERE state IN ('ready', 'leased') ORDER BY {self.target} LIMIT 1)
        UNION ALL
        SELECT (SELECT p.{self.target} FROM {self._table} p
                WHERE p.state IN ('ready', 'leased') AND p.{self.target} > pending.id ORDER BY p.{self.target} LIMIT 1)
        FROM pending WHERE pending.id IS NOT NULL
    )
    SELECT id FROM (
        SELECT one.id, one.due_at, most.places, row_number() OVER (PARTITION BY q.quick ORDER BY one.due_at) AS place
        FROM pending JOIN ({self.targets}) t ON t.id = pending.id
        LEFT JOIN intents_endpointhealth h ON h.id = t.id
        CROSS JOIN LATERAL (SELECT h.id IS NULL AND t.id = ANY({statements.array("quick", "uuid")}) AS quick) q
        CROSS JOIN LATERAL (SELECT CASE WHEN q.quick THEN %(room)s::int ELSE %(limit)s::int END AS places) most
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE f.id = ANY({statements.array("held", "uuid")})) AS own, count(*) AS whole
            FROM {self._table} f
            WHERE f.{self.target} = t.id AND f.state = 'leased' AND f.due_at > {clock.START}
              AND NOT f.id = ANY({statements.array("taken", "uuid")})
        ) leased
        CROSS JOIN LATERAL (
            SELECT m.id, m.due_at FROM {self._table} m
            WHERE m.{self.target} = t.id AND m.state IN ('ready', 'leased') AND m.due_at <= {clock.START}
              AND {self.sendable}
            ORDER BY m.due_at
            LIMIT greatest(0, least({self.beginning}, most.places, CASE
                WHEN q.quick AND leased.own = leased.whole THEN {self.in_flight} * {AHEAD}
                ELSE {breaker.allowed(self.in_flight, self.while_disabled)} END - leased.whole))
            FOR UPDATE SKIP LOCKED
        ) one
    ) due
    WHERE place <= places
    ORDER BY due_at
"""

    @unit
    def lease(self, *, limit: int, busy: Sequence[UUID] = (), taken: Sequence[UUID] = (), ahead: Ahead = ALONE) -> list[M]:
        # One worker at a time: what is in flight is counted as the one before has left it. A lease that is lost with the
        # database was nobody's: what was sent under it is sent again, by the same id, as when a worker is lost.
        statements.rows(_ONE_AT_A_TIME, [self._table])
        return super().lease(limit=limit, busy=busy, taken=taken, ahead=ahead)

    def retry_seconds(self, result: SendResult[M]) -> int | None:
        planned = super().retry_seconds(result)
        if planned is None:
            return None
        asked = retry_after(result.detail) if isinstance(result.detail, Answer) else None
        # No secret: it only spreads the load.
        return round(max(planned * random.uniform(1 - JITTER, 1 + JITTER), asked or 0))  # noqa: S311


OVERDUE = Unanswered(Fault.TIMEOUT, f"no answer within {SECONDS:g} s")
"""What channels that post tell of a thread that they gave up."""


def deliver(url: str, *, headers: Mapping[str, str], body: str, keep: int = connector.KEPT_BYTES) -> Sent:
    """Post a JSON text: what came back, its Answer as the detail. Raises NotSent, with the Answer or Unanswered, for all but
    2xx."""
    known = {"content-type": "application/json", "user-agent": "AXME-Inbox"}
    try:
        # Signed under its `webhook-id`, by which a receiver knows what comes twice.
        answer = connector.post(url, headers=known | dict(headers), body=body.encode(), keep=keep, repeatable=True)
    except Unanswered as none:
        raise NotSent(none.text, detail=none) from None
    if not 200 <= answer.status < 300:
        raise NotSent(f"answered {answer.status}", permanent=answer.status == GONE, detail=answer)
    return Sent(f"answered {answer.status}", answer)


def attempt(one: Settled[M], *, warning: str | None = None, now: datetime) -> Attempt:
    """The record of a try that ended `now`, not saved."""
    message, detail = one.result.message, one.result.detail
    answer = detail if isinstance(detail, Answer) else None
    return Attempt(
        message_id=message.id,
        number=message.attempt,
        ended_at=now,
        milliseconds=answer.milliseconds if answer else None,
        status=answer.status if answer else None,
        fault=detail.fault if isinstance(detail, Unanswered) else None,
        answer=_beginning(answer) if answer else one.result.answer,
        warning=warning,
        retry_at=one.retry_at,
    )


def tried(one: Settled[M], *, endpoint_id: UUID, workspace_id: UUID) -> Tried | None:
    """What a try says of the health of the endpoint that it went to: nothing when it did not come so far."""
    detail = one.result.detail
    if not isinstance(detail, Answer | Unanswered):
        return None
    return Tried(
        endpoint_id=endpoint_id,
        workspace_id=workspace_id,
        taken=one.result.sent,
        gone=isinstance(detail, Answer) and detail.status == GONE,
        fault=detail.fault if isinstance(detail, Unanswered) else None,
    )


def _beginning(answer: Answer) -> str:
    """What an attempt shows of an answer's body."""
    return answer.body[:LONGEST_ANSWER].decode(errors="replace").replace("\0", "\ufffd")


def retry_after(answer: Answer) -> int | None:
    """For how many seconds a receiver asks to be left alone, LONGEST_WAIT at most: said so, or as a date (RFC 9110, 10.2.3),
    which counts from the receiver's own `date` where that is sent, as clocks differ. None where it does not ask."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(int(asked[:9]), LONGEST_WAIT)
    until, said = _date(asked), _date(answer.headers.get("date", ""))
    return None if until is None else min(max(0, round((until - (said or clock.now())).total_seconds())), LONGEST_WAIT)


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
