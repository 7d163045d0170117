"""Who is spoken to in which language: people by choice or by their browser, programs never but in English."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.utils.translation import gettext

from inbox.operations.measures import SPANS
from inbox.tasks.models import Task
from inbox.templatetags import operations, pages
from inbox.views.kit.refusals import in_words
from inbox.views.operations import charts
from inbox.vocabulary.counts import grouped
from intents.accounts.models import Workspace
from intents.kernel import languages
from intents.kernel.languages import accepted
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser, Page

PROFILE = {"name": "Alice", "time_zone": "UTC", "theme": "dark", "density": "dense"}


def spoken(page: Page) -> str:
    """The language of a page and the way it runs."""
    found = re.search(r'<html lang="([\w-]+)" dir="(\w+)"', page.html)
    assert found
    return " ".join(found.groups())


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,en;q=0.5", "de"),
        ("fr;q=0.9, ar;q=0.8, de;q=0.1", "ar"),
        ("AR-eg", "ar"),
        ("en-GB", "en"),
        ("fr", ""),
        ("fr, de;q=0", ""),
        ("de;q=0, ar;q=0.1", "ar"),
        ("*", ""),
        ("", ""),
        ("x" * 5000, ""),
    ],
)
def test_a_browser_is_answered_in_the_language_it_likes_best_of_those_there_are(header: str, language: str) -> None:
    assert accepted(header) == language


def test_the_sign_in_page_speaks_as_the_browser_until_another_language_is_chosen(alice: PersonCaller) -> None:
    browser = Browser()
    page = browser.get("/sign-in", accept_language="de")
    assert spoken(page) == "de ltr"
    assert "Anmelden" in page.text
    assert {"English", "Deutsch", "العربية"} <= set(page.text.split())
    assert "Accept-Language" in page.headers["vary"]

    chosen = browser.post("/language", {"language": "ar", "next": "/sign-in?next=/inbox"}, accept_language="de")
    assert chosen.location == "/sign-in?next=/inbox"
    page = browser.get("/sign-in", accept_language="de")
    assert spoken(page) == "ar rtl"
    assert "تسجيل الدخول" in page.text


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:1", ""])
def test_choosing_a_language_leads_to_no_other_site(db: None, path: str) -> None:
    assert Browser().post("/language", {"language": "de", "next": path}).location == "/"


def test_what_is_no_language_is_not_kept(db: None) -> None:
    browser = Browser()
    browser.post("/language", {"language": "../../etc", "next": "/sign-in"})
    assert not browser.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert spoken(browser.get("/sign-in")) == "en ltr"


def test_a_person_reads_pages_refusals_and_answers_in_the_language_they_chose(alice: PersonCaller) -> None:
    browser = Browser().sign_in(alice.user)
    assert spoken(browser.get("/inbox", accept_language="de")) == "de ltr"
    browser.post("/settings/profile", PROFILE | {"language": "ar"})
    page = browser.get("/settings/profile", accept_language="de")
    assert spoken(page) == "ar rtl"
    assert "حُفظ ملفك الشخصي" in page.text
    assert spoken(browser.get("/nowhere", accept_language="de")) == "ar rtl"
    wrong = browser.post("/settings/profile", PROFILE | {"language": "ar", "time_zone": "Nowhere"})
    assert "منطقة زمنية غير معروفة" in wrong.text
    assert spoken(Browser().sign_in(alice.user).get("/inbox")) == "ar rtl", "also in another browser"

    browser.post("/settings/profile", PROFILE | {"language": ""})
    assert spoken(browser.get("/inbox", accept_language="de")) == "de ltr"


def test_a_browser_that_speaks_none_of_the_languages_gets_that_of_the_workspace(alice: PersonCaller) -> None:
    browser = Browser().sign_in(alice.user).confirmed()
    assert browser.post("/settings/people/language", {"language": "de"}).status == 302
    assert spoken(browser.get("/inbox", accept_language="fr")) == "de ltr"
    assert spoken(browser.get("/inbox", accept_language="en")) == "en ltr"


def test_a_refusal_too_is_in_the_language_of_the_workspace(workspace: Workspace, alice: PersonCaller) -> None:
    workspace.language = "de"
    workspace.save()
    browser = Browser().sign_in(alice.user)
    assert spoken(browser.get(f"/inbox/{UUID(int=0)}", accept_language="fr")) == "de ltr"
    assert spoken(Browser().get("/sign-in", accept_language="fr")) == "en ltr", "and the next request is not"


def test_only_who_manages_people_sets_the_language_of_the_workspace(workspace: Workspace, bob: PersonCaller) -> None:
    assert Browser().sign_in(bob.user).post("/settings/people/language", {"language": "de"}).status == 403
    workspace.refresh_from_db()
    assert workspace.language == "en"


def test_programs_are_answered_in_english_whatever_they_ask_for(shop: KeyCaller, alice: PersonCaller) -> None:
    alice.user.language = "de"
    alice.user.save()
    task = ask(shop, title="Please")
    assert spoken(Browser().sign_in(alice.user).get(f"/inbox/{task.task_id}")) == "de ltr"
    asked = {"Accept-Language": "de", "Cookie": f"{settings.LANGUAGE_COOKIE_NAME}=de"}
    refused = alice.send("POST", f"/tasks/{task.task_id}/decide", raw=b"{}", headers=asked)
    plain = alice.send("POST", f"/tasks/{task.task_id}/decide", raw=b"{}")
    assert refused.json["error"] == plain.json["error"]
    shown = [caller.get(f"/tasks/{task.task_id}").json for caller in (alice,)]
    alice.user.language = "ar"
    alice.user.save()
    assert shown == [alice.get(f"/tasks/{task.task_id}").json]


def test_what_is_kept_of_a_decision_is_in_english(shop: KeyCaller, alice: PersonCaller) -> None:
    alice.user.language = "ar"
    alice.user.save()
    task = ask(shop, {"amount": 1234.5, "currency": "EUR"}, title="Please", risk="low")
    browser = Browser().sign_in(alice.user)
    assert browser.post(f"/inbox/{task.task_id}/comment", {"text": "Seen"}).status == 302
    assert browser.post(f"/inbox/{task.task_id}/decide", {"outcome": "approved"}).status == 302
    kept = json.dumps([shop.events(task.intent_id), task.task(alice)], ensure_ascii=False)
    assert "approved" in kept
    assert not re.search("[\u0600-\u06ff]", kept)


def test_the_line_of_a_task_is_in_english_also_where_somebody_runs_its_intent_again(
    shop: KeyCaller, alice: PersonCaller, olga: PersonCaller
) -> None:
    asked = ask(shop, {"value": 1, "amount": 2, "currency": "EUR"}, assignees=["owner"])
    assert asked.headline().endswith("2.00 EUR (+ 1 more amount)")
    shop.post(f"/intents/{asked.intent_id}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    olga.user.language = "de"
    olga.user.save()
    again = f"/operations/intents/{asked.intent_id}/run-again"
    assert Browser().sign_in(olga.user).post(again, {"reason": "x"}).status == 302
    assert Task.objects.get(intent__rerun_of_id=asked.intent_id).headline == asked.headline()


def test_a_refusal_of_the_domain_is_said_in_the_language_of_the_page(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    for one in (alice, bob):
        one.user.language = "de"
        one.user.save()
    refused_to = Browser().sign_in(bob.user).confirmed()
    page = refused_to.post("/settings/sign-in/edit", {"requires": "", "grace_days": "7", "revision": "0"})
    assert page.status == 403
    assert "Nur Inhaber ändern, wie man sich anmeldet." in page.text
    browser = Browser().sign_in(alice.user)
    task = ask(shop, title="Please", assignees=["alice@myorg.example"])
    page = browser.get(browser.post(f"/inbox/{task.task_id}/delegate", {"to": "alice@myorg.example"}).location)
    assert "Das ist Ihnen schon zugewiesen" in page.text
    refused = alice.post(f"/tasks/{task.task_id}/delegate", {"to": "alice@myorg.example"})
    assert refused.json["error"]["message"] == "to: this is assigned to you already; name somebody else"


def test_why_a_task_is_only_looked_at_or_left_out_of_many_is_said_in_the_language_of_the_page(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    for one in (alice, bob):
        one.user.language = "de"
        one.user.save()
    bobs: dict[str, Any] = {"title": "Please", "assignees": ["bob@myorg.example"], "separation_of_duties": False}
    plain, risky, own = ask(shop, **bobs), ask(shop, **bobs, risk="high"), ask(shop, **bobs, evidence_required=True)
    page = Browser().sign_in(alice.user).get(f"/inbox/{plain.task_id}")
    assert "Nur Ansicht: das ist anderen zugewiesen." in page.text
    chosen = [one.task_id for one in (plain, risky, own)]
    page = Browser().sign_in(bob.user).post("/inbox/bulk", {"task": chosen, "outcome": "yes"})
    assert "Aufgaben mit hohem und kritischem Risiko werden einzeln entschieden" in page.text
    assert "Sie verlangt eine eigene Antwort: Entscheiden Sie sie auf ihrer Seite" in page.text


def test_a_refusal_keeps_what_it_names() -> None:
    with languages.speaking("de"):
        assert in_words("there is a policy named Bob’s 100 % already") == "eine Richtlinie namens Bob’s 100 % gibt es schon"
        assert in_words("something that no page says") == "something that no page says"
    assert in_words("there is a policy named x already") == "there is a policy named x already"


def test_what_browsers_read_as_numbers_has_points_in_every_language(shop: KeyCaller, olga: PersonCaller) -> None:
    ask(shop, title="Please")
    olga.user.language = "de"
    olga.user.save()
    browser = Browser().sign_in(olga.user)
    drawn = "".join(browser.get(path).html for path in ("/operations", "/operations/endpoints", "/settings/policies/new"))
    assert "Betrieb" in drawn
    assert not re.findall(r'\b(?:[xyr]|[xy][12]|c[xy]|width|height|value|max|min)="\d+,\d+"', drawn)


def test_a_sign_stands_before_its_number_also_where_text_runs_from_right_to_left(
    shop: KeyCaller, alice: PersonCaller
) -> None:
    alice.user.language = "ar"
    alice.user.save()
    task = ask(shop, {"stock": -5, "old_level": -1, "new_level": -4}, title="Please", assignees=["owner"])
    shown = Browser().sign_in(alice.user).get(f"/inbox/{task.task_id}").flat
    assert '<span class="number" dir="ltr">-5</span>' in shown
    assert '<span class="difference" dir="auto">(−3)</span>' in shown


def test_the_title_of_the_next_task_has_a_direction_of_its_own(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    over = ask(shop, title="Please")
    ask(shop, title="Pay ACME?")
    bob.post(f"/tasks/{over.task_id}/decide", {"outcome": "approved"}).ok()
    assert "Next: <bdi>Pay ACME?</bdi>" in Browser().sign_in(alice.user).get(f"/inbox/{over.task_id}").html


def test_what_a_browser_keeps_for_when_there_is_no_network_is_kept_by_language(alice: PersonCaller) -> None:
    alice.user.language = "ar"
    alice.user.save()
    workers = [Browser().get("/worker.js", accept_language=one).html for one in ("en", "de")]
    workers.append(Browser().sign_in(alice.user).get("/worker.js", accept_language="de").html)
    assert len(set(workers)) == 3, "a browser takes a new worker, which fetches the page anew, where it differs by a byte"


def test_times_are_in_the_words_and_the_order_of_the_language() -> None:
    now = datetime(2026, 3, 9, 9, tzinfo=UTC)
    later = now.replace(month=5)
    with languages.speaking("de"):
        assert pages.relative(later, now) == "in 61 Tagen"
        assert pages.relative(now, later) == "vor 61 Tagen"
        assert pages.span(61 * pages.DAY) == "61 Tage"
        assert pages.clock(later, now) == "9. Mai 09:00"
        assert operations.duration(1.5) == "1,5 s"
        assert operations.duration(0.07) == "0,1 s", "what is cut off is no length of nothing"
        assert grouped(12400) == "12.400"
    with languages.speaking("ar"):
        assert [pages.relative(now, now - timedelta(days=days)) for days in (1, 2, 3, 11, 100)] == [
            "بعد يوم واحد",
            "بعد يومين",
            "بعد 3 أيام",
            "بعد 11 يومًا",
            "بعد 100 يوم",
        ]
        assert grouped(12400) == "12,400"


def test_what_a_chart_tells_in_a_row_is_set_apart_as_its_language_does() -> None:
    slot = datetime(2030, 1, 1, tzinfo=UTC)
    drawn = [("A", "solid", [1]), ("B", "dashed", [2])]
    for language, words in (("en", "A 1, B 2"), ("ar", "A 1، B 2")):
        with languages.speaking(language):
            made = charts.lines("flow", "Flow", SPANS["24h"], [slot], drawn)
        assert words in made.summary
        assert words in made.points[0].words


def test_names_keep_numbers_beside_them_in_the_direction_of_the_sentence() -> None:
    with languages.speaking("ar"):
        for words in (
            gettext("Stage %(stage)s of %(stages)s, waiting for %(name)s: %(given)s of %(needed)s"),
            gettext("%(agent)s (%(n)s waiting)"),
        ):
            assert re.search("\u2068%\\((name|agent)\\)s\u2069", words)
