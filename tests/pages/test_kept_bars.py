"""The bar that decides a task is made once for all that are decided alike, and is all the same this task's and this
person's."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Engine

from inbox.templatetags import kept
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser

# What can be chosen goes with the time of the day.
pytestmark = pytest.mark.usefixtures("now")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]*)"')
QUESTIONS = [
    {"title": "Refund?"},
    {"title": "Refund?", "assignees": ["approver"], "outcome_labels": {"approved": "Pay <b>42</b> EUR"}},
    {"title": "Refund?", "consequence": {"approved": "42 EUR are paid", "rejected": "Nothing <i>is</i>"}},
    {"title": "Refund?", "reject_reasons": ["Too <much>", "Too late"], "risk": "high", "required_comment": True},
    {"title": "Ready?", "task_type": "confirmation"},
]


def bar(browser: Browser, asked: Asked, query: str = "") -> str:
    """The bar of a task's page, and its tokens made alike: each page has another."""
    page = browser.get(f"/inbox/{asked.task_id}{query}", HX_Request="true")
    assert page.status == 200
    tokens = set(TOKEN.findall(page.html))
    assert len(tokens) == 1
    assert len(tokens.pop()) == 64
    return TOKEN.sub("", page.html.partition('<div id="decide-bar">')[2])


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`bar` where none is kept."""

    def made(*given: Any) -> str:
        with monkeypatch.context() as patched:
            patched.setattr(kept, "settings", SimpleNamespace(DEBUG=True))
            patched.setattr(kept, "_html", None)
            return bar(*given)

    return made


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_kept_bar_is_what_its_template_makes_of_the_task(
    question: dict[str, Any], shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller, plain: Callable[..., str]
) -> None:
    asked = ask(shop, **{"task_type": "approval"} | question)
    for browser, query in ((bobs, "?view=waiting&q=refund"), (alices, "?override=yes")):
        bar(browser, asked, query)
        assert bar(browser, asked, query) == plain(browser, asked, query)
    asked.post(bob, "claim")
    assert bar(bobs, asked) == plain(bobs, asked)


def test_each_task_has_its_own_addresses(shop: KeyCaller, bobs: Browser) -> None:
    kept._html.cache_clear()
    first, second = ask(shop, title="First"), ask(shop, title="Second")
    for asked, other in ((first, second), (second, first), (first, second)):
        made = bar(bobs, asked)
        assert f"/inbox/{asked.task_id}/snooze" in made
        assert other.task_id not in made
        assert kept.TASK not in made
    assert kept._html.cache_info().currsize == 1


def test_a_bar_is_its_readers(
    shop: KeyCaller, bobs: Browser, alices: Browser, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, title="Refund?", assignees=[bob.user.email, alice.user.email])
    theirs, others = bar(bobs, asked), bar(alices, asked)
    assert f'value="{alice.user.email}"' in theirs
    assert f'value="{bob.user.email}"' not in theirs
    assert f'value="{bob.user.email}"' in others
    assert f'value="{alice.user.email}"' not in others
    assert "<kbd" in theirs
    bob.user.shortcuts, bob.user.language = False, "de"
    bob.user.save()
    theirs = bar(bobs, asked)
    assert "<kbd" not in theirs
    assert "Approve" not in theirs
    assert "Approve" in bar(alices, asked)


def test_a_bar_changes_with_what_can_be_done(
    now: SettableClock, shop: KeyCaller, bobs: Browser, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, title="Refund?")
    assert "Unsnooze" not in bar(bobs, asked)
    asked.post(bob, "snooze", {"until": (now.now + timedelta(hours=1)).isoformat()}).ok()
    assert "Unsnooze" in bar(bobs, asked)
    asked.post(alice, "claim").ok()
    assert 'name="outcome"' not in bar(bobs, asked)
    asked.post(alice, "release").ok()
    assert 'name="outcome"' in bar(bobs, asked)


def test_what_was_typed_stays_in_a_bar_and_nobody_elses(shop: KeyCaller, bobs: Browser, alices: Browser) -> None:
    asked = ask(shop, title="Refund?", required_comment=True)
    sent = {"outcome": "rejected", "comment": "", "reason": "Too late", "payload_digest": "0" * 64}
    typed = bobs.post(f"/inbox/{asked.task_id}/decide", sent | {"comment": "My <own> words"}, HX_Request="true").html
    assert "My &lt;own&gt; words" in typed
    for browser in (bobs, alices):
        assert "words" not in re.sub(r'class="words"', "", bar(browser, asked))


def test_what_a_part_names_is_known_in_it_alone() -> None:
    given = {
        "one.html": "{% load kept %}{% once 'part.html' %}{{ address }}{% once 'part.html' %}{{ address }}",
        "part.html": "[{% url 'inbox' as address %}{{ address }}]",
    }
    libraries = {"kept": "inbox.templatetags.kept"}
    engine = Engine(loaders=[("django.template.loaders.locmem.Loader", given)], libraries=libraries)
    assert engine.get_template("one.html").render(Context()) == "[/inbox][/inbox]"
