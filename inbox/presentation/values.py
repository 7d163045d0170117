"""One value of a payload: what it is shown as, and as what it is compared."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import dateformat
from django.utils.translation import gettext as _

from inbox.presentation.links import link
from inbox.presentation.money import Found
from inbox.presentation.text import FOLD_LINES, folded, is_aligned

LONG = 400
"""Characters of a text that are shown before a fold."""

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value. `kind` and what `value` then is:

    text, number, amount, date: text · moment: datetime · yes_no: bool · none: nothing · listing: text whose blanks matter ·
    long: `Folded` · code: `Code` · link: `Link` · list: facts · group: facts · table: `Table` · change: `Change` ·
    raw: JSON. `more` counts what is not among them.
    """

    label: str
    kind: str
    value: Any = None
    more: int = 0

    @property
    def total(self) -> int:
        """The rows of a table, those that are not shown among them."""
        return len(self.value.rows) + self.more


def text(name: str, value: str) -> Fact:
    """A text as what it says: a moment, a day, a link, or as it is."""
    if _MOMENT.fullmatch(value):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "moment", parsed) if parsed.tzinfo else Fact(name, "text", value.replace("T", " "))
    if _DATE.fullmatch(value):
        try:
            parsed_date = date.fromisoformat(value)
        except ValueError:
            return Fact(name, "text", value)
        return Fact(name, "date", dateformat.format(parsed_date, _("D j M Y")))
    if "://" in value[:12] and (address := link(value)):
        return Fact(name, "link", address)
    if len(value) > LONG or value.count("\n") > FOLD_LINES:
        cut = folded(value)
        if cut.rest:
            return Fact(name, "long", cut)
        return Fact(name, "listing" if cut.aligned else "text", cut.top)
    return Fact(name, "listing" if is_aligned(value) else "text", value)


def comparable(found: Found | None, value: Any) -> Any:
    """A value as it is compared: an amount as that, and times as times."""
    if found:
        return found.amount
    if isinstance(value, str) and (_DATE.fullmatch(value) or _MOMENT.fullmatch(value)):
        try:
            parsed = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return value
        return value if isinstance(parsed, datetime) and parsed.tzinfo is None else parsed
    return value
