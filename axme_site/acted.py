"""Who changed something on a page sees it on the next: for as long as the standby may be late, what they look at is read on
the primary (`inbox/views/kit/late.py`). A cookie says so, for the next page may be another process's."""

from collections.abc import Callable
from math import ceil

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from axme_site.problems import is_api
from inbox.views.kit import late
from intents.kernel.replica import LATEST_SECONDS

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ActedMiddleware:
    """Only where there is a standby."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in SAFE and not is_api(request):
            response.set_cookie(
                late.ACTED,
                "1",
                max_age=ceil(LATEST_SECONDS),
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response
