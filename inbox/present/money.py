"""Amounts of money in payloads, and whether what an agent says agrees with them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_CURRENCY = re.compile(r"[A-Z]{3}")
_MONEY = re.compile(
    r"(?:^|_)(amount|total|subtotal|sum|price|cost|fee|budget|refund|balance|value|limit|salary|spend)(?:$|_)"
)


def price(value: Mapping[str, Any]) -> str | None:
    """The amount that an object of a number and a currency is."""
    number_keys = {"amount", "value"} & set(value)
    if len(value) == 2 and "currency" in value and len(number_keys) == 1:
        (key,) = number_keys
        currency = value["currency"]
        if isinstance(currency, str) and _CURRENCY.fullmatch(currency) and is_number(value[key]):
            return money(value[key], currency)
    return None


def currency_of(key: str, beside: Mapping[str, Any]) -> str | None:
    """The currency of the number under `key`, when its name is that of money and one stands beside it."""
    candidates = [beside.get(f"{key}_currency")]
    if _MONEY.search(key):
        candidates += [beside.get("currency"), beside.get("currency_code")]
    return next((found for found in candidates if isinstance(found, str) and _CURRENCY.fullmatch(found)), None)


def is_priced(payload: Mapping[str, Any]) -> bool:
    """Whether the payload's currency is shown with an amount of its own."""
    return any(is_number(value) and currency_of(key, payload) for key, value in payload.items())


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: float) -> str:
    """With thousands apart, and the digits that were sent: 1234567.5 as "1,234,567.5"."""
    text = f"{Decimal(repr(value)):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WHOLE = frozenset({"JPY", "KRW", "CLP", "ISK", "VND", "UGX"})


def money(value: float, currency: str) -> str:
    """ "1,234.50 EUR". More decimals than a currency has are kept: they are what was asked for."""
    if currency in _WHOLE and float(value).is_integer():
        return f"{value:,.0f} {currency}"
    exact = number(value)
    decimals = len(exact.partition(".")[2])
    return f"{value:,.2f} {currency}" if decimals <= 2 else f"{exact} {currency}"


def amounts(payload: Any) -> list[str]:
    """The amounts of money at the top of a payload, the order kept."""
    if not isinstance(payload, dict):
        return []
    found = []
    for key, value in payload.items():
        if isinstance(value, dict) and (priced := price(value)):
            found.append(priced)
        elif is_number(value) and (currency := currency_of(key, payload)):
            found.append(money(value, currency))
    return found


_SAID = re.compile(r"(?<![\w.])(\d[\d,. ]*\d|\d)\s?(?:[A-Z]{3}|€|\$|£)|(?:€|\$|£)\s?(\d[\d,.]*\d|\d)")


def contradicted(said: str, payload: Any) -> list[str]:
    """Amounts of money in the agent's words that are none of the payload's own, when that has any."""
    own = {_digits(one) for one in amounts(payload)}
    if not own:
        return []
    found = [match[0].strip() for match in _SAID.finditer(said)]
    return [one for one in dict.fromkeys(found) if _digits(one) not in own]


def _digits(text: str) -> str:
    """The number in a text of money in one spelling: "1,234.50 EUR" and "1.234,5 €" as "1234.5"."""
    figures = re.sub(r"[^\d.,]", "", text)
    head, mark, tail = figures.rpartition("." if figures.rfind(".") > figures.rfind(",") else ",")
    if mark and len(tail) == 3 and "." not in head.replace(mark, "") and "," not in head.replace(mark, ""):
        head, tail = head + tail, ""
    whole = re.sub(r"\D", "", head if mark else figures).lstrip("0") or "0"
    fraction = tail.rstrip("0") if mark else ""
    return f"{whole}.{fraction}" if fraction else whole
