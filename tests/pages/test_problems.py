"""What people see when something goes wrong: a page that says what happened and what to do, never a bare line."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from axme_site import problems, urls
from intents.kernel.errors import (
    ChangedMeanwhile,
    CursorExpired,
    Denied,
    Expired,
    Missing,
    PayloadTooLarge,
    RateLimited,
    Unavailable,
)
from tests.pages.browser import Browser, Page

handler400, handler500 = problems.bad_request, problems.server_error
HTML = "text/html,application/xhtml+xml"


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of the code")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


REFUSALS: list[tuple[Exception, int, str]] = [
    (RequestDataTooBig("more than 2 MB"), 413, "The form is larger than this server takes."),
    (SuspiciousOperation("a null in a header"), 400, "Your browser sent something that this server can't read."),
    (RateLimited("try again in 9 s", retry_after=9, limit=5, reset=9), 429, "Too many requests"),
    (PayloadTooLarge("at most 1 MB", field="file", limit=1), 413, "This is too large"),
    (Denied("only owners may do this"), 403, "You may not do this"),
    (Missing("no such task"), 404, "Page not found"),
    (CursorExpired("the list moved on"), 410, "Page not found"),
    (Expired("this link is over"), 410, "This link no longer works"),
    (ChangedMeanwhile("changed since you opened it", revision=2), 409, "Something has changed meanwhile"),
    (Unavailable("try again"), 503, "Try again in a moment"),
]


def refusing(request: HttpRequest, number: int) -> HttpResponse:
    raise REFUSALS[number][0]


urlpatterns = [*urls.urlpatterns, path("broken", broken), path("away", away), path("refused/<int:number>", refusing)]
pytestmark = pytest.mark.urls(__name__)


def look(where: str, accept: str = HTML) -> Page:
    return Browser().get(where, Accept=accept, x_request_id="trace-me-7")


def test_a_fault_of_ours_is_a_page_with_the_id_to_tell(database: None) -> None:
    page = look("/broken")
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    assert "trace-me-7" in page.text
    assert "secret" not in page.html
    assert page.html.startswith("<!doctype html>")


def test_a_database_that_is_away_is_a_page_that_says_to_try_again(database: None) -> None:
    page = look("/away")
    assert (page.status, page.headers["retry-after"]) == (503, "1")
    assert "Try again in a moment" in page.text


@pytest.mark.parametrize(("where", "status"), [("/broken", 500), ("/away", 503)])
def test_a_program_gets_the_same_as_json(database: None, where: str, status: int) -> None:
    page = look(where, accept="application/json")
    assert (page.status, page.headers["content-type"]) == (status, "application/json")


@pytest.mark.parametrize("number", range(len(REFUSALS)))
def test_a_refusal_is_a_page_of_its_status_with_a_title_that_says_why(database: None, number: int) -> None:
    _error, status, said = REFUSALS[number]
    page = look(f"/refused/{number}")
    assert (page.status, page.html[:15]) == (status, "<!doctype html>")
    assert said in page.text
