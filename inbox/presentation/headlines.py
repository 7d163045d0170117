"""What an intent is about, in one line."""

# ruff: noqa: SIM905

import re
from collections.abc import Callable, Iterator
from decimal import Context, Decimal
from itertools import chain
from typing import Any, NamedTuple

from django.utils.translation import ngettext

from inbox.presentation import sums
from inbox.presentation.currencies import meant
from inbox.presentation.labels import label, words
from inbox.presentation.money import DEEPEST, Amount, Found, found, written
from inbox.presentation.said import Known, misnamed, said
from inbox.presentation.summaries import LONGEST_NAME, Summary, told
from inbox.presentation.text import one_line

_TOTAL = frozenset(
    {"grand total", "total", "total amount", "amount total", "amount due", "total due", "total price", "total cost"}
)
_AMOUNT = frozenset({"amount", "net", "sum", "refund", "value", "price", "payment", "cost", "salary", "deposit"})
_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"\s*[A-Za-z]+-[0-9]+\s*")
_NOT_NAMES = frozenset({"cents", "minor", "in"})

_WHO = frozenset(
    "customer client vendor supplier recipient receiver payee beneficiary creditor debtor employee merchant "
    "seller buyer company counterparty partner contractor landlord tenant".split()
)
_MAYBE_WHO = frozenset({"user", "account", "pay to", "paid to", "send to", "account holder", "account owner"})
_MOST_WHO = 2

_VERBS = frozenset(
    "approve archive assign cancel confirm create delete deploy disable drop enable fulfill install merge notify pay "
    "publish reject remove rename renew replace restart revoke rotate send sign suspend sync verify".split()
)
"""Last words of types that are what is done, and no names of things."""


def headline(
    intent_type: str, payload: Any, *, title: str, gist: Summary | None = None, called: Callable[[], str] | None = None
) -> str:
    """What a row says: the agent's `title`, or a line of ours where it gave none or names other amounts than what the
    payload is about. `gist` is what the request points to, `called` looks up what the workspace calls its type, "" for
    nothing of its own; it is asked only when it is needed."""
    if title and not (_DIGIT.search(title) and _misleads(title, payload, gist)):
        return one_line(title)
    return subject(intent_type, payload, gist=gist, called=called() if called else "")


def _misleads(title: str, payload: Any, gist: Summary | None) -> bool:
    """What a request points to can only add to what its title has to agree with."""
    own = found(payload)
    if misnamed(title, payload, own):
        return True
    wanted = {main_amount(payload, own)[0], gist.amount if gist else None} - {None}
    for amount in wanted:
        named = said(title, {amount.currency}) if amount else []
        if amount and named and not any(one.is_among(Known([amount])) for one in named):
            return True
    return False


def subject(intent_type: str, payload: Any, *, gist: Summary | None = None, called: str = "") -> str:
    """What the intent is about in one line of ours: "Billing refund: 129.00 EUR, ACME". Only the type where the payload has
    neither an amount nor somebody it concerns. `gist` and `called` as for `headline`."""
    about, stated = called or kind(intent_type), summary(payload, gist)
    return f"{about}: {stated}" if stated else about


def kind(intent_type: str) -> str:
    """The type in words: `billing.refund.v1` as "Billing refund", `refund.approve` as "Approve refund"."""
    parts = [part for part in intent_type.split(".") if not re.fullmatch(r"v[0-9]+", part)]
    named = words(" ".join(parts[-2:]))
    if len(named) > 1 and named[-1] in _VERBS and named[0] not in _VERBS:
        named = (named[-1], *named[:-1])
    return label(" ".join(named))


def summary(payload: Any, gist: Summary | None = None) -> str:
    """The amount that a payload is about and whom it concerns, "" where neither is clear: what `gist` points to, beside a
    larger amount of the data when there is one."""
    if gist is not None:
        return told(gist, _larger(gist.amount, payload) if gist.amount else None)
    amount, others = main_amount(payload)
    stated = [str(amount)] if amount else []
    if others:
        more = ngettext("%(number)s more amount", "%(number)s more amounts", others) % {"number": others}
        stated = [f"{stated[0]} (+ {more})"]
    return ", ".join([*stated, *parties(payload)])


def main_amount(payload: Any, own: list[Found] | None = None) -> tuple[Amount | None, int]:
    """The amount that a payload is about, and how many more there are of the same meaning. It is chosen by its name, and
    told only when no other amount in the payload is larger: what is called a fee may be what really is paid."""
    every = found(payload) if own is None else own
    top = [one for one in every if not one.within]
    ranks = (
        ([one.amount for one in (top if rank.at_top else every) if not one.is_side and rank.fits(one)], rank.several)
        for rank in _RANKS
    )
    ranked, several = next((rank for rank in ranks if rank[0]), ([], False)) if every else ([], False)
    ranked = ranked or (sums.of(payload) if every else [])
    different = list(dict.fromkeys(ranked))
    if not different or (len(different) > 1 and not several):
        return None, 0
    largest = max(different, key=lambda amount: abs(amount.value))
    others = chain((one.amount for one in every), _stated(payload))
    if any(abs(amount.value) > abs(largest.value) for amount in others):
        return None, 0
    return largest, len(different) - 1


