"""What comes from Teams in a form that no member typed, or too often: refused in words, and never the server's fault."""

from uuid import uuid4

import pytest

from inbox.views.tasks import chat_deciding
from tests import turns
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.chats import asked
from tests.inbox.teams import Teams, answer, button, words
from tests.inbox.test_teams_bot import ask, linked, look, waits
from tests.odd import HALF, LONG, NUL, spoilt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("comment", "says"), [(NUL, "NUL characters"), (HALF, "lone surrogates"), (LONG, "at most")])
def test_a_comment_that_cannot_be_kept_is_asked_for_again(
    teams: Teams,
    bob: PersonCaller,
    machine: KeyCaller,
    comment: str,
    says: str,
) -> None:
    linked(bob)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id))
    again = teams.decide(card, "Approve", comment)
    assert says in words(again)
    assert waits(machine, intent_id)
    assert "Recorded" in words(teams.decide(again, "Approve", "Ünïcødé 👍 \u202e"))


@turns.one(0, of=1)
def test_whatever_teams_sends_is_no_fault_of_the_server(teams: Teams, bob: PersonCaller, machine: KeyCaller) -> None:
    linked(bob)
    pressed = ask(bob, asked(machine))
    card = teams.press(pressed)
    answers: dict[str, int] = {}
    for whole in (
        teams.pressing(button(card, "axme_decide"), answer(card, "Approve", "Fine")),
        teams.pressing(look(pressed)),
        teams.activity("message", text="link"),
        teams.activity("installationUpdate", action="remove", membersAdded=[{"id": "28:x"}]),
    ):
        for what, sent in spoilt(whole):
            answers[f"{whole['type']} {what}"] = teams.send(sent).status
    # 403: of another tenant, channel or service.
    assert {what: status for what, status in answers.items() if status not in (200, 403, 422)} == {}
    assert teams.send({}, spoilt=b"[" * 100_000).status == 422


def test_whoever_presses_too_often_waits(
    teams: Teams,
    bob: PersonCaller,
    machine: KeyCaller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("intents.kernel.ratelimit.WINDOW_SECONDS", 10**9)
    other = str(uuid4())
    who = {"from": {"id": "29:other", "name": "Bob", "aadObjectId": other}}
    linked(bob, other)
    intent_id = asked(machine)
    card = teams.press(ask(bob, intent_id), **who)
    monkeypatch.setattr(chat_deciding, "MOST_A_MINUTE", 1)
    assert "more than 1 times within a minute" in words(teams.press(ask(bob, intent_id), **who))
    assert "more than 1 times within a minute" in words(teams.decide(card, "Approve", **who))
    assert waits(machine, intent_id)
    # A card that only asks how it stands stays as it is.
    told = teams.send(teams.pressing(look(ask(bob, intent_id)), **who)).ok()
    assert (told["statusCode"], told["type"]) == (429, "application/vnd.microsoft.error")
    assert told["value"]["code"] == "TooManyRequests"
    before = len(teams.posted)
    assert teams.write(**who).status == 200
    assert len(teams.posted) == before
