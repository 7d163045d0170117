"""What an intent is about, in one line."""

import re
from typing import Any

from inbox.present.money import amounts, contradicted
from inbox.present.text import label, one_line

_WHO = ("customer", "vendor", "supplier", "recipient", "payee", "beneficiary", "employee", "user", "company", "account")


def headline(intent_type: str, payload: Any, *, title: str) -> str:
    """What a row says: the agent's `title`, or a line of ours where it gave none or names other amounts than the payload."""
    return one_line(title) if title and not contradicted(title, payload) else subject(intent_type, payload)


def subject(intent_type: str, payload: Any) -> str:
    """What the intent is about in one line of ours: "Billing refund: 129.00 EUR, ACME". Only the type where the payload has
    neither an amount nor somebody it concerns."""
    parts = [part for part in intent_type.split(".") if not re.fullmatch(r"v\d+", part)]
    about = label("_".join(parts[-2:]))
    named = payload if isinstance(payload, dict) else {}
    who = next((value for key in _WHO for value in (_name(named.get(key)),) if value), "")
    told = [*amounts(payload)[:1], *([one_line(who, most=60)] if who else [])]
    return f"{about}: {', '.join(told)}" if told else about


def _name(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name") or value.get("title") or value.get("email")
    return value if isinstance(value, str) else ""
