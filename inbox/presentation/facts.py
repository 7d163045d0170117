"""A payload as typed values: nothing in it is left out without a count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from inbox.presentation import sums
from inbox.presentation.changes import Change, Pair, compared, difference, pairs
from inbox.presentation.code import code
from inbox.presentation.essence import is_id
from inbox.presentation.headlines import is_party
from inbox.presentation.labels import label
from inbox.presentation.money import amount_at, money_label, number, priced
from inbox.presentation.tables import Table, columns, table
from inbox.presentation.values import Fact, comparable, text
from inbox.vocabulary.pointers import of_key, spot

MOST_FIELDS = 60
"""Fields of one object that are shown as such; more are counted, and stand in the raw data."""
MOST_ITEMS = 20
MOST_ROWS = 50
"""Rows of a table in the page of a task; all of them are on a page of their own."""
MOST_IN_CELL = 4
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    """A fact of an object, by which keys it tells."""

    fact: Fact
    rank: int
    keys: int = 1


def facts(payload: Any) -> tuple[list[Fact], int]:
    """The payload's fields, and how many more there are than are shown: first what changes, then money, then whom it
    concerns, then the rest as it was sent, ids last."""
    if not isinstance(payload, dict):
        return ([] if payload in (None, {}) else [_fact("", {"": payload}, 0)[0]]), 0
    entries = sorted(_entries(payload, 0), key=lambda one: one.rank)
    shown, more = _cut(entries)
    places, checks = _lists(payload), list(sums.checks(payload))
    return [_placed(one, places, checks) for one in shown], more


def _lists(payload: Any) -> dict[int, str]:
    """Where the lists of a payload are, as JSON pointers by what they are."""
    places: dict[int, str] = {}
    left = [("", payload)]
    while left:
        at, value = left.pop()
        if isinstance(value, list):
            places[id(value)] = at
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        left += [(f"{at}{of_key(str(key))}", one) for key, one in inner if isinstance(one, dict | list)]
    return places


def _placed(fact: Fact, places: Mapping[int, str], checks: Sequence[sums.TotalCheck]) -> Fact:
    """With the tables in it that know where they are, and which of their sums the data tell as well."""
    if fact.kind == "table":
        return replace(fact, value=fact.value.placed(places, checks))
    if fact.kind in ("group", "list"):
        return replace(fact, value=tuple(_placed(one, places, checks) for one in fact.value))
    return fact


def change(name: str, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Fact:
    """From a value to another: both stand under `key`, each in an object of its own. Without a `name` it is the key's."""
    return _change(name or label(key), key, (key, before), (key, after), 0)[0]


def _cut(entries: list[_Entry]) -> tuple[list[Fact], int]:
    return [one.fact for one in entries[:MOST_FIELDS]], sum(one.keys for one in entries[MOST_FIELDS:])


def _entries(payload: Mapping[str, Any], depth: int) -> list[_Entry]:
    entries_by_key: dict[str, _Entry] = {}
    covered: set[str] = set()
    more: list[_Entry] = []
    paired = pairs(payload)
    for key in payload:
        pair = paired.get(key)
        if pair is not None:
            if (pair.new if key == pair.old else pair.old) not in entries_by_key:
                entries, shown_with = _pair(pair, payload, depth)
                covered |= shown_with
                entries_by_key[key], *rest = entries
                more += rest
            continue
        fact, shown_with = _fact(key, payload, depth)
        covered |= shown_with
        entries_by_key[key] = _Entry(fact, _rank(key, fact))
    return [one for key, one in entries_by_key.items() if key not in covered] + more


def _rank(key: str, fact: Fact) -> int:
    if fact.kind == "amount":
        return 1
    if is_party(key):
        return 2
    return 4 if is_id(key) else 3


def _pair(pair: Pair, payload: Mapping[str, Any], depth: int) -> tuple[list[_Entry], frozenset[str]]:
    old, new = payload[pair.old], payload[pair.new]
    if (
        isinstance(old, dict)
        and isinstance(new, dict)
        and not (amount_at(pair.old, payload) or amount_at(pair.new, payload))
    ):
        changes = [_Entry(fact, 0) for fact in _changes(old, new, depth + 1)]
        if not pair.name and changes:
            return changes, frozenset()
        return [_Entry(Fact(label(pair.name or "change"), "group", tuple(one.fact for one in changes)), 0, 2)], frozenset()
    fact, covered = _change(label(pair.name or "change"), pair.name, (pair.old, payload), (pair.new, payload), depth)
    return [_Entry(fact, 0, 2)], covered


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], depth: int) -> Iterator[Fact]:
    """What differs between two objects as changes, what does not as it is."""
    facts: list[tuple[str, Fact]] = []
    covered: set[str] = set()
    for key in dict.fromkeys((*before, *after)):
        old, new = before.get(key), after.get(key)
        if key in before and key in after and old == new:
            fact, shown_with = _fact(key, after, depth)
        elif isinstance(old, dict) and isinstance(new, dict) and depth < DEEPEST and not amount_at(key, after):
            fact, shown_with = Fact(label(key), "group", tuple(_changes(old, new, depth + 1))), frozenset[str]()
        else:
            fact, shown_with = _change(label(key), key, (key, before), (key, after), depth)
        covered |= shown_with
        facts.append((key, fact))
    yield from (fact for key, fact in facts if key not in covered)


Side = tuple[str, Mapping[str, Any]]


