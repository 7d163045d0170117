"""What several people decide, on its page and in the list."""

from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.pages.browser import Browser

BOTH = ["bob@myorg.example", "alice@myorg.example"]


def test_a_vote_is_told_with_how_far_it_is_and_can_be_undone(shop: KeyCaller, alice: PersonCaller, bobs: Browser) -> None:
    stages = [{"name": "Finance", "assignees": BOTH, "quorum": 2}, {"name": "Management", "assignees": BOTH[1:]}]
    asked = ask(shop, stages=stages)
    address = f"/inbox/{asked.task_id}"
    shown = bobs.get(address)
    assert shown.status == 200
    assert "Stage 1 of 2, waiting for Finance: 0 of 2" in shown.text
    assert "Takes 2 approvals. One refusal ends it." in shown.text
    assert "Add an approver" in shown.text
    asked.decide(alice, "approved", comment="fine by me").ok()
    shown = bobs.get(address)
    assert "waiting for Finance: 1 of 2" in shown.text
    assert "fine by me" in shown.text
    asked.post(alice, "undo").ok()
    assert "Nobody has voted yet." in bobs.get(address).text


def test_a_vote_on_the_page_says_that_it_counts(bobs: Browser, shop: KeyCaller, alice: PersonCaller) -> None:
    asked = ask(shop, assignees=BOTH, quorum=2)
    sent = {"outcome": "approved", "payload_digest": asked.task(alice)["payload_digest"]}
    said = bobs.post(f"/inbox/{asked.task_id}/decide", sent, HX_Request="true")
    assert "Your vote counts: 1 of 2 votes" in said.text
    assert "Your vote: Approved." in bobs.get(f"/inbox/{asked.task_id}").text


def test_who_was_added_is_waited_for_and_stands_in_for_nobody(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller, bobs: Browser
) -> None:
    bob.user.name = "Bob Builder"
    bob.user.save(update_fields=["name"])
    asked = ask(shop, assignees=BOTH[:1])
    asked.post(bob, "approvers", {"to": BOTH[1], "reason": "She knows the contract"}).ok()
    shown = bobs.get(f"/inbox/{asked.task_id}").text
    assert "alice@myorg.example, added by Bob Builder" in shown
    assert "Waiting for Bob Builder, alice@myorg.example." in shown
    asked.decide(bob, "approved").ok()
    assert "Waiting for alice@myorg.example." in bobs.get(f"/inbox/{asked.task_id}").text
