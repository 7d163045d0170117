"""Lines of a payload as a table: pairs of columns compared, sums under what can be added up, totals checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.presentation import sums
from inbox.presentation.changes import Pair, pairs
from inbox.presentation.labels import label
from inbox.presentation.money import Amount, amount_at, decimal, money_label, number
from inbox.vocabulary.counts import grouped

MOST_COLUMNS = 40
NUMBERS = ("amount", "number")


@dataclass(frozen=True, slots=True)
class Total:
    """What the data say that lines which come to `added` are in all, and whether that may be."""

    added: str
    told: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Objects of the same shape, each row as facts in the order of `columns`. `computed` are line totals of ours, one for
    each row; `foot` has what the columns add up to, all rows counted, "" where nothing does. `at` is the JSON pointer to the
    list, whose object `source` is; `totals` are amounts of the data that are to be the sum of their name."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    foot: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    at: str = ""
    source: Any = None
    totals: tuple["Total", ...] = ()

    def placed(self, places: Mapping[int, str], checks: Sequence[sums.TotalCheck]) -> "Table":
        """With its place, and with what the data say of its sums."""
        told = tuple(Total(str(added), str(total), fits) for _, total, added, fits in checks if str(added) in self.foot)
        return replace(self, at=places.get(id(self.source), ""), totals=told)

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The columns, and whether each holds numbers."""
        numbers = (all(_is_number(row[at]) for row in self.rows) for at in range(len(self.columns)))
        return list(zip(self.columns, numbers, strict=True))

    @property
    def foot_cells(self) -> list[tuple[str, bool, "Total | None"]]:
        """The sums, whether each stands under numbers, and what the data say it is."""
        numbers = [numbers for _, numbers in self.heads] + [True] * bool(self.computed)
        told = {one.added: one for one in self.totals}
        return [(cell, number, told.get(cell)) for cell, number in zip(self.foot, numbers, strict=True)]

    @property
    def lines(self) -> list[tuple[tuple[Any, ...], str]]:
        """The rows with their line totals."""
        return [(row, self.computed[at] if self.computed else "") for at, row in enumerate(self.rows)]


def _is_number(fact: Any) -> bool:
    if fact.kind == "change":
        return fact.value.old.kind in NUMBERS and fact.value.new.kind in NUMBERS
    return fact.kind in NUMBERS


def columns(rows: Sequence[Mapping[str, Any]]) -> list[str | Pair]:
    """The columns of objects, in the order sent, the old and the new of something as one. None where they make no table."""
    keys = dict.fromkeys(key for row in rows for key in row)
    paired = pairs(keys)
    found = list(dict.fromkeys(paired.get(key, key) for key in keys))
    return found if len(found) <= MOST_COLUMNS else []


def _head(column: str | Pair, row: Mapping[str, Any]) -> str:
    name, key = (column.name or "change", column.new) if isinstance(column, Pair) else (column, column)
    return money_label(name, amount_at(key, row) if key in row else None)


def table(found: Sequence[str | Pair], cells: Sequence[Sequence[Any]], rows: Sequence[Any], name: str) -> Table:
    """`cells` are facts of the first of `rows`, by column; sums are those of all rows."""
    whole = [row for row in rows if isinstance(row, dict)]
    heads = tuple(_head(one, whole[0] if whole else {}) for one in found)
    body = tuple(map(tuple, cells))
    if len(whole) != len(rows) or len(rows) < 2 or not sums.are_added(name):
        return Table(heads, body)
    totals = sums.line_totals(whole)
    foot = [_sum(one, whole) for one in found]
    if totals:
        foot.append(str(sums.total(totals) or ""))
    if any(foot):
        at = next((place for place, one in enumerate(foot) if not one), None)
        if at is not None:
            foot[at] = _counted(len(rows), name)
    return Table(heads, body, tuple(foot) if any(foot) else (), tuple(map(str, (totals or [])[: len(cells)])))


def _sum(one: str | Pair, rows: Sequence[sums.Line]) -> str:
    if isinstance(one, Pair):
        return _sum_of_changes(one, rows)
    if sums.is_quantity(one):
        counted = [decimal(row.get(one)) for row in rows]
        return number(sum((value for value in counted if value is not None), Decimal(0))) if None not in counted else ""
    return str(sums.column(rows, one) or "") if sums.is_summed(one) else ""


def _sum_of_changes(pair: Pair, rows: Sequence[sums.Line]) -> str:
    """By how much all of them go up or down."""
    old, new = sums.column(rows, pair.old), sums.column(rows, pair.new)
    if old is None or new is None or old.currency != new.currency:
        return ""
    apart = new.value - old.value
    return f"{'−' if apart < 0 else '+'}{Amount(abs(apart), new.currency)}"


def _counted(rows: int, name: str) -> str:
    if name.lower().endswith("s") and rows > 1:
        return f"{grouped(rows)} {name.lower()}"
    return ngettext("%(number)s row", "%(number)s rows", rows) % {"number": grouped(rows)}


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a total agrees with the lines beside it, in words."""

    fits: bool
    words: str


def checks(payload: Any) -> list[Check]:
    """What is to be said of the totals at the top of a payload."""
    checks = []
    for key, total, added, fits in sums.checks(payload) if isinstance(payload, dict) else ():
        known = {"name": label(key), "total": total, "sum": added}
        if fits:
            checks.append(Check(True, _("%(name)s %(total)s: the lines add up.") % known))
        else:
            checks.append(Check(False, _("%(name)s says %(total)s, but the lines add up to %(sum)s.") % known))
    return checks
