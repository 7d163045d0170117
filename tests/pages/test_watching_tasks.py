"""Watching a task on its page, and whom the field of a comment offers."""

import json

import pytest

from inbox.notifications.services import fan_out
from intents.kernel.actors import Role
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser


@pytest.fixture
def asked(shop: KeyCaller, bob: PersonCaller) -> Asked:
    """For Bob or any other approver."""
    return ask(shop, title="Refund 129.00 EUR to ACME?", assignees=["bob@myorg.example", "alice@myorg.example"])


def test_a_task_is_watched_and_no_longer_watched_on_its_page(bobs: Browser, alices: Browser, asked: Asked) -> None:
    path = f"/inbox/{asked.task_id}"
    assert "Stop watching" not in bobs.get(path).text
    page = bobs.post(f"{path}/watch", HX_Request="true")
    assert "You'll be notified of comments and the outcome" in page.text
    assert "Stop watching" in page.text
    assert "Watched by" in alices.get(path).text
    assert "Stop watching" not in alices.get(path).text
    assert "Stop watching" not in bobs.post(f"{path}/unwatch", HX_Request="true").text
    bobs.post(f"{path}/comment", {"text": "Mine"})
    assert "Stop watching" in bobs.get(path).text


def test_an_at_offers_the_other_members_by_what_names_each_of_them(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, vera: PersonCaller, bobs: Browser, asked: Asked
) -> None:
    make_person(vera.token.workspace, "vera@elsewhere.example", Role.VIEWER)
    people = json.loads(bobs.get(f"/inbox/{asked.task_id}/people").raw)["people"]
    assert {"alice", "vera@myorg.example", "vera@elsewhere.example"} <= {one["handle"] for one in people}
    assert "bob" not in {one["handle"] for one in people}
    assert bobs.get("/inbox/01900000-0000-7000-8000-000000000000/people").status == 404


def test_who_watches_finds_the_decision_under_notifications(bob: PersonCaller, alices: Browser, asked: Asked) -> None:
    alices.post(f"/inbox/{asked.task_id}/watch")
    asked.decide(bob, "approved").ok()
    fan_out.notify()
    shown = alices.get("/notifications").text
    assert "Decided or over" in shown
    assert "Approved" in shown
