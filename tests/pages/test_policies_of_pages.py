"""What a page may load is written once, as django-csp writes it."""

from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from axme_site.policies import PolicyMiddleware


def answered(own: str = "") -> HttpResponse:
    response = HttpResponse("page")
    if own:
        response[HEADER] = own
    return response


def written(middleware: type[CSPMiddleware], own: str = "") -> list[str]:
    """The parts of what it may load, in no order."""
    request: HttpRequest = RequestFactory().get("/inbox")
    made = middleware(lambda _request: answered()).process_response(request, answered(own))
    return sorted(made[HEADER].split("; "))


def test_it_is_what_django_csp_writes() -> None:
    assert written(PolicyMiddleware) == written(CSPMiddleware)
    assert len(written(PolicyMiddleware)) == 6


def test_an_answers_own_stays() -> None:
    assert written(PolicyMiddleware, "default-src 'none'") == ["default-src 'none'"]


def test_djangos_pages_of_errors_have_none(settings: Any) -> None:
    settings.DEBUG = True
    made = PolicyMiddleware(lambda _request: answered())
    assert HEADER not in made.process_response(RequestFactory().get("/inbox"), HttpResponse(status=500))
