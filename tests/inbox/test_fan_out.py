"""Telling people what waits for them: once each, and never of what is decided."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from inbox.notifications.channels import chat, push
from inbox.notifications.models import MessageItem, Notification
from inbox.notifications.services import fan_out
from inbox.notifications.services.messages import MessageOutbox
from inbox.tasks import notices as inbox_notices
from inbox.tasks.services import unroutable
from intents.accounts.models import Member
from intents.dispatch import scheduler
from intents.kernel import clock, failpoints
from intents.kernel.actors import Role
from intents.sending import outbox
from tests.callers import KeyCaller, PersonCaller, make_person
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.outgoing import notified, patient, send, send_in_a_process_that_dies_at, states
from tests.mailbox import Mailbox

HOUR = 3600
LADDER = {
    "reminders": {"after_seconds": HOUR, "interval_seconds": HOUR, "at_most": 3},
    "levels": [{"after_seconds": 2 * HOUR, "to": "olga@myorg.example"}],
    "end": {"after_seconds": 24 * HOUR, "then": "fail"},
}


def test_whoever_is_asked_gets_a_mail_that_names_it(shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    asked = ask(shop, title="Refund 129.00 EUR to ACME?", risk="high")
    send()
    mail = mailbox.only()
    assert mail["To"] == "bob@myorg.example"
    assert mail["Subject"] == "Waiting for you: Refund 129.00 EUR to ACME?"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert f"/inbox/{asked.task_id}" in text
        assert "You are notified because it was assigned to everybody with your role." in text
    assert mail["List-Unsubscribe"].endswith("/settings/notifications>")
    assert states() == [("email", "sent", 1, "250 taken")]
    assert notified() == [("bob", "assigned", 0)]


def test_a_message_tells_how_far_the_voting_is_and_for_whom_it_waits(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    legal = {"name": "Legal <!channel>", "assignees": ["alice@myorg.example", "bob@myorg.example"], "quorum": 2}
    asked = ask(shop, title="Sign it?", risk="high", separation_of_duties=False, stages=[legal])
    fan_out.notify()
    asked.decide(alice, "approved").ok()
    (outgoing,) = MessageOutbox("email").prepare(
        [(one,) for one in MessageItem.objects.filter(notification__user=bob.user).values_list("message_id", flat=True)]
    )
    assert "1 of 2, waiting for Legal ‹!channel›" in "".join(chat.parts(outgoing))
    assert push.payload(outgoing)["body"] == "Sign it?\n1 of 2, waiting for Legal <!channel>"
    send()
    mail = mailbox.only()
    assert mail["To"] == "bob@myorg.example"
    for kind, name in (("plain", "Legal <!channel>"), ("html", "Legal &lt;!channel&gt;")):
        assert f"1 of 2, waiting for {name}" in mail.get_body((kind,)).get_content()  # type: ignore[union-attr]


def test_only_those_who_may_decide_are_told(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller
) -> None:
    ask(shop, assignees=["bob@myorg.example", "vera@myorg.example", "charlie@rivals.example"])
    fan_out.notify()
    assert notified() == [("bob", "assigned", 0)]


def test_at_low_risk_a_new_task_is_only_told_on_the_pages(shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    ask(shop, risk="low")
    send()
    assert (notified(), states()) == ([("bob", "assigned", 0)], [])


def test_reminders_and_levels_are_told_to_whom_they_concern(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, assignees=["bob@myorg.example"], escalation=LADDER, risk="low")
    fan_out.notify()
    for _ in range(2):
        now.advance(hours=1)
        while scheduler.sweep():
            fan_out.notify()
        send()
    assert notified() == [("bob", "assigned", 0), ("bob", "reminder", 1), ("bob", "reminder", 2), ("olga", "escalated", 1)]
    assert [mail["Subject"].partition(":")[0] for mail in mailbox.mails if mail["To"].startswith("bob")] == [
        "Reminder",
        "Reminder 2",
    ]


def test_after_an_outage_there_is_one_reminder(now: SettableClock, shop: KeyCaller, bob: PersonCaller) -> None:
    ask(shop, assignees=["bob@myorg.example"], escalation=LADDER)
    now.advance(hours=3)
    scheduler.sweep()
    fan_out.notify()
    assert notified() == [("bob", "reminder", 3)]


@pytest.mark.parametrize("when", ["before it is told", "before it is sent"])
def test_nobody_is_told_of_what_is_decided(
    when: str, shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, risk="high")
    if when == "before it is sent":
        fan_out.notify()
    asked.decide(bob, "approved").ok()
    send()
    assert mailbox.mails == []
    assert {state for _, state, *_ in states()} <= {"skipped"}
    assert len(notified()) == (2 if when == "before it is sent" else 0)


def test_deciding_waits_for_nobody_who_tells_people_of_it(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop, risk="high")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT FROM inbox_task WHERE id = %s FOR KEY SHARE", [asked.task_id])
        asked.decide(bob, "approved").ok()
        other.rollback()


def test_what_one_has_read_is_not_sent(shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox) -> None:
    ask(shop, risk="high")
    fan_out.notify()
    assert bob.post("/me/notifications/read").ok()["read"] == 1
    send()
    assert (mailbox.mails, [state for _, state, *_ in states()]) == ([], ["skipped"])


def test_what_somebody_else_has_claimed_is_not_sent(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, risk="high")
    fan_out.notify()
    asked.post(alice, "claim").ok()
    send()
    assert [mail["To"] for mail in mailbox.mails] == ["alice@myorg.example"]


def test_what_a_decision_is_held_for_waits_until_it_is_taken_back(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, risk="medium", escalation=LADDER)
    now.advance(hours=1)
    scheduler.sweep()
    asked.decide_on_page(bob)
    send()
    assert (notified(), mailbox.mails) == ([], [])
    asked.post(bob, "undo").ok()
    send()
    assert mailbox.only()["Subject"].startswith("Reminder: ")


def test_what_is_due_at_once_goes_out_as_one_mail(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    for number in range(25):
        ask(shop, title=f"Refund {number}?", risk="high")
    send()
    mail = mailbox.only()
    assert mail["Subject"] == "25 things wait for you in production"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.count("Waiting for you: Refund") == 20
    assert "And 5 more" in text
    assert MessageItem.objects.filter(left_out=False).count() == 25


def test_a_mail_asks_for_a_decision_once(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, olga: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, risk="high", title="Refund?", assignees=["bob@myorg.example"], escalation=LADDER)
    fan_out.notify()
    now.advance(hours=1)
    scheduler.sweep()
    send()
    mail = mailbox.only()
    assert mail["Subject"] == "Reminder: Refund?"
    assert mail.get_body(("plain",)).get_content().count("Refund?") == 1  # type: ignore[union-attr]
    assert notified() == [("bob", "assigned", 0), ("bob", "reminder", 1)]


def test_a_person_gets_a_mail_a_minute_at_most_but_for_what_is_critical(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, risk="high")
    send()
    ask(shop, risk="high", title="Later?")
    send()
    assert len(mailbox.mails) == 1
    ask(shop, risk="critical", title="At once?")
    send()
    assert mailbox.mails[-1]["Subject"].startswith("2 things wait")
    now.advance(seconds=61)
    send()
    assert len(mailbox.mails) == 2


def test_what_was_handed_on_is_told_to_who_has_it_now(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, now: SettableClock
) -> None:
    asked = ask(shop, assignees=["bob@myorg.example"], escalation=LADDER)
    asked.post(bob, "delegate", {"to": "alice@myorg.example"}).ok()
    fan_out.notify()
    now.advance(hours=1)
    scheduler.sweep()
    fan_out.notify()
    assert notified() == [("alice", "delegated", 0), ("alice", "reminder", 1)]


def test_owners_and_admins_are_told_once_of_what_nobody_may_decide(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, assignees=["bob@myorg.example"])
    Member.objects.get(user=bob.user).delete()
    assert unroutable.alert() == 1
    assert unroutable.alert() == 0
    send()
    assert unroutable.alert() == 0
    assert notified() == [("alice", "unroutable", 0)]
    assert mailbox.only()["Subject"].startswith("No eligible approver: ")


def test_nobody_is_told_the_same_twice(shop: KeyCaller, bob: PersonCaller) -> None:
    asked = ask(shop)
    fan_out.notify()
    from_before = Notification.objects.get()
    Notification.objects.update(created_at=from_before.created_at - timedelta(days=1))
    asked_again = inbox_notices.notice(from_before.task, "assigned")  # type: ignore[arg-type]
    asked_again.save()
    assert fan_out.notify() == 1
    assert Notification.objects.get().id == from_before.id
    assert asked.task(bob)["state"] == "open"


def test_a_worker_killed_between_sending_and_writing_it_down_sends_the_same_mail_again(
    shop: KeyCaller, bob: PersonCaller, mailbox: Mailbox
) -> None:
    ask(shop, risk="high")
    assert send_in_a_process_that_dies_at("message_taken") == failpoints.EXIT_CODE
    assert states() == [("email", "leased", 1, None)]
    patient().work()
    assert len(mailbox.mails) == 1, "its lease runs"
    with clock.frozen_at(clock.now() + timedelta(seconds=outbox.LEASE_SECONDS + 1)):
        send()
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [(state, attempt) for _, state, attempt, _ in states()] == [("sent", 2)]


def test_a_member_of_two_workspaces_is_told_in_each_of_its_own(
    shop: KeyCaller, bob: PersonCaller, foreign_machine: KeyCaller, charlie: PersonCaller
) -> None:
    assert make_person(charlie.token.workspace, "bert@rivals.example", Role.APPROVER)
    ask(shop)
    ask(foreign_machine)
    fan_out.notify()
    assert notified() == [("bert", "assigned", 0), ("bob", "assigned", 0), ("charlie", "assigned", 0)]
    assert len(bob.get("/me/notifications").ok()["notifications"]) == 1


def test_whoever_a_comment_names_is_told(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, assignees=["bob@myorg.example"], risk="low")
    text = "@vera, is this right? Cc @alice@myorg.example. Not mail@bob, and not @nobody nor @bob himself."
    asked.post(bob, "comment", {"comment": text}).ok()
    send()
    assert [one for one in notified() if one[1] == "mentioned"] == [
        (who, "mentioned", Notification.objects.filter(kind="mentioned")[0].number) for who in ("alice", "vera")
    ]
    assert {mail["Subject"].partition(":")[0] for mail in mailbox.mails} == {"You were mentioned"}


def test_a_name_that_two_members_share_means_neither(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, vera: PersonCaller
) -> None:
    make_person(vera.token.workspace, "vera@elsewhere.example", Role.VIEWER)
    asked = ask(shop)
    asked.post(bob, "comment", {"comment": "What does @vera say?"}).ok()
    fan_out.notify()
    assert "mentioned" not in {kind for _, kind, _ in notified()}
