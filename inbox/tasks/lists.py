"""The lists of tasks that a person sees, and how many each holds.

What is undecided is listed in groups by when it is due, in them by risk, then what is due sooner; or in another order that
is asked for. What is over, the latest first. `places` has what the orders are, `listing` the statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from inbox.tasks import by_amount, listing, places, selectors
from inbox.tasks.filters import EVERYTHING, TaskFilter
from inbox.tasks.models import NEVER, Task
from inbox.tasks.places import Cursor, DueGroup, SortOrder
from inbox.vocabulary import principals
from intents.kernel import clock, statements
from intents.kernel.actors import OPERATORS, Person
from intents.kernel.errors import Denied


class View(StrEnum):
    """`waiting` is what one may decide now and has not snoozed; `claimed` what one has claimed; `snoozed` what one has
    snoozed; `undecided` is all that waits for anybody in the workspace, for operators; `over` what was decided or ended
    without."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    UNDECIDED = "undecided"
    OVER = "over"


COUNTED = 1000
"""Lists are counted so far; a count above it means more than that."""
WALKED = 2000
"""So many tasks of a list a search reads one by one. A word that they hardly have is looked up in the index of words
instead, where one that all tasks have would be read for all of them before the first is shown."""

_AMONG = f" AND t.id = ANY({statements.array('among', 'uuid')})"


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks with their intents, in order. `until` is when a snoozed one comes back; `groups` are those of a list by due
    time, and `after` the group that the page before ended in."""

    tasks: list[Task]
    until: dict[UUID, datetime]
    next_cursor: str | None
    groups: dict[UUID, DueGroup] = field(default_factory=dict)
    after: DueGroup | None = None


def following(
    person: Person,
    *,
    view: View = View.WAITING,
    limit: int,
    cursor: str | None = None,
    find: TaskFilter = EVERYTHING,
    order: SortOrder = SortOrder.DUE,
    now: datetime | None = None,
) -> list[UUID]:
    """The first tasks of one of `person`'s lists, or those after a cursor, by their ids. As `inbox` otherwise."""
    after, clock_of = _begun(view, cursor, order, now)
    if not may_list(person, view):
        return []
    return [one.id for one in _read(person, view, after, clock_of, find, order, wanted=limit)]


def inbox(
    person: Person,
    *,
    view: View = View.WAITING,
    limit: int,
    cursor: str | None = None,
    find: TaskFilter = EVERYTHING,
    order: SortOrder = SortOrder.DUE,
    now: datetime | None = None,
) -> Page:
    """A page of one of `person`'s lists, of the tasks that `find` finds. What is over has an order of its own. The clock is
    asked for `now` unless it is given.

    Raises InvalidField for a cursor that makes no sense, Denied for `undecided` to those who operate nothing.
    """
    after, clock_of = _begun(view, cursor, order, now)
    if not may_list(person, view):
        return Page([], {}, None)
    found = _read(person, view, after, clock_of, find, order, wanted=limit + 1)
    kept, named = found[:limit], _named(view, order)
    rows = selectors.listed(person, [one.id for one in kept])
    grouped = named == SortOrder.DUE
    return Page(
        [rows[one.id] for one in kept if one.id in rows],
        {one.id: one.until for one in kept if one.until is not None},
        _cursor(kept[-1], named, clock_of).text() if len(found) > limit else None,
        {one.id: DueGroup(one.group) for one in kept} if grouped else {},
        DueGroup(after.group) if grouped and after else None,
    )


def _named(view: View, order: SortOrder) -> str:
    return places.OVER if view is View.OVER else str(order)


def _begun(view: View, cursor: str | None, order: SortOrder, now: datetime | None) -> tuple[Cursor | None, places.DueBounds]:
    """Where a page begins, and by which bounds its list was begun."""
    after = places.parse_cursor(cursor, _named(view, order)) if cursor is not None else None
    return after, (after.clock if after else None) or places.bounds(now or clock.now())


def _read(
    person: Person,
    view: View,
    after: Cursor | None,
    of: places.DueBounds,
    find: TaskFilter,
    order: SortOrder,
    *,
    wanted: int,
) -> list["_Row"]:
    params = params_of(person) | {"hour": of.hour, "today": of.today} | find.values | _place(after, view)
    which = statement_of(person, view)
    return [_Row(*row[:7]) for row in _found(which, order, after, of, params, find, wanted=wanted)]


@dataclass(frozen=True, slots=True)
class _Row:
    group: int
    risk: int
    moment: datetime
    id: UUID
    until: datetime | None
    currency: str
    amount: Decimal | None


