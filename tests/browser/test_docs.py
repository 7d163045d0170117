"""The reference of the API."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_call_is_found_by_keys_and_shown_in_ones_language(desks: Desks, site: Site) -> None:
    page = desks.nobody(viewport={"width": 1280, "height": 800}).page
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("request", lambda one: said.append(one.url) if not one.url.startswith((site.url, "data:")) else None)
    page.goto(f"{site.url}/docs")
    page.keyboard.press("/")
    page.keyboard.type("decide a task")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/docs/people#tasks_decide_task")
    call = page.locator("#tasks_decide_task")
    expect(call.get_by_role("heading", name="Decide a task")).to_be_in_viewport()
    expect(call.locator("[data-tab=curl]")).to_be_visible()
    call.get_by_role("tab", name="TypeScript").locator("visible=true").click()
    expect(call.locator("[data-tab=curl]")).to_be_hidden()
    expect(call.locator("[data-tab=TypeScript]")).to_contain_text("await fetch")
    page.goto(f"{site.url}/docs/work")
    expect(page.locator("[data-tab=TypeScript]").first).to_be_visible()
    assert said == []
