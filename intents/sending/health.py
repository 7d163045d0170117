"""The health of endpoints: when they have failed for so long that nothing more is posted to them, and whom that is told.

An endpoint is disabled when for five days nothing but failures came, of which two in those days lie twelve hours apart, so
that neither a bad hour nor a server that stood still does it; and at once when it answers that it is gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from intents.kernel import statements
from intents.sending import breaker
from intents.sending.connector import Fault
from intents.sending.models.health import DisabledReason, EndpointHealth

FAILING = timedelta(days=5)
APART = timedelta(hours=12)
TOLD = (50, 90, 100)
"""At which percentages of FAILING somebody is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a try to post to an endpoint ended: `fault` is why there was no answer. One that was not `taken` failed."""

    endpoint_id: UUID
    workspace_id: UUID
    taken: bool
    gone: bool = False
    fault: Fault | None = None


class Turn(StrEnum):
    FAILING = "failing"
    DISABLED = "disabled"
    RECOVERED = "recovered"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell of an endpoint, which has failed `since`: at which `percent` of the time until it is disabled, or
    that it is, for which `reason`; or that it takes again what is posted to it."""

    endpoint_id: UUID
    workspace_id: UUID
    turn: Turn
    since: datetime
    percent: int = 0
    reason: DisabledReason | None = None


def failed(row: EndpointHealth, tried: Tried, *, now: datetime) -> Notice | None:
    """A try failed at an endpoint. Returns what is to be told."""
    if row.disabled_at is not None:
        return None
    breaker.count(row, tried.fault, now=now)
    if now - row.marked_at >= APART:
        row.marked_before, row.marked_at = row.marked_at, now
    if tried.gone:
        return _disabled(row, DisabledReason.GONE, now=now)
    percent = min(100, int(100 * (now - row.failing_since) / FAILING))
    if percent == 100 and not _twice(row, now=now):
        percent = 99
    reached = max((step for step in TOLD if step <= percent), default=0)
    if reached == 100:
        return _disabled(row, DisabledReason.FAILING, now=now)
    if reached <= row.told:
        return None
    row.told = reached
    return Notice(row.id, row.workspace_id, Turn.FAILING, row.failing_since, reached)


def _twice(row: EndpointHealth, *, now: datetime) -> bool:
    """Whether two failures of the last days lie far enough apart: the one now is the second, or the last mark was."""
    return row.marked_before is not None and row.marked_before >= now - FAILING


def _disabled(row: EndpointHealth, reason: DisabledReason, *, now: datetime) -> Notice:
    row.disabled_at, row.disabled_reason, row.told = now, reason, 100
    return Notice(row.id, row.workspace_id, Turn.DISABLED, row.failing_since, 100, reason)


_ROW: statements.Columns = (
    ("id", "uuid"),
    ("workspace_id", "uuid"),
    ("failing_since", "timestamptz"),
    ("marked_at", "timestamptz"),
    ("marked_before", "timestamptz"),
    ("told", "smallint"),
    ("faults", "int"),
    ("probe_at", "timestamptz"),
    ("disabled_at", "timestamptz"),
    ("disabled_reason", "text"),
)
_NAMES = [name for name, _ in _ROW]
_INSERT = f"""
INSERT INTO intents_endpointhealth ({", ".join(_NAMES)})
SELECT {", ".join(_NAMES)} FROM {statements.recordset("rows", "v", _ROW)}
ON CONFLICT (id) DO"""
_BEGIN = f"{_INSERT} NOTHING"
_WRITE = f"{_INSERT} UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _NAMES[2:])}"
_ROWS = f"""
SELECT {statements.columns(EndpointHealth, "h")} FROM intents_endpointhealth h
WHERE h.id = ANY({statements.array("ids", "uuid")}) ORDER BY h.id
"""
_LOCKED = f"{_ROWS} FOR UPDATE"


def settle(tries: Sequence[Tried], *, now: datetime) -> list[Notice]:
    """Count tries that ended, in their order, in the transaction that writes them down. Returns what is to be told. Where
    all is well, and was before, this is one look."""
    if failing := {one.endpoint_id: one for one in tries if not one.taken}:
        # Whoever fails first makes the row, and others wait for it: then each locks it, and none counts past another.
        _write(_BEGIN, [_fresh(failing[one], now=now) for one in sorted(failing)])
    rows = {row.id: row for row in locked({one.endpoint_id for one in tries})}
    before = {row.id: _values(row) for row in rows.values()}
    notices = [notice for one in tries if (notice := _count(rows, one, now=now))]
    _write(_WRITE, [row for row in rows.values() if _values(row) != before.get(row.id)])
    forget(before.keys() - rows.keys())
    return notices


def locked(endpoint_ids: Iterable[UUID]) -> list[EndpointHealth]:
    """What is wrong with endpoints, their rows locked in one order."""
    return statements.objects(EndpointHealth, _LOCKED, {"ids": sorted(endpoint_ids)})


def of(endpoint_ids: Iterable[UUID]) -> dict[UUID, EndpointHealth]:
    """What is wrong with endpoints, by their ids; one with which nothing is wrong has no row."""
    return {row.id: row for row in statements.objects(EndpointHealth, _ROWS, {"ids": list(endpoint_ids)})}


def forget(endpoint_ids: Iterable[UUID]) -> None:
    """All is well with endpoints, as far as is known, or they are gone."""
    if ids := list(endpoint_ids):
        statements.rows("DELETE FROM intents_endpointhealth WHERE id = ANY(%s::uuid[])", [ids])


def _fresh(one: Tried, *, now: datetime) -> EndpointHealth:
    """Of an endpoint that fails for the first time."""
    return EndpointHealth(id=one.endpoint_id, workspace_id=one.workspace_id, failing_since=now, marked_at=now)


def _count(rows: dict[UUID, EndpointHealth], one: Tried, *, now: datetime) -> Notice | None:
    row = rows.get(one.endpoint_id)
    if not one.taken:
        if row is None:
            row = rows[one.endpoint_id] = _fresh(one, now=now)
        return failed(row, one, now=now)
    if row is None or row.disabled_at is not None:
        return None
    del rows[row.id]
    return Notice(row.id, row.workspace_id, Turn.RECOVERED, row.failing_since, row.told) if row.told else None


def _values(row: EndpointHealth) -> list[object]:
    return [getattr(row, name) for name in _NAMES]


def _write(statement: str, rows: Sequence[EndpointHealth]) -> None:
    if rows:
        statements.rows(statement, {"rows": statements.records(rows, _ROW)})
