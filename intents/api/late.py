"""Answers that may be some seconds old, where there is a standby to read them on (`intents/kernel/replica.py`)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from intents.api.common import answer
from intents.kernel import replica
from intents.kernel.replica import Dated

T = TypeVar("T")


def wants_current(request: HttpRequest) -> bool:
    """Whether who asks wants what is now: by `Cache-Control: no-cache`, as HTTP has it of any cache."""
    return replica.is_no_cache(request.META.get("HTTP_CACHE_CONTROL", ""))


def read(request: HttpRequest, make: Callable[[], T]) -> Dated[T]:
    """`replica.read`, unless who asks wants what is now."""
    return replica.read(make, late=not wants_current(request))


def dated(found: Dated[Any], body: dict[str, Any]) -> HttpResponse:
    """The answer made of what was found, which says as of when that is, unless it is as of now."""
    response = answer(body)
    if found.as_of is not None:
        response.headers[replica.HEADER] = found.as_of.rfc3339
    return response
