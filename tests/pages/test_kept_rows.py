"""Rows of lists are kept as they were made, and say all the same how things are now and for whom."""

import re
from datetime import timedelta

from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser


def row(browser: Browser, asked: Asked, path: str = "/inbox") -> str:
    page = browser.get(path)
    assert page.status == 200
    found = re.search(rf'<li id="row-{asked.task_id}".*?</li>', page.html, re.S)
    assert found is not None, page.text
    return found[0]


def due_in_a_day(shop: KeyCaller) -> Asked:
    levels = {"levels": [], "end": {"after_seconds": 86_400, "then": "fail"}}
    return ask(shop, title="Refund 42.00 EUR to ACME", escalation=levels)


def test_a_row_says_how_much_time_is_left_now(now: SettableClock, shop: KeyCaller, bobs: Browser) -> None:
    asked = due_in_a_day(shop)
    begun = now.now
    said = []
    for hours in (1, 5, 23, 5):
        now.set(begun + timedelta(hours=hours))
        said.append(re.findall(r'<time[^>]*data-style="short">([^<]*)', row(bobs, asked))[0])
    assert said == ["23 h", "19 h", "1 h", "19 h"]


def test_a_row_of_what_is_snoozed_names_the_day_when_that_is_another(
    now: SettableClock, shop: KeyCaller, bobs: Browser, bob: PersonCaller
) -> None:
    asked = ask(shop, title="Refund?")
    asked.post(bob, "snooze", {"until": (now.now + timedelta(days=1)).isoformat()}).ok()
    first = row(bobs, asked, "/inbox?view=snoozed")
    now.set(now.now + timedelta(hours=23, minutes=59))
    assert row(bobs, asked, "/inbox?view=snoozed") != first


def test_a_row_is_in_the_language_and_the_zone_of_who_reads_it(
    shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = due_in_a_day(shop)
    assert "Select “Refund" in row(bobs, asked)
    alice.user.language, alice.user.time_zone = "de", "Asia/Tokyo"
    alice.user.save()
    theirs = row(alices, asked)
    assert "Select" not in theirs
    assert "JST" in theirs
    assert "UTC" in row(bobs, asked)


def test_a_row_is_marked_while_its_task_is_open_and_only_there(shop: KeyCaller, bobs: Browser) -> None:
    asked, other = ask(shop, title="First"), ask(shop, title="Second")
    for one, current in ((asked, True), (other, False), (asked, True)):
        page = f"/inbox/{one.task_id}"
        assert ('aria-current="true"' in row(bobs, asked, page)) is current
    assert 'aria-current="true"' not in row(bobs, asked)


def test_a_row_changes_with_its_task(shop: KeyCaller, bobs: Browser, bob: PersonCaller) -> None:
    asked = ask(shop, title="Refund?")
    assert "Claimed" not in row(bobs, asked)
    asked.post(bob, "claim").ok()
    assert "Claimed by you" in row(bobs, asked, "/inbox?view=claimed")
    asked.post(bob, "release").ok()
    assert "Claimed" not in row(bobs, asked)
