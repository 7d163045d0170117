"""Teams as a door for people: whoever is linked is told there by the bot, and decides what fits there, by all rules of the
API."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.test import override_settings
from pytest_django.fixtures import Settings

from inbox.notifications import personal
from inbox.notifications.channels import teams as channel
from inbox.notifications.chat_links import TEAMS
from inbox.notifications.models import ChatAddress
from inbox.tasks.models.decision import Decision
from intents import auth
from intents.accounts.models import Member as Membership
from intents.accounts.models import PersonToken
from intents.kernel import clock
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.chats import asked, link
from tests.inbox.outgoing import choose, send
from tests.inbox.teams import CONVERSATION, PERSON, TENANT, Teams, answer, button, opens, words
from tests.pages.browser import Browser
from tests.security.edge import Loop

pytestmark = pytest.mark.django_db(transaction=True)


def linked(who: PersonCaller, person: str = PERSON) -> ChatAddress:
    """A member of Teams who is this person."""
    return link(who, TEAMS, TENANT, person, "Bob")


def ask(who: PersonCaller, *intents: str) -> dict[str, Any]:
    """The button that shows what is to be decided."""
    tasks = [who.get("/tasks", intent_id=one).ok()["tasks"][0]["task_id"] for one in intents]
    return {"verb": "axme_ask", "data": channel.asked(who.token.workspace_id, tasks)}


def look(button: dict[str, Any]) -> dict[str, Any]:
    return button | {"verb": "axme_look"}


def replied(teams: Teams) -> dict[str, Any]:
    """The card by which the bot answered."""
    send()
    conversation, activity = teams.posted[-1]
    assert (conversation, activity["type"]) == (CONVERSATION, "message")
    (attached,) = activity["attachments"]
    card: dict[str, Any] = attached["content"]
    return card


def waits(machine: KeyCaller, intent_id: str) -> bool:
    return bool(machine.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN")


def test_a_member_is_linked_told_and_decides(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    assert (teams.write().status, teams.posted) == (200, []), "nothing is sent at once"
    (page,) = opens(replied(teams))
    path = page[page.index("/settings/notifications/teams") :]
    browser = Browser().sign_in(bob.user).confirmed()
    shown = browser.get(path)
    assert (shown.status, PERSON in shown.text, TENANT in shown.text, bob.user.email in shown.text) == (200, *[True] * 3)
    assert not ChatAddress.objects.exists(), "opening it links nobody"
    assert "Bob in Teams is linked to you." in browser.get(browser.post(path, {}).location).text
    row = ChatAddress.objects.get()
    assert row.service == f"teams:{TENANT}/{PERSON}"
    assert "link is over" in Browser().sign_in(bob.user).confirmed().post(path, {}).text
    choose(bob, str(row.id))
    intent_id = asked(machine)
    card = replied(teams)
    assert "Waiting for you: Refund ACME?" in words(card)
    assert "129" not in words(card)
    assert opens(card)[0].endswith(button(card, "axme_ask")["data"]["tasks"][0])
    shown_card = teams.press(button(card, "axme_ask"))
    assert {"amount: 129", "to.name: ACME"} <= set(words(shown_card).splitlines())
    done = teams.decide(shown_card, "Approve", "As agreed")
    assert "Recorded: Approved." in words(done)
    result = machine.intent(intent_id)["result"]
    assert (result["outcome"], result["comment"]) == ("approved", "As agreed")
    (task,) = bob.get("/tasks", intent_id=intent_id, state="decided").ok()["tasks"]
    assert bob.get(f"/tasks/{task['task_id']}").ok()["task"]["decision"]["channel"] == "chat"
    assert "decided this already" in words(teams.decide(shown_card, "Reject"))
    # Whoever looks at the message again is shown how it stands, by its own refresh.
    refresh = card["refresh"]["action"]
    assert card["refresh"]["userIds"] == [teams.activity("message")["from"]["id"]]
    now = teams.press(refresh)
    assert "decided this already" in words(now)
    assert [one["type"] for one in now["body"][-1]["actions"]] == ["Action.OpenUrl"]
    assert teams.tokens == 1, "the bot's token is kept"


def test_off_unless_configured(teams: Teams, settings: Settings, bob: PersonCaller) -> None:
    linked(bob)
    settings.TEAMS_APP_PASSWORD = ""
    assert (teams.write().status, teams.write().code) == (404, "not_supported")
    assert list(channel.PERSONAL.destinations([personal.Contact(bob.user.id, bob.user.email)])) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"risk": "high"}, "high or critical risk"),
        ({"task_type": "form", "form_schema": {"type": "object"}}, "more than a decision"),
    ],
)
def test_what_does_not_fit_is_decided_in_the_browser(
    teams: Teams, bob: PersonCaller, machine: KeyCaller, more: dict[str, Any], says: str
) -> None:
    """Neither is it shown to be decided, nor decided when somebody makes up what a card would send."""
    linked(bob)
    easy, hard = asked(machine), asked(machine, **more)
    card = teams.press(ask(bob, hard))
    assert (says in words(card), len(opens(card))) == (True, 1)
    made_up = teams.press(ask(bob, easy))
    (task,) = bob.get("/tasks", intent_id=hard).ok()["tasks"]
    digest = bob.get(f"/tasks/{task['task_id']}").ok()["task"]["payload_digest"]
    outcome = "approved" if "risk" in more else "submitted"
    button(made_up, "axme_decide")["data"]["shown"] = [task["task_id"], digest, [outcome]]
    told = teams.press(button(made_up, "axme_decide"), {"outcome": "0"})
    assert (says in words(told), waits(machine, hard)) == (True, True)


def test_what_has_no_room_on_a_card_is_decided_in_the_browser(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    many = machine.submit(payload={"all": ["x"] * 250}, human_task={"title": "This?", "risk": "low"})
    assert "more to see" in words(teams.press(ask(bob, many)))


def test_words_of_agents_are_no_markup(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    task = {"title": "Pay?", "risk": "low", "description": "[here](https://evil.example)"}
    task["outcome_labels"] = {"approved": "[Pay](https://evil.example)", "rejected": "{{time(2026-12-01T10:00:00Z)}}"}
    payload = {"note": "**no**", "by": "{{{DATE(2026-12-01T10:00:00Z, SHORT)}}", "of": "{{ name }}"}
    card = teams.press(ask(bob, machine.submit(payload=payload, human_task=task)))
    assert "Written by the agent, not verified\n[here](https://evil.example)" in words(card)
    assert not [one for one in card["body"] if one["type"] == "TextBlock"], "what Markdown is read in"
    choices = next(one for one in card["body"] if one.get("id") == "outcome")["choices"]
    at = "{\u200b{time(2026-12-01T10:00:00Z)}} (Reject)"
    assert [one["title"] for one in choices] == ["［Pay］(https://evil.example) (Approve)", at]
    shown = words(card).splitlines()
    assert {"by: {{\u200b{DATE(2026-12-01T10:00:00Z, SHORT)}}", "of: {{ name }}"} <= set(shown), "what cards make a date of"


def test_an_activity_that_comes_again_decides_once(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id))
    pressed = teams.pressing(button(card, "axme_decide"), answer(card, "Approve"))
    first, again = (teams.send(pressed).ok()["value"] for _ in range(2))
    assert (first, "Recorded: Approved." in words(first)) == (again, True)
    assert Decision.objects.count() == 1


def test_two_presses_at_once_are_one_decision(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id))
    told: list[str] = []

    with override_settings(EDGE_THREADS=1):
        other = replace(teams, loop=Loop())  # of a second process

        def press(by: Teams, outcome: str) -> None:
            told.append(words(by.decide(card, outcome)))

        threads = [threading.Thread(target=press, args=one) for one in ((teams, "Approve"), (other, "Reject"))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        other.loop.end()
    assert sorted(["Recorded:" in one, "decided this already" in one] for one in told) == [[False, True], [True, False]]
    assert Decision.objects.count() == 1


def test_what_was_not_shown_is_not_decided(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id))
    button(card, "axme_decide")["data"]["shown"][1] = "0" * 64
    told = words(teams.decide(card, "Approve"))
    assert ("Nothing was decided" in told, "not what would be decided" in told) == (True, True)
    assert waits(machine, intent_id)


def test_a_comment_that_is_required_is_asked_for(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    intent_id = asked(machine, required_comment=True)
    again = teams.decide(teams.press(ask(bob, intent_id)), "Reject")
    assert ("requires a comment" in words(again).lower(), waits(machine, intent_id)) == (True, True)
    assert "Recorded: Rejected." in words(teams.decide(again, "Reject", "Too much"))
    assert machine.intent(intent_id)["result"]["comment"] == "Too much"


def test_a_comment_is_no_longer_than_the_api_takes_it(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    """Whatever a card says of its length, somebody may send more."""
    linked(bob)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id))
    assert "at most 4000 characters" in words(teams.decide(card, "Approve", "x" * 4001)).lower()
    assert waits(machine, intent_id)
    assert "Recorded: Approved." in words(teams.decide(card, "Approve", "x" * 4000))


def test_the_rules_are_those_of_the_api(
    teams: Teams, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, machine: KeyCaller
) -> None:
    linked(vera, "2")
    linked(charlie, "3")
    shows = ask(bob, asked(machine))
    assert "Viewers decide nothing." in words(teams.decide(teams.press(shows, person="2"), "Approve", person="2"))
    for stranger in ("3", "4"):
        for one in (shows, look(shows)):
            assert "You are not linked" in words(teams.press(one, person=stranger))
    linked(bob)
    card = teams.press(shows)
    Membership.objects.filter(user=bob.user).update(suspended_at=clock.now())
    auth.forget()
    assert "Nothing was decided" in words(teams.decide(card, "Approve"))
    assert not Decision.objects.exists()


def test_removing_the_link_ends_its_token(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    row = linked(bob)
    card = teams.press(ask(bob, asked(machine)))
    bob.delete(f"/me/notification-addresses/{row.id}").ok()
    assert not PersonToken.objects.filter(user=bob.user, name="Teams: Bob", revoked_at=None).exists()
    auth.forget()
    assert "not linked" in words(teams.decide(card, "Approve"))
    assert not Decision.objects.exists()


def test_several_are_told_on_one_card_and_decided_one_by_one(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    several = look(ask(bob, *(asked(machine, title=f"Refund {one}?") for one in "AB")))
    card = teams.press(several)
    assert ("Refund A?" in words(card), "Refund B?" in words(card)) == (True, True)
    second = [one["actions"][0] for one in card["body"] if one["type"] == "ActionSet"][1]
    shown = teams.press(second)
    assert "Refund B?" in words(shown)
    done = teams.decide(shown, "Reject", "No")
    back = words(teams.press(button(done, "axme_look")))
    assert ("Refund A?" in back, "decided this already" in back) == (True, True)


def test_members_read_their_language(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    bob.user.language = "ar"
    bob.user.save(update_fields=["language"])
    card = teams.press(ask(bob, asked(machine)))
    assert (card["rtl"], "AXME" in words(card), "Requested by" in words(card)) == (True, False, False)
