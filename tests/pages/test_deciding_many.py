"""Many tasks decided by one answer: what is looked at first, what becomes of each, and the one way back."""

import re
from typing import Any

from inbox.tasks.models import Decision, Task
from inbox.tasks.services import bulk
from intents import auth
from intents.accounts.models import Member, Workspace
from intents.accounts.services import groups
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.inbox.conftest import Asked, ask
from tests.pages.browser import Browser, Page

BOB = {"assignees": ["bob@myorg.example"]}


def money(shop: KeyCaller, amount: str, currency: str = "EUR", **task: Any) -> Asked:
    return ask(shop, {"amount": amount, "currency": currency}, **(BOB | task))


def looked_at(by: Browser, asked: list[Asked], **form: Any) -> Page:
    return by.post("/inbox/bulk", {"task": [one.task_id for one in asked], "outcome": "yes"} | form, HX_Request="true")


def items(page: Page) -> list[str]:
    return re.findall(r'name="item" value="([^"]+)"', page.html)


def sections(page: Page) -> dict[str, str]:
    """What can be read in the panels of a page, by their ids."""
    found = re.findall(r'<section class="panel" aria-labelledby="([^"]+)">(.*?)</section>', page.html, re.S)
    return {name: " ".join(re.sub(r"<[^>]*>", " ", html).split()) for name, html in found}


def states(asked: list[Asked]) -> list[str]:
    found = dict(Task.objects.values_list("id", "state"))
    return [next(state for one, state in found.items() if str(one) == task.task_id) for task in asked]


def test_of_forty_three_fail_each_for_its_own_reason_and_the_others_are_decided(
    workspace: Workspace, shop: KeyCaller, bobs: Browser, alice: PersonCaller, bob: PersonCaller
) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    member = Member.objects.get(user=bob.user)
    groups.join(actor=SETUP, group=group, member=member)
    auth.forget()
    asked = [money(shop, f"{n}.50") for n in range(37)]
    changed, decided = money(shop, "100.00"), money(shop, "200.00", assignees=["bob@myorg.example", "alice@myorg.example"])
    theirs = money(shop, "300.00", assignees=["Finance"])
    everything = [*asked, changed, decided, theirs]
    page = looked_at(bobs, everything)
    sent = items(page)
    assert len(sent) == 40
    assert "Approve 40 tasks?" in page.text
    assert "1,284.50 EUR" in page.text
    # Meanwhile one becomes another, one is decided by Alice, and Bob leaves the group of the third.
    sent = [f"{changed.task_id}:{'0' * 64}" if one.startswith(changed.task_id) else one for one in sent]
    decided.decide(alice, "rejected").ok()
    groups.leave(actor=SETUP, group=group, member=member)
    auth.forget()
    page = bobs.post("/inbox/bulk/decide", {"item": sent, "kind": "approval", "outcome": "yes"}, HX_Request="true")
    found = sections(page)
    assert "Approved: 37 of 40" in page.text
    assert "684.50 EUR" in page.text
    assert found["bulk-failed"].startswith("3 not done")
    for amount, reason in (
        ("100.00 EUR", "What you were shown is not what would be decided: look at the task again"),
        ("200.00 EUR", "alice@myorg.example decided this already: rejected"),
        ("300.00 EUR", "This is assigned to others"),
    ):
        assert re.search(rf"{re.escape(amount)} {re.escape(reason)}", found["bulk-failed"]), found["bulk-failed"]
    assert states(everything) == ["held"] * 37 + ["open", "decided", "open"]
    # Each has a decision of its own, bound to what was shown of it.
    own = Decision.objects.filter(person=bob.user, void_at=None).select_related("task")
    assert [(one.outcome, one.channel, bytes(one.digest) == bytes(one.task.digest)) for one in own] == [
        ("approved", "web", True)
    ] * 37
    # One undo for all.
    ids = re.findall(r'name="task" value="([^"]+)"', page.html)
    page = bobs.post("/inbox/bulk/undo", {"task": ids, "of": "decide"}, HX_Request="true")
    assert "37 undone" in page.text
    assert states(asked) == ["open"] * 37


