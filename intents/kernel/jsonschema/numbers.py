"""Numbers as people type them."""

import re
from decimal import Decimal

from intents.kernel import canonical

LARGEST = Decimal(canonical.MAX_SAFE_INTEGER)
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")


def decimal(plain: str) -> Decimal | None:
    """The number that a text without blanks around it is; None when it is none."""
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None
