"""Parts of a task's page that say the same of many are made once, and are all the same this task's and this person's."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from inbox.templatetags import around
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser

# What is said of times goes with the clock.
pytestmark = pytest.mark.usefixtures("now")
TOKEN = re.compile(r'(csrfmiddlewaretoken" value=")[^"]*')
QUESTIONS: list[dict[str, Any]] = [
    {"title": "Refund?"},
    {"title": "Refund?", "separation_of_duties": True, "risk": "high"},
    {"title": "Refund?", "assignees": ["approver"], "evidence_required": True},
    {"title": "Ready?", "task_type": "confirmation"},
]


def page(browser: Browser, asked: Asked, query: str = "") -> str:
    """A task's page, and its tokens made alike: each page has another."""
    found = browser.get(f"/inbox/{asked.task_id}{query}", HX_Request="true")
    assert found.status == 200
    return TOKEN.sub(r"\1", found.html)


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_page_is_what_its_templates_make_of_the_task(
    question: dict[str, Any],
    shop: KeyCaller,
    bobs: Browser,
    alices: Browser,
    bob: PersonCaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = ask(shop, **{"task_type": "approval"} | question)

    def same() -> None:
        for browser, query in ((bobs, "?view=waiting&q=refund"), (alices, "?override=yes")):
            page(browser, asked, query)  # What is looked at is new no more.
            kept = page(browser, asked, query)
            with monkeypatch.context() as patched:
                patched.setattr(around, "settings", SimpleNamespace(DEBUG=True))
                patched.setattr(around, "_html", None)
                assert page(browser, asked, query) == kept

    same()
    asked.post(bob, "watch").ok()
    same()
    bob.user.language = "de"
    bob.user.save()
    same()
    if question is QUESTIONS[0]:
        asked.decide_on_page(bob)
        same()


def test_each_task_has_its_own_ids(shop: KeyCaller, bobs: Browser) -> None:
    first, second = ask(shop, title="First"), ask(shop, title="Second")
    for asked, other in ((first, second), (second, first), (first, second)):
        made = page(bobs, asked)
        assert f"/inbox/{asked.task_id}/watch" in made
        assert f"/inbox/{asked.task_id}/comment" in made
        assert asked.intent_id in made
        assert other.task_id not in made
        assert other.intent_id not in made
        digests = set(re.findall(r'name="payload_digest" value="([0-9a-f]{64})"', made))
        assert len(digests) == 1
        assert not {around.TASK, around.INTENT, around.TOKEN, around.DIGEST} & set(re.findall(r"[0-9a-f-]+", made))


def test_a_part_changes_with_what_it_says(shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller) -> None:
    asked = ask(shop, title="Refund?")
    assert f"/inbox/{asked.task_id}/unwatch" not in page(bobs, asked)
    asked.post(bob, "watch").ok()
    assert f"/inbox/{asked.task_id}/unwatch" in page(bobs, asked)
    assert f"/inbox/{asked.task_id}/unwatch" not in page(alices, asked)
