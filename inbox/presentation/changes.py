"""What differs between an old and a new value, in words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inbox.presentation.labels import words
from inbox.presentation.money import Amount, decimal, is_number, number
from inbox.vocabulary.counts import grouped
from inbox.vocabulary.series import series

_SIDES = (("old", "new"), ("before", "after"), ("current", "proposed"), ("previous", "new"))
_SIDE_WORDS = frozenset(side for pair in _SIDES for side in pair)

_OLD = frozenset({"old", "before", "previous"})
"""Sides that stand beside the same name without one: `old_price` and `price`."""

_LONG = 40
"""Characters from which on a text is compared word by word."""
_LONGEST = 8_000
_MOST_CELLS = 20_000
"""Of the table that compares two sequences: beyond, they are shown one after the other."""
_CONTEXT = 2
"""Lines that stay the same and are shown around those that change."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two keys of an object that hold the old and the new value of `name`."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Word:
    """A part of a compared text. `kind` is same, gone, new, or skipped: lines that stay the same, counted."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """`old` and `new` are facts; `difference` is in words. A longer text has its differences inside: `words` of it, or with
    `by_line` lines."""

    old: Any
    new: Any
    difference: str = ""
    words: tuple[Word, ...] = ()
    by_line: bool = False


def pairs(keys: Iterable[str]) -> dict[str, Pair]:
    """The keys that belong together, each with its pair: `old_iban` and `new_iban`, `priceBefore` and `priceAfter`, `old`
    and `new` themselves, `old_price` and `price`."""
    sides: dict[str, dict[str, str]] = {}
    plain: dict[str, str] = {}
    for key in keys:
        named = words(key)
        plain.setdefault(" ".join(named), key)
        if named and named[0] in _SIDE_WORDS:
            sides.setdefault(" ".join(named[1:]), {}).setdefault(named[0], key)
        elif named and named[-1] in _SIDE_WORDS:
            sides.setdefault(" ".join(named[:-1]), {}).setdefault(named[-1], key)
    paired: dict[str, Pair] = {}
    for name, keys_of in sides.items():
        both = next(((keys_of[old], keys_of[new]) for old, new in _SIDES if old in keys_of and new in keys_of), None)
        if both is None and len(keys_of) == 1 and (now := plain.get(name)) and (old := next(iter(keys_of))) in _OLD:
            both = keys_of[old], now
        if both:
            paired |= dict.fromkeys(both, Pair(name, *both))
    return paired


def difference(key: str, old: Any, new: Any) -> str:
    """How far two plain values are apart: "+6%", "+1.8 points", "3 days later"; "" where that is no number or time."""
    if isinstance(old, Amount) and isinstance(new, Amount):
        return _of_amounts(old, new)
    if isinstance(old, date) and isinstance(new, date):
        return _of_times(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new)
    percents = _percent(key, old), _percent(key, new)
    if percents[0] is not None and percents[1] is not None:
        points = percents[1] - percents[0]
        return ngettext("%(number)s point", "%(number)s points", 1 if abs(points) == 1 else 2) % {"number": signed(points)}
    if is_number(old) and is_number(new) and old != new and words(key)[-1:] not in (("id",), ("number",)):
        return signed(Decimal(repr(new)) - Decimal(repr(old)))
    return ""


def signed(value: Decimal) -> str:
    """A difference with its sign, `+5` or `−5` with the typographic minus."""
    return f"{'−' if value < 0 else '+'}{number(abs(value))}"


def _of_amounts(old: Amount, new: Amount) -> str:
    if old.currency != new.currency or old.value == new.value:
        return ""
    if old.value <= 0:
        return f"{'−' if new.value < old.value else '+'}{Amount(abs(new.value - old.value), new.currency)}"
    return percent(old.value, new.value)


def percent(old: Decimal, new: Decimal) -> str:
    """By how much `new` differs from `old`, which is not 0: one decimal below 10 %, none above, never `0%`."""
    part = (new - old) / old * 100
    exact = round(part, 1) if abs(part) < 10 else round(part)
    return f"{signed(Decimal(exact))}%" if exact else f"{'−' if part < 0 else '+'}0.1%".replace("0.1", "<0.1")


_PERCENT = re.compile(r"([+-]?[0-9]{1,12}(?:[.,][0-9]{1,6})?)\s?%")


def _percent(key: str, value: Any) -> Decimal | None:
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        return Decimal(match[1].replace(",", "."))
    if words(key)[-1:] in (("percent",), ("percentage",), ("pct",)):
        return decimal(value)
    return None


def _of_times(old: date, new: date) -> str:
    if isinstance(old, datetime) != isinstance(new, datetime) or old == new:
        return ""
    apart = abs(new - old)
    if apart.days:
        said = ngettext("%(number)s day", "%(number)s days", apart.days) % {"number": grouped(apart.days)}
    else:
        hours, minutes = divmod(apart.seconds // 60, 60)
        said = " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0))
    return (_("%(span)s later") if new > old else _("%(span)s earlier")) % {"span": said} if said else ""


def _of_lists(old: Sequence[Any], new: Sequence[Any]) -> str:
    if any(isinstance(one, dict | list) for one in (*old, *new)):
        return ""
    before, after = set(map(str, old)), set(map(str, new))
    counts = []
    for count, one, several in (
        (len(after - before), "%(number)s added", "%(number)s added"),
        (len(before - after), "%(number)s removed", "%(number)s removed"),
    ):
        if count:
            counts.append(ngettext(one, several, count) % {"number": count})
    return series(counts)


def compared(old: str, new: str) -> tuple[tuple[Word, ...], bool]:
    """Two longer texts as one, with what is gone and what is new, and whether by lines. Nothing where they are short, or too
    different to be read together."""
    if max(len(old), len(new)) < _LONG or len(old) + len(new) > _LONGEST or not old or not new:
        return (), False
    by_line = "\n" in old or "\n" in new
    sides = [re.findall(r"[^\n]*\n|[^\n]+" if by_line else r"\S+\s*|\s+", text) for text in (old, new)]
    found = list(_merged(_compared(*sides)))
    if not any(one.kind == "same" for one in found):
        return (), False
    return tuple(_in_context(found) if by_line else found), by_line


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Word]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    yield from (Word("same", one) for one in old[:start])
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from (Word("same", one) for one in old[len(old) - end :])


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Word]:
    """By their longest common subsequence, in time and memory of the product of their lengths, which is bounded."""
    if len(old) * len(new) > _MOST_CELLS:
        yield from (Word("gone", one) for one in old)
        yield from (Word("new", one) for one in new)
        return
    longest = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for row in range(len(old) - 1, -1, -1):
        for column in range(len(new) - 1, -1, -1):
            longest[row][column] = (
                longest[row + 1][column + 1] + 1
                if old[row] == new[column]
                else max(longest[row + 1][column], longest[row][column + 1])
            )
    row = column = 0
    while row < len(old) or column < len(new):
        if row < len(old) and column < len(new) and old[row] == new[column]:
            yield Word("same", old[row])
            row, column = row + 1, column + 1
        elif column == len(new) or (row < len(old) and longest[row + 1][column] >= longest[row][column + 1]):
            yield Word("gone", old[row])
            row += 1
        else:
            yield Word("new", new[column])
            column += 1


def _merged(found: Iterable[Word]) -> Iterator[Word]:
    """Runs of one kind as one; of what was replaced, first all that is gone and then all that is new."""
    texts = {"gone": "", "new": ""}
    same = ""
    for one in found:
        if one.kind == "same":
            yield from (Word(kind, text) for kind, text in texts.items() if text)
            texts = {"gone": "", "new": ""}
            same += one.text
        else:
            if same:
                yield Word("same", same)
                same = ""
            texts[one.kind] += one.text
    yield from (Word(kind, text) for kind, text in texts.items() if text)
    if same:
        yield Word("same", same)


def _in_context(found: Sequence[Word]) -> Iterator[Word]:
    """Each line for itself, of those that stay the same only what is next to a change, and how many are left out."""
    for place, one in enumerate(found):
        lines = one.text.removesuffix("\n").split("\n")
        head = _CONTEXT if place > 0 else 0
        tail = _CONTEXT if place < len(found) - 1 else 0
        left_out = len(lines) - head - tail
        if one.kind != "same" or left_out <= 1:
            yield from (Word(one.kind, line) for line in lines)
            continue
        yield from (Word("same", line) for line in lines[:head])
        said = ngettext("%(number)s line stays the same", "%(number)s lines stay the same", left_out)
        yield Word("skipped", said % {"number": grouped(left_out)})
        yield from (Word("same", line) for line in lines[len(lines) - tail :])
