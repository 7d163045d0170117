"""Amounts of money in payloads, in all the spellings that programs have for them."""

# ruff: noqa: SIM905

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from inbox.presentation.currencies import MAJOR, NAMES, code, minor_digits
from inbox.presentation.labels import label, words

_MONEY = frozenset(
    "amount total subtotal sum price cost fee budget refund balance value limit salary spend net gross payment "
    "charge deposit wage fare rent premium surcharge revenue".split()
)
_NO_MONEY = frozenset(
    "id date type status currency code percent percentage pct rate ratio count quantity qty days hours name number".split()
)
"""Last words in names of what is no amount although money is in its name."""
_MINOR = frozenset("cents minor".split())
_UNITS = _MINOR | {"in", "unit", "units"}
_CURRENCY = ("currency", "currency_code", "currencyCode", "Currency", "CurrencyCode", "CURRENCY", "ccy", "currency-code")
_SIDE = frozenset(
    "fee unit per limit old before previous current min max minimum maximum tax vat shipping discount balance "
    "rate tip surcharge each list budget credit threshold cap".split()
)
"""Words in the name of an amount that is not what is asked for."""
DEEPEST = 64
"""As deep as JSON is taken: what is left out could be the amount that counts."""

_LONGEST = 80
"""Characters of a text that is an amount."""
_DIGIT = re.compile(r"[0-9]")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3}){1,7}|[0-9]{1,24})(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money. `currency` is its code, or the sign where that is of several currencies."""

    value: Decimal
    currency: str

    def __str__(self) -> str:
        return money(self.value, self.currency)


@dataclass(frozen=True, slots=True)
class Found:
    """An amount at the key `key` of an object; `covers` are the keys beside it that are shown with it. `within` are the keys
    that lead to the object. `in_minor` tells that it was sent in the smallest unit, such as cents."""

    key: str
    amount: Amount
    covers: frozenset[str] = frozenset()
    within: tuple[str, ...] = ()
    in_minor: bool = False

    @property
    def is_side(self) -> bool:
        return not _SIDE.isdisjoint(words(" ".join([*self.within, self.key])))


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number. True and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def decimal(value: Any) -> Decimal | None:
    """A number, or a text that is nothing but one: 129, "129.00", "1,234.50"."""
    if isinstance(value, Decimal):
        return value
    if is_number(value):
        return Decimal(repr(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        try:
            return Decimal(value.strip().replace(",", ""))
        except InvalidOperation:
            return None
    return None


def amount_at(key: str, beside: Mapping[str, Any]) -> Found | None:
    """The amount of money under `key`, if it is one by its name and a currency in it, in the name, or beside it."""
    value = beside[key]
    if isinstance(value, dict):
        return _object(key, value)
    if not is_number(value) and not (isinstance(value, str) and len(value) <= _LONGEST and _DIGIT.search(value)):
        return None
    parts = words(key)
    named = parts[-1].upper() if len(parts) > 1 and parts[-1].upper() in MAJOR else None
    if not _is_money(parts) and not (named and _is_money(parts[:-1])):
        own = _own_currency(key, beside) if len(beside) > 1 else None
        return _made(key, value, parts, *own) if own else None
    if isinstance(value, str) and (said := written(value)) is not None:
        return Found(key, said)
    if named:
        return _made(key, value, parts[:-1], named, None)
    currency = _own_currency(key, beside) or _shared_currency(beside)
    return _made(key, value, parts, *currency) if currency else None


def _is_money(parts: tuple[str, ...]) -> bool:
    return not _MONEY.isdisjoint(parts) and parts[-1] not in _NO_MONEY


def _made(key: str, value: Any, parts: tuple[str, ...], currency: str, currency_key: str | None) -> Found | None:
    number = decimal(value)
    if number is None:
        return None
    in_minor = not _MINOR.isdisjoint(parts[1:]) and number == number.to_integral_value()
    if in_minor:
        number = number.scaleb(-minor_digits(currency))
    return Found(key, Amount(number, currency), frozenset([currency_key] if currency_key else ()), in_minor=in_minor)


def money_label(key: str, found: Found | None) -> str:
    """The name of a field in words. An amount that was sent in cents is shown in whole ones: `amount_cents` as "Amount"."""
    parts = [*words(key)] if found and found.in_minor else []
    while len(parts) > 1 and parts[-1] in _UNITS:
        parts.pop()
    return label(" ".join(parts) or key)


def _own_currency(key: str, beside: Mapping[str, Any]) -> tuple[str, str] | None:
    """The currency that a key of its own tells, as `fee_currency` does for `fee`."""
    for name in (f"{key}_currency", f"{key}Currency", f"{key}_currency_code"):
        if found := code(beside.get(name)):
            return found, name
    return None


def _shared_currency(beside: Mapping[str, Any]) -> tuple[str, str] | None:
    for name in _CURRENCY:
        if name in beside and (found := code(beside[name])):
            return found, name
    return None


def priced(value: Any, beside: Mapping[str, Any]) -> tuple[Any, frozenset[str]]:
    """The lines of a list with the currency that stands beside it, where all of them have money and none tells of which; and
    the key of that currency."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return value, frozenset()
    currency = _shared_currency(beside)
    if currency is None or any(_shared_currency(one) for one in value):
        return value, frozenset()
    lines = [one | {currency[1]: currency[0]} for one in value if currency[1] not in one]
    everywhere = all(any((at := amount_at(key, one)) and currency[1] in at.covers for key in one) for one in lines)
    return (lines, frozenset([currency[1]])) if everywhere and lines and len(lines) == len(value) else (value, frozenset())


def _object(key: str, value: Mapping[str, Any]) -> Found | None:
    """An object of a number and a currency and nothing else: {"value": "129.00", "currency": "EUR"}."""
    if len(value) != 2 or (currency := _shared_currency(value)) is None:
        return None
    (inner,) = (name for name in value if name != currency[1])
    if not {*words(inner)} & (_MONEY | _MINOR | {"units"}):
        return None
    found = _made(inner, value[inner], ("", *words(inner)), *currency)
    return Found(key or inner, found.amount) if found else None


def price(value: Mapping[str, Any]) -> Amount | None:
    """The amount that an object of a number and a currency is."""
    found = _object("", value)
    return found.amount if found else None


def made_of(key: str, value: Any, currency: str) -> Amount | None:
    """The number under `key` as an amount of `currency`, in whole ones where the key says that it is in cents."""
    found = _made(key, value, words(key), currency, None)
    return found.amount if found else None


_WRITTEN = re.compile(r"(?P<before>[^\d\s.,+-]{1,12})?\s?(?P<number>[+-]?[0-9][0-9,.]{0,40})\s?(?P<after>[^\d\s.,]{1,12})?")


def written(text: str) -> Amount | None:
    """A text that is nothing but a number and its currency: "129.00 EUR", "€129", "129 euros"."""
    match = _WRITTEN.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if match is None or (match["before"] is None) == (match["after"] is None):
        return None
    mark = match["before"] or match["after"]
    currency, number = code(mark) or NAMES.get(mark.lower()), decimal(match["number"])
    return Amount(number, currency) if currency and number is not None else None


def number(value: Decimal | float) -> str:
    """With thousands apart, and the digits that were sent: 1234567.5 as "1,234,567.5"."""
    text = f"{value if isinstance(value, Decimal) else Decimal(repr(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal | float, currency: str) -> str:
    """ "1,234.50 EUR". More decimals than a currency has are kept: they are what was asked for."""
    exact, usual = number(value), minor_digits(currency)
    whole, _, decimals = exact.partition(".")
    return f"{whole}.{decimals.ljust(usual, '0')} {currency}" if decimals or usual else f"{whole} {currency}"


def found(payload: Any) -> list[Found]:
    """The amounts of money in a payload, at any depth, in order."""
    return list(_found(payload, (), DEEPEST))


def _found(value: Any, within: tuple[str, ...], levels: int) -> Iterator[Found]:
    if isinstance(value, list) and levels:
        for item in value:
            yield from _found(item, (*within, ""), levels - 1)
    elif isinstance(value, dict) and levels:
        for key in value:
            if one := amount_at(key, value):
                yield Found(key, one.amount, within=within)
            elif isinstance(value[key], dict | list):
                yield from _found(priced(value[key], value)[0], (*within, key), levels - 1)


def amounts(payload: Any) -> list[str]:
    """The amounts of money at the top of a payload, the order kept."""
    if not isinstance(payload, dict):
        return []
    return [str(one.amount) for key in payload if (one := amount_at(key, payload))]
