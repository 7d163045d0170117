"""Types of intents and their versions, as they are spelled."""

import re
from typing import NamedTuple

from intents.kernel.errors import InvalidField

LONGEST = 255
LARGEST_VERSION = 2**31 - 1
_TYPE = re.compile(r"([a-z0-9_]+(?:\.[a-z0-9_]+)*)\.v(0|[1-9][0-9]{0,9})")
_VERSIONED = re.compile(r".*\.v[0-9]+")


class Versioned(NamedTuple):
    """`order.fulfill.v2` is version 2 of `order.fulfill`."""

    base: str
    version: int


def versioned(text: str, *, field: str) -> Versioned:
    """A semantic type. Raises InvalidField below `field`."""
    found = _TYPE.fullmatch(text)
    if found is None or len(text) > LONGEST or _VERSIONED.fullmatch(found[1]) or int(found[2]) > LARGEST_VERSION:
        raise InvalidField(field, "a dotted name that ends in its version, like order.fulfill.v1")
    return Versioned(found[1], int(found[2]))


def asked(intent_type: str) -> tuple[str, int | None]:
    """The type that an intent names and which version of it, None for whichever is the newest."""
    found = _TYPE.fullmatch(intent_type)
    return (found[1], int(found[2])) if found else (intent_type, None)
