"""A scenario from nothing to a run, by the keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests import turns
from tests.browser.conftest import Desks, Site

pytestmark = [turns.one(0, of=2), pytest.mark.slow, pytest.mark.timeout(180)]


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Go to an element as who has no mouse does."""
    expect(wanted).to_be_visible()
    for _ in range(150):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"no way by {key} to {wanted}")


def type_over(page: Page, wanted: Locator, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_a_scenario_is_built_tried_saved_and_run_by_the_keyboard_alone(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    olivia.look("/operations/scenarios")
    tab_to(page, page.get_by_role("button", name="New scenario"))
    page.keyboard.press("Enter")
    expect(page.locator("#scenario-form")).to_be_visible()

    def field(name: str) -> Locator:
        return page.locator(f"[id='{name}']")

    def press(name: str, within: Locator | None = None) -> None:
        tab_to(page, (within or page.locator("main")).get_by_role("button", name=name, exact=True))
        page.keyboard.press("Enter")

    type_over(page, field("scenario_id"), "walk.by_keys.v1")
    type_over(page, field("title"), "Walk by keys")
    # Its answer comes after the time when what was typed is sent by itself, which does not take its place.
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "add%3Ahumans" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile("/drafts/"), hold)
    press("Add a person")
    page.evaluate("() => new Promise((done) => setTimeout(done, 500))")
    held.pop().continue_()
    expect(field("humans.0.role")).to_be_focused()
    page.unroute_all()
    page.keyboard.type("boss")
    type_over(page, field("humans.0.contact"), "manager@myorg.example")
    press("Add a step")
    expect(field("workflow.steps.0.step_id")).to_be_focused()
    type_over(page, field("workflow.steps.0.step_id"), "sign")
    type_over(page, field("workflow.steps.0.human_task.title"), "Ship it?")
    press("Add a step")
    expect(field("workflow.steps.1.step_id")).to_be_focused()
    type_over(page, field("workflow.steps.1.step_id"), "cool")
    # A list whose letters are typed is not made anew meanwhile.
    expect(page.locator(".scenario-steps legend").nth(1)).to_contain_text("cool")
    tab_to(page, field("workflow.steps.1.kind"))
    page.keyboard.type("Server: d")
    # The form of the kind comes anew, and the field that somebody is at stays so.
    expect(field("workflow.steps.1.runtime_config.seconds")).to_be_visible()
    expect(field("workflow.steps.1.kind")).to_be_focused()
    expect(page.locator("#faults")).to_contain_text("workflow.steps.1")
    type_over(page, field("workflow.steps.1.runtime_config.seconds"), "2")
    expect(page.locator("#faults")).to_contain_text("Valid")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".scenario-steps legend").first).to_contain_text("cool")
    expect(page.locator(".run-graph .node").first).to_contain_text("cool")
    expect(page.get_by_role("button", name="Move cool down")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".scenario-steps legend").first).to_contain_text("sign")
    page.reload()
    expect(field("title")).to_have_value("Walk by keys")

    press("Try it")
    tab_to(page, page.get_by_label(re.compile("Ship it")))
    page.keyboard.type("Rejects")
    press("Try it")
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("Failed")
    expect(outcome).to_contain_text("rejected")
    tab_to(page, page.get_by_role("link", name="Back to the draft"))
    page.keyboard.press("Enter")
    press("Save a new version")
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()
    press("Begin a run")
    expect(page.get_by_text("Waiting for people").first).to_be_visible()
    site.cancel(page.url.rpartition("/")[2])
