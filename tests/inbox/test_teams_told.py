"""What the bot says in Teams: sent by rows, to whom it is for alone, and kept no longer than it is needed."""

from typing import Any

import pytest

from inbox.notifications.channels import bot_connector
from inbox.notifications.models import ChatConversation, ChatReply
from inbox.notifications.services import conversations
from inbox.tasks.services import missing
from intents.kernel import clock
from intents.sending import connector
from intents.sending.channels import NotSent
from intents.sending.connector import Answer
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.chats import asked
from tests.inbox.outgoing import choose, send, states
from tests.inbox.teams import APP, CONVERSATION, TENANT, Teams, opens, words
from tests.inbox.test_teams_bot import linked, replied

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_bot_greets_where_it_is_added_and_forgets_where_it_is_removed(
    teams: Teams, bob: PersonCaller, machine: KeyCaller
) -> None:
    choose(bob, str(linked(bob).id))
    asked(machine)
    send()
    assert (states()[0][:2], "removed" in str(states()[0][3])) == (("teams", "failed"), True)
    added = teams.activity("conversationUpdate", membersAdded=[{"id": f"28:{APP}"}])
    assert teams.send(added).status == 200
    assert "You are linked." in words(replied(teams))
    assert ChatConversation.objects.get().conversation == CONVERSATION
    teams.send(teams.activity("installationUpdate", action="remove"))
    assert not ChatConversation.objects.exists()
    assert teams.send(teams.activity("typing")).status == 200


def test_a_link_is_told_to_its_member_alone(teams: Teams) -> None:
    teams.write(conversation={"conversationType": "channel", "id": CONVERSATION, "tenantId": TENANT})
    card = replied(teams)
    assert (opens(card), "a chat of our own" in words(card)) == ([], True)
    assert not ChatConversation.objects.exists()


def test_what_is_answered_is_sealed_and_wiped(teams: Teams) -> None:
    teams.write()
    teams.write()
    row = ChatReply.objects.get()
    assert b"settings" not in bytes(row.sealed or b"")
    replied(teams)
    row.refresh_from_db()
    assert (row.state, row.sealed, len(teams.posted)) == ("sent", None, 1)
    teams.write()
    assert ChatReply.objects.get().state == "ready", "of a conversation the last answer alone is on record"
    clock_then = clock.now()
    ChatConversation.objects.update(seen_at=clock_then.replace(year=2020))
    ChatReply.objects.update(created_at=clock_then.replace(year=2020))
    conversations.prune(actor=missing.SERVER)
    assert (ChatConversation.objects.exists(), ChatReply.objects.exists()) == (False, False)


def test_who_waits_for_a_token_that_cannot_be_had_is_told_the_same(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away(url: str, **more: Any) -> Answer:
        asked.append(url)
        return Answer(503, {}, b"", False, 1)

    monkeypatch.setattr(connector, "post", away)
    for _ in range(3):
        with pytest.raises(NotSent, match="its sign-in answered 503"):
            bot_connector.post(teams.service, CONVERSATION, {})
    assert len(asked) == 1


def test_a_refusal_of_teams_is_told(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    choose(bob, str(linked(bob).id))
    teams.write("link")
    teams.status = 403
    asked(machine)
    send()
    assert ("teams", "failed", 1, "Teams answered 403") in states()
