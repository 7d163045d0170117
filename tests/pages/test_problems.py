"""What people see when something goes wrong: a page that says what happened and what to do, never a bare line."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from axme_site import problems, urls
from tests.pages.browser import Browser, Page

handler500 = problems.server_error
HTML = "text/html,application/xhtml+xml"


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of the code")


def away(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


urlpatterns = [*urls.urlpatterns, path("broken", broken), path("away", away)]
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
