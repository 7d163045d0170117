"""The list by keyboard alone: one tab stop, twenty tasks, selected and decided at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places import BOTH, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
TASKS = 20


def test_twenty_tasks_are_selected_decided_and_taken_back_by_keyboard_alone(maria: Desk, site: Site) -> None:
    for number in range(TASKS):
        payload = {"amount": f"{number}.50", "currency": "EUR"}
        site.ask({"title": f"Marathon {number}"} | BOTH, payload, deadline_at=soon(30 + number))
    maria.look("/inbox?q=marathon")
    page = maria.page
    expect(page.locator("#rows .item")).to_have_count(TASKS)
    # The list is one stop, and its boxes are none.
    expect(page.locator("#rows .item[tabindex='0']")).to_have_count(1)
    expect(page.locator("#rows .pick input[tabindex='-1']")).to_have_count(TASKS)
    rows = page.locator("#rows .item")
    for number in range(TASKS):
        page.keyboard.press("j")
        expect(rows.nth(number)).to_be_focused()
        page.keyboard.press("x")
    expect(page.locator("#task-title")).to_have_text(f"Marathon {TASKS - 1}")
    expect(page.locator("#selected-count")).to_have_text("20 selected · 200.00 EUR")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("combobox", name="What do you want to do?")
    expect(palette).to_be_focused()
    expect(page.get_by_role("group", name="What is selected").get_by_role("option")).not_to_have_count(0)
    page.keyboard.type("approve")
    page.keyboard.press("Enter")
    expect(page.locator("#task-title")).to_have_text("Approve 20 tasks?")
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("a")
    expect(page.locator("#task-title")).to_have_text("Approved: 20")
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("z")
    expect(page.locator("#task-title")).to_have_text("20 undone")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_url("**/inbox?view=waiting")


def test_who_presses_enter_while_the_row_is_fetched_comes_into_the_task(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Slow line"} | BOTH, {"amount": "1.00", "currency": "EUR"}, deadline_at=soon(30))
    maria.look("/inbox?q=slow+line")
    page = maria.page
    fetches = f"**/inbox/{site.task_id(intent_id)}*"
    page.route(fetches, lambda _: None)  # held
    with page.expect_request(fetches):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.unroute(fetches)  # lets go on what was held
    expect(page.locator("#task-title")).to_be_focused()


def test_a_fold_is_reached_selected_and_opened_by_keys_and_no_task_is_decided_on_it(maria: Desk, site: Site) -> None:
    first = site.ask({"title": "Dormant: look before"} | BOTH, deadline_at=soon(20))
    alike = [
        site.ask({"title": "Dormant: close the account"} | BOTH, {"account_id": n}, deadline_at=soon(40)) for n in range(5)
    ]
    maria.open(first, "?q=dormant")
    page, fold = maria.page, maria.page.locator(".same > details > summary")
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    maria.row(first).get_by_role("link").focus()
    page.keyboard.press("j")
    expect(fold).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("x")
    expect(page.locator("#selected-count")).to_contain_text("5 selected")
    expect(page.locator("#task-title")).to_have_text("Dormant: look before")
    page.keyboard.press("o")
    expect(maria.row(alike[4])).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#task-title")).to_have_text("Dormant: close the account")
    expect(maria.row(alike[0]).get_by_role("link")).to_be_focused()
    maria.row(alike[0]).locator(".pick input").uncheck(force=True)
    expect(page.locator("#selected-count")).to_contain_text("4 selected")
    assert page.locator("[data-alike]").evaluate("one => [one.checked, one.indeterminate]") == [False, True]
    assert {site.state(one) for one in (first, *alike)} == {"open"}
    for one in (first, *alike):
        site.cancel(one)


def test_the_palette_does_nothing_to_the_open_task_while_another_row_is_reached(maria: Desk, site: Site) -> None:
    first, other = (site.ask({"title": f"Reached {n}"} | BOTH, deadline_at=soon(20 + n)) for n in range(2))
    maria.open(first, "?q=reached")
    page = maria.page
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    maria.row(first).get_by_role("link").focus()
    page.route(f"**/inbox/{site.task_id(other)}*", lambda _: None)  # held
    page.keyboard.press("j")
    expect(maria.row(other).get_by_role("link")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list li").first).to_be_visible()
    for act in ("Approvea", "Rejectr"):
        page.locator("#palette-field").fill(act[:-1])
        expect(page.locator("#palette-list li").filter(has_text=re.compile(f"^{act}$"))).to_have_count(0)
    page.keyboard.press("Escape")
    maria.row(first).get_by_role("link").focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-list li").first).to_have_text("Approvea")
    page.keyboard.press("Escape")
    for one in (first, other):
        site.cancel(one)


def test_the_palette_leads_from_anywhere_to_each_section_of_settings(maria: Desk) -> None:
    for start in ("/inbox", "/notifications"):
        maria.look(start)
        maria.page.keyboard.press("Control+k")
        maria.page.keyboard.type("settings tokens")
        expect(maria.page.get_by_role("option")).to_have_text("Tokens")
        maria.page.keyboard.press("Enter")
        maria.page.wait_for_url("**/settings/tokens")


def test_the_palette_has_all_that_one_does_with_a_task_and_its_key(maria: Desk, site: Site) -> None:
    maria.open(site.ask({"title": "By its name"} | BOTH, deadline_at=soon(20)))
    page = maria.page
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.keyboard.press("Control+k")
    options = page.locator("#palette-list li")
    expect(options.first).to_have_text("Approvea")  # what is at hand comes first
    heads = page.locator("#palette-list .group-name")
    expect(heads).to_have_text(["This task", "Go to", "This list", "This page", "Settings"])
    for words, key in (
        *(("Reject", "r"), ("Comment", "c"), ("Ask the agent", ""), ("Claim", ""), ("Snooze (only for you): 1 hour", "s")),
        *(("Delegate", "d"), ("Add an approver", ""), ("Watch", ""), ("Select “By its name”", "x"), ("Search tasks", "/")),
        *(("Save this list as a view", ""), ("Inbox", "g i"), ("Keyboard shortcuts", "?")),
    ):
        page.locator("#palette-field").fill(words)
        expect(options.filter(has_text=re.compile(f"^{re.escape(words + key)}$"))).to_have_count(1)
    page.locator("#palette-field").fill("delegate")
    page.keyboard.press("Enter")
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#task-title").click()
    page.keyboard.press("Control+k")
    page.keyboard.type("claim")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Release").first).to_be_visible()


def test_the_palette_has_the_answers_that_come_while_it_is_open(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Answers to come"} | BOTH, deadline_at=soon(20))
    maria.open(intent_id)
    page = maria.page
    page.keyboard.press("Control+k")  # as a rule within the second in which nothing can be answered
    expect(page.locator("#detail")).to_have_attribute("data-seen", "yes")
    page.locator("#palette-field").fill("reject")
    expect(page.locator("#palette-list li").filter(has_text=re.compile("^Rejectr$"))).to_have_count(1)
    site.cancel(intent_id)
