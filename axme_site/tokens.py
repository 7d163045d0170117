"""The token of a page's forms, as Django makes it, but with less ado: 32 random letters are drawn at once instead of one by
one, each from the system."""

from secrets import token_bytes
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token
from django.utils.functional import SimpleLazyObject

_LETTERS = CSRF_ALLOWED_CHARS.encode()
_EVENLY = 256 - 256 % len(_LETTERS)
"""Bytes below stand for each letter as often as for any other."""
_DRAWN = bytes(_LETTERS[byte % len(_LETTERS)] for byte in range(256))
_UNEVEN = bytes(range(_EVENLY, 256))
_PLACES = bytes(max(0, _LETTERS.find(byte)) for byte in range(256))
_SUMS = (_LETTERS * 2)[: 2 * len(_LETTERS) - 1]
"""The letter for the sum of the places of two."""


def of_forms(request: HttpRequest) -> dict[str, Any]:
    """A context processor in the place of Django's own, which comes before it."""
    return {"csrf_token": SimpleLazyObject(lambda: token(request))}


def token(request: HttpRequest) -> str:
    """As Django's `get_token`."""
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        return str(get_token(request))
    # As there: the cookie is sent again, which renews its time.
    request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
    return masked(secret)


def masked(secret: str) -> str:
    """The secret of a cookie as the forms of one page have it: another each time."""
    mask = _mask()
    places = zip(secret.encode().translate(_PLACES), mask.translate(_PLACES), strict=True)
    return (mask + bytes([_SUMS[of_secret + of_mask] for of_secret, of_mask in places])).decode()


def _mask() -> bytes:
    drawn = b""
    while len(drawn) < CSRF_SECRET_LENGTH:
        drawn += token_bytes(2 * CSRF_SECRET_LENGTH).translate(_DRAWN, _UNEVEN)
    return drawn[:CSRF_SECRET_LENGTH]
