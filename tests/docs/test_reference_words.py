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


def test_what_each_guide_is_for_and_its_headings_are_in_the_catalogs() -> None:
    said = "axme_site/reference/titles says the first paragraph and the headings of each guide as docs/ has them"
    assert {guides.lead(one) for one in guides.names()} == set(titles.LEADS), said
    assert {words for one in guides.names() for words in guides.headings(one)} == set(titles.HEADINGS), said


@pytest.mark.parametrize(("language", "way"), [("de", "ltr"), ("ar", "rtl")])
def test_each_guide_begins_and_is_divided_in_the_readers_language(language: str, way: str) -> None:
    code = re.compile(r"<pre.*?</pre>", re.DOTALL)
    for name in guides.names():
        english = guides.guide(name, "en")
        with translation.override(language):
            found = guides.guide(name, language)
        assert found.lead != english.lead, name
        assert [anchor for anchor, _words in found.contents] == [anchor for anchor, _words in english.contents], name
        headings = re.findall(r"<h[23][^>]*>", found.text)
        assert len(headings) == len(guides.headings(name)), name
        assert [one for one in headings if f'lang="{language}" dir="{way}"' not in one] == [], name
        assert code.findall(found.text) == code.findall(english.text), name
        assert re.findall(r'href="([^"]*)"', found.lead + found.text) == re.findall(
            r'href="([^"]*)"', english.lead + english.text
        )


def test_a_guide_tells_what_it_is_for_before_its_text_in_english(client: Client) -> None:
    page = client.get("/docs/guides/waits", headers={"accept-language": "ar"}).content.decode()
    lead, contents, notice, text = (
        page.index(one)
        for one in ("الوكيل الذي لا يستطيع المتابعة", 'class="guide-contents"', 'id="english"', '<article class="guide"')
    )
    assert lead < contents < notice < text
    assert '<li><a href="#the-four-waits">أنواع الانتظار الأربعة</a></li>' in page
    assert '<h2 id="the-four-waits" lang="ar" dir="rtl">أنواع الانتظار الأربعة</h2>' in page
    english = client.get("/docs/guides/waits", headers={"accept-language": "en"}).content.decode()
    assert '<li><a href="#the-four-waits">The four waits</a></li>' in english
    assert '<h2 id="the-four-waits">The four waits</h2>' in english


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
