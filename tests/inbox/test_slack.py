"""Slack as a door for people: whoever is linked is told there, and decides what fits there, by all rules of the API."""

import json
import time
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from inbox.notifications import personal
from inbox.notifications.channels import slack as channel
from inbox.notifications.chat_links import SLACK, Member
from inbox.notifications.models import ChatAddress
from inbox.notifications.services import chat_members
from intents import auth
from intents.accounts.models import Member as Membership
from intents.accounts.models import PersonToken, Workspace
from intents.kernel import clock, secrets
from intents.kernel.actors import Person
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.chats import asked, link
from tests.inbox.outgoing import choose, send, states
from tests.inbox.slack import MEMBER, TEAM, Slack, words
from tests.pages.browser import Browser


def linked(who: PersonCaller, member: str = MEMBER) -> ChatAddress:
    """A member of Slack who is this person."""
    return link(who, SLACK, TEAM, member, "bob")


def value(who: PersonCaller, intent_id: str) -> str:
    """What the button of a task says."""
    (task,) = who.get("/tasks", intent_id=intent_id).ok()["tasks"]
    return f"{who.token.workspace_id}/{task['task_id']}"


def test_a_member_is_linked_told_and_decides(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    told = slack.command().ok()
    assert told["response_type"] == "ephemeral"
    page = told["text"][told["text"].index("/settings/notifications/slack") :]
    browser = Browser().sign_in(bob.user).confirmed()
    shown = browser.get(page)
    assert (shown.status, MEMBER in shown.text, bob.user.email in shown.text) == (200, True, True)
    assert not ChatAddress.objects.exists(), "opening it links nobody"
    browser.post(page, {})
    row = ChatAddress.objects.get()
    choose(bob, str(row.id))
    intent_id = asked(machine)
    send()
    (method, message) = slack.told[-1]
    assert (method, message["channel"]) == ("chat.postMessage", MEMBER)
    assert "Refund ACME?" in words(message)
    decide, opens = message["blocks"][-1]["elements"]
    assert opens["url"].endswith(decide["value"].partition("/")[2])
    view = slack.press(decide["value"])
    assert {"amount: 129", "to.name: ACME"} <= set(words(view).splitlines())
    done = slack.submit(view, "Approve", "As agreed")
    assert (done["response_action"], "Recorded: Approved." in words(done["view"])) == ("update", True)
    result = machine.intent(intent_id)["result"]
    assert (result["outcome"], result["comment"]) == ("approved", "As agreed")
    (task,) = bob.get("/tasks", intent_id=intent_id, state="decided").ok()["tasks"]
    assert bob.get(f"/tasks/{task['task_id']}").ok()["task"]["decision"]["channel"] == "chat"
    again = slack.submit(view, "Reject")
    assert "decided this already" in words(again["view"])


def test_only_slack_is_heard(slack: Slack, bob: PersonCaller) -> None:
    for wrong in ({"secret": "another's"}, {"at": time.time() - 400}, {"at": time.time() + 400}, {"spoilt": b"&text=link"}):
        refused = slack.command(**wrong)
        assert (refused.status, refused.code) == (403, "policy_denied"), wrong
    assert slack.interact({"type": "view_submission"}, secret="another's").status == 403
    assert slack.send("/slack/interactions", {"payload": "nonsense"}).status == 422


def test_off_unless_configured(slack: Slack, settings: Settings, bob: PersonCaller) -> None:
    linked(bob)
    settings.SLACK_BOT_TOKEN = ""
    assert (slack.command().status, slack.command().code) == (404, "not_supported")
    assert list(channel.PERSONAL.destinations([personal.Contact(bob.user.id, bob.user.email)])) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"risk": "high"}, "high or critical risk"),
        ({"risk": "critical"}, "high or critical risk"),
        ({"task_type": "form", "form_schema": {"type": "object"}}, "more than a decision"),
        ({"evidence_required": True}, "more than a decision"),
    ],
)
def test_what_does_not_fit_is_decided_in_the_browser(
    slack: Slack, bob: PersonCaller, machine: KeyCaller, more: dict[str, Any], says: str
) -> None:
    linked(bob)
    view = slack.press(value(bob, asked(machine, **more)))
    assert ("callback_id" in view, says in words(view)) == (False, True)


