"""The links by which members of Slack are linked: each links once. What is decided there while nothing goes on."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.notifications import chat_links, selectors
from inbox.notifications.chat_links import SLACK, TEAMS, Chat, Member
from inbox.notifications.models import ChatAddress
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox import chats, test_slack
from tests.inbox.slack import MEMBER, TEAM, Slack, words
from tests.pages.browser import Browser


def offered(slack: Slack) -> str:
    """The page that a member is offered."""
    told: str = slack.command().ok()["text"]
    return told[told.index("/settings/notifications/slack") :]


@pytest.mark.django_db
@pytest.mark.parametrize("chat", [SLACK, TEAMS], ids=lambda chat: chat.name)
def test_a_member_is_looked_up_by_an_index(chat: Chat, bob: PersonCaller) -> None:
    """Of people there may be many more than of those who decide in chats."""
    there = [*(f"device{n}" for n in range(2000)), *(f"{chat.prefix}T1/U{n}" for n in range(200))]
    ChatAddress.objects.bulk_create(
        ChatAddress(user=bob.user, name=service, service=service, sealed=b"", created_at=clock.now()) for service in there
    )
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("ANALYZE inbox_chataddress")
        assert selectors.chat_member(chat.prefix, "T1", "U1")
        cursor.execute(f"EXPLAIN {asked[-1]['sql']}")
        assert re.search(r"using chat_address_(member|teams)_once", str(cursor.fetchall()), re.IGNORECASE)


@pytest.mark.django_db
def test_a_link_links_once(slack: Slack, bob: PersonCaller, alice: PersonCaller) -> None:
    page = offered(slack)
    browser = Browser().sign_in(bob.user).confirmed()
    browser.get(page)
    browser.post(page, {})
    row = ChatAddress.objects.get()
    bob.delete(f"/me/notification-addresses/{row.id}").ok()
    other = Browser().sign_in(alice.user).confirmed()
    for who in (browser, other):
        for answer in (who.get(page), who.post(page, {})):
            assert "link is over" in answer.text
    assert not ChatAddress.objects.exists()
    # The next one, of the same moment, is another.
    again = offered(slack)
    other.get(again)
    other.post(again, {})
    assert ChatAddress.objects.get().user_id == alice.user.id


@pytest.mark.django_db
def test_the_page_says_who_asks_from_where_and_as_whom_they_would_decide(
    slack: Slack, bob: PersonCaller, alice: PersonCaller, charlie: PersonCaller
) -> None:
    browser = Browser().sign_in(bob.user).confirmed()
    shown = browser.get(offered(slack)).text
    assert f"Account in Slack bob {MEMBER} Slack workspace myorg.slack.com {TEAM}" in shown
    assert f"Decides here as {bob.user.email}" in shown
    assert "Go on only if you wrote /axme link in Slack yourself just now." in shown
    assert "Nobody else of your workspace is linked from there" in shown
    # Neither who links from elsewhere nor who belongs to another workspace makes it known.
    test_slack.linked(charlie, "U2")
    elsewhere = Member("T0002", "U3", "olga")
    test_slack.linked(alice, "U4")
    assert "1 colleague is linked from there" in browser.get(offered(slack)).text
    assert "Nobody else" in browser.get(f"/settings{chat_links.offer(SLACK, elsewhere).partition('/settings')[2]}").text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", " ", "bob\u200f"])
def test_a_member_whose_name_slack_does_not_tell_is_called_by_their_id(slack: Slack, bob: PersonCaller, name: str) -> None:
    """So is one whose name holds what cannot be seen, which no address is named by."""
    browser = Browser().sign_in(bob.user).confirmed()
    page = chat_links.offer(SLACK, Member(TEAM, MEMBER, name)).partition("/settings")
    assert browser.get(f"/settings{page[2]}").text.count(MEMBER) == 1
    linked = browser.get(browser.post(f"/settings{page[2]}", {}).location)
    assert f"{MEMBER} in Slack is linked to you." in linked.text
    assert ChatAddress.objects.get().name == f"Slack: {MEMBER}"


@pytest.mark.django_db
def test_nothing_is_decided_in_a_suspended_workspace(
    slack: Slack, bob: PersonCaller, alice: PersonCaller, machine: KeyCaller
) -> None:
    test_slack.linked(bob)
    intent_id = chats.asked(machine)
    view = slack.press(test_slack.value(bob, intent_id))
    alice.patch(f"/workspaces/{alice.token.workspace_id}", {"status": "suspended"}).ok()
    assert "This workspace is suspended" in words(slack.submit(view, "Approve")["view"])
    assert machine.intent(intent_id)["status"] == "WAITING"
