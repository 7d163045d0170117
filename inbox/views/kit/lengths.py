"""A length of time as a form has it: a number and its unit."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

UNITS = (("minutes", 60), ("hours", 3600), ("days", 86_400), ("seconds", 1))
UNIT_WORDS = (("minutes", _("minutes")), ("hours", _("hours")), ("days", _("days")), ("seconds", _("seconds")))
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")


@dataclass(slots=True)
class Length:
    """A length of time as it is typed."""

    amount: str = ""
    unit: str = "hours"

    def seconds(self) -> int | str | None:
        """None for nothing; what is no number stays as it is, to be refused."""
        text, size = self.amount.strip().replace(",", "."), dict(UNITS).get(self.unit)
        if size is None or not NUMBER.fullmatch(text):
            return text or None
        seconds = Decimal(text) * size
        return int(seconds) if seconds == int(seconds) else text


def sent_length(sent: QueryDict, name: str) -> Length:
    """The length that a browser sent under a name."""
    return Length(sent.get(name, ""), sent.get(f"{name}.unit", "hours"))


def length_of(seconds: int | None) -> Length:
    """So many seconds in the largest unit that they are whole in."""
    if seconds is None:
        return Length()
    unit, size = next((unit, size) for unit, size in (UNITS[2], UNITS[1], UNITS[0], UNITS[3]) if seconds % size == 0)
    return Length(str(seconds // size), unit) if seconds else Length("0", "hours")