def _change(name: str, key: str, old: Side, new: Side, depth: int) -> tuple[Fact, frozenset[str]]:
    """From a value to another, each by its key and the object it is in, where it may be missing."""
    sides, values, covered = [], [], []
    for at, beside in (old, new):
        fact, shown_with = _fact(at, beside, depth, name="") if at in beside else (Fact("", "none"), frozenset[str]())
        found = amount_at(at, beside) if at in beside else None
        if found and found.in_minor:
            name = money_label(key, found)
        sides.append(fact)
        covered.append(shown_with)
        values.append(comparable(found, beside.get(at)))
    inside, by_line = compared(*values) if all(isinstance(one, str) for one in values) else ((), False)
    change = Change(sides[0], sides[1], difference(key, *values), inside, by_line)
    # A currency that is not the same on both sides was told on each.
    return Fact(name, "change", change), covered[0] | covered[1]


def _fact(key: str, beside: Mapping[str, Any], depth: int, *, name: str | None = None) -> tuple[Fact, frozenset[str]]:
    """The value under `key`, and the keys beside it that are told with it."""
    found = amount_at(key, beside)
    if name is None:
        name = money_label(key, found) if key else _("Data")
    if found:
        return Fact(name, "amount", str(found.amount)), found.covers
    value, covered = priced(beside[key], beside)
    if isinstance(value, str) and (listing := code(key, value)):
        return Fact(name, "code", listing), covered
    fact = _plain(name, value, depth)
    if fact.kind == "table":
        fact = replace(fact, value=replace(fact.value, source=beside[key]))
    return fact, covered


def _plain(name: str, value: Any, depth: int) -> Fact:
    match value:
        case None | "" | []:
            return Fact(name, "none")
        case dict() if not value:
            return Fact(name, "none")
        case bool():
            return Fact(name, "yes_no", value)
        case int() | float():
            return Fact(name, "number", number(value))
        case str():
            return text(name, value)
        case list():
            return _list(name, value, depth)
        case dict():
            return _object(name, value, depth)
    return Fact(name, "text", str(value))


def _list(name: str, value: list[Any], depth: int) -> Fact:
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    if all(isinstance(one, dict) for one in value[:MOST_ROWS]) and (found := columns(value[:MOST_ROWS])):
        return Fact(name, "table", _table(found, value, name, depth, MOST_ROWS), max(0, len(value) - MOST_ROWS))
    shown = value[:MOST_ITEMS]
    return Fact(name, "list", tuple(_item(one, depth + 1) for one in shown), len(value) - len(shown))


def _item(value: Any, depth: int) -> Fact:
    found = amount_at("", {"": value}) if isinstance(value, dict) else None
    return Fact("", "amount", str(found.amount)) if found else _plain("", value, depth)


def whole_table(payload: Any, pointer: str, most: int) -> tuple[Table, int] | None:
    """The list of objects that a JSON pointer leads to as a table of up to so many rows, and how many more it has. None
    where it leads to none."""
    if (at := spot(pointer, payload)) is None or not isinstance(at.value, list):
        return None
    value, _ = priced(at.value, at.beside)
    if not value or not all(isinstance(one, dict) for one in value) or not (found := columns(value[:most])):
        return None
    return _table(found, value, label(at.key), 0, most), max(0, len(value) - most)


def _table(found: list[str | Pair], value: list[dict[str, Any]], name: str, depth: int, most: int) -> Table:
    """Each cell as a fact, with the currencies left out that every row tells with an amount."""
    shown = [one for one in value[:most] if isinstance(one, dict)]
    rows = []
    covered: list[frozenset[str]] = []
    for row in shown:
        cells, with_it = [], frozenset[str]()
        for one in found:
            cell, more = _cell(one, row, depth)
            cells.append(cell)
            with_it |= more
        rows.append(cells)
        covered.append(with_it)
    keep = [
        at
        for at, one in enumerate(found)
        if isinstance(one, Pair)
        or not all(one in with_it or one not in row for with_it, row in zip(covered, shown, strict=True))
    ]
    return table([found[at] for at in keep], [[row[at] for at in keep] for row in rows], value, name)


def _cell(one: str | Pair, row: Mapping[str, Any], depth: int) -> tuple[Fact, frozenset[str]]:
    if isinstance(one, Pair):
        return _change("", one.name, (one.old, row), (one.new, row), depth + 1)
    if one not in row:
        return Fact("", "none"), frozenset()
    if isinstance(row[one], dict | list) and row[one] and not amount_at(one, row):
        return _small(row[one], depth), frozenset()
    return _fact(one, row, depth + 1, name="")


def _small(value: Any, depth: int) -> Fact:
    """Something nested in a cell: what is short as it is, anything else to be unfolded."""
    inner = value if isinstance(value, list) else list(value.values())
    if len(inner) <= MOST_IN_CELL and not any(isinstance(one, dict | list) for one in inner):
        return _plain("", value, min(depth + 1, DEEPEST - 1))
    return Fact("", "raw", value)


def _object(name: str, value: dict[str, Any], depth: int) -> Fact:
    found = pairs(value)
    if len(value) == 2 and len(found) == 2 and not next(iter(found.values())).name:
        pair = next(iter(found.values()))
        old, new = value[pair.old], value[pair.new]
        if isinstance(old, dict) and isinstance(new, dict) and not amount_at(pair.old, value):
            return Fact(name, "group", tuple(_changes(old, new, depth + 1)))
        return _change(name, name, (pair.old, value), (pair.new, value), depth + 1)[0]
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    inner, more = _cut(_entries(value, depth + 1))
    return Fact(name, "group", tuple(inner), more)
