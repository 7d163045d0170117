"""Messages in Slack and Teams say how what they ask has ended, wherever they were sent, and ask it no more."""

from datetime import timedelta
from typing import Any

import pytest

from inbox.notifications.channels import edits
from inbox.notifications.channels import slack as slack_channel
from inbox.notifications.models import UNSEEN, ChatPost, Message, Notification
from inbox.notifications.services import fan_out, posts
from inbox.notifications.services.posts import PUT_OFF_SECONDS, UNSEEN_SECONDS
from inbox.tasks.models import Notice, Task
from inbox.tasks.models.task import NEVER
from inbox.tasks.services import missing
from intents.accounts.models import Member as Membership
from intents.kernel import clock
from intents.sending.outbox import LEASE_SECONDS, SendResult
from tests import turns
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.chats import asked
from tests.inbox.conftest import ask
from tests.inbox.messages_in_chats import InSlack, InTeams
from tests.inbox.outgoing import choose, send, states
from tests.inbox.reminding import pass_time
from tests.inbox.slack import Slack


@pytest.fixture(params=turns.each(("slack", "teams"), of=2))
def chat(request: pytest.FixtureRequest) -> InSlack | InTeams:
    made: Any = request.getfixturevalue(request.param)
    return InSlack(made) if request.param == "slack" else InTeams(made)


def decide(who: PersonCaller, intent_id: str, outcome: str = "approved") -> None:
    (task,) = who.get("/tasks", intent_id=intent_id).ok()["tasks"]
    who.post(f"/tasks/{task['task_id']}/decide", {"outcome": outcome}).ok()


