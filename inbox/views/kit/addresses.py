"""The addresses of pages, put together: Django looks each up anew, and a page of a list has a hundred."""

from functools import cache
from uuid import UUID

from django.urls import reverse

_ID = UUID(int=0)


@cache
def page(name: str) -> str:
    """The address of a page by its name alone. Raises NoReverseMatch."""
    return reverse(name)


def of(name: str, id_: UUID) -> str:
    """The address of a page that is about the one of that id. Raises NoReverseMatch."""
    before, after = _around(name)
    return f"{before}{id_}{after}"


@cache
def _around(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[_ID]).partition(str(_ID))
    return before, after


def whole(text: str) -> int | None:
    """The whole number that a part of an address or form has, which anybody may have sent; None for what is none, or has ten
    digits or more."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
