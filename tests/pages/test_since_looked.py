"""What changed since a person looked: marks on rows, and a list on the page of the task."""

import re
from datetime import timedelta

import pytest

from inbox.tasks.models import ReadReceipt
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser

CHANGED = "Changed since you looked"


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """For Bob or any other approver."""
    return ask(shop, title="Refund 129.00 EUR to ACME?", assignees=["bob@myorg.example", "alice@myorg.example"])


def marks(browser: Browser, asked: Asked) -> list[str]:
    """What the row says of changes."""
    (row,) = re.findall(rf'<li id="row-{asked.task_id}".*?</li>', browser.get("/inbox").html, re.S)
    return re.findall(r"<span[^>]*>\s*(Changed|Answered)\s*</span>", row)


def page(browser: Browser, asked: Asked, **headers: str) -> str:
    return browser.get(f"/inbox/{asked.task_id}", HX_Request="true", **headers).text


def told(browser: Browser, asked: Asked, **headers: str) -> str:
    """What the page lists as changed."""
    html = browser.get(f"/inbox/{asked.task_id}", HX_Request="true", **headers).html
    (part,) = re.findall(r'<div id="since" data-live>(.*?)</div>\s*<div class="columns">', html, re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", part).split())


def test_a_comment_of_another_marks_the_row_until_the_page_was_opened(
    bob: PersonCaller, alice: PersonCaller, bobs: Browser, alices: Browser, asked: Asked
) -> None:
    asked.post(alice, "comment", {"comment": "before anybody looked"}).ok()
    assert marks(bobs, asked) == []
    assert told(bobs, asked) == ""
    asked.post(alice, "comment", {"comment": "I know them"}).ok()
    assert marks(bobs, asked) == ["Changed"]
    assert marks(alices, asked) == []
    shown = told(bobs, asked)
    assert CHANGED in shown
    assert "Alice commented" in shown or "alice@myorg.example commented" in shown
    assert marks(bobs, asked) == []
    assert told(bobs, asked) == ""


def test_an_answer_of_the_agent_says_answered(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, bobs: Browser, alices: Browser, asked: Asked
) -> None:
    for browser in (bobs, alices):
        browser.get(f"/inbox/{asked.task_id}")
    asked.post(bob, "ask", {"question": "Which invoice?"}).ok()
    assert (marks(bobs, asked), marks(alices, asked)) == ([], ["Changed"])
    shop.post(f"/intents/{asked.intent_id}/answer", {"answer": "INV-7"}).ok()
    assert (marks(bobs, asked), marks(alices, asked)) == (["Answered"], ["Answered"])
    assert "Agent shop answered" in told(bobs, asked)
    assert (marks(bobs, asked), marks(alices, asked)) == ([], ["Answered"])
    asked.decide(bob, "approved").ok()
    assert "Answered" not in alices.get("/inbox?view=over").text


def test_when_it_is_due_stands_beside_when_it_was(shop: KeyCaller, bobs: Browser) -> None:
    asked, was, becomes = ask(shop, title="Refund?"), later(2), later(50)
    shop.post(f"/intents/{asked.intent_id}/controls", {"controls_patch": {"deadline_at": was}}).ok()
    page(bobs, asked)
    shop.post(f"/intents/{asked.intent_id}/controls", {"controls_patch": {"deadline_at": becomes}}).ok()
    assert marks(bobs, asked) == ["Changed"]
    html = bobs.get(f"/inbox/{asked.task_id}", HX_Request="true").html
    (due,) = re.findall(r"<li>Due:.*?</li>", html, re.S)
    found = dict(re.findall(r'<(ins|del)><time datetime="([^"]+)"', due))
    assert found["del"].startswith(was[:13])
    assert found["ins"].startswith(becomes[:13])


def later(hours: int) -> str:
    return clock.rfc3339(clock.now() + timedelta(hours=hours))


def test_votes_and_who_is_asked_are_listed_and_many_comments_counted(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, bobs: Browser
) -> None:
    asked = ask(shop, title="Refund?", quorum=2, assignees=["approver", "admin", "owner"])
    page(bobs, asked)
    for text in ("One", "Two"):
        asked.post(alice, "comment", {"comment": text}).ok()
    asked.decide(alice, "approved").ok()
    shown = told(bobs, asked)
    assert "2 comments" in shown
    assert "voted: approved" in shown


def test_what_changes_while_one_looks_stays_listed_until_the_page_is_opened_anew(
    alice: PersonCaller, bobs: Browser, asked: Asked
) -> None:
    page(bobs, asked)
    asked.post(alice, "comment", {"comment": "One"}).ok()
    assert CHANGED in told(bobs, asked)
    asked.post(alice, "comment", {"comment": "Two"}).ok()
    assert "2 comments" in told(bobs, asked, X_Look="goes_on")
    assert marks(bobs, asked) == []
    assert "2 comments" in told(bobs, asked, X_Look="back")
    asked.post(alice, "comment", {"comment": "Three"}).ok()
    shown = told(bobs, asked, X_Look="back")
    assert "commented" in shown
    assert "comments" not in shown
    assert CHANGED in bobs.post(f"/inbox/{asked.task_id}/comment", {"text": "Mine"}, HX_Request="true").text
    assert told(bobs, asked) == ""


def test_a_look_noted_by_the_version_before_marks_nothing(alice: PersonCaller, bobs: Browser, asked: Asked) -> None:
    page(bobs, asked)
    ReadReceipt.objects.update(seq=None, revision=None, due_at=None, at=None)
    asked.post(alice, "comment", {"comment": "One"}).ok()
    assert marks(bobs, asked) == []
    assert told(bobs, asked) == ""
    asked.post(alice, "comment", {"comment": "Two"}).ok()
    assert marks(bobs, asked) == ["Changed"]
