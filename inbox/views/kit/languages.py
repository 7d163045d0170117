"""The language that a browser keeps, for pages that know nobody."""

from django.conf import settings
from django.http import HttpResponse

KEPT_SECONDS = 365 * 86_400


def keep(response: HttpResponse, language: str) -> HttpResponse:
    """Have the browser keep a choice, or none where `language` is nothing."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=KEPT_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response
