"""What the inbox costs: bytes before it can be used, queries for each of its pages."""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser

MOST_BYTES = 120 * 1024
"""Script and style of the inbox, compressed."""
PATHS = (
    "/inbox",
    "/inbox?view=claimed",
    "/inbox?view=snoozed",
    "/inbox?view=over",
    "/inbox?q=data",
    "/inbox?q=risk:medium+kind:approval&sort=amount",
    "/inbox/views",
    "/inbox/rows?view=waiting&ids={ids}",
    "/inbox/{task}",
)
TASK = {"description": "See the data", "assignees": ["bob@myorg.example", "approver"]}


def test_script_and_style_are_small(bobs: Browser) -> None:
    html = bobs.get("/inbox").html
    names = re.findall(r'(?:src|href)="/static/([^"?]+\.(?:js|css))"', html)
    assert {"css/tokens.css", "js/app.js"} <= set(names)
    sizes = {}
    for name in names:
        found = finders.find(name)
        assert isinstance(found, str), name
        sizes[name] = len(gzip.compress(Path(found).read_bytes()))
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_a_page_asks_the_database_as_often_for_many_tasks_as_for_few(
    shop: KeyCaller, bobs: Browser, bob: PersonCaller
) -> None:
    asked = [more(shop, bob) for _ in range(5)]
    few = {path: queries(bobs, path, asked) for path in PATHS}
    asked += [more(shop, bob) for _ in range(45)]
    many = {path: queries(bobs, path, asked) for path in PATHS}
    assert all(few.values())
    assert {path: len(found) for path, found in few.items()} == {path: len(found) for path, found in many.items()}, many


def queries(by: Browser, path: str, asked: list[Asked]) -> list[str]:
    where = path.format(ids=",".join(one.task_id for one in asked), task=asked[2].task_id)
    # Once before: statements are prepared, and the session is noted as seen.
    assert by.get(where).status == 200
    with CaptureQueriesContext(connection) as captured:
        assert by.get(where).status == 200
    return [one["sql"] for one in captured.captured_queries]


def more(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """A task that waits, after one that Bob has claimed and one that he has decided."""
    ask(shop, **TASK).post(bob, "claim")
    ask(shop, **TASK).decide(bob, "approved").ok()
    return ask(shop, **TASK)


def test_a_dot_marks_what_a_person_has_not_opened_yet(
    shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller
) -> None:
    both = {"assignees": ["bob@myorg.example", "alice@myorg.example"]}
    first, second = ask(shop, title="First", **both), ask(shop, title="Second", **both)

    def new(browser: Browser, path: str = "/inbox") -> list[str]:
        """The tasks that are marked, in the order of the list."""
        rows = re.findall(r'<li id="row-([^"]+)".*?</li>', browser.get(path).html, re.S)
        marked = re.findall(r'<li id="row-([^"]+)"[^>]*>(?:(?!</li>).)*?class="unread"', browser.get(path).html, re.S)
        return [one for one in rows if one in marked]

    assert new(bobs) == [first.task_id, second.task_id]
    bobs.get(f"/inbox/{first.task_id}")
    assert new(bobs) == [second.task_id]
    assert new(bobs, f"/inbox/rows?view=waiting&ids={first.task_id},{second.task_id}") == [second.task_id]
    assert new(alices) == [first.task_id, second.task_id]
    second.decide(bob, "approved")
    assert new(bobs, "/inbox?view=over") == []


def test_what_was_put_off_says_until_when_and_can_be_brought_back(shop: KeyCaller, bobs: Browser) -> None:
    asked = ask(shop, title="Later", assignees=["bob@myorg.example"])
    page = bobs.post(f"/inbox/{asked.task_id}/snooze", {"until": "hour"}, HX_Request="true")
    assert "Snoozed until" in page.text
    assert "· Later" in page.text
    assert "or until something changes." in bobs.get(f"/inbox/{asked.task_id}").text
    assert "Later" not in bobs.get("/inbox").text
    open_list = f"/inbox/rows?view=waiting&ids={asked.task_id}"
    assert "Snoozed until" in bobs.get(open_list).text
    assert "Snoozed until" in bobs.get("/inbox?view=snoozed").text
    page = bobs.post(f"/inbox/{asked.task_id}/unsnooze", {}, HX_Request="true")
    assert "Back in your inbox" in page.text
    assert "or until something changes." not in page.text
    assert "Snoozed until" not in bobs.get(open_list).text
    assert "Later" in bobs.get("/inbox").text
