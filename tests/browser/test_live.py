"""Pages that stay true by themselves, and leave the reader's place alone."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from websockets import Origin
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import Desk, Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SOON_MS = 30_000
"""How long a page may go on showing what is not true any more, on a machine that does much else at the same time."""
BOTH = {"assignees": ["manager@myorg.example", "ops@myorg.example"]}
RECONNECTING = re.compile(r"^Reconnecting, last update \d\d:\d\d:\d\d$")
PLACE = """() => ({
    focus: document.activeElement.id,
    list: document.getElementById("rows").scrollTop,
    detail: document.getElementById("detail").scrollTop,
})"""


def test_new_tasks_wait_behind_a_pill_and_nothing_moves(maria: Desk, site: Site) -> None:
    intents = [site.ask({"title": f"Pill {number}", "description": "word " * 200}) for number in range(12)]
    page = maria.page
    maria.open(intents[3])
    page.get_by_placeholder("Add a comment (optional)").fill("Half a sent")
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
    expect(page.get_by_placeholder("Add a comment (optional)")).to_have_value("Half a sent")


@pytest.mark.parametrize("typing", [True, False], ids=["while typing", "while reading"])
def test_a_task_that_another_decides_is_closed_on_an_open_page(desks: Desks, site: Site, typing: bool) -> None:
    intent_id, other = site.ask({"title": "Decided by another"} | BOTH), site.ask({"title": "Not touched"} | BOTH)
    maria, otto = desks.manager(), desks.ops()
    for desk in (maria, otto):
        desk.open(intent_id)
    page = maria.page
    page.get_by_placeholder("Add a comment (optional)").fill("I was about to")
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
    expect(page.get_by_placeholder("Add a comment (optional)")).to_have_value("I was about to")
    expect_count(page, waiting - 1)
    assert maria.row(other).bounding_box() == untouched


def test_tasks_that_run_out_of_time_or_are_withdrawn_close_on_an_open_page(desks: Desks, site: Site) -> None:
    withdrawn = site.ask({"title": "Taken back"} | BOTH)
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    expiring = site.ask({"title": "Almost over"} | BOTH, deadline_at=deadline.isoformat())
    maria, otto = desks.manager(), desks.ops()
    maria.open(withdrawn)
    otto.open(expiring)
    expect(maria.page.locator("#live")).to_contain_text("Live")
    waiting = count(maria.page)
    rows = [maria.row(withdrawn), *(desk.row(expiring) for desk in (maria, otto))]
    site.cancel(withdrawn)
    expect(maria.page.locator("#notices")).to_contain_text("Withdrawn by the agent", timeout=SOON_MS)
    expect(maria.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    expect(rows[0]).to_contain_text("Withdrawn")
    expect_count(maria.page, waiting - 1)
    left_ms = max(0.0, (deadline - datetime.now(UTC)).total_seconds()) * 1000
    expect(otto.page.locator("#notices")).to_contain_text("without a decision", timeout=left_ms + SOON_MS)
    for row in rows[1:]:
        expect(row).to_contain_text("Expired", timeout=SOON_MS)
    expect(otto.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    expect_count(maria.page, waiting - 2)


def test_what_is_said_and_what_the_agent_does_then_shows_on_an_open_page(desks: Desks, site: Site) -> None:
    intent_id = site.ask({"title": "Talked about"} | BOTH)
    maria = desks.manager()
    maria.open(intent_id)
    page = maria.page
    expect(page.locator("#live")).to_contain_text("Live")
    page.get_by_placeholder("Add a comment (optional)").fill("Half a sent")
    site.act("DEMO_OPS", intent_id, "comment", comment="They called twice")
    expect(page.locator("#timeline")).to_contain_text("They called twice", timeout=SOON_MS)
    expect(page.get_by_placeholder("Add a comment (optional)")).to_have_value("Half a sent")
    site.act("DEMO_OPS", intent_id, "decide", outcome="approved")
    expect(page.locator("#timeline")).to_contain_text("The request is completed", timeout=SOON_MS)
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
    until = datetime.now(UTC) + timedelta(seconds=3)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=until.isoformat())
    left_ms = max(0.0, (until - datetime.now(UTC)).total_seconds()) * 1000
    expect(row.locator(".over")).to_have_count(0, timeout=left_ms + SOON_MS)
    expect_count(page, waiting)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=(until + timedelta(hours=1)).isoformat())
    expect(row.locator(".over")).to_be_visible(timeout=SOON_MS)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=None)
    expect(row.locator(".over")).to_have_count(0, timeout=SOON_MS)


def test_what_was_snoozed_before_the_page_was_opened_comes_back_behind_the_pill(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Later today"} | BOTH)
    until = datetime.now(UTC) + timedelta(seconds=15)
    site.act("DEMO_MANAGER", intent_id, "snooze", until=until.isoformat())
    maria.look()
    expect(maria.page.locator("#live")).to_have_text("Live")
    assert not maria.row(intent_id).count()
    left_ms = max(0.0, (until - datetime.now(UTC)).total_seconds()) * 1000
    expect(maria.page.locator("#pill")).to_have_text("1 new", timeout=left_ms + SOON_MS)


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


def test_signing_out_in_another_tab_ends_a_live_page_on_which_nothing_is_typed(desks: Desks, site: Site) -> None:
    ann = desks.nobody()
    ann.email = site.embedded.keys["DEMO_OPS_EMAIL"]
    ann.sign_in(site.embedded.keys["DEMO_OPS_PASSWORD"])
    expect(ann.page.locator("#live")).to_have_text("Live")
    sign_out(ann.page.context.new_page(), site)
    ann.page.wait_for_url("**/sign-in?*", timeout=SOON_MS * 2)


def test_a_socket_wants_a_session_and_this_sites_pages(desks: Desks, site: Site) -> None:
    address = f"ws{site.url.removeprefix('http')}/live"
    own = Origin(site.url)
    for cookie in ("", "axme_session=nonsense", "axme_session="):
        with connect(address, origin=own, additional_headers={"Cookie": cookie}) as socket, pytest.raises(ConnectionClosed):
            socket.recv(timeout=60)
        assert socket.close_code == 4401
    cookie = cookie_of(desks.manager())
    for origin in (Origin("https://evil.example"), Origin("null"), None):
        with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin, additional_headers={"Cookie": cookie}):
            pass
        assert refused.value.response.status_code == 403


def test_who_belongs_to_another_workspace_is_told_nothing(desks: Desks, site: Site) -> None:
    charlie = desks.nobody()
    charlie.email = "charlie@other.example"
    site.manage("create_workspace", "myorg/other")
    charlie.sign_in(site.password_of(charlie.email, "myorg/other", "owner"))
    with listening(site, charlie) as outside, listening(site, desks.manager()) as inside:
        outside.send(json.dumps({"task": None, "all": True}))
        intent_id = site.ask({"title": "Nothing for Charlie"})
        task_id = site.task_id(intent_id)
        outside.send(json.dumps({"task": task_id, "all": True}))
        assert task_id in json.loads(inside.recv(timeout=60))["ids"]
        site.cancel(intent_id)
        inside.recv(timeout=60)
        with pytest.raises(TimeoutError):
            outside.recv(timeout=1)
    charlie.look(f"/inbox/{task_id}")
    expect(charlie.page.locator("main")).not_to_contain_text("Nothing for Charlie")
    forgive(charlie, "status of 404")


def sign_out(tab: Page, site: Site) -> None:
    tab.goto(f"{site.url}/inbox")
    tab.locator(".who > summary").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/sign-in*")


def listening(site: Site, desk: Desk) -> ClientConnection:
    """A socket with the cookie of a desk, as its page would open one."""
    return connect(
        f"ws{site.url.removeprefix('http')}/live",
        origin=Origin(site.url),
        additional_headers={"Cookie": cookie_of(desk)},
    )


def cookie_of(desk: Desk) -> str:
    return "; ".join(f"{one['name']}={one['value']}" for one in desk.page.context.cookies())


def count(page: Page) -> int:
    """What the badge of the rail says."""
    badge = page.locator("#badge [data-count]")
    return int(badge.text_content() or 0)


def expect_count(page: Page, number: int) -> None:
    words = str(number) if number else ""
    expect(page.locator("#badge [data-count]")).to_have_text(words, timeout=SOON_MS)
    expect(page.locator("[data-count-of=waiting]")).to_have_text(words)


def forgive(desk: Desk, *parts: str) -> None:
    """The console's own words for a server that was not there."""
    desk.problems[:] = [problem for problem in desk.problems if not any(part in problem for part in parts)]
