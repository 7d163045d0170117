"""The languages in which people are spoken to. Programs are always answered in English."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

LONGEST = 8
"""Characters of a language's code."""


def known(code: object) -> str:
    """`code` where it is that of a language there is; nothing otherwise."""
    return code if isinstance(code, str) and code in dict(settings.LANGUAGES) else ""


def accepted(header: str) -> str:
    """The language that an Accept-Language header likes best of those there are; nothing when it asks for none of them."""
    for asked, quality in parse_accept_lang_header(header.lower()):
        try:
            if asked != "*" and quality:
                return get_supported_language_variant(asked)
        except LookupError:
            continue
    return ""


def of_browser(request: HttpRequest) -> str:
    """What was chosen in this browser, or else what it asks for; nothing when it speaks none of the languages there are."""
    chosen = known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
    return chosen or accepted(request.headers.get("Accept-Language", ""))


def speaking(*codes: str) -> translation.override:
    """Inside, texts are in the first of `codes` that is a language there is, and else in English."""
    return translation.override(next(filter(known, codes), settings.LANGUAGE_CODE))
