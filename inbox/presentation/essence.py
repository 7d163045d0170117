"""What a request is about apart from the ids by which it is told from others that ask for the same."""

import re
from collections.abc import Iterator
from typing import Any

from inbox.presentation.labels import words

IDS = frozenset({"id", "ids", "uuid", "guid"})
MOST_IDS = 50
LEFT_OUT = "…"


def is_id(key: str) -> bool:
    """Whether what a key holds only names something: `id`, `order_id`, `invoiceUuid`."""
    return not IDS.isdisjoint(words(key)[-1:])


def without_ids(payload: Any) -> Any:
    """A payload without the fields that are ids."""
    if isinstance(payload, dict):
        return {key: without_ids(value) for key, value in payload.items() if not is_id(key)}
    return [without_ids(one) for one in payload] if isinstance(payload, list) else payload


def unnamed(text: str, payload: Any) -> str:
    """A text in which the ids of its payload are left out."""
    found = [one for _place, one in zip(range(MOST_IDS), _ids(payload), strict=False)]
    for one in sorted(set(found), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", LEFT_OUT, text)
    return text


def _ids(payload: Any, *, of_id: bool = False) -> Iterator[str]:
    if isinstance(payload, dict):
        for key, value in payload.items():
            yield from _ids(value, of_id=is_id(key))
    elif isinstance(payload, list):
        for one in payload:
            yield from _ids(one, of_id=of_id)
    elif of_id and (text := str(payload).strip()):
        yield text
