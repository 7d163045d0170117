"""Deciding in the place of others, and letting others decide in one's own, on the pages."""

from datetime import timedelta

import pytest

from inbox.tasks.models import Assignment
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser


@pytest.fixture
def bobs_task(shop: KeyCaller, bob: PersonCaller) -> Asked:
    return ask(shop, assignees=["bob@myorg.example"])


def test_an_owner_is_offered_to_decide_in_the_place_of_others_and_asked_why(
    alices: Browser, bobs: Browser, bobs_task: Asked
) -> None:
    url = f"/inbox/{bobs_task.task_id}"
    assert "Override assignees" not in bobs.get(url).text
    page = alices.get(url)
    assert "View only: this is assigned to others" in page.text
    assert "Override assignees" in page.text
    page = alices.get(f"{url}?override=yes")
    assert "all owners are notified" in page.text
    answer = {"outcome": "approved", "override": "yes", "comment": ""}
    page = alices.post(f"{url}/decide", answer)
    assert (page.status, "This decision requires a comment" in page.text) == (422, True)
    page = alices.post(f"{url}/decide", answer | {"comment": "Bob is away"})
    assert page.status == 302
    assert "You overrode the assignees: approved Bob is away" in alices.get(url).text


def test_without_saying_so_nobody_decides_in_the_place_of_others(alices: Browser, bobs_task: Asked) -> None:
    page = alices.post(f"/inbox/{bobs_task.task_id}/decide", {"outcome": "approved", "comment": "Bob is away"})
    assert (page.status, "View only: this is assigned to others" in page.text) == (409, True)


def test_a_task_is_handed_on_for_a_time_and_the_decision_names_both(
    bobs: Browser, alices: Browser, olga: PersonCaller, bobs_task: Asked
) -> None:
    url = f"/inbox/{bobs_task.task_id}"
    assert bobs.post(f"{url}/delegate", {"to": "olga@myorg.example", "days": "14"}).status == 302
    until = Assignment.objects.get(authority="delegate").until
    assert until is not None
    assert timedelta(days=13, hours=23) < until - clock.now() < timedelta(days=14, minutes=1)
    assert bobs.post(f"{url}/delegate", {"to": "alice@myorg.example", "days": "4000"}, HX_Request="true").status == 200
    assert Assignment.objects.filter(authority="delegate").count() == 1
    bobs_task.decide(olga, "approved").ok()
    assert "olga@myorg.example decided for bob@myorg.example: approved" in alices.get(url).text
