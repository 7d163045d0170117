"""Pages that stay true by themselves, and leave the reader's place alone."""

import re
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests import turns
from tests.browser.conftest import Desk, Desks, Site
from tests.browser.live import SOON_MS, count, expect_count, forgive
from tests.browser.places import BOTH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RECONNECTING = re.compile(r"^Reconnecting, last update \d\d:\d\d:\d\d$")
LONGER = (6, 20, 60)
"""Seconds until something happens that pages are to be open for: a machine that takes longer tries again."""
PLACE = """() => ({
    focus: document.activeElement.id,
    list: document.getElementById("rows").scrollTop,
    detail: document.getElementById("detail").scrollTop,
})"""


def test_new_tasks_wait_behind_a_pill_and_nothing_moves(maria: Desk, site: Site) -> None:
    intents = [site.ask({"title": f"Pill {number}", "description": "word " * 200}) for number in range(12)]
    page = maria.page
    maria.open(intents[3])
    maria.write("Half a sent")
    page.evaluate("document.getElementById('rows').scrollTop = 120")
    page.evaluate("document.getElementById('detail').scrollTop = 40")
    hovered = maria.row(intents[5])
    hovered.hover()
    expect(page.locator("#live")).to_contain_text("Live")
    before = page.evaluate(PLACE), hovered.bounding_box()
    assert before[0]["focus"] == "comment"
    first = site.ask({"title": "A newcomer"})
    expect(page.locator("#pill")).to_have_text("1 new", timeout=SOON_MS)
    second = site.ask({"title": "Another newcomer"})
    expect(page.locator("#pill")).to_have_text("2 new", timeout=SOON_MS)
    assert (page.evaluate(PLACE), hovered.bounding_box()) == before
    assert not maria.row(first).count()
    page.locator("#pill").click()
    expect(page.locator("#pill")).to_be_hidden()
    shown = page.locator("#rows > li[data-task]")
    assert {shown.nth(0).get_attribute("id"), shown.nth(1).get_attribute("id")} == {
        f"row-{site.task_id(one)}" for one in (first, second)
    }
    expect(shown.nth(0).get_by_role("link")).to_be_focused()
    expect(page.locator("#comment")).to_have_value("Half a sent")


@pytest.mark.parametrize("typing", [True, False], ids=["while typing", "while reading"])
def test_a_task_that_another_decides_is_closed_on_an_open_page(desks: Desks, site: Site, typing: bool) -> None:
    intent_id, other = site.ask({"title": "Decided by another"} | BOTH), site.ask({"title": "Not touched"} | BOTH)
    maria, otto = desks.manager(), desks.ops()
    for desk in (maria, otto):
        desk.open(intent_id)
    page = maria.page
    maria.write("I was about to")
    if not typing:
        page.locator("#task-title").click()
    expect(page.locator("#live")).to_contain_text("Live")
    untouched = maria.row(other).bounding_box()
    waiting = count(page)
    otto.press("Approve")
    row = maria.row(intent_id)
    expect(row).to_contain_text("Approved by Otto Ops", timeout=SOON_MS)
    expect(row.locator(".over")).to_be_visible()
    expect(page.locator("#notices")).to_contain_text("Otto Ops decided this: Approved", timeout=SOON_MS)
    expect(page.locator(".heading")).to_contain_text("Approved by Otto Ops")
    for words in ("Approve", "Reject"):
        expect(page.get_by_role("button", name=words, exact=True)).to_be_disabled()
    expect(page.locator("#comment")).to_have_value("I was about to")
    expect_count(page, waiting - 1)
    assert maria.row(other).bounding_box() == untouched


def test_who_has_the_same_task_open_is_shown_with_what_they_do(desks: Desks, site: Site) -> None:
    intent_id = site.ask({"title": "Looked at by two"} | BOTH)
    maria, otto = desks.manager(), desks.ops()
    maria.open(intent_id)
    expect(maria.page.locator("#presence")).to_be_empty()
    otto.open(intent_id)
    for desk, name in ((maria, "Otto Ops"), (otto, "Maria Manager")):
        expect(desk.page.locator("#presence")).to_have_text(f"{name} is looking", timeout=SOON_MS)
    otto.page.locator("#new-comment").fill("I know them")
    expect(maria.page.locator("#presence")).to_have_text("Otto Ops is writing a comment", timeout=SOON_MS)
    otto.write("Because")
    expect(maria.page.locator("#presence")).to_have_text("Otto Ops is writing a reason", timeout=SOON_MS)
    otto.page.locator("#new-comment").fill("")
    otto.page.locator("#new-comment").press_sequentially("See @ma")
    expect(otto.page.get_by_role("option", name="Maria Manager")).to_be_visible(timeout=SOON_MS)
    otto.page.keyboard.press("Enter")
    expect(otto.page.locator("#new-comment")).to_have_value(re.compile(r"^See @\S+ $"))
    otto.page.close()
    expect(maria.page.locator("#presence")).to_be_empty(timeout=SOON_MS)


