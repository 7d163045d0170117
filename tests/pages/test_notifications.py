"""The pages about how one is told, and what one was told."""

import re

import pytest

from inbox.notifications.models import ChatAddress, Message, Notification
from inbox.notifications.services import fan_out
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

WAYS = {
    "email-risks": ["critical", "low"],
    "email-place": "1",
    "email-start": "08:00",
    "email-end": "18:00",
    "browser": ["critical"],
    "quiet_start": "22:00",
    "quiet_end": "07:00",
    "quiet_through": ["critical"],
    "digest_every": "day",
    "digest_at": "09:30",
    "digest_risks": ["low"],
    "kinds": ["assigned", "reminder"],
}


def test_what_is_chosen_on_the_page_is_how_one_is_told(bobs: Browser, bob: PersonCaller, mailbox: Mailbox) -> None:
    page = bobs.post("/settings/notifications", WAYS)
    assert page.location == "/settings/notifications"
    chosen = bob.get("/me/notification-settings").ok()["settings"]
    hours = {"start": "08:00", "end": "18:00"}
    assert chosen["channels"] == [{"by": "email", "risks": ["critical", "low"], "hours": hours}]
    assert chosen["quiet"] == {"start": "22:00", "end": "07:00", "through": ["critical"]}
    assert chosen["digest"] == {"every": "day", "at": "09:30", "risks": ["low"]}
    assert "delegated" in chosen["unsubscribed"]
    assert 'value="09:30"' in bobs.get("/settings/notifications").html


def test_the_page_says_for_each_risk_what_goes_where(bobs: Browser, mailbox: Mailbox) -> None:
    def said() -> list[str]:
        page = bobs.get("/settings/notifications").html
        (rows,) = re.findall(r'aria-labelledby="goes">.*?<tbody>(.*?)</tbody>', page, re.S)
        return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in rows.split("</tr>")[:-1]]

    assert said()[0] == "Critical Email Yes"
    bobs.post("/settings/notifications/chats/new", {"name": "<Team>", "url": "jsons://chat.example/hook"})
    chat = ChatAddress.objects.get().id
    sent = WAYS | {f"{chat}-risks": ["critical", "high"], f"{chat}-place": "2", f"{chat}-start": "", f"{chat}-end": ""}
    assert bobs.post("/settings/notifications", sent).location
    assert said() == [
        "Critical Email (08:00–18:00), then &lt;Team&gt; Yes",
        "High &lt;Team&gt; Quiet hours · 22:00–07:00 No",
        "Medium On the pages only No",
        "Low Email, then &lt;Team&gt; Digest · Once a day · 09:30 Quiet hours · 22:00–07:00 No",
    ]


def test_what_makes_no_sense_is_told_beside_its_field(bobs: Browser, bob: PersonCaller) -> None:
    page = bobs.post("/settings/notifications", WAYS | {"quiet_end": "", "email-end": "08:00", "email-place": "x"})
    assert page.status == 422
    assert "Give both times, or neither." in page.text
    assert bob.get("/me/notification-settings").ok()["settings"]["quiet"] is None


def test_a_test_is_sent_and_seen_on_the_page(bobs: Browser, bob: PersonCaller, mailbox: Mailbox) -> None:
    assert bobs.post("/settings/notifications/test", {"by": "email"}).location == "/settings/notifications"
    message = Message.objects.get()
    Message.objects.update(state="failed", attempt=1, ended_at=message.created_at, answer="550 no such mailbox")
    assert message.slot == "test"
    assert "550 no such mailbox" in bobs.get("/settings/notifications").text


def test_a_chat_is_added_and_removed(bobs: Browser, bob: PersonCaller) -> None:
    refused = bobs.post("/settings/notifications/chats/new", {"name": "Team", "url": "nonsense"})
    assert refused.status == 422
    assert "Apprise knows no such address" in refused.text
    bobs.post("/settings/notifications/chats/new", {"name": "Team", "url": "jsons://chat.example/hook"})
    row = ChatAddress.objects.get()
    assert "Team" in bobs.get("/settings/notifications").text
    bobs.post(f"/settings/notifications/chats/{row.id}/remove", {})
    assert not ChatAddress.objects.exists()


@pytest.fixture
def mentioned(shop: KeyCaller, bob: PersonCaller, alice: PersonCaller) -> Asked:
    """Bob is asked, and then Alice names him in a comment."""
    asked = ask(shop, title="Refund 129.00 EUR?", risk="high", assignees=["bob@myorg.example", "alice@myorg.example"])
    fan_out.notify()
    alice.post(f"/tasks/{asked.task_id}/comment", {"comment": "@bob please look"}).ok()
    fan_out.notify()
    return asked


def test_the_bell_counts_what_the_inbox_does_not_show(shop: KeyCaller, bobs: Browser, bob: PersonCaller) -> None:
    ask(shop, title="Refund 129.00 EUR?", risk="high")
    fan_out.notify()
    assert '"unread": ""' in bobs.get("/notifications/news").html
    page = bobs.get("/notifications").text
    assert "Refund 129.00 EUR?" not in page
    assert "New tasks are in your inbox." in page
    assert "Refund 129.00 EUR?" in bobs.get("/notifications?show=all").text


def test_opening_a_task_reads_what_was_told_of_it(bobs: Browser, mentioned: Asked) -> None:
    assert '"unread": "1"' in bobs.get("/notifications/news").html
    assert "You were mentioned" in bobs.get("/notifications").text
    bobs.get(f"/inbox/{mentioned.task_id}")
    assert not Notification.objects.filter(user__email="bob@myorg.example", read_at=None)
    assert '"unread": ""' in bobs.get("/notifications/news").html


@pytest.mark.parametrize(("show", "left"), [("", ["assigned"]), ("all", [])])
def test_a_button_marks_as_read_what_its_list_has(bobs: Browser, mentioned: Asked, show: str, left: list[str]) -> None:
    bobs.post("/notifications/read", {"show": show})
    unread = Notification.objects.filter(user__email="bob@myorg.example", read_at=None)
    assert [one.kind for one in unread] == left