MOST_MONEY = Decimal(10) ** 27
DECIMALS = 12
"""Amounts of MOST_MONEY and more, or with more decimals than this, stand in no list's column: none is rounded."""
_LEAST, _EXACT = Decimal(1).scaleb(-DECIMALS), Context(prec=60)


def column(payload: Any, gist: Summary | None = None) -> tuple[Decimal | None, str]:
    """What a payload is about in money and its currency, for lists and their sums: the one amount that its line states."""
    amount, others = main_amount(payload)
    if gist and gist.amount and _larger(gist.amount, payload) is None:
        amount, others = gist.amount, 0
    if amount is None or others or not _has_room(amount.value):
        return None, ""
    return amount.value, amount.currency


def _has_room(value: Decimal) -> bool:
    return value.copy_abs() < MOST_MONEY and value == value.quantize(_LEAST, context=_EXACT)


def outdone(title: str, payload: Any, gist: Summary | None = None) -> Amount | None:
    """The largest amount of a payload where `title` names smaller ones alone and no line of ours tells which is meant."""
    own = found(payload)
    if not own or not _DIGIT.search(title) or main_amount(payload, own)[0] or (gist and gist.amount):
        return None
    amounts = [*(one.amount for one in own), *_stated(payload)]
    largest = max(amounts, key=lambda amount: abs(amount.value))
    named = said(title, {amount.currency for amount in amounts})
    return largest if named and all(max(one.values) < abs(largest.value) for one in named) else None


def _larger(than: Amount, payload: Any) -> Amount | None:
    """The largest amount of a payload, of whatever currency, if that is larger."""
    amounts = [*(one.amount for one in found(payload)), *_stated(payload)]
    largest = max(amounts, key=lambda amount: abs(amount.value), default=than)
    return largest if abs(largest.value) > abs(than.value) else None


def _stated(value: Any) -> Iterator[Amount]:
    """The texts of a payload that are nothing but an amount of a currency that is known, whatever their keys are called.
    ORD-7741 is a name."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _stated(inner)
    elif isinstance(value, str) and not _NAME.fullmatch(value) and (stated := written(value)) and meant(stated.currency):
        yield stated


def _spelled(one: Found) -> str:
    return " ".join(part for part in words(one.key) if part not in _NOT_NAMES and part != one.amount.currency.lower())


class _Rank(NamedTuple):
    at_top: bool
    fits: Callable[[Found], bool]
    several: bool = False


_RANKS = (
    _Rank(True, lambda one: _spelled(one) in _TOTAL, several=True),
    _Rank(True, lambda one: _spelled(one) in _AMOUNT, several=True),
    _Rank(True, lambda one: _spelled(one).endswith(" total")),
    _Rank(True, lambda one: _spelled(one).rpartition(" ")[2] in _AMOUNT),
    _Rank(False, lambda one: "" not in one.within and _spelled(one) in _TOTAL | _AMOUNT),
    _Rank(True, lambda one: True),
)
"""What is asked for, by its name: the first of these that a payload has. Where it has several of one rank, the largest is
told, or none."""


def parties(payload: Any) -> list[str]:
    """Whom a payload concerns: all of them, or none where they are many."""
    names = list(dict.fromkeys(one_line(name, most=LONGEST_NAME) for name in _parties(payload, DEEPEST)))
    return names if len(names) <= _MOST_WHO else []


def counterpart(payload: Any) -> str:
    """Whom a payload concerns first of all, "" where that is not clear."""
    return next(iter(parties(payload)), "")


def is_party(key: str) -> bool:
    """Whether a key of a payload names somebody: `customer`, `vendor_name`."""
    named = words(key)
    return bool(named) and (named[-1] in _WHO or (len(named) > 1 and named[-1] == "name" and named[-2] in _WHO))


def _parties(value: Any, levels: int) -> Iterator[str]:
    if isinstance(value, list) and levels:
        for item in value:
            yield from _parties(item, levels - 1)
    elif isinstance(value, dict) and levels:
        for key, inner in value.items():
            if (is_party(key) or " ".join(words(key)) in _MAYBE_WHO) and (name := _name(inner)):
                yield name
            elif isinstance(inner, dict | list):
                yield from _parties(inner, levels - 1)


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or value.get("email")
    return value.strip() if isinstance(value, str) else ""
