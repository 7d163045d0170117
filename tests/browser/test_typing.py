"""What was typed is never lost: not by a session that ends, not by another row, not by leaving."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests import turns
from tests.browser.conftest import Desk, Desks, Site
from tests.browser.live import SOON_MS, sign_out
from tests.browser.places import BOTH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

COMMENT = "They sent two invoices"
REFUSED = re.compile("responded with a status of (401|403)|Error Code (401|403)|ERR_FAILED")


@pytest.fixture
def otto(desks: Desks, site: Site) -> Any:
    """Somebody whose session no other test shares."""
    desk = desks.nobody()
    desk.email = site.embedded.keys["DEMO_OPS_EMAIL"]
    desk.sign_in(site.embedded.keys["DEMO_OPS_PASSWORD"])
    yield desk
    desk.problems[:] = [one for one in desk.problems if not REFUSED.search(one)]


def sign_in(tab: Page, site: Site, who: str) -> None:
    tab.goto(f"{site.url}/sign-in")
    tab.locator("[name=login]").fill(site.embedded.keys[f"{who}_EMAIL"])
    tab.locator("[name=password]").fill(site.embedded.keys[f"{who}_PASSWORD"])
    tab.locator("button[type=submit]").first.click()
    tab.wait_for_url("**/inbox*")


def ready(desk: Desk) -> None:
    expect(desk.page.locator("#detail")).to_have_attribute("data-seen", "yes")


@turns.one(0, of=2)
def test_a_session_that_ends_keeps_the_page_and_what_was_typed_until_it_is_sent(otto: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Kept"} | BOTH)
    otto.open(intent_id)
    page, tab = otto.page, otto.page.context.new_page()
    comment = page.locator("#comment")
    otto.write(COMMENT)
    sign_out(tab, site)
    told = page.locator("#tell-session")
    expect(told).to_contain_text("You are signed out.", timeout=SOON_MS)
    expect(comment).to_have_value(COMMENT)
    page.get_by_role("button", name="Approve", exact=True).click()
    assert site.state(intent_id) == "open"
    sign_in(tab, site, "DEMO_OPS")
    expect(told).to_contain_text("You are signed in again.", timeout=SOON_MS)
    expect(page.locator("#live")).to_have_text("Live", timeout=SOON_MS)
    told.get_by_role("button", name="Send it now").click()
    expect(page.locator(".toast")).to_contain_text("Approved · Kept")
    assert site.result(intent_id)["comment"] == COMMENT


@turns.one(1, of=2)
def test_who_signed_out_and_in_again_sends_a_form_that_was_open_before(otto: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Stale"} | BOTH)
    otto.open(intent_id)
    page, tab = otto.page, otto.page.context.new_page()
    otto.write(COMMENT)
    page.route_web_socket("**/live", lambda socket: None)  # it learns of nothing before it sends
    page.reload()
    otto.write(COMMENT)
    sign_out(tab, site)
    sign_in(tab, site, "DEMO_OPS")
    ready(otto)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Approved · Stale")
    assert site.result(intent_id)["comment"] == COMMENT


def test_another_person_does_not_send_what_was_typed_and_is_told_whose_it_is(otto: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Somebody else's"} | BOTH)
    otto.open(intent_id)
    page, tab = otto.page, otto.page.context.new_page()
    otto.write(COMMENT)
    sign_out(tab, site)
    sign_in(tab, site, "DEMO_MANAGER")
    told = page.locator("#tell-session")
    expect(told).to_contain_text("Otto Ops typed this, but Maria Manager is signed in now.", timeout=SOON_MS)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(told).to_be_visible()
    assert site.state(intent_id) == "open"
    # And what Otto typed is not filled in for Maria.
    page.reload()
    expect(page.locator("#task-title")).to_have_text("Somebody else's")
    expect(page.locator("#comment")).to_have_value("")
    site.cancel(intent_id)


@pytest.mark.parametrize("path", ["/settings/profile", "/settings/policies/new"])
def test_a_form_of_the_settings_keeps_what_was_typed_when_the_session_ends(otto: Desk, site: Site, path: str) -> None:
    otto.look(path)
    page, tab = otto.page, otto.page.context.new_page()
    field = page.locator("main form[method=post] input[name=name]")
    field.fill("Otto of Operations")
    sign_out(tab, site)
    expect(page.locator("#tell-session")).to_contain_text("You are signed out.", timeout=SOON_MS)
    field.press("Enter")
    expect(field).to_have_value("Otto of Operations")
    sign_in(tab, site, "DEMO_OPS")
    expect(page.locator("#tell-session")).to_contain_text("You are signed in again.", timeout=SOON_MS)
    page.reload()
    expect(field).to_have_value("Otto of Operations")
    expect(page.locator("#tell-restored")).to_be_visible()
    page.get_by_role("button", name="Discard it").click()
    expect(field).not_to_have_value("Otto of Operations")


def test_a_comment_waits_at_its_task_while_another_is_looked_at(maria: Desk, site: Site) -> None:
    one, other = site.ask({"title": "The first"} | BOTH), site.ask({"title": "The second"} | BOTH)
    maria.open(one)
    page = maria.page
    maria.write(COMMENT)
    page.locator("#new-comment").fill("And to all")
    maria.row(other).get_by_role("link").click()
    expect(page.locator("#task-title")).to_have_text("The second")
    expect(page.locator("#comment")).to_have_value("")
    maria.row(one).get_by_role("link").click()
    expect(page.locator("#task-title")).to_have_text("The first")
    expect(page.locator("#comment")).to_have_value(COMMENT)
    # Sending one of them keeps the other, and what was sent is not there once more.
    page.get_by_role("button", name="Add comment").click()
    expect(page.locator("#timeline")).to_contain_text("And to all")
    expect(page.locator("#new-comment")).to_have_value("")
    expect(page.locator("#comment")).to_have_value(COMMENT)
    for intent_id in (one, other):
        site.cancel(intent_id)


def test_leaving_a_form_in_use_is_asked_about_and_leaving_any_other_is_not(maria: Desk, site: Site) -> None:
    page = maria.page
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    for path, field in (
        ("/settings/profile", "main input[name=name]"),
        ("/settings/notifications", "main input[type=time]"),
    ):
        maria.look(path)
        used = page.locator(field).first
        used.fill("07:30" if "time" in field else "Maria M.")
        with page.expect_event("dialog"):
            page.locator(".places a").first.click()
        assert (asked, page.url) == (["beforeunload"], f"{site.url}{path}")
        asked.clear()
        page.evaluate("sessionStorage.clear()")
        used.fill(used.evaluate("one => one.defaultValue"))
        page.locator(".places a").first.click()
        page.wait_for_url("**/inbox")
        assert asked == []


def test_a_form_that_was_saved_is_not_asked_about_and_not_filled_in_again(maria: Desk, site: Site) -> None:
    page = maria.page
    page.on("dialog", lambda dialog: pytest.fail(dialog.type))
    maria.look("/settings/profile")
    field = page.locator("main input[name=name]")
    for name in ("Maria M. Manager", "Maria Manager"):
        field.fill(name)
        page.get_by_role("button", name="Save profile").click()
        expect(page.get_by_text("Your profile is saved.")).to_be_visible()
        expect(field).to_have_value(name)
        page.reload()
        expect(field).to_have_value(name)
        expect(page.locator("#tell-restored")).to_have_count(0)


def test_a_form_whose_pressed_button_was_replaced_meanwhile_is_sent_at_the_next_press(desks: Desks) -> None:
    olivia = desks.owner()
    olivia.look("/settings/calendars/new")
    page = olivia.page
    asked: list[Route] = []
    page.route("**/session", lambda route: asked.append(route))  # noqa: PLW0108 - a built-in is not taken
    page.locator("[name=name]").fill("Riga")
    page.get_by_label("Tuesday").fill("17-9")
    with page.expect_request("**/session"):
        olivia.press("Create calendar")
    page.get_by_role("button", name="Create calendar").evaluate("one => one.replaceWith(one.cloneNode(true))")
    with page.expect_response("**/session"):
        asked[0].continue_()
    page.unroute("**/session")
    expect(page.get_by_label("Tuesday")).to_have_value("17-9")
    with page.expect_navigation():
        olivia.press("Create calendar")
    expect(page.locator("[aria-invalid]").first).to_be_visible()


def test_what_is_typed_while_another_row_is_on_its_way_stays_with_its_caret(desks: Desks) -> None:
    olivia = desks.owner()
    olivia.look("/settings/policies/new")
    page = olivia.page
    held: list[Route] = []
    page.route("**/settings/policies/new", lambda route: held.append(route))  # noqa: PLW0108 - a built-in is not taken
    name = page.locator("#policy-form [name=name]")
    name.fill("Large")
    with page.expect_request("**/settings/policies/new"):
        olivia.press("Add a level")
    name.focus()
    name.press("End")
    page.keyboard.type(" refunds")
    name.press("ArrowLeft")
    held[0].continue_()
    page.unroute("**/settings/policies/new")
    expect(page.locator("[name='escalation.levels.0.after_seconds']")).to_be_visible()
    page.keyboard.type("X")
    expect(name).to_have_value("Large refundXs")


def test_what_is_typed_while_a_refusal_is_on_its_way_stays(maria: Desk, site: Site) -> None:
    schema = {"type": "object", "properties": {"budget": {"type": "number", "minimum": 100, "title": "Budget"}}}
    intent_id = site.ask({"title": "Refused", "task_type": "form", "form_schema": schema} | BOTH)
    maria.open(intent_id)
    ready(maria)
    page = maria.page
    held: list[Route] = []
    page.route("**/decide*", lambda route: held.append(route))  # noqa: PLW0108 - a built-in is not taken
    page.get_by_label("Budget").fill("5")
    with page.expect_request("**/decide*"):
        maria.press("Send answers")
    maria.write(COMMENT)
    held[0].continue_()
    page.unroute("**/decide*")
    expect(page.get_by_text("Must be at least 100")).to_be_visible()
    expect(page.locator("#comment")).to_have_value(COMMENT)
    site.cancel(intent_id)


# As the answer is put in, and before what comes after it.
GOES_ON = """
selector => document.addEventListener("htmx:afterSwap", () => queueMicrotask(() => document.querySelector(selector).focus()),
    { once: true })
"""


def test_who_goes_on_to_the_next_field_as_an_answer_is_put_in_is_not_called_back(desks: Desks) -> None:
    olivia = desks.owner()
    olivia.look("/settings/policies/new")
    page = olivia.page
    page.evaluate(GOES_ON, "[name='escalation.end.after_seconds']")
    page.locator("#at").fill("2031-03-03T10:00")
    expect(page.locator("#preview-steps")).to_contain_text("3 Mar 2031 10:00")
    expect(page.locator("#preview-steps")).not_to_have_class(re.compile("htmx-"))
    expect(page.locator("[name='escalation.end.after_seconds']")).to_be_focused()
