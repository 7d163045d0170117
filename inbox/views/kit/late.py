"""Pages whose figures may be some seconds old, where there is a standby to read them on (`intents/kernel/replica.py`)."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from intents.api import late
from intents.kernel import replica
from intents.kernel.replica import AsOf, Dated

T = TypeVar("T")

ACTED = "axme_acted"
"""The cookie of who has just changed something (`axme_site/acted.py`)."""
LATE = "late"
"""The parameter by which a part that a page asks for says that the page was late, too."""


def may_be(request: HttpRequest) -> bool:
    """Whether what is asked for may be late. It may not for who has just changed something, or asks for what is now, and
    not where the page looks anew because of a signal: what that tells of might not be there yet."""
    if ACTED in request.COOKIES or late.wants_current(request):
        return False
    return "HX-Request" not in request.headers or LATE in request.GET


def read(request: HttpRequest, make: Callable[[], T]) -> Dated[T]:
    """`replica.read`, if it may be late for this request."""
    return replica.read(make, late=may_be(request))


def dated(response: HttpResponse, as_of: AsOf | None) -> HttpResponse:
    """The answer says as of when it is, unless it is as of now."""
    if as_of is not None:
        response.headers[replica.HEADER] = as_of.rfc3339
    return response
