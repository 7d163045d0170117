"""An address that nobody in the workspace has is written to, and never leaves a task without anybody to decide it."""

from datetime import timedelta

import pytest

from inbox.tasks import selectors
from inbox.tasks.services import strangers
from intents.accounts.models import Workspace
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.sending.models import Email
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import ask, ask_midway
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox

STRANGER = "cfo@partner.example"


def test_the_approvers_are_asked_as_well_and_decide(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, notify_email=STRANGER)
    assert asked.task(bob)["may_decide"] is True
    assert selectors.unroutable(bob.user.memberships.get().workspace_id) == []
    asked.decide(bob, "approved").ok()


def test_they_are_when_an_agent_asks_midway_too(shop: KeyCaller, worker: KeyCaller, alice: PersonCaller) -> None:
    ask_midway(shop, worker, notify_email=STRANGER).decide(alice, "approved").ok()


def test_they_are_when_the_rest_is_unknown_too(shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, notify_email=STRANGER, assignees=["nobody@partner.example", "the board"]).decide(bob, "approved").ok()


def test_a_member_of_another_workspace_is_a_stranger_here(shop: KeyCaller, bob: PersonCaller, charlie: PersonCaller) -> None:
    asked = ask(shop, notify_email=charlie.user.email)
    assert charlie.get(f"/tasks/{asked.task_id}").status == 404
    asked.decide(bob, "approved").ok()


def test_nobody_more_is_asked_where_somebody_who_is_known_is(shop: KeyCaller, bob: PersonCaller, olga: PersonCaller) -> None:
    for task in ({"notify_email": olga.user.email}, {"notify_email": STRANGER, "assignees": ["operator"]}):
        asked = ask(shop, **task)
        assert asked.decide(bob, "approved").status == 403
        asked.decide(olga, "approved").ok()


def test_the_stranger_gets_a_link_that_lets_nobody_in(shop: KeyCaller, workspace: Workspace, mailbox: Mailbox) -> None:
    asked = ask(shop, title="Click https://evil.example now", notify_email=f" {STRANGER.upper()} ")
    send()
    email = mailbox.only()
    assert email["To"] == STRANGER
    text = email.get_content()
    assert f"/inbox/{asked.task_id}" in text
    assert "sign in" in text
    assert "evil" not in text + email["Subject"], "no word of the agent's goes to somebody who does not know it"


def test_a_stranger_is_not_flooded_and_the_approvers_are_asked_all_the_same(
    shop: KeyCaller, bob: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strangers, "MOST_A_DAY", 2)
    for _ in range(3):
        asked = ask(shop, notify_email=STRANGER)
        ask(shop, notify_email=STRANGER.upper())
    ask(shop, notify_email="another@partner.example")
    assert Email.objects.filter(to=STRANGER).count() == 2
    assert Email.objects.filter(to="another@partner.example").count() == 1
    asked.decide(bob, "approved").ok()
    Email.objects.update(created_at=clock.now() - timedelta(days=1))
    ask(shop, notify_email=STRANGER)
    assert Email.objects.filter(to=STRANGER).count() == 3, "a day later"


@pytest.mark.parametrize("task", [{}, {"assignees": [STRANGER]}, {"notify_email": "bob@myorg.example"}])
def test_nobody_else_is_written_to(shop: KeyCaller, bob: PersonCaller, task: dict[str, object]) -> None:
    ask(shop, **task)
    assert Email.objects.count() == 0


def test_a_stranger_who_joins_may_decide_what_was_put_to_them(
    shop: KeyCaller, workspace: Workspace, bob: PersonCaller
) -> None:
    asked = ask(shop, notify_email=STRANGER)
    joined = make_person(workspace, STRANGER, Role.OPERATOR)
    asked.decide(joined, "approved").ok()