def test_it_says_who_decided_in_every_chat_where_it_was_asked(
    chat: InSlack | InTeams, bob: PersonCaller, alice: PersonCaller, machine: KeyCaller
) -> None:
    choose(bob, str(chat.link(bob).id))
    choose(alice, str(chat.link(alice, chat.others).id))
    intent_id = asked(machine)
    send()
    for place in (0, 1):
        said, buttons = chat.says(place)
        assert ("Waiting for you: Refund ACME?" in said, buttons) == (True, 1)
    decide(bob, intent_id)
    send()
    of = {row.place: row.message.user_id for row in ChatPost.objects.select_related("message")}
    order = [of[place] for place, _ in chat.chat.standing]
    at = Task.objects.get(intent_id=intent_id).decided_at
    assert at is not None
    for place, who in enumerate(order):
        said, buttons = chat.says(place)
        head, _by, ended = said.splitlines()
        by = "you" if who == bob.user.id else bob.user.name or bob.user.email
        assert (head, buttons) == ("Refund ACME?", 0)
        assert ended.startswith(f"Approved by {by}, ")
        assert at.strftime("%Y") in ended
    assert set(ChatPost.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize(
    ("how", "says"),
    [("withdrawn", "Withdrawn, "), ("expired", "Expired without a decision, "), ("held", "Approved by you, ")],
)
def test_it_says_how_it_is_over(
    now: SettableClock, chat: InSlack | InTeams, bob: PersonCaller, machine: KeyCaller, how: str, says: str
) -> None:
    choose(bob, str(chat.link(bob).id))
    one = ask(machine, title="Refund ACME?", risk="medium", escalation={"end": {"after_seconds": 3600, "then": "expire"}})
    send()
    if how == "withdrawn":
        machine.post(f"/intents/{one.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    elif how == "held":
        one.decide_on_page(bob)
        send()
        assert chat.says()[1] == 1, "what may be taken back is not over"
        one.post(bob, "undo").ok()
        one.decide_on_page(bob)
        pass_time(now, seconds=20)
    else:
        pass_time(now, seconds=3601)
    send()
    said, buttons = chat.says()
    assert (says in said, buttons, "Waiting for you" in said) == (True, 0, False)


def test_of_several_only_what_is_over_is_asked_no_more(
    chat: InSlack | InTeams, bob: PersonCaller, machine: KeyCaller
) -> None:
    choose(bob, str(chat.link(bob).id))
    first, second, third = (asked(machine, title=f"Refund {name}?") for name in ("one", "two", "three"))
    send()
    assert chat.says()[1] == 3
    decide(bob, second, "rejected")
    send()
    said, buttons = chat.says()
    assert ("Rejected by you, " in said, "Waiting for you: Refund one?" in said, buttons) == (True, True, 2)
    assert chat.called().startswith("2 things wait for you in ")
    decide(bob, first)
    decide(bob, third)
    send()
    said, buttons = chat.says()
    assert (said.count("by you, "), buttons) == (3, 0)
    named = chat.called().removeprefix("Decided or over: ")
    assert sorted(named.split(", ")) == ["Refund one?", "Refund three?", "Refund two?"]
    assert sorted(ChatPost.objects.values_list("state", flat=True)) == ["sent", "sent", "skipped"], "one edit tells of both"


@pytest.mark.parametrize("for_good", [True, False])
def test_an_edit_that_is_refused_harms_nothing(
    now: SettableClock, chat: InSlack | InTeams, bob: PersonCaller, machine: KeyCaller, for_good: bool
) -> None:
    choose(bob, str(chat.link(bob).id), "email")
    one = ask(machine, title="Refund ACME?", risk="medium")
    send()
    chat.refuse(for_good=for_good)
    one.decide(bob, "approved").ok()
    send()
    assert machine.intent(one.intent_id)["result"]["outcome"] == "approved"
    row = ChatPost.objects.get()
    assert (row.state, chat.says()[1]) == ("failed" if for_good else "ready", 1)
    chat.relent()
    pass_time(now, seconds=20)
    send()
    row.refresh_from_db()
    assert (row.state, chat.says()[1]) == (("failed", 1) if for_good else ("sent", 0))
    assert [channel for channel, *_ in states()] == [row.channel], "nobody is told of it elsewhere"


def test_what_a_chat_puts_off_comes_again_until_it_is_taken(
    now: SettableClock, chat: InSlack | InTeams, bob: PersonCaller, machine: KeyCaller
) -> None:
    """As when more is over at once than it takes in a minute."""
    choose(bob, str(chat.link(bob).id))
    intent_id = asked(machine)
    send()
    wait = chat.put_off()
    decide(bob, intent_id)
    for tries in range(1, 8):
        send()
        row = ChatPost.objects.get()
        assert (row.state, row.attempt) == ("ready", tries)
        longest = wait + PUT_OFF_SECONDS * tries
        assert wait < (row.due_at - clock.now()).total_seconds() <= longest
        pass_time(now, seconds=longest)
    chat.relent()
    send()
    assert (ChatPost.objects.get().state, chat.says()[1]) == ("sent", 0)


def test_what_ends_while_its_message_is_sent_is_told(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    """The row is written after that, and no notice is."""
    chat = InSlack(slack)
    choose(bob, str(chat.link(bob).id))
    intent_id = asked(machine)
    fan_out.notify()
    outbox = slack_channel.CHANNEL.outbox
    (message,) = outbox.lease(limit=1)
    taken = slack_channel.send(message)
    decide(bob, intent_id)
    outbox.settle([SendResult(message, sent=True, answer=taken.answer, detail=taken.detail)])
    assert not Notice.objects.filter(kind="concluded").exists()
    send()
    assert chat.says()[1] == 0


def test_what_ends_at_the_moment_in_which_its_row_is_written_is_told_within_a_minute(
    now: SettableClock, slack: Slack, bob: PersonCaller, machine: KeyCaller
) -> None:
    chat = InSlack(slack)
    choose(bob, str(chat.link(bob).id))
    intent_id, other = asked(machine), asked(machine)
    send()
    decide(bob, intent_id)
    Notice.objects.all().delete()
    send()
    assert chat.says()[1] == 2
    posts.tend(actor=missing.SERVER)
    waits = ChatPost.objects.get(task__intent_id=other)
    assert waits.due_at == UNSEEN
    send()
    assert chat.says()[1] == 1
    pass_time(now, seconds=UNSEEN_SECONDS + 1)
    posts.tend(actor=missing.SERVER)
    waits.refresh_from_db()
    assert waits.due_at == NEVER


def test_a_row_that_was_looked_at_waits_for_its_notice_alone(
    now: SettableClock, slack: Slack, bob: PersonCaller, machine: KeyCaller
) -> None:
    chat = InSlack(slack)
    choose(bob, str(chat.link(bob).id))
    told, untold = asked(machine), asked(machine)
    send()
    pass_time(now, seconds=UNSEEN_SECONDS + 1)
    posts.tend(actor=missing.SERVER)
    decide(bob, told)
    send()
    assert chat.says()[1] == 1
    decide(bob, untold)
    Notice.objects.all().delete()
    posts.tend(actor=missing.SERVER)
    assert ChatPost.objects.get(task__intent_id=untold).due_at == NEVER, "however many wait, they are not read again"


def test_who_is_no_member_any_more_is_told_nothing(
    chat: InSlack | InTeams, bob: PersonCaller, alice: PersonCaller, machine: KeyCaller
) -> None:
    choose(bob, str(chat.link(bob).id))
    intent_id = asked(machine)
    send()
    Membership.objects.filter(user=bob.user).update(suspended_at=clock.now())
    decide(alice, intent_id)
    send()
    assert (chat.says()[1], ChatPost.objects.get().state) == (1, "skipped")


def test_what_stands_in_chats_is_forgotten_with_its_message(slack: Slack, bob: PersonCaller, machine: KeyCaller) -> None:
    choose(bob, str(InSlack(slack).link(bob).id))
    asked(machine)
    send()
    long_ago = clock.now() - timedelta(days=fan_out.KEPT_DAYS + 1)
    Message.objects.update(created_at=long_ago)
    Notification.objects.update(created_at=long_ago)
    fan_out.prune()
    assert not ChatPost.objects.exists()


def test_what_a_lost_worker_was_to_tell_is_told_with_what_is_tried_again(
    now: SettableClock, slack: Slack, bob: PersonCaller, machine: KeyCaller
) -> None:
    """Neither waits for the other."""
    chat = InSlack(slack)
    choose(bob, str(chat.link(bob).id))
    for name in ("one", "two"):
        asked(machine, title=f"Refund {name}?")
    send()
    first, second = ChatPost.objects.select_related("task").order_by("id")
    chat.refuse(for_good=False)
    decide(bob, str(first.task.intent_id))
    send()
    chat.relent()
    decide(bob, str(second.task.intent_id))
    fan_out.notify()
    assert [one.id for one in edits.CHANNEL.outbox.lease(limit=9)] == [second.id]
    pass_time(now, seconds=LEASE_SECONDS + 1)
    send()
    assert chat.says()[1] == 0
    assert set(ChatPost.objects.values_list("state", flat=True)) == {"sent"}
