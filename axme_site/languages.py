"""In which language a page is: a person's own choice, or what their browser asks for."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from axme_site.problems import is_api
from intents.kernel import languages

MACHINES = ("/health", "/metrics")
"""What begins so is asked for by programs."""


class LanguageMiddleware:
    """Pages are in the language that the signed-in person chose; for who chose none, and before anybody is signed in, in the
    one that was chosen in this browser, or that it asks for. The API is always in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_for_programs(request):
            return self.get_response(request)
        with languages.speaking(languages.of_browser(request)):
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_given: Any) -> None:
        """Who is signed in is known from here on."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_for_programs(request):
            return
        if chosen := languages.known(getattr(request.user, "language", "")):
            translation.activate(chosen)


def _is_for_programs(request: HttpRequest) -> bool:
    return is_api(request) or request.path_info.startswith(MACHINES)
