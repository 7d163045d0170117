"""Only the Bot Connector is heard: each thing that its documentation demands of a token is demanded here."""

import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from inbox.notifications import bot_tokens
from intents.accounts.oidc import documents
from intents.accounts.oidc.tokens import NotSignedIn
from tests.inbox.teams import STRANGER, Teams, published

pytestmark = pytest.mark.django_db


def test_the_bot_connector_is_heard(teams: Teams) -> None:
    now = int(time.time())
    for right in ({}, {"exp": now - 240}, {"nbf": now + 240}, {"serviceurl": None, "serviceUrl": teams.service}):
        assert teams.send(teams.activity("typing"), token=teams.token(**right)).status == 200, right
    assert teams.asked == 1, "its keys are kept"


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://api.botframework.us"},
    "no issuer": {"iss": None},
    "another bot": {"aud": "00000000-0000-0000-0000-000000000000"},
    "no bot": {"aud": None},
    "long over": {"exp": 1},
    "over for ten minutes": {"exp": int(time.time()) - 600},
    "no end": {"exp": None},
    "of the future": {"nbf": int(time.time()) + 86_400},  # also where all tests take hours
    "another service": {"serviceurl": "https://smba.trafficmanager.net/emea/"},
    "no service": {"serviceurl": None},
    "signed by another": {"key": STRANGER},
    "an unknown key": {"kid": "another"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nobody_else_is_heard(teams: Teams, wrong: str) -> None:
    refused = teams.send(teams.activity("message", text="link"), token=teams.token(**WRONG[wrong]))
    assert (refused.status, refused.code) == (403, "policy_denied")


def test_what_is_no_token_is_refused(teams: Teams) -> None:
    unsigned = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in ("", "nonsense", f"{unsigned}.{teams.token().split('.')[1]}.", "a" * 8_000):
        assert teams.send(teams.activity("typing"), token=token).status == 403, token[:40]
    for token in ("", teams.token(kid="another")):
        assert teams.send(teams.activity("typing"), token=token, spoilt=b"{").status == 403, "its body is not read"
    assert teams.send(teams.activity("typing"), spoilt=b"{").status == 422
    for wrong in ({"channelId": "webchat"}, {"channelId": None}, {"serviceUrl": "https://elsewhere.example/"}):
        assert teams.send(teams.activity("typing") | wrong).status == 403, wrong


def test_a_key_speaks_for_the_channels_that_it_is_endorsed_for(teams: Teams) -> None:
    teams.keys = [one | {"endorsements": ["webchat"]} for one in teams.keys]
    assert teams.send(teams.activity("typing")).status == 403


def test_a_new_key_is_asked_for_but_not_with_each_token(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    assert teams.send(teams.activity("typing")).status == 200
    teams.keys.append(published(STRANGER) | {"kid": "new"})
    new = teams.token(key=STRANGER, kid="new")
    for _ in range(3):
        assert teams.send(teams.activity("typing"), token=new).status == 403
    assert teams.asked == 1
    monkeypatch.setattr(bot_tokens, "ANEW_SECONDS", 0.0)
    assert teams.send(teams.activity("typing"), token=new).status == 200
    assert teams.asked == 2


def test_keys_that_cannot_be_had_are_not_asked_for_with_each_token(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    assert teams.send(teams.activity("typing")).status == 200
    asked: list[str] = []

    def away(url: str, headers: dict[str, str]) -> dict[str, Any]:
        asked.append(url)
        raise NotSignedIn("away", "")

    monkeypatch.setattr(documents, "document", away)
    monkeypatch.setattr(bot_tokens, "ANEW_SECONDS", 0.0)
    for _ in range(3):
        assert teams.send(teams.activity("typing"), token=teams.token(kid="another")).status == 503
    assert len(asked) == 1
    assert teams.send(teams.activity("typing")).status == 200, "what is known stays so"


def test_keys_are_believed_for_a_while_longer_when_they_cannot_be_had(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    assert teams.send(teams.activity("typing")).status == 200

    def away(url: str, headers: dict[str, str]) -> dict[str, Any]:
        raise NotSignedIn("away", "")

    monkeypatch.setattr(documents, "document", away)
    monkeypatch.setattr(bot_tokens, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(bot_tokens, "ANEW_SECONDS", 0.0)
    assert teams.send(teams.activity("typing")).status == 200
    assert teams.send(teams.activity("typing"), token=teams.token(key=STRANGER)).status == 403
    assert teams.send(teams.activity("typing"), token=teams.token(kid="another")).status == 503, "it may be a new one"
    monkeypatch.setattr(bot_tokens, "GRACE_SECONDS", 0.0)
    assert teams.send(teams.activity("typing")).status == 503


def test_nobody_waits_while_a_key_is_looked_for(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    assert teams.send(teams.activity("typing")).status == 200
    monkeypatch.setattr(bot_tokens, "ANEW_SECONDS", 0.0)
    with bot_tokens._looking:
        assert teams.send(teams.activity("typing"), token=teams.token(kid="another")).status == 403
    assert teams.asked == 1


def test_without_keys_it_is_to_come_again(teams: Teams, settings: Settings) -> None:
    settings.TEAMS_OPENID_URL = "http://127.0.0.1:1/openidconfiguration"
    documents.forget()
    assert teams.send(teams.activity("typing")).status == 503


def test_another_tenant_is_refused(teams: Teams) -> None:
    assert teams.write(tenant="72f988bf-0000-41af-91ab-2d7cd011db47").status == 403


def test_what_is_no_card_of_this_server_is_refused(teams: Teams) -> None:
    sent = {"name": "adaptiveCard/action"}
    for value in (None, [], {"action": {"verb": "axme_ask"}}, {"action": {"verb": "other", "data": {"workspace": "x"}}}):
        refused = teams.send(teams.activity("invoke", value=value, **sent))
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "value")
    refused = teams.send(teams.activity("invoke", **sent) | {"id": None})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "id")
    odd = {"workspace": "no id", "tasks": ["no id"]}
    card = teams.press({"verb": "axme_decide", "data": odd})
    assert card["body"][0]["inlines"][0]["text"] == "Nothing was decided"
