"""Places in lists of tasks: in which order a list is, its groups by due time, and where a page ended.

The groups move with the clock. A cursor carries the clock of its list's first page, so that the pages after it go by the
same groups: whatever becomes due or changes meanwhile, no task that stays where it was is skipped or shown twice.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from uuid import UUID

from django.utils import timezone

from inbox.tasks.models import NEVER, Task
from inbox.vocabulary.kinds import RISKS
from intents.kernel.errors import InvalidField


class SortOrder(StrEnum):
    """`due` is by DueGroup, in it by risk, then what is due sooner; `risk` without groups; `amount` by currency, the largest
    first."""

    DUE = "due"
    RISK = "risk"
    NEWEST = "newest"
    AMOUNT = "amount"


class DueGroup(IntEnum):
    """When a task is due. What is critical and has no deadline counts as due today."""

    HOUR = 0
    TODAY = 1
    LATER = 2
    NO_DEADLINE = 3


ZERO, LAST = UUID(int=0), UUID(int=2**128 - 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class DueBounds:
    """Until when what is due is due within the hour, and today."""

    hour: datetime
    today: datetime

    def group(self, task: Task) -> DueGroup:
        if task.due_at is None:
            return DueGroup.TODAY if task.risk == RISKS[0] else DueGroup.NO_DEADLINE
        return DueGroup.HOUR if task.due_at <= self.hour else DueGroup.TODAY if task.due_at <= self.today else DueGroup.LATER


def bounds(now: datetime) -> DueBounds:
    """Those of a moment, today being that of the time zone that is active."""
    hour = now + timedelta(hours=1)
    tomorrow = timezone.localtime(now).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), timezone.get_current_timezone())
    return DueBounds(hour, max(hour, midnight.astimezone(UTC) - _TICK))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where in a list a task is, for keyset pagination: lists go on after it. `moment` is when it is due, or was over;
    `clock` are the bounds that the list began with."""

    order: str
    id: UUID
    moment: datetime = NEVER
    group: int = 0
    risk: int = 0
    clock: DueBounds | None = None
    currency: str = ""
    amount: Decimal | None = None

    def text(self) -> str:
        parts = [self.order, self.id.hex]
        if self.clock is not None:
            parts += [_ticks(self.clock.hour), _ticks(self.clock.today), str(self.group)]
        if self.order == SortOrder.AMOUNT:
            parts += [self.currency, "" if self.amount is None else f"{self.amount:f}"]
        elif self.order != SortOrder.NEWEST:
            parts += [str(self.risk), _ticks(self.moment)]
        return "_".join(parts)


OVER = "over"
"""The order of what is over: the latest first."""


def _ticks(moment: datetime) -> str:
    return f"{(moment - _EPOCH) // _TICK:x}"


def _moment(text: str) -> datetime:
    if not text or len(text) > 15 or not text.isalnum():
        raise ValueError(text)
    return _EPOCH + timedelta(microseconds=int(text, 16))


def _digit(text: str, most: int) -> int:
    if len(text) != 1 or not "0" <= text <= str(most):
        raise ValueError(text)
    return int(text)


def parse_cursor(text: str, order: str) -> Cursor:
    """The cursor of a list in this order that a client sent. Raises InvalidField."""
    try:
        return _parsed(text, order)
    except (ValueError, IndexError, OverflowError):
        raise InvalidField("cursor", "not a cursor that this list gave out") from None


def _parsed(text: str, order: str) -> Cursor:
    named, hexed, *parts = text.split("_")
    if named != order or len(hexed) != 32 or not hexed.isalnum():
        raise ValueError(text)
    last = UUID(hexed)
    if order == SortOrder.NEWEST:
        () = parts
        return Cursor(order, last)
    if order == SortOrder.AMOUNT:
        currency, amount = parts
        return Cursor(order, last, currency=currency[:8], amount=_amount(amount))
    clock, group = None, 0
    if order == SortOrder.DUE:
        clock, group = DueBounds(_moment(parts[0]), _moment(parts[1])), _digit(parts[2], max(DueGroup))
        parts = parts[3:]
    risk, moment = parts
    return Cursor(order, last, _moment(moment), group, _digit(risk, len(RISKS)), clock)


_STORED = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,20})?")
"""An amount as a task can have it: of others, such as 1e999999, the database makes an error."""


def _amount(text: str) -> Decimal | None:
    if text and not _STORED.fullmatch(text):
        raise ValueError(text)
    return Decimal(text) if text else None


def of(task: Task, order: SortOrder, clock: DueBounds) -> Cursor:
    """The place of a task in a list."""
    due = task.due_at or NEVER
    if order is SortOrder.DUE:
        return Cursor(order, task.id, due, clock.group(task), task.risk_order, clock)
    return Cursor(order, task.id, due, 0, task.risk_order, None, task.currency, task.amount)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a list that an index has in order: what is of one risk and due after a place until a time."""

    group: int
    risk: int
    after: datetime
    after_id: UUID
    until: datetime


_AGES_AGO = datetime(1, 1, 2, tzinfo=UTC)


def cells(order: SortOrder, clock: DueBounds, cursor: Cursor | None) -> list[Stretch]:
    """The stretches that a list by due time or by risk is made of, from a cursor on."""
    every = range(len(RISKS) + 1)
    if order is SortOrder.RISK:
        found = [Stretch(0, risk, _AGES_AGO, LAST, NEVER) for risk in every]
    else:
        found = [Stretch(DueGroup.HOUR, risk, _AGES_AGO, LAST, clock.hour) for risk in every]
        found += [
            Stretch(DueGroup.TODAY, 0, clock.hour, LAST, clock.today),
            Stretch(DueGroup.TODAY, 0, NEVER - _TICK, LAST, NEVER),
        ]
        found += [Stretch(DueGroup.TODAY, risk, clock.hour, LAST, clock.today) for risk in every[1:]]
        found += [Stretch(DueGroup.LATER, risk, clock.today, LAST, NEVER - _TICK) for risk in every]
        found += [Stretch(DueGroup.NO_DEADLINE, risk, NEVER - _TICK, LAST, NEVER) for risk in every[1:]]
    return found if cursor is None else [one for cell in found if (one := _from(cell, cursor))]


def _from(cell: Stretch, cursor: Cursor) -> Stretch | None:
    """What of a cell is after a cursor."""
    at, here = (cell.group, cell.risk), (cursor.group, cursor.risk)
    if at != here:
        return cell if at > here else None
    if (cell.until, LAST) <= (cursor.moment, cursor.id):
        return None
    if (cursor.moment, cursor.id) <= (cell.after, cell.after_id):
        return cell
    return Stretch(cell.group, cell.risk, cursor.moment, cursor.id, cell.until)
