"""Cursors of the feed: the place of the last entry that was read, as a text that readers keep as it is."""

from intents.kernel.errors import InvalidField

LATEST = "latest"
START = 0
"""Before every entry."""
MOST_CELLS = 32
"""So many PostgreSQLs may give places that no other gives."""
_MOST = 2**63


def text(seq: int) -> str:
    """The cursor behind the entry `seq`."""
    return f"e{seq}"


def parse(given: str, field: str = "after") -> int:
    """The place that a cursor names. Raises InvalidField."""
    digits = given[1:]
    if given[:1] == "e" and digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) < _MOST:
        return int(digits)
    raise InvalidField(field, "not a cursor that the feed gave out")
