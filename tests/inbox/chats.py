"""The chats in which people decide, set up against what stands for them: what their tests share."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from inbox.notifications import personal
from inbox.notifications.channels import bot_connector, edits, replies
from inbox.notifications.channels import slack as slack_channel
from inbox.notifications.channels import teams as teams_channel
from inbox.notifications.chat_links import Chat, Member
from inbox.notifications.models import ChatAddress
from inbox.notifications.services import chat_members
from inbox.views.tasks import chat_deciding
from intents import auth
from intents.accounts.oidc import documents
from intents.kernel.actors import Person
from intents.sending import channels
from tests.callers import KeyCaller, PersonCaller
from tests.inbox import slack as slacks
from tests.inbox import teams as microsofts
from tests.inbox.slack import Slack
from tests.inbox.teams import Teams
from tests.security.edge import Loop


@pytest.fixture
def chats(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered for a chat is so in this test alone. Members may be quick."""
    monkeypatch.setattr(channels, "_channels", dict(channels._channels))
    monkeypatch.setattr(personal, "_personal", dict(personal._personal))
    monkeypatch.setattr(chat_deciding, "MOST_A_MINUTE", 10_000)
    channels.register(edits.CHANNEL)
    settings.OUTGOING_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def slack(loop: Loop, chats: None, settings: Settings) -> Iterator[Slack]:
    personal.register(slack_channel.PERSONAL)
    settings.SLACK_SIGNING_SECRET, settings.SLACK_BOT_TOKEN = slacks.SECRET, slacks.TOKEN
    with slacks.web_api(Slack(loop)) as made:
        settings.SLACK_API_URL = made.url
        yield made


@pytest.fixture
def teams(loop: Loop, chats: None, settings: Settings) -> Iterator[Teams]:
    personal.register(teams_channel.PERSONAL)
    channels.register(replies.CHANNEL)
    settings.TEAMS_APP_ID, settings.TEAMS_APP_PASSWORD = microsofts.APP, microsofts.PASSWORD
    settings.TEAMS_TENANT_ID = microsofts.TENANT
    documents.forget()
    bot_connector.forget()
    with microsofts.microsoft(Teams(loop)) as made:
        settings.TEAMS_LOGIN_URL, settings.TEAMS_OPENID_URL = made.url, f"{made.url}/openidconfiguration"
        yield made
    documents.forget()


def link(who: PersonCaller, chat: Chat, team: str, member: str, name: str) -> ChatAddress:
    """A member of a chat who is this person."""
    actor = auth.authenticate(auth.Credentials(authorization=f"Bearer {who.secret}"))
    assert isinstance(actor, Person)
    made = Member(team, member, name)
    return chat_members.link(actor=actor, user=who.user, workspace=who.token.workspace, chat=chat, member=made)


def asked(machine: KeyCaller, **more: Any) -> str:
    """An intent that waits for people, with a payload that tells what would happen."""
    task = {"title": "Refund ACME?", "risk": "medium"} | more
    return machine.submit(payload={"amount": 129, "to": {"name": "ACME"}}, human_task=task)
