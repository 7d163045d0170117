"""What a page may load, as its head tells browsers: the same for all pages, and so written once."""

from functools import cache

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PolicyMiddleware(CSPMiddleware):
    """As django-csp's, for pages that have no policy of their own and ask for no nonce. With DEBUG Django's pages of errors
    have none."""

    def process_request(self, request: HttpRequest) -> None:
        """A page that asked for a nonce would fail: the policy would not name it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG:
            return super().process_response(request, response)
        if HEADER not in response:
            response[HEADER] = _written()
        return response


@cache
def _written() -> str:
    return build_policy()
