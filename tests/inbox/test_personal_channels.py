"""A personal channel of one's own: one registration, and people choose it, try it, are told by it and are told by the next
one where it fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from inbox.notifications import personal
from inbox.notifications.personal import Contact, Destination, PersonalChannel
from inbox.notifications.services.messages import MessageOutbox, OutgoingMessage
from intents.sending import channels
from intents.sending.channels import Channel, NotSent
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.inbox.outgoing import send, states
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

ALL = ["critical", "high", "medium", "low"]
FRAGMENT = """<section id="pagers">{% for one in destinations %}Your pager {{ one.where }}{% endfor %}</section>"""


@dataclass
class Pagers:
    """The network of the pagers, who has one, and what it was given."""

    numbers: dict[str, str] = field(default_factory=dict)
    paged: list[tuple[str, str]] = field(default_factory=list)
    refusal: NotSent | None = None
    away: str = ""

    def destinations(self, contacts: Sequence[Contact]) -> Iterator[Destination]:
        for one in contacts:
            if number := self.numbers.get(one.email):
                yield Destination(one.user_id, "pager", by="pager", where=number)

    def send(self, message: OutgoingMessage) -> str:
        if self.refusal:
            raise self.refusal
        self.paged.append((message.email, message.items[0].headline))
        return "beeped"

    def channel(self, *, default: tuple[str, ...] = ()) -> PersonalChannel:
        return PersonalChannel(
            channel=Channel("pager", MessageOutbox("pager"), self.send),
            label="Pager",
            icon="bell",
            destinations=self.destinations,
            default=default,
            unavailable=lambda: self.away,
            notice="The pagers are off.",
            fragment="pagers.html",
        )


@pytest.fixture
def pagers(monkeypatch: pytest.MonkeyPatch) -> Pagers:
    monkeypatch.setattr(channels, "_channels", dict(channels._channels))
    monkeypatch.setattr(personal, "_personal", dict(personal._personal))
    made = Pagers()
    personal.register(made.channel())
    return made


@pytest.fixture
def bobs_pager(pagers: Pagers, bob: PersonCaller) -> Pagers:
    pagers.numbers[bob.user.email] = "+371 555"
    return pagers


def choose(who: PersonCaller, *by: str) -> None:
    who.patch("/me/notification-settings", {"channels": [{"by": one, "risks": ALL} for one in by]}).ok()


def test_who_has_the_channel_and_chose_it_is_told_by_it(shop: KeyCaller, bob: PersonCaller, bobs_pager: Pagers) -> None:
    choose(bob, "pager")
    ask(shop, title="Refund 129 EUR?")
    send()
    assert bobs_pager.paged == [(bob.user.email, "Refund 129 EUR?")]
    assert states() == [("pager", "sent", 1, "beeped")]
    (told,) = bob.get("/me/notifications").ok()["notifications"]
    assert [(one["channel"], one["answer"]) for one in told["messages"]] == [("pager", "beeped")]


def test_what_the_channel_refuses_falls_to_the_next(
    shop: KeyCaller, bob: PersonCaller, bobs_pager: Pagers, mailbox: Mailbox
) -> None:
    bobs_pager.refusal = NotSent("out of reach", permanent=True)
    choose(bob, "pager", "email")
    ask(shop)
    send()
    assert [one[:3] for one in states()] == [("pager", "failed", 1), ("email", "sent", 1)]
    assert len(mailbox.mails) == 1


def test_a_channel_that_the_server_cannot_use_now_is_passed_over(
    shop: KeyCaller, bob: PersonCaller, bobs_pager: Pagers, mailbox: Mailbox
) -> None:
    bobs_pager.away = "no modem"
    choose(bob, "pager", "email")
    ask(shop)
    send()
    assert [one[:2] for one in states()] == [("email", "sent")]
    refused = bob.post("/me/notification-settings/test", {"by": "pager"})
    assert (refused.status, refused.json["error"]["message"]) == (422, "by: no modem")


def test_who_has_chosen_nothing_is_told_by_the_channels_that_are_the_default(
    shop: KeyCaller, bob: PersonCaller, bobs_pager: Pagers, mailbox: Mailbox
) -> None:
    channels._channels.pop("pager")
    personal.register(bobs_pager.channel(default=("low",)))
    assert bob.get("/me/notification-settings").ok()["settings"]["channels"] == [
        {"by": "email", "risks": ["critical", "high"], "hours": None},
        {"by": "pager", "risks": ["low"], "hours": None},
    ]
    ask(shop, risk="low")
    ask(shop, risk="high")
    send()
    assert sorted(one[:2] for one in states()) == [("email", "sent"), ("pager", "sent")]


def test_who_cannot_have_the_channel_cannot_choose_it(alice: PersonCaller, bobs_pager: Pagers) -> None:
    refused = alice.patch("/me/notification-settings", {"channels": [{"by": "pager", "risks": ALL}]})
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, "channels.0.by")
    assert alice.post("/me/notification-settings/test", {"by": "pager"}).status == 422


def test_the_settings_offer_it_to_who_can_have_it_with_its_own_panel(
    bob: PersonCaller, alice: PersonCaller, bobs_pager: Pagers, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "pagers.html").write_text(FRAGMENT)
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], tmp_path]}]
    bobs, path = Browser().sign_in(bob.user), "/settings/notifications"
    page = bobs.get(path)
    assert 'id="channel-pager"' in page.html
    assert 'aria-label="Test Pager"' in page.html
    assert "Your pager +371 555" in page.text
    assert bobs.post(f"{path}/test", {"by": "pager"}).location == path
    send()
    assert bobs_pager.paged == [(bob.user.email, "")]
    assert "Pager (test)" in bobs.get(path).text
    alices = Browser().sign_in(alice.user).get(path)
    assert 'id="channel-pager"' not in alices.html
    assert "Your pager" not in alices.text
    bobs_pager.away = "no modem"
    assert "The pagers are off." in bobs.get(path).text
