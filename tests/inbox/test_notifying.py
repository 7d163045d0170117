"""Telling people what waits for them: once each, by the channels they chose, and never of what is decided."""

from inbox.models import Message, Notice, Notification
from inbox.notify.sender import Sender
from tests.conftest import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.mailbox import Mailbox


def told() -> list[tuple[str, str, int]]:
    found = Notification.objects.order_by("user__email", "created_at", "kind")
    return [(one.user.email.partition("@")[0], one.kind, one.number) for one in found.select_related("user")]


def send(by: Sender | None = None) -> None:
    """Send what is due, until nothing is under way any more."""
    by = by or Sender()
    by.work(seconds=20)
    while Notice.objects.exists() or Message.objects.filter(state="leased").exists():
        by.work(seconds=20)


def test_whoever_is_asked_gets_a_mail_that_names_it(shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    asked = ask(shop, title="Refund 129.00 EUR to ACME?", risk="high")
    send()
    mail = mailbox.only()
    assert mail["To"] == "bob@myorg.example"
    assert mail["Subject"] == "Waiting for you: Refund 129.00 EUR to ACME?"
    assert f"/inbox/{asked.task_id}" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"/inbox/{asked.task_id}" in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    message = Message.objects.get()
    assert (message.state, message.attempt, message.answer) == ("sent", 1, "250 taken")
    assert told() == [("bob", "assigned", 0)]
