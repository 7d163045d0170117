"""The parts of a payload that a request itself calls the gist of it: by JSON pointers (RFC 6901), so that what is shown is
the data and never a copy of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from inbox.presentation.currencies import code
from inbox.presentation.money import Amount, amount_at, made_of, price, written
from inbox.presentation.text import one_line
from inbox.vocabulary.pointers import spot

LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Summary:
    """What a payload is about, as its request points to it."""

    amount: Amount | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Miss:
    """A pointer that leads to nothing of its kind."""

    name: str
    why: str


def missed(pointers: Mapping[str, str], payload: Any) -> Miss | None:
    """The first pointer to nothing that can be shown as what it is called; None when all are fine."""
    for name, pointer in pointers.items():
        if spot(pointer, payload) is None:
            return Miss(name, f"{pointer} points to nothing in the payload")
    if "currency" in pointers and _currency(pointers, payload) is None:
        return Miss("currency", "must point to the code of a currency, like EUR")
    if "amount" in pointers and _amount(pointers, payload) is None:
        return Miss("amount", _why_no_amount(pointers, payload))
    if "who" in pointers and not _who(pointers, payload):
        return Miss("who", "must point to a name, as text")
    return None


def pointed(pointers: Mapping[str, str] | None, payload: Any) -> Summary | None:
    """What `pointers` lead to; None without any, and where they lead to nothing any more."""
    if not pointers:
        return None
    amount = _amount(pointers, payload) if "amount" in pointers else None
    found = Summary(amount, _who(pointers, payload) if "who" in pointers else "")
    return found if found.amount or found.who else None


def told(summary: Summary, larger: Amount | None) -> str:
    """A summary in words. `larger` is an amount of the data beside which it is not to stand alone."""
    parts = [str(summary.amount)] if summary.amount else []
    if parts and larger is not None:
        parts = [_("%(amount)s (largest amount in the data: %(larger)s)") % {"amount": parts[0], "larger": larger}]
    return ", ".join([*parts, *([one_line(summary.who, most=LONGEST_NAME)] if summary.who else [])])


def _amount(pointers: Mapping[str, str], payload: Any) -> Amount | None:
    at = spot(pointers["amount"], payload)
    if at is None:
        return None
    if "currency" in pointers:
        currency = _currency(pointers, payload)
        return made_of(at.key, at.value, currency) if currency else None
    if found := amount_at(at.key, at.beside):
        return found.amount
    if isinstance(at.value, dict):
        return price(at.value)
    return written(at.value) if isinstance(at.value, str) else None


def _currency(pointers: Mapping[str, str], payload: Any) -> str | None:
    at = spot(pointers["currency"], payload)
    return code(at.value) if at else None


def _who(pointers: Mapping[str, str], payload: Any) -> str:
    at = spot(pointers["who"], payload)
    return at.value.strip() if at and isinstance(at.value, str) else ""


def _why_no_amount(pointers: Mapping[str, str], payload: Any) -> str:
    if "currency" in pointers:
        return "must point to a number, or to a text that is one"
    return "must point to an amount of money; where no currency stands beside it, point to one with `currency`"