def test_tasks_that_run_out_of_time_or_are_withdrawn_close_on_an_open_page(desks: Desks, site: Site) -> None:
    withdrawn = site.ask({"title": "Taken back"} | BOTH)
    maria, otto = desks.manager(), desks.ops()
    maria.open(withdrawn)
    expect(maria.page.locator("#live")).to_contain_text("Live")
    waiting = count(maria.page)
    site.cancel(withdrawn)
    expect(maria.page.locator("#notices")).to_contain_text("Withdrawn by the agent", timeout=SOON_MS)
    expect(maria.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    expect(maria.row(withdrawn)).to_contain_text("Withdrawn")
    expect_count(maria.page, waiting - 1)
    for seconds in LONGER:
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        expiring = site.ask({"title": "Almost over"} | BOTH, deadline_at=deadline.isoformat())
        otto.open(expiring)
        maria.look()
        expect(maria.page.locator("#live")).to_contain_text("Live")
        waiting = count(maria.page)
        if datetime.now(UTC) < deadline:
            break
        expect(otto.page.locator("#notices")).to_contain_text("without a decision", timeout=SOON_MS)  # and counts no more
    left_ms = max(0.0, (deadline - datetime.now(UTC)).total_seconds()) * 1000
    expect(otto.page.locator("#notices")).to_contain_text("without a decision", timeout=left_ms + SOON_MS)
    for desk in (maria, otto):
        expect(desk.row(expiring)).to_contain_text("Expired", timeout=SOON_MS)
    expect(otto.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    expect_count(maria.page, waiting - 1)


def test_what_is_said_and_what_the_agent_does_then_shows_on_an_open_page(desks: Desks, site: Site) -> None:
    intent_id = site.ask({"title": "Talked about"} | BOTH)
    maria = desks.manager()
    maria.open(intent_id)
    page = maria.page
    expect(page.locator("#live")).to_contain_text("Live")
    maria.write("Half a sent")
    site.act("DEMO_OPS", intent_id, "comment", comment="They called twice")
    expect(page.locator("#timeline")).to_contain_text("They called twice", timeout=SOON_MS)
    expect(page.locator("#comment")).to_have_value("Half a sent")
    site.act("DEMO_OPS", intent_id, "decide", outcome="approved")
    expect(page.locator("#timeline")).to_contain_text("The agent was notified", timeout=SOON_MS)
    expect(page.locator("#consequence")).to_contain_text("What was asked")
    expect(page.locator("#context")).to_contain_text("Closed.")


def test_a_page_without_connection_says_since_when_and_catches_up(maria: Desk, site: Site) -> None:
    old = site.ask({"title": "Before the break"} | BOTH)
    maria.look()
    page = maria.page
    row = maria.row(old)
    live = page.locator("#live")
    expect(live).to_have_text("Live")
    page.context.set_offline(True)
    expect(live).to_have_text(RECONNECTING, timeout=SOON_MS)
    site.cancel(old)
    site.ask({"title": "During the break"})
    page.context.set_offline(False)
    expect(live).to_have_text("Live", timeout=SOON_MS)
    expect(row).to_contain_text("Withdrawn", timeout=SOON_MS)
    expect(page.locator("#pill")).to_have_text("1 new")
    forgive(maria, "ERR_INTERNET_DISCONNECTED")


def test_a_page_outlives_a_restart_of_the_server(maria: Desk, site: Site) -> None:
    maria.look()
    page = maria.page
    expect(page.locator("#live")).to_have_text("Live")
    for process in site.embedded.server_processes:
        process.stop(signal.SIGTERM)
    expect(page.locator("#live")).to_have_text(RECONNECTING, timeout=SOON_MS)
    site.embedded.start_again()
    site.ask({"title": "After the restart"})
    expect(page.locator("#live")).to_have_text("Live", timeout=30_000)
    expect(page.locator("#pill")).to_have_text("1 new", timeout=SOON_MS)
    forgive(maria, "ERR_CONNECTION_REFUSED", "Unexpected response code")


def test_what_one_snoozes_elsewhere_leaves_an_open_page_and_comes_back_at_its_time(maria: Desk, site: Site) -> None:
    intent_id, other = site.ask({"title": "Not now"} | BOTH), site.ask({"title": "Stays"} | BOTH)
    maria.look()
    page, row = maria.page, maria.row(intent_id)
    expect(page.locator("#live")).to_have_text("Live")
    expect(row).to_be_visible()
    waiting = count(page)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    expect(row.locator(".over")).to_contain_text("Snoozed until", timeout=SOON_MS)
    expect(maria.row(other).locator(".over")).to_have_count(0)
    expect_count(page, waiting - 1)
    for seconds in (3, *LONGER):
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        with suppress(AssertionError):  # what is over before it is asked for is refused
            site.act("DEMO_MANAGER", intent_id, "snooze", until=until.isoformat())
            break
    left_ms = max(0.0, (until - datetime.now(UTC)).total_seconds()) * 1000
    expect(row.locator(".over")).to_have_count(0, timeout=left_ms + SOON_MS)
    expect_count(page, waiting)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=(until + timedelta(hours=1)).isoformat())
    expect(row.locator(".over")).to_be_visible(timeout=SOON_MS)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=None)
    expect(row.locator(".over")).to_have_count(0, timeout=SOON_MS)


