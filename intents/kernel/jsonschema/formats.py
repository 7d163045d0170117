"""The formats of JSON Schema that are checked in forms; any other is a remark. Dates and times are those of RFC 3339."""

import re
from collections.abc import Callable
from datetime import date

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9]|60)(\.[0-9]+)?"
    r"([Zz]|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))"
)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f]*")
LONGEST_EMAIL = 320
DAY = 24 * 60


def is_date(text: str) -> bool:
    """Whether the text is a calendar date of RFC 3339, `2030-01-31`, that exists."""
    if _DATE.fullmatch(text) is None:
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_time(text: str) -> bool:
    """A time of day with its zone. A 60th second is one only where it can be a leap second: at 23:59 UTC."""
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    if match["second"] != "60":
        return True
    east = (int(match["hours"] or 0) * 60 + int(match["minutes"] or 0)) * (-1 if match["sign"] == "-" else 1)
    return (int(match["hour"]) * 60 + int(match["minute"]) - east) % DAY == DAY - 1


def is_moment(text: str) -> bool:
    """Whether the text is a date and time of RFC 3339, with its offset: `2030-01-31T09:00:00Z`."""
    return text[10:11] in ("T", "t") and is_date(text[:10]) and is_time(text[11:])


def is_email(text: str) -> bool:
    """Whether the text looks like an email address. Whether anybody reads it only an email tells."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date": (is_date, "a date like 2030-01-31"),
    "date-time": (is_moment, "a time with its zone, like 2030-01-31T09:00:00Z"),
    "time": (is_time, "a time of day with its zone, like 09:00:00Z"),
    "email": (is_email, "an email address"),
    "uuid": (lambda text: _UUID.fullmatch(text) is not None, "a UUID"),
    "uri": (lambda text: _URI.fullmatch(text) is not None, "an address like https://example.org/page"),
}
"""How each is checked, and how it is called."""
