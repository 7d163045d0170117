"""A payload as typed values: nothing in it is left out without a count."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _

from inbox.present.money import currency_of, is_priced, money, number, price
from inbox.present.text import FOLD_LINES, folded, label, link

MOST_FIELDS = 60
"""Fields of one object that are shown as such; more are counted, and stand in the raw data."""
MOST_ITEMS = 20
MOST_COLUMNS = 8
DEEPEST = 4
LONG = 400
"""Characters of a text that are shown before a fold."""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAIRS = (("old", "new"), ("before", "after"), ("current", "proposed"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One value. `kind` and what `value` then is:

    text, number, amount, date: text · moment: datetime · yes_no: bool · none: nothing · long: (beginning, rest) ·
    link: `Link` · list: facts · group: facts · table: `Table` · change: (fact before, fact after) · raw: JSON text.
    `more` counts what is not among them.
    """

    label: str
    kind: str
    value: Any = None
    more: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Objects of the same shape, each row as facts in the order of `columns`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Fact, ...], ...]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The columns, and whether each holds numbers."""
        numbers = (all(row[at].kind in ("amount", "number") for row in self.rows) for at in range(len(self.columns)))
        return list(zip(self.columns, numbers, strict=True))


def facts(payload: Any, schema: Mapping[str, Any] | None = None) -> tuple[list[Fact], int]:
    """The payload's fields in order, and how many more there are than are shown. `schema` may name them with titles."""
    if not isinstance(payload, dict):
        return ([] if payload in (None, {}) else [_fact(_("Data"), payload, {}, 0)]), 0
    titles = {key: str(part["title"]) for key, part in _parts(schema) if isinstance(part, dict) and "title" in part}
    return _facts(payload, titles, 0)


def _parts(schema: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    properties = (schema or {}).get("properties", {})
    return list(properties.items()) if isinstance(properties, dict) else []


def _facts(payload: Mapping[str, Any], titles: Mapping[str, str], depth: int) -> tuple[list[Fact], int]:
    found: list[Fact] = []
    told: set[str] = set()
    for first, second in _PAIRS:
        if isinstance(payload.get(first), dict) and isinstance(payload.get(second), dict):
            found += _changes(payload[first], payload[second], depth)
            told |= {first, second}
    for key, value in payload.items():
        if key in told:
            continue
        if len(found) >= MOST_FIELDS:
            break
        told.add(key)
        pair = _counterpart(key, payload)
        if pair is not None:
            name, *sides = pair
            told |= set(sides)
            old, new = (_fact("", payload[one], payload, depth, key=one) for one in sides)
            found.append(Fact(titles.get(name) or label(name), "change", (old, new)))
            continue
        if key in ("currency", "currency_code") and is_priced(payload):
            continue
        found.append(_fact(titles.get(key) or label(key), value, payload, depth, key=key))
    return found, len(payload.keys() - told)


def _counterpart(key: str, payload: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """For `old_iban` or `new_iban` with the other beside it, what changes, from what and to what: ("iban", "old_iban",
    "new_iban"). Keys come sorted, so either may be met first."""
    for first, second in _PAIRS:
        if key in (first, second) and {first, second} <= payload.keys():
            return "change", first, second
        for side in (first, second):
            name = key.removeprefix(f"{side}_")
            if name != key and {f"{first}_{name}", f"{second}_{name}"} <= payload.keys():
                return name, f"{first}_{name}", f"{second}_{name}"
    return None


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], depth: int) -> Iterator[Fact]:
    """What differs between two objects as changes, what does not as it is."""
    for key in dict.fromkeys((*before, *after)):
        old, new = (_fact("", side.get(key), side, depth + 1, key=key) for side in (before, after))
        if before.get(key) != after.get(key):
            yield Fact(label(key), "change", (old, new))
        else:
            yield Fact(label(key), new.kind, new.value, new.more)


def _fact(name: str, value: Any, beside: Mapping[str, Any], depth: int, *, key: str = "") -> Fact:
    match value:
        case None | "" | []:
            return Fact(name, "none")
        case dict() if not value:
            return Fact(name, "none")
        case bool():
            return Fact(name, "yes_no", value)
        case int() | float():
            currency = currency_of(key, beside)
            return Fact(name, "amount", money(value, currency)) if currency else Fact(name, "number", number(value))
        case str():
            return _text(name, value)
        case list():
            return _list(name, value, depth)
        case dict():
            return _object(name, value, depth)
    return Fact(name, "text", str(value))


def _text(name: str, value: str) -> Fact:
    if _MOMENT.fullmatch(value):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "moment", parsed) if parsed.tzinfo else Fact(name, "text", value.replace("T", " "))
    if _DATE.fullmatch(value):
        try:
            parsed_date = date.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "date", dateformat.format(parsed_date, "D j M Y"))
    if "://" in value and (found := link(value)):
        return Fact(name, "link", found)
    if len(value) > LONG or value.count("\n") > FOLD_LINES:
        cut = folded(value)
        return Fact(name, "long", cut) if cut.rest else Fact(name, "text", cut.top)
    return Fact(name, "text", value)


def _list(name: str, value: list[Any], depth: int) -> Fact:
    shown = value[:MOST_ITEMS]
    more = len(value) - len(shown)
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    if all(isinstance(one, dict) for one in shown):
        columns = tuple(dict.fromkeys(key for one in shown for key in one))
        flat = all(not isinstance(cell, dict | list) for one in shown for cell in one.values())
        if flat and 0 < len(columns) <= MOST_COLUMNS:
            if all(is_priced(one) for one in shown):
                columns = tuple(key for key in columns if key != "currency")
            rows = tuple(tuple(_fact("", one.get(key), one, depth + 1, key=key) for key in columns) for one in shown)
            return Fact(name, "table", Table(tuple(label(key) for key in columns), rows), more)
    return Fact(name, "list", tuple(_fact("", one, {}, depth + 1) for one in shown), more)


def _object(name: str, value: dict[str, Any], depth: int) -> Fact:
    keys = set(value)
    for first, second in _PAIRS:
        if keys == {first, second}:
            old, new = value[first], value[second]
            if isinstance(old, dict) and isinstance(new, dict):
                return Fact(name, "group", tuple(_changes(old, new, depth)))
            return Fact(name, "change", (_fact("", old, {}, depth + 1), _fact("", new, {}, depth + 1)))
    if (priced := price(value)) is not None:
        return Fact(name, "amount", priced)
    if depth >= DEEPEST:
        return Fact(name, "raw", value)
    inner, more = _facts(value, {}, depth + 1)
    return Fact(name, "group", tuple(inner), more)
