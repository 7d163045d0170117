"""Who is signed in, for Django's own middleware."""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.utils.functional import SimpleLazyObject

from intents import seats


class SignedInMiddleware(AuthenticationMiddleware):
    """As Django's, but what a page asks of who is signed in is one statement, see `seats.user_of`."""

    def process_request(self, request: Any) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _once(request))

    def process_view(self, request: Any, *_given: Any) -> None:
        """Once that was asked, what a page asks of them goes no detour."""
        if hasattr(request, "_cached_user"):
            request.user = request._cached_user


def _once(request: Any) -> Any:
    if not hasattr(request, "_cached_user"):
        request._cached_user = seats.user_of(request)
    return request._cached_user
