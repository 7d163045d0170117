"""The first page of operations."""

import pytest

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def test_quiet_is_said_in_one_sentence(olgas: Browser) -> None:
    page = olgas.get("/operations")
    assert page.status == 200
    assert "Nothing needs you." in page.text
    assert "Waiting for people 0" in page.text


def test_a_number_leads_to_the_list_of_what_it_counts(olgas: Browser, shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, title="Refund 129.00 EUR to ACME?", risk="high")
    page = olgas.get("/operations?range=7d")
    assert 'href="/operations/intents?q=is%3Awaiting+for%3Ahuman" data-tile="waiting_human"' in page.html
    assert "Waiting for people 1" in page.text
    assert 'href="?range=7d" aria-current="true"' in page.flat


def test_a_task_without_an_approver_needs_somebody(olgas: Browser, shop: KeyCaller) -> None:
    ask(shop, title="Sign the contract?", assignees=["nobody@myorg.example"])
    page = olgas.get("/operations")
    assert "Nothing needs you" not in page.text
    assert "1 task has no eligible approver Sign the contract?" in page.text
    assert 'href="/inbox/stuck"' in page.html


def test_a_chart_can_be_read_as_a_sentence_by_points_and_as_a_table(olgas: Browser, shop: KeyCaller) -> None:
    shop.submit()
    page = olgas.get("/operations?range=24h")
    assert 'role="img" aria-label="Arrivals 1, Decisions 0, Completed 0 in the last 24 hours"' in page.html
    assert page.html.count('role="img" aria-label="') >= 24
    assert "Show as table" in page.text


def test_an_unknown_range_shows_the_usual_one_and_says_so(olgas: Browser) -> None:
    page = olgas.get("/operations?range=fortnight")
    assert 'href="?range=24h" aria-current="true"' in page.flat
    assert "There is no range “fortnight”. This is the last 24 hours." in page.text


def test_how_people_decide_says_so_too(alices: Browser) -> None:
    assert "There is no range “year”. This is the last 90 days." in alices.get("/operations/people?range=year").text
    assert "There is no range" not in alices.get("/operations/people").text


def test_what_the_page_is_narrowed_to_stays_with_every_number_and_range(olgas: Browser, shop: KeyCaller) -> None:
    ask(shop, title="Refund?", risk="high")
    page = olgas.get("/operations?range=7d&q=risk:high")
    assert 'href="/operations/intents?q=is%3Awaiting+for%3Ahuman+risk%3Ahigh" data-tile="waiting_human"' in page.html
    assert 'href="?range=1h&amp;q=risk%3Ahigh"' in page.flat
    assert "Waiting for people 1" in page.text
    assert "The whole workspace" in page.text
    assert "The whole workspace" not in olgas.get("/operations?range=7d").text


def test_what_it_cannot_be_narrowed_to_is_refused_with_a_way_on(olgas: Browser) -> None:
    page = olgas.get("/operations?q=age:>2d")
    assert page.status == 422
    assert "The overview can be narrowed by agent:, from:, type: and risk: only" in page.text
    assert 'href="/operations/intents?q=age%3A%3E2d"' in page.html
    assert 'aria-describedby="q-problem"' in page.html


def test_only_terms_that_narrow_it_are_suggested(olgas: Browser) -> None:
    assert 'value="risk:high"' in olgas.get("/operations/intents/suggest?narrow=&q=risk:h").html
    assert "<option" not in olgas.get("/operations/intents/suggest?narrow=&q=age:").html


def test_who_is_asked_and_who_is_on_call_stand_beside_who_decided(olgas: Browser, shop: KeyCaller) -> None:
    ask(shop, title="Refund?", assignees=["approver"])
    page = olgas.get("/operations")
    assert "Asked now all approvers 1 open" in page.text
    assert "assignee%3Aapprover" in page.html


@pytest.mark.parametrize("who", ["alices", "veras"])
def test_owners_and_viewers_see_it(who: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(who)
    page = browser.get("/operations")
    assert page.status == 200
    assert 'href="/operations" aria-current="page"' in page.flat


def test_who_only_decides_has_no_way_to_it(bobs: Browser) -> None:
    assert bobs.get("/operations").status == 403
    assert 'href="/operations"' not in bobs.get("/inbox").html


def test_an_agent_that_has_work_and_does_not_come_needs_somebody(olgas: Browser, shop: KeyCaller) -> None:
    shop.submit()
    page = olgas.get("/operations")
    assert "1 silent agent has work order-service (1 waiting)" in page.text
    assert "Silent agents 1" in page.text
    assert 'href="/operations/agents?health=silent"' in page.html
    assert "order-service Silent" in page.text
