"""What comes from Slack in a form that no member typed, or too often: refused in words, and never the server's fault."""

import json
from uuid import uuid4

import pytest

from inbox.views.tasks import chat_deciding
from tests import turns
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.chats import asked
from tests.inbox.slack import MEMBER, TEAM, Slack, words
from tests.inbox.test_slack import linked, value
from tests.odd import HALF, LONG, NUL, spoilt

WHOLE = {"command": "/axme", "text": "link", "team_id": TEAM, "user_id": MEMBER, "user_name": "bob"}


@pytest.mark.parametrize(("comment", "says"), [(NUL, "NUL characters"), (HALF, "lone surrogates"), (LONG, "at most")])
def test_a_comment_that_cannot_be_kept_is_asked_for_again(
    slack: Slack,
    bob: PersonCaller,
    machine: KeyCaller,
    comment: str,
    says: str,
) -> None:
    linked(bob)
    intent_id = asked(machine)
    view = slack.press(value(bob, intent_id))
    told = slack.submit(view, "Approve", comment)
    assert (told["response_action"], list(told["errors"])) == ("errors", ["comment"])
    assert says in told["errors"]["comment"]
    assert machine.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN"
    assert "Recorded" in words(slack.submit(view, "Approve", "Ünïcødé 👍 \u202e")["view"])


@turns.one(0, of=1)
def test_whatever_slack_sends_is_no_fault_of_the_server(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    button = value(bob, asked(machine))
    view = slack.press(button)
    values = {
        "outcome": {"outcome": {"type": "radio_buttons", "selected_option": {"value": "0"}}},
        "comment": {"comment": {"type": "plain_text_input", "value": "Fine"}},
    }
    sent = {"callback_id": "axme_decide", "state": {"values": values}, "private_metadata": view["private_metadata"]}
    member = {"team": {"id": TEAM}, "user": {"id": MEMBER}}
    action = {"action_id": "axme_ask", "type": "button", "value": button}
    answers: dict[str, int] = {}
    for whole in (
        member | {"type": "block_actions", "trigger_id": "1.2", "actions": [action]},
        member | {"type": "view_submission", "view": sent},
    ):
        for what, payload in spoilt(whole):
            answers[f"{whole['type']} {what}"] = slack.send("/slack/interactions", {"payload": json.dumps(payload)}).status
    for what, form in spoilt(WHOLE):
        plain = {name: str(one).encode("utf-8", "replace").decode() for name, one in form.items()}
        answers[f"command {what}"] = slack.send("/slack/commands", plain).status
    assert {what: status for what, status in answers.items() if status not in (200, 422)} == {}
    assert slack.send("/slack/interactions", {"payload": "[" * 100_000}).status == 422


def test_whoever_presses_too_often_waits(
    slack: Slack,
    bob: PersonCaller,
    machine: KeyCaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("intents.kernel.ratelimit.WINDOW_SECONDS", 10**9)
    other = f"U{uuid4().hex[:12].upper()}"
    linked(bob, other)
    intent_id = asked(machine)
    button = value(bob, intent_id)
    view = slack.press(button, member=other)
    monkeypatch.setattr(chat_deciding, "MOST_A_MINUTE", 1)
    for told in (
        words(slack.press(button, member=other)),
        words(slack.submit(view, "Approve", member=other)["view"]),
        slack.command(member=other).ok()["text"],
    ):
        assert "more than 1 times within a minute" in told
    assert machine.intent(intent_id)["waiting_reason"] == "WAITING_FOR_HUMAN"
    assert "Open this" in slack.command(member=f"{other}2").ok()["text"], "others wait for nothing"