def test_a_payload_is_shown_whole_or_not_at_all(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    long = machine.submit(payload={"text": "x" * 4000}, human_task={"title": "This?", "risk": "low"})
    assert "more to see" in words(slack.press(value(bob, long)))


def test_nothing_that_is_decided_about_is_hidden(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    task = {
        "title": "Pay?",
        "risk": "low",
        "description": "As \u202eagreed",
        "consequence": {"approved": "Sends 129.00 EUR."},
        "outcome_labels": {"approved": "Pay it"},
    }
    view = slack.press(
        value(bob, machine.submit(payload={"": "to Mallory", "note": "a\u200bb", "none": {}}, human_task=task))
    )
    said = words(view)
    assert {'"": to Mallory', "none: {}"} <= set(said.splitlines())
    assert "\u200b" not in said
    assert "\u202e" not in said
    assert "Written by the agent, not verified\nAs " in said
    assert "Pay it: Sends 129.00 EUR." in said
    options = next(one for one in view["blocks"] if one.get("block_id") == "outcome")["element"]["options"]
    shown = [(one["text"]["text"], one.get("description", {}).get("text")) for one in options]
    assert shown == [("Pay it", "Approve"), ("Reject", None)]


def test_words_that_the_data_contradict_are_decided_in_the_browser(
    slack: Slack, bob: PersonCaller, machine: KeyCaller
) -> None:
    linked(bob)
    task = {"title": "Refund 12.90 EUR?", "risk": "low"}
    intent_id = machine.submit(payload={"amount": 129, "currency": "EUR"}, human_task=task)
    assert "more to see" in words(slack.press(value(bob, intent_id)))


def test_members_read_their_language(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    bob.user.language = "de"
    bob.user.save(update_fields=["language"])
    button = value(bob, asked(machine))
    view = slack.press(button)
    assert (view["submit"]["text"], "von Agent" in words(view)) == ("Senden", True)
    done = slack.submit(view, "Genehmigen")
    assert "Festgehalten: Genehmigt." in words(done["view"])
    again = slack.submit(view, "Ablehnen")["view"]
    assert "hat dies bereits entschieden" in words(again)
    assert "Öffnen Sie dies" in slack.command().ok()["text"]
    # Of a workspace that somebody is not linked in there is that of theirs.
    elsewhere = slack.press(f"00000000-0000-0000-0000-000000000000/{button.partition('/')[2]}")
    assert "Sie sind in diesem Arbeitsbereich mit niemandem verknüpft" in words(elsewhere)
    bob.user.language = ""
    bob.user.save(update_fields=["language"])
    Workspace.objects.filter(id=bob.token.workspace_id).update(language="ar")
    assert "‎/axme link‎" in slack.command("help").ok()["text"]


def test_a_request_brings_its_message_along(slack: Slack, bob: PersonCaller) -> None:
    whole = {"command": "/axme", "text": "link", "team_id": TEAM, "user_id": MEMBER, "user_name": "bob"}
    assert slack.send("/slack/commands", whole | {"more": "x" * 200_000}).status == 200
    assert slack.send("/slack/commands", whole | {"more": "x" * 1_100_000}).status == 413


def test_linking_again_ends_the_token_before(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    linked(bob)
    assert PersonToken.objects.filter(user=bob.user, name="Slack: bob", revoked_at=None).count() == 1
    auth.forget()
    assert "callback_id" in slack.press(value(bob, asked(machine)))


def test_what_was_not_shown_is_not_decided(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine)
    view = slack.press(value(bob, intent_id))
    sent = view["private_metadata"]
    told = slack.submit(view | {"private_metadata": sent.replace(sent.split('"')[5], "0" * 64)}, "Approve")
    assert "not what would be decided" in words(told["view"])
    assert machine.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN"


def test_a_comment_that_is_required_is_asked_for(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine, required_comment=True)
    told = slack.submit(slack.press(value(bob, intent_id)), "Approve")
    assert (told["response_action"], list(told["errors"])) == ("errors", ["comment"])
    assert machine.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN"


def test_the_rules_are_those_of_the_api(
    slack: Slack, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, machine: KeyCaller
) -> None:
    linked(vera, "U2")
    linked(charlie, "U3")
    button = value(bob, asked(machine))
    # Somebody who looks on sees, and decides nothing; whoever is linked to nobody here does not even see.
    assert "Viewers decide nothing." in words(slack.submit(slack.press(button, member="U2"), "Approve", member="U2")["view"])
    for stranger in ("U3", "U4"):
        assert "You are not linked" in words(slack.press(button, member=stranger))
    linked(bob)
    view = slack.press(button)
    Membership.objects.filter(user=bob.user).update(suspended_at=clock.now())
    auth.forget()
    assert "Nothing was decided" in words(slack.submit(view, "Approve")["view"])


def test_removing_the_link_ends_its_token(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    row = linked(bob)
    button = value(bob, asked(machine))
    bob.delete(f"/me/notification-addresses/{row.id}").ok()
    assert PersonToken.objects.filter(user=bob.user, name="Slack: bob", revoked_at=None).count() == 0
    auth.forget()
    assert "not linked" in words(slack.press(button))


def test_a_member_is_one_person(slack: Slack, bob: PersonCaller, alice: PersonCaller) -> None:
    linked(bob)
    linked(bob)
    assert ChatAddress.objects.count() == 1
    page = slack.command().ok()["text"].partition("/settings")
    browser = Browser().sign_in(alice.user).confirmed()
    assert browser.post(f"/settings{page[2]}", {}).status == 409
    assert ChatAddress.objects.get().user == bob.user
    assert browser.get("/settings/notifications/slack?member=nonsense").status == 410


def test_members_of_one_name_are_told_apart(slack: Slack, bob: PersonCaller) -> None:
    """Somebody is called the same in two teams of Slack, and each of them is linked."""
    page = [slack.command(member=one).ok()["text"].partition("/settings")[2] for one in ("U1", "U2")]
    browser = Browser().sign_in(bob.user).confirmed()
    assert [browser.post(f"/settings{one}", {}).status for one in page] == [302, 302]
    names = ChatAddress.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["Slack: bob", "Slack: bob 2"]
    long = Member(TEAM, "U3", "x" * 80)
    actor = auth.authenticate(auth.Credentials(authorization=f"Bearer {bob.secret}"))
    assert isinstance(actor, Person)
    for member in (long, long._replace(member="U4")):
        row = chat_members.link(actor=actor, user=bob.user, workspace=bob.token.workspace, chat=SLACK, member=member)
        assert len(row.name) == 60


def test_a_workspace_that_a_member_is_not_linked_in_is_decided_in_the_browser(
    slack: Slack, bob: PersonCaller, machine: KeyCaller
) -> None:
    """Who is told of what waits in another workspace has a link to it, and no button that would refuse them."""
    row = linked(bob)
    choose(bob, str(row.id))
    (token,) = json.loads(secrets.decrypt(bytes(row.sealed))).values()
    row.sealed = secrets.encrypt(json.dumps({"00000000-0000-0000-0000-000000000000": token}))
    row.save(update_fields=["sealed"])
    asked(machine)
    send()
    (method, message) = slack.told[-1]
    assert method == "chat.postMessage"
    assert [one["action_id"] for one in message["blocks"][-1]["elements"]] == ["axme_open"]


def test_a_refusal_of_slack_is_told(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    choose(bob, str(linked(bob).id))
    slack.refusal = "account_inactive"
    asked(machine)
    send()
    assert states()[0][:2] == ("slack", "failed")
    assert "account_inactive" in str(states()[0][3])


def test_an_answer_of_slack_is_read_whole(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    """It brings along the message that it took, or the modal that it shows."""
    choose(bob, str(linked(bob).id))
    named = [asked(machine, title=f"Refund {name}? {'ж' * 60}") for name in ("one", "two", "three")]
    send()
    assert [one[:3] for one in states()] == [("slack", "sent", 1)]
    assert len(json.dumps(slack.told[-1][1])) > 2048
    told = machine.submit(payload={"text": "ж" * 2500}, human_task={"title": "This?", "risk": "low"})
    assert "ж" * 2500 in words(slack.press(value(bob, told)))
    assert "callback_id" in slack.press(value(bob, named[0]))
