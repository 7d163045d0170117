"""Tasks that nobody may decide are shown to those who can put them to somebody."""

from collections.abc import Iterator

import pytest

from inbox.tasks.models import Task
from inbox.views.tasks import stuck
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser

LOST = {"title": "Who decides this?", "assignees": ["nobody@elsewhere.example"]}


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    stuck.forget()
    yield
    stuck.forget()


def test_an_operator_finds_what_nobody_may_decide_and_puts_it_to_somebody(
    machine: KeyCaller, olga: PersonCaller, bob: PersonCaller
) -> None:
    machine.submit(human_task=LOST)
    page = Browser().sign_in(olga.user)
    assert "1 task has no one who can decide it" in page.get("/inbox").text
    listed = page.get("/inbox/stuck").text
    assert "Who decides this?" in listed
    assert "No one can decide these tasks." in listed
    task = Task.objects.get()
    assert page.post(f"/inbox/{task.id}/assign", {"to": bob.user.email}).status == 302
    assert "no one who can decide" not in page.get("/inbox").text
    assert "Who decides this?" in Browser().sign_in(bob.user).get("/inbox").text


def test_others_are_not_troubled_with_it(machine: KeyCaller, bob: PersonCaller) -> None:
    machine.submit(human_task=LOST)
    assert "no one who can decide" not in Browser().sign_in(bob.user).get("/inbox").text