@turns.one(1, of=2)
def test_what_was_snoozed_before_the_page_was_opened_comes_back_behind_the_pill(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Later today"} | BOTH)
    for seconds in LONGER:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        site.act("DEMO_MANAGER", intent_id, "snooze", until=until.isoformat())
        maria.look()
        shown = maria.row(intent_id).count()
        expect(maria.page.locator("#live")).to_have_text("Live")
        if datetime.now(UTC) < until:
            break
    assert not shown
    left_ms = max(0.0, (until - datetime.now(UTC)).total_seconds()) * 1000
    expect(maria.page.locator("#pill")).to_have_text("1 new", timeout=left_ms + SOON_MS)


@turns.one(0, of=2)
def test_what_one_delegates_elsewhere_leaves_an_open_page_until_the_time_is_over(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "For somebody else"} | {"assignees": ["manager@myorg.example"]})
    maria.look()
    row = maria.row(intent_id)
    expect(row).to_be_visible()
    expect(maria.page.locator("#live")).to_have_text("Live")
    waiting = count(maria.page)
    until = datetime.now(UTC) + timedelta(seconds=15)
    site.act("DEMO_MANAGER", intent_id, "delegate", to="ops@myorg.example", until=until.isoformat())
    expect(row.locator(".over")).to_contain_text("No longer in this list", timeout=SOON_MS)
    expect_count(maria.page, waiting - 1)
    left_ms = max(0.0, (until - datetime.now(UTC)).total_seconds()) * 1000
    expect(row.locator(".over")).to_have_count(0, timeout=left_ms + SOON_MS)
    expect_count(maria.page, waiting)


def test_the_badge_of_a_page_without_the_list_stays_true(maria: Desk, site: Site) -> None:
    maria.look("/settings/profile")
    expect(maria.page.locator("#live")).to_have_text("Live")
    badge = maria.page.locator("#badge [data-count]")
    waiting = count(maria.page)
    intent_id = site.ask({"title": "Counted"} | BOTH)
    expect(badge).to_have_text(str(waiting + 1), timeout=SOON_MS)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    expect(badge).to_have_text(str(waiting) if waiting else "", timeout=SOON_MS)


def test_the_page_of_what_nobody_may_decide_is_not_told_of_other_tasks(desks: Desks, site: Site) -> None:
    stuck = site.ask({"title": "For no one", "assignees": ["nobody@elsewhere.example"]})
    site.ask({"title": "For somebody"} | BOTH)
    olivia = desks.owner()
    olivia.look("/inbox/stuck")
    expect(olivia.row(stuck)).to_be_visible()
    expect(olivia.page.locator("#live")).to_have_text("Live")
    with olivia.page.expect_response(re.compile("/inbox/rows.*view=stuck")) as looked:
        olivia.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    looked.value.finished()
    expect(olivia.page.locator("#pill")).to_be_hidden()
    expect(olivia.row(stuck).locator(".over")).to_have_count(0)
    site.cancel(stuck)
    expect(olivia.row(stuck).locator(".over")).to_be_visible(timeout=SOON_MS)
