"""Amounts of money in an agent's words, and whether its data agree with them."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inbox.presentation import sums
from inbox.presentation.currencies import COINS, MAJOR, NAMES, SIGNS, meant
from inbox.presentation.money import Amount, Found, found

_READ = 4_000
"""Characters of a text that are read: titles and descriptions are shorter."""
_NUMBER = re.compile(
    r"(?<![0-9.,])[0-9](?:[0-9]{0,2}(?:[ \u00a0\u202f\u2009.,'\u2019][0-9]{3}){1,6}(?:[.,][0-9]{1,12})?(?![0-9])"
    r"|[0-9]{0,30}(?:[.,][0-9]{1,20})?)(?:,-|,\u2014|\.-)?"
)
_TIMES = {
    **dict.fromkeys(("k", "thousand", "tsd", "tausend", "grand"), 3),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions", "mill"), 6),
    **dict.fromkeys(("b", "bn", "billion", "billions", "mrd", "milliard"), 9),
}
_AFTER = re.compile(r"\s?(k|mn|mio|million|millions|m|bn|billions?|b|thousand|tsd|mrd)?\.?(?![a-z])", re.IGNORECASE)
_MARK = re.compile(r"[A-Z]{0,2}\$|[^\W\d_]{1,12}|[$\u00a3\u00a5\u0e3f\u20a0-\u20bf]")
_MARK_BEFORE = re.compile(
    r"(?:([^\W\d_]{1,12})|((?:\b[A-Z]{1,2})?\$|[\u00a3\u00a5\u0e3f\u20a0-\u20bf]))[\s:]{0,2}[-+\u2212]?$"
)


@dataclass(frozen=True, slots=True)
class StatedAmount:
    """An amount in a text: as it is written, the numbers that may be, how exact it is, and the currencies it may be of."""

    text: str
    values: frozenset[Decimal]
    within: Decimal
    currencies: frozenset[str]

    def is_among(self, amounts: "Known") -> bool:
        """Whether it is one of those."""
        return any(
            amounts.has(currency, value - self.within, value + self.within)
            for currency in amounts.currencies
            if (meant(currency) or frozenset({currency})) & self.currencies
            for value in self.values
        )


class Known:
    """The amounts of a payload, to be looked up: it may have thousands."""

    def __init__(self, amounts: Iterable[Amount]) -> None:
        self._values: dict[str, list[Decimal]] = {}
        for amount in amounts:
            self._values.setdefault(amount.currency, []).append(abs(amount.value))
        for values in self._values.values():
            values.sort()

    @property
    def currencies(self) -> Iterable[str]:
        return self._values.keys()

    def has(self, currency: str, low: Decimal, high: Decimal) -> bool:
        values = self._values[currency]
        at = bisect_left(values, low)
        return at < len(values) and values[at] <= high


def said(text: str, own: Iterable[str] = ()) -> list[StatedAmount]:
    """The amounts of money that a text names. `own` are currencies whose codes count in small letters too."""
    known, written = frozenset(own), text[:_READ]
    text = _plain(written)
    amounts: list[StatedAmount] = []
    end = 0
    for match in _NUMBER.finditer(text):
        one, end = _said(text, match, known, since=end, written=written)
        amounts += [one] if one else []
    return amounts


def _plain(text: str) -> str:
    """With wide letters and the digits of every script as the plain ones, character by character."""
    return text if text.isascii() else "".join(one if one.isascii() else _plain_one(one) for one in text)


def _plain_one(one: str) -> str:
    digit = unicodedata.decimal(one, None)
    plain = unicodedata.normalize("NFKC", one) if digit is None else str(digit)
    return plain if len(plain) == 1 else one


def _said(
    text: str, match: re.Match[str], own: frozenset[str], *, since: int, written: str
) -> tuple[StatedAmount | None, int]:
    """The amount whose number was found, and where it ends. What stands before `since` belongs to the one before,
    and `written` is the text as it came."""
    end, scale = match.end(), 0
    times = _AFTER.match(text, end)
    if times and times[1]:
        scale, end = _TIMES[times[1].lower()], times.end()
    start, marked = match.start(), frozenset[str]()
    space = len(text[end : end + 2]) - len(text[end : end + 2].lstrip(" \u00a0\u202f\u2009"))
    if after := _MARK.match(text, end + space):
        marked = _currencies(after[0], own)
    if marked and after:
        end = after.end()
    elif before := _MARK_BEFORE.search(text, max(since, start - 16), start):
        marked = _currencies(before[1] or before[2], own)
        start = before.start()
    if not marked:
        return None, since
    values, decimals = _values(match[0])
    within = Decimal(1).scaleb(scale - decimals) / 2 if scale else Decimal(0)
    return StatedAmount(written[start:end].strip(), frozenset(value.scaleb(scale) for value in values), within, marked), end


def _currencies(mark: str, own: frozenset[str]) -> frozenset[str]:
    if mark in SIGNS or mark.lower() in NAMES or mark.isupper():
        return meant(mark)
    upper = mark.upper()
    return frozenset({upper}) if upper in MAJOR | COINS | own and mark.lower() not in ("dot", "sol", "ada") else frozenset()


def _values(written: str) -> tuple[set[Decimal], int]:
    """The numbers that digits with marks may be, and the digits after the point: "1.234" is 1234 or 1.234."""
    figures = re.sub(r"[^0-9.,]", "", written).rstrip(".,")
    mark = max(".,", key=figures.rfind)
    head, _, tail = figures.rpartition(mark) if mark in figures else (figures, "", "")
    whole = re.sub(r"[.,]", "", figures)
    if not tail:
        return {Decimal(whole)}, 0
    cut = Decimal(f"{re.sub(r'[.,]', '', head) or '0'}.{tail}")
    other = "," if mark == "." else "."
    if len(tail) == 3 and head.strip("0") and other not in head:
        # Once it may part thousands or decimals; twice only thousands.
        return ({Decimal(whole)}, 0) if mark in head else ({Decimal(whole), cut}, 0)
    return {cut}, len(tail)


def contradicted(text: str, payload: Any) -> list[str]:
    """Amounts of money in the agent's words that are none of the payload's own, when that has any. Sums of its lines are its
    own as well."""
    own = found(payload)
    return _foreign(said(text, _currencies_of(own)), own, payload) if own else []


def misnamed(title: str, payload: Any, own: list[Found] | None = None) -> list[str]:
    """The amounts of a title that contradict the data: those that are not in it, or, where it has others, those of a fee, a
    limit or an old state alone. `own` are those of the payload, when they were looked up."""
    own = found(payload) if own is None else own
    named = said(title, _currencies_of(own)) if own else []
    if not named:
        return []
    if wrong := _foreign(named, own, payload):
        return wrong
    main = Known(one.amount for one in own if not one.is_side)
    if not main.currencies or any(one.is_among(main) for one in named) or any(one.is_among(_sums(payload)) for one in named):
        return []
    return [one.text for one in named]


def _currencies_of(own: Iterable[Found]) -> set[str]:
    return {one.amount.currency for one in own}


def _foreign(named: Iterable[StatedAmount], own: Iterable[Found], payload: Any) -> list[str]:
    known = Known(one.amount for one in own)
    wrong = [one for one in named if not one.is_among(known)]
    if wrong:
        known = _sums(payload)
    return list(dict.fromkeys(one.text for one in wrong if not one.is_among(known)))


def _sums(payload: Any) -> Known:
    return Known(sums.of(payload))
