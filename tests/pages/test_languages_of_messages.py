"""What people are sent is in their language."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from inbox.notifications.channels import chat, email, push
from inbox.notifications.services.messages import Item, OutgoingMessage
from intents.accounts import resets
from intents.accounts.models import Workspace
from intents.accounts.services import invitations
from intents.kernel.actors import Role
from intents.sending.models import Email
from tests.callers import SETUP, PersonCaller


def message(language: str) -> OutgoingMessage:
    item = Item(
        UUID(int=1), "assigned", 1, "high", UUID(int=2), "Refund", "shop", datetime(2026, 3, 9, 9, tzinfo=UTC), "user", None
    )
    return OutgoingMessage(
        id=UUID(int=3),
        attempt=1,
        channel="email",
        slot="",
        email="bob@myorg.example",
        name="Bob",
        workspace="production",
        address_id=None,
        sealed=None,
        total=1,
        zone=ZoneInfo("Europe/Riga"),
        items=(item,),
        language=language,
    )


def test_email_chat_and_devices_are_written_to_in_the_language_of_the_receiver() -> None:
    german, arabic = email.compose(message("de")), email.compose(message("ar"))
    assert german.subject == "Wartet auf Sie: Refund"
    assert "Risiko: hoch" in str(german.body)
    assert "Mo" in str(german.body), "weekdays too"
    assert '<html lang="ar" dir="rtl">' in str(arabic.alternatives[0][0])
    assert '<h1 dir="auto">Refund</h1>' in str(arabic.alternatives[0][0]), "an agent's words run as they do"
    assert chat.written(message("de"))["title"] == german.subject
    assert push.payload(message("ar"))["title"] == "في انتظارك"
    assert email.compose(replace(message("de"), language="xx")).subject == "Waiting for you: Refund"


def test_an_invitation_and_a_link_for_a_password_are_in_the_language_of_whom_they_are_for(
    workspace: Workspace, bob: PersonCaller
) -> None:
    workspace.language = "de"
    workspace.save()
    invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="new@myorg.example")
    assert "lädt Sie" in Email.objects.get(to="new@myorg.example").subject
    written = resets.write(bob.user.email)
    assert written
    assert written.subject == "Ein neues Passwort für AXME Inbox", "Bob chose none: that of the workspace"
    bob.user.language = "ar"
    bob.user.save()
    written = resets.write(bob.user.email)
    assert written
    assert written.subject == "كلمة مرور جديدة لـ AXME Inbox"