def test_what_is_risky_of_another_kind_or_needs_its_own_answer_is_left_out_with_the_reason(
    shop: KeyCaller, bobs: Browser
) -> None:
    able = [money(shop, "20.00"), money(shop, "5.00", "USD")]
    risky = [ask(shop, title="Risky", risk=risk, separation_of_duties=False, **BOB) for risk in ("high", "critical")]
    other = ask(shop, title="A review", task_type="review", **BOB)
    own = ask(shop, title="With a file", evidence_required=True, **BOB)
    page = looked_at(bobs, [*able, *risky, other, own])
    assert [one.partition(":")[0] for one in items(page)] == [one.task_id for one in able]
    found = sections(page)
    assert "20.00 EUR 5.00 USD" in found["bulk-able"]
    each = [f'<bdi dir="ltr">{total}</bdi>' for total in ("20.00 EUR", "5.00 USD")]
    assert " + ".join(each) in page.html, "whatever the direction of the page, an amount stands before its currency"
    assert "".join(f"<div>{one}</div>" for one in each) in page.html
    assert found["bulk-unable"].startswith("4 left out")
    assert re.findall(
        r"(Tasks of high and critical risk are decided one by one|Another kind of task than the others|"
        r"It asks for an answer of its own: decide it on its page) (\d)",
        found["bulk-unable"],
    ) == [
        ("Tasks of high and critical risk are decided one by one", "2"),
        ("Another kind of task than the others", "1"),
        ("It asks for an answer of its own: decide it on its page", "1"),
    ], "each reason once, with how many it keeps out"
    # Who sends one all the same is told the same, and nothing is decided.
    sent = [f"{one.task_id}:{bytes(Task.objects.get(id=one.task_id).digest).hex()}" for one in (*risky, other)]
    page = bobs.post("/inbox/bulk/decide", {"item": sent, "kind": "approval", "outcome": "yes"}, HX_Request="true")
    assert states([*risky, other]) == ["open"] * 3
    assert sections(page)["bulk-failed"].count("decided one by one") == 2


def test_of_risky_ones_alone_none_is_decided_together_and_each_is_led_to(shop: KeyCaller, bobs: Browser) -> None:
    risky = [ask(shop, title=f"Risky {n}", risk="high", separation_of_duties=False, **BOB) for n in range(2)]
    page = looked_at(bobs, risky)
    assert "None of these can be decided together" in page.text
    assert "Open each one to decide it by itself." in page.text
    assert "Tasks of high and critical risk are decided one by one 2" in sections(page)["bulk-unable"]
    assert all(f'<a href="/inbox/{one.task_id}"' in page.html for one in risky)
    assert "<button" not in page.html, "nothing is offered that would be refused"
    assert 'id="why-not-together" hidden' in bobs.get("/inbox").flat, "the script shows why, and lets no button be pressed"


def test_many_that_several_decide_get_a_vote_each_which_is_told_and_undone_as_one(
    shop: KeyCaller, bobs: Browser, alice: PersonCaller
) -> None:
    both = ["bob@myorg.example", "alice@myorg.example"]
    alone = money(shop, "20.00")
    first, last = (money(shop, "20.00", assignees=both, quorum=2) for _ in range(2))
    last.decide(alice, "approved").ok()
    page = looked_at(bobs, [alone, first, last])
    assert "Votes" in sections(page)["bulk-able"]
    assert [f"{n} of 2 votes" in sections(page)["bulk-able"] for n in (0, 1)] == [True, True]
    form = {"item": items(page), "kind": "approval", "outcome": "yes"}
    page = bobs.post("/inbox/bulk/decide", form, HX_Request="true")
    assert "Approved: 3 (1 vote, others are still to vote)" in page.text
    assert states([alone, first, last]) == ["held", "open", "held"]
    assert first.task(alice)["progress"]["approve"] == {"given": 1, "needed": 2}
    assert Decision.objects.filter(person__email="bob@myorg.example", void_at=None).count() == 3
    undone = {"task": [one.task_id for one in (alone, first, last)], "of": "decide"}
    assert "3 undone" in bobs.post("/inbox/bulk/undo", undone, HX_Request="true").text
    assert states([alone, first, last]) == ["open"] * 3
    assert first.task(alice)["progress"]["approve"]["given"] == 0
    assert last.task(alice)["progress"]["approve"]["given"] == 1


