"""What the lines of a payload add up to."""

# ruff: noqa: SIM905

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

from inbox.presentation.labels import words
from inbox.presentation.money import Amount, amount_at, decimal, priced

_QUANTITY = frozenset("qty quantity pieces pcs count".split())
_EACH = frozenset("price each rate".split())
_PAST = frozenset("old before previous".split())
_NEVER = frozenset("unit per limit old new before after current proposed balance rate each min max percent price".split())
_ADDED = frozenset("tax vat shipping fee freight delivery tip surcharge handling".split())
_TAKEN = frozenset("discount credit rebate".split())
TOTALS = frozenset({("total",), ("grand", "total"), ("total", "amount"), ("amount", "total"), ("amount", "due"), ("sum",)})
"""Names that promise that everything beside them is in it."""
_CHOICES = frozenset("alternatives options offers quotes bids choices candidates proposals variants plans".split())
_MOST_EXTRAS = 6
MOST = 24
"""Fields of a line."""

Line = Mapping[str, Any]


def is_summed(key: str) -> bool:
    """Whether adding up what stands under `key` in several lines means something."""
    return _NEVER.isdisjoint(words(key))


def are_added(name: str) -> bool:
    """Whether the lines of a list are parts of one whole, and not what is chosen from."""
    return _CHOICES.isdisjoint(words(name))


def is_quantity(key: str) -> bool:
    """Whether a key of a payload names how many or how much there is of something, which can be added up."""
    return not _QUANTITY.isdisjoint(words(key)) and _NEVER.isdisjoint(words(key))


def lines(value: Any) -> list[Line]:
    """The objects of a list of nothing else, of two or more."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(one, dict) and len(one) <= MOST for one in value):
        return value
    return []


def column(rows: Sequence[Line], key: str) -> Amount | None:
    """The sum of the amounts under `key`, when every line has one, all of one currency."""
    found = [one.amount for row in rows if key in row and (one := amount_at(key, row))]
    return total(found) if len(found) == len(rows) else None


def line_total(row: Line) -> Amount | None:
    """Price times quantity, where a line has just one of each."""
    named = (key for key in row if not _EACH.isdisjoint(words(key)) and _PAST.isdisjoint(words(key)))
    prices = [one for key in named if (one := amount_at(key, row))]
    counts = [number for key in row if is_quantity(key) and (number := decimal(row[key])) is not None]
    if len(prices) != 1 or len(counts) != 1:
        return None
    return Amount(prices[0].amount.value * counts[0], prices[0].amount.currency)


def line_totals(rows: Sequence[Line]) -> list[Amount] | None:
    """The totals of the lines, where none tells its own."""
    if any(amount_at(key, row) for row in rows for key in row if is_summed(key)):
        return None
    made = [one for row in rows if (one := line_total(row))]
    return made if len(made) == len(rows) else None


def total(amounts: Sequence[Amount]) -> Amount | None:
    """Their sum, when they are of one currency."""
    if len({one.currency for one in amounts}) != 1:
        return None
    return Amount(sum((one.value for one in amounts), Decimal(0)), amounts[0].currency)


def of(payload: Any) -> list[Amount]:
    """What the lists of lines at the top of a payload add up to, by column, and with prices times quantities."""
    return [added for _, added in _totals(payload)]


def _totals(payload: Any) -> Iterator[tuple[str, Amount]]:
    for name, value in payload.items() if isinstance(payload, dict) else ():
        rows = lines(priced(value, payload)[0])
        if not rows or not are_added(name):
            continue
        for key in rows[0]:
            if is_summed(key) and (added := column(rows, key)):
                yield name, added
        if (made := line_totals(rows)) and (added := total(made)):
            yield name, added


TotalCheck = tuple[str, Amount, Amount, bool]


def checks(payload: Mapping[str, Any]) -> Iterator[TotalCheck]:
    """For each total at the top of a payload and the lines beside it: the total's key, its amount, what the lines come to,
    and whether that is the same, with some of the taxes, fees and discounts beside it or without them."""
    sums = [added for _, added in _totals(payload)]
    if len(sums) != 1:
        return
    (added,) = sums
    extras = [extra for key in payload if (extra := _extra(key, payload, added.currency))][:_MOST_EXTRAS]
    possible = {added.value + sum(some) for size in range(len(extras) + 1) for some in combinations(extras, size)}
    for key in payload:
        one = amount_at(key, payload)
        if one and words(key) in TOTALS and one.amount.currency == added.currency:
            yield key, one.amount, added, one.amount.value in possible


def _extra(key: str, payload: Mapping[str, Any], currency: str) -> Decimal | None:
    """What comes on top of the lines, or below zero what is taken off. Beside money a `vat` of 3.80 is money too."""
    named = words(key)
    if (_ADDED | _TAKEN).isdisjoint(named):
        return None
    found = amount_at(key, payload)
    if found and found.amount.currency != currency:
        return None
    value = found.amount.value if found else decimal(payload[key])
    return value if value is None or _TAKEN.isdisjoint(named) else -abs(value)