def _found(
    which: str,
    order: SortOrder,
    after: Cursor | None,
    of: places.DueBounds,
    params: dict[str, Any],
    find: TaskFilter,
    *,
    wanted: int,
) -> Sequence[Sequence[Any]]:
    """The first `wanted` rows of a list from a place on."""
    if order is SortOrder.AMOUNT and which in by_amount.LISTS and _is_long(which, params, find):
        return by_amount.rows(which, after, params, matching=find.condition, wanted=wanted)
    if order in (SortOrder.NEWEST, SortOrder.AMOUNT) and which != View.OVER:
        return _sorted(which, order, after, params, find, wanted=wanted)
    params |= _stretches(order, of, after)
    if find.words is None:
        return statements.rows(listing.page(which, find.condition), params | {"limit": wanted})
    walked = statements.rows(listing.read(which, find.condition), params | {"limit": WALKED, "wanted": wanted})
    if len(walked) == wanted or (walked and walked[0][-1] < WALKED):
        return walked
    if which == View.OVER:
        return statements.rows(listing.page(which, find.whole), params | {"limit": wanted})
    return _sorted(which, order, after, params, find, wanted=wanted)


def _sorted(
    which: str, order: SortOrder, after: Cursor | None, params: dict[str, Any], find: TaskFilter, *, wanted: int
) -> Sequence[Sequence[Any]]:
    query = listing.ordered(which, order, after=after is not None, matching=find.whole)
    return statements.rows(query, params | {"limit": wanted})


def _is_long(which: str, params: dict[str, Any], find: TaskFilter) -> bool:
    """Whether a list holds more than what is put in order as a whole. What holds words is found by their index."""
    return find.words is None and statements.rows(listing.counted(which, find.condition), params)[0][0] > COUNTED


def _stretches(order: SortOrder, of: places.DueBounds, after: Cursor | None) -> dict[str, Any]:
    cells = places.cells(order, of, after)
    return {
        "groups": [one.group for one in cells],
        "risks": [one.risk for one in cells],
        "afters": [one.after for one in cells],
        "after_ids": [one.after_id for one in cells],
        "untils": [one.until for one in cells],
    }


def _place(after: Cursor | None, view: View) -> dict[str, Any]:
    if after is None:
        after = Cursor("", places.LAST if view is View.OVER else places.ZERO, NEVER)
    return {
        "grp": after.group,
        "risk": after.risk,
        "moment": after.moment,
        "id": after.id,
        "currency": after.currency,
        "amount": after.amount or 0,
    }


def _cursor(row: _Row, order: str, of: places.DueBounds) -> Cursor:
    grouped = order == SortOrder.DUE
    amount = row.amount if order == SortOrder.AMOUNT else None
    return Cursor(order, row.id, row.moment, row.group, row.risk, of if grouped else None, row.currency, amount)


def may_be_listed(person: Person, view: View) -> bool:
    """Whether one of these lists is for `person` at all."""
    return view is View.OVER or (person.role in (OPERATORS if view is View.UNDECIDED else principals.DECIDERS))


def may_list(person: Person, view: View) -> bool:
    """Who decides nothing has no lists of what to decide. Raises Denied."""
    if view is View.UNDECIDED and person.role not in OPERATORS:
        raise Denied("only an owner, an admin or an operator sees what waits for others", role=str(person.role))
    return person.role in principals.DECIDERS or view is View.OVER


def statement_of(person: Person, view: View) -> str:
    """Which statement of `listing` one of a person's lists is read by."""
    return listing.STANDING_IN if view is View.WAITING and person.stands_in_for else str(view)


def params_of(person: Person) -> dict[str, Any]:
    """What the statements of a person's lists are about."""
    own = principals.of(person)
    names, away = principals.of_away(person)
    return {
        "principals": own + names,
        "away": [None] * len(own) + away,
        "workspace": person.workspace_id,
        "user": person.user_id,
        "most": COUNTED + 1,
        "now": clock.override(),
    }


def among(person: Person, *, view: View = View.WAITING, ids: Sequence[UUID], find: TaskFilter = EVERYTHING) -> set[UUID]:
    """Which of these tasks are in one of `person`'s lists. Raises Denied as `inbox` does."""
    if not ids or not may_list(person, view):
        return set()
    params = params_of(person) | find.values | {"among": list(ids)}
    return {row[0] for row in statements.rows(listing.every(statement_of(person, view), find.whole + _AMONG), params)}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tasks the lists hold, each up to COUNTED + 1. `undecided` is None for who may not see that list."""

    waiting: int = 0
    claimed: int = 0
    snoozed: int = 0
    undecided: int | None = None


@lru_cache(2)
def _counts(waiting: str) -> str:
    parts = [f"({listing.counted(view)})" for view in (waiting, View.CLAIMED, View.SNOOZED)]
    parts.append(f"CASE WHEN %(operates)s::bool THEN ({listing.counted(View.UNDECIDED)}) END")
    return f"SELECT {', '.join(parts)}"


def waiting(person: Person) -> int:
    """How many tasks wait for `person`, up to COUNTED + 1: the badge of that list alone."""
    if person.role not in principals.DECIDERS:
        return 0
    statement = listing.counted(statement_of(person, View.WAITING))
    return int(statements.rows(f"SELECT ({statement})", params_of(person))[0][0])


def counts(person: Person) -> Counts:
    """The badges of `person`'s lists, in one query."""
    if person.role not in principals.DECIDERS:
        return Counts()
    params = params_of(person) | {"operates": person.role in OPERATORS}
    return Counts(*statements.rows(_counts(statement_of(person, View.WAITING)), params)[0])