def test_the_button_for_many_is_called_as_their_agent_calls_it_if_that_is_one_name(shop: KeyCaller, bobs: Browser) -> None:
    says = {"outcome_labels": {"approved": "Pay it out"}, "consequence": {"approved": "The bank sends it tonight."}}
    paid = [money(shop, "20.00", **says) for _ in range(2)]
    page = looked_at(bobs, paid)
    assert "Approve 2 tasks?" in page.text
    assert "Pay it out 2 ( Approve )" in page.text
    assert "The bank sends it tonight. Written by the agent, not verified" in page.text
    page = looked_at(bobs, [*paid, money(shop, "20.00")])
    assert "Approve 3 tasks?" in page.text
    assert "Pay it out" not in page.text
    assert "The bank" not in page.text


def test_many_are_decided_without_javascript(shop: KeyCaller, bobs: Browser) -> None:
    asked = [money(shop, "20.00", required_comment=True) for _ in range(3)]
    html = bobs.get("/inbox").flat
    assert all(f'name="task" value="{one.task_id}"' in html for one in asked)
    page = bobs.post("/inbox/bulk", {"task": [one.task_id for one in asked], "outcome": "no"})
    assert "Reject 3 tasks?" in page.text
    form = {"item": items(page), "kind": "approval", "outcome": "no", "comment_needed": "yes"}
    page = bobs.post("/inbox/bulk/decide", form | {"comment": " "})
    assert "This field is required" in page.text
    page = bobs.post("/inbox/bulk/decide", form | {"comment": "Too much"})
    assert "Rejected: 3" in page.text
    assert list(Decision.objects.values_list("outcome", "comment")) == [("rejected", "Too much")] * 3


def test_all_that_a_search_finds_can_be_chosen_at_once(shop: KeyCaller, bobs: Browser, monkeypatch: Any) -> None:
    found = [money(shop, f"{n}00.00") for n in (1, 2, 3)]
    money(shop, "50.00")
    page = bobs.post("/inbox/bulk?q=amount:>=100", {"all": "yes", "outcome": "yes"}, HX_Request="true")
    assert [one.partition(":")[0] for one in items(page)] == [one.task_id for one in found]
    monkeypatch.setattr(bulk, "MOST", 2)
    page = bobs.post("/inbox/bulk?q=amount:>=100", {"all": "yes", "outcome": "yes"}, HX_Request="true")
    assert "At most 2 at once" in page.text


def test_many_are_claimed_or_snoozed_and_that_is_taken_back_at_once(shop: KeyCaller, bobs: Browser) -> None:
    asked = [money(shop, "20.00", assignees=["approver"]) for _ in range(3)]
    ids = [one.task_id for one in asked]
    page = bobs.post("/inbox/bulk", {"task": ids, "do": "claim"}, HX_Request="true")
    assert "3 claimed" in page.text
    assert states(asked) == ["claimed"] * 3
    assert "3 undone" in bobs.post("/inbox/bulk/undo", {"task": ids, "of": "claim"}, HX_Request="true").text
    assert states(asked) == ["open"] * 3
    assert "3 snoozed" in bobs.post("/inbox/bulk", {"task": ids, "do": "snooze"}, HX_Request="true").text
    assert not any(one in bobs.get("/inbox").html for one in ids)
    assert "3 undone" in bobs.post("/inbox/bulk/undo", {"task": ids, "of": "snooze"}, HX_Request="true").text
    assert all(one in bobs.get("/inbox").html for one in ids)


def test_nothing_chosen_and_what_is_anothers_decide_nothing(shop: KeyCaller, bobs: Browser, charlie: PersonCaller) -> None:
    asked = money(shop, "20.00")
    assert bobs.get("/inbox/bulk?q=x").location == "/inbox?q=x"
    assert "No tasks selected" in bobs.post("/inbox/bulk", {"outcome": "yes"}).text
    theirs = Browser().sign_in(charlie.user)
    item = f"{asked.task_id}:{bytes(Task.objects.get(id=asked.task_id).digest).hex()}"
    page = theirs.post("/inbox/bulk/decide", {"item": [item], "kind": "approval", "outcome": "yes"})
    assert "There is no such task here any more" in page.text
    assert states([asked]) == ["open"]
