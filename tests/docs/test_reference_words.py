"""The reference in the reader's language: titles are translated, and what is in English says so."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from axme_site.reference import guides, operations, titles
from axme_site.reference.limits import limits

pytestmark = pytest.mark.django_db


def test_each_title_is_one_that_the_catalogs_have() -> None:
    called = {one.title for one in operations.all_of()}
    assert called == titles.CALLS, "axme_site/reference/titles names each call by its title"
    assert {guides.title(one) for one in guides.names()} == set(titles.GUIDES)


def test_a_call_is_called_and_found_in_the_readers_language(client: Client) -> None:
    page = client.get("/docs/people", headers={"accept-language": "de"}).content.decode()
    assert '<a href="#tasks_decide_task">Eine Aufgabe entscheiden</a></h2>' in page
    assert 'data-words="Eine Aufgabe entscheiden Decide a task POST /v1/tasks/{task_id}/decide"' in page
    assert 'hreflang="en">Der Posteingang</a>' in page
    document = client.get(reverse("api:openapi-json"), headers={"accept-language": "de"}).json()
    assert document["paths"]["/v1/tasks"]["get"]["summary"] == "List tasks"


@pytest.mark.parametrize("path", ["/docs/work", "/docs/errors", "/docs/guides/waits"])
def test_what_stays_in_english_says_so_once_and_is_marked(client: Client, path: str) -> None:
    page = client.get(path, headers={"accept-language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in page
    assert page.count('id="english"') == 1
    assert re.search(r'lang="en" dir="ltr"', page)
    assert 'id="english"' not in client.get(path, headers={"accept-language": "en"}).content.decode()


def test_limits_are_said_in_the_readers_language() -> None:
    (size,) = limits({"type": "string", "maxLength": 2000})
    (items,) = limits({"type": "array", "maxItems": 1})
    (number,) = limits({"type": "integer", "minimum": 1, "maximum": 86_400})
    above, pattern = limits({"exclusiveMinimum": 0, "pattern": "^[a-z]+$"})
    said = (size, items, number, above, pattern)
    assert [str(one) for one in said] == [
        "at most 2,000 characters",
        "at most 1 item",
        "1 to 86,400",
        "more than 0",
        "matches ^[a-z]+$",
    ]
    with translation.override("de"):
        assert [str(one) for one in said] == [
            "höchstens 2.000 Zeichen",
            "höchstens 1 Eintrag",
            "1 bis 86.400",
            "mehr als 0",
            "passt zu ^[a-z]+$",
        ]
    assert not list(limits({"type": "string", "minLength": 1}))
