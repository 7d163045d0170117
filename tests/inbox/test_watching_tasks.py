"""Who watches a task is told of comments, and how it ends."""

from inbox.notifications.models import Notification
from inbox.notifications.services import fan_out
from inbox.tasks.models import Notice, TaskWatcher
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import Asked, ask
from tests.inbox.outgoing import notified, send
from tests.inbox.reminding import pass_time
from tests.mailbox import Mailbox

BOBS = {"assignees": ["bob@myorg.example"]}
NEWS = ("commented", "concluded", "mentioned")


def news() -> list[tuple[str, str]]:
    """Who was told of what by now, but for what asks them."""
    while fan_out.notify():
        pass
    return [(who, kind) for who, kind, _ in notified() if kind in NEWS]


def test_who_watches_is_told_of_comments_and_of_the_decision_and_who_stopped_is_not(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, vera: PersonCaller
) -> None:
    asked = ask(shop, **BOBS)
    for who in (alice, vera):
        asked.post(who, "watch").ok()
    assert asked.post(vera, "watch").ok()["watchers"] == ["alice@myorg.example", "vera@myorg.example"]
    asked.post(bob, "comment", {"comment": "Looks right"}).ok()
    assert news() == [("alice", "commented"), ("vera", "commented")]
    assert asked.post(vera, "unwatch").ok()["watchers"] == ["alice@myorg.example", "bob@myorg.example"]
    assert asked.task(bob)["watchers"] == ["alice@myorg.example", "bob@myorg.example"]
    asked.decide(bob, "approved").ok()
    assert news() == [("alice", "commented"), ("alice", "concluded"), ("vera", "commented")]


def test_who_comments_watches_and_is_told_of_nothing_of_their_own(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, **BOBS)
    asked.post(bob, "ask", {"question": "Which invoice?"}).ok()
    asked.post(alice, "comment", {"comment": "I wonder, too"}).ok()
    assert news() == []
    asked.post(bob, "comment", {"comment": "The last one"}).ok()
    assert news() == [("alice", "commented")]
    asked.decide(bob, "rejected").ok()
    assert news() == [("alice", "commented"), ("alice", "concluded")]


def test_who_is_mentioned_is_told_of_that_alone_also_once_the_task_is_decided(
    shop: KeyCaller, bob: PersonCaller, alice: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, **BOBS)
    asked.post(alice, "watch").ok()
    asked.post(bob, "comment", {"comment": "See @alice"}).ok()
    asked.decide(bob, "approved").ok()
    send()
    assert news() == [("alice", "concluded"), ("alice", "mentioned")]
    told = alice.get("/me/notifications").ok()
    assert {one["kind"] for one in told["notifications"]} == {"concluded", "mentioned"}
    assert told["unread"] == 2
    assert "You were mentioned" in mailbox.only()["Subject"]


def test_a_decision_is_told_once_it_takes_effect_and_not_when_it_was_undone(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    asked = ask(shop, **BOBS)
    asked.post(alice, "watch").ok()
    asked.decide_on_page(bob)
    assert news() == []
    asked.post(bob, "undo").ok()
    assert news() == []
    asked.decide_on_page(bob)
    pass_time(now, seconds=20)
    assert news() == [("alice", "concluded")]


def test_what_expires_or_is_withdrawn_is_told_and_what_nobody_watches_leaves_no_notice(
    now: SettableClock, shop: KeyCaller, bob: PersonCaller, alice: PersonCaller
) -> None:
    end = {"end": {"after_seconds": 3600, "then": "expire"}}
    expiring, withdrawn, alone = (ask(shop, escalation=end, **BOBS) for _ in range(3))
    for asked in (expiring, withdrawn):
        asked.post(alice, "watch").ok()
    shop.post(f"/intents/{withdrawn.intent_id}/resolve", {"status": "CANCELED", "reason": "not needed"}).ok()
    alone.decide(bob, "approved").ok()
    pass_time(now, seconds=3601)
    assert {str(one) for one in Notice.objects.filter(kind="concluded").values_list("task_id", flat=True)} == {
        expiring.task_id,
        withdrawn.task_id,
    }
    assert news() == [("alice", "concluded"), ("alice", "concluded")]
    assert {str(one.task_id) for one in Notification.objects.filter(kind="concluded")} == {
        expiring.task_id,
        withdrawn.task_id,
    }


def test_machines_and_others_watch_nothing(shop: KeyCaller, charlie: PersonCaller, asked: Asked) -> None:
    for verb in ("watch", "unwatch"):
        assert asked.post(shop, verb).code == "policy_denied"
        assert asked.post(charlie, verb).status == 404
    assert not TaskWatcher.objects.exists()


def test_who_left_or_was_suspended_is_told_nothing(shop: KeyCaller, bob: PersonCaller, vera: PersonCaller) -> None:
    asked = ask(shop, **BOBS)
    asked.post(vera, "watch").ok()
    vera.token.workspace.members.filter(user=vera.user).delete()
    asked.post(bob, "comment", {"comment": "Looks right"}).ok()
    asked.decide(bob, "approved").ok()
    assert news() == []
    assert asked.task(bob)["watchers"] == ["bob@myorg.example"]
