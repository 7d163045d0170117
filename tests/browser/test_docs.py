"""The reference of the API."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Site
from tests.browser.places.settings import token_made

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


def test_the_key_of_who_is_signed_in_stands_in_the_examples_of_their_tab(desks: Desks, site: Site) -> None:
    olivia = desks.owner(viewport={"width": 1280, "height": 800})
    page = olivia.page
    token_made(olivia, site)
    token = page.locator("#secret").inner_text()
    page.get_by_role("link", name="Use it in the API reference").click()
    page.wait_for_url("**/docs")
    field = page.get_by_label("Your key or token")
    expect(field).to_have_value(token)
    page.goto(f"{site.url}/docs/people")
    call = page.locator("#tasks_decide_task")
    for language, words in (
        ("curl", (f'"{site.url}/v1/tasks/', f"Bearer {token}")),
        *(("Python", (f'"{site.url}" + "/v1', f'"{token}"')), ("TypeScript", (f'"{site.url}" + "/v1', f'"{token}"'))),
    ):
        for one in words:
            expect(call.locator(f"[data-tab={language}] code")).to_contain_text(one)
    page.goto(f"{site.url}/docs")
    field.fill(site.embedded.api_key)
    expect(page.locator("[data-fills] code")).to_contain_text(f'-H "x-api-key: {site.embedded.api_key}"')
    field.fill("a word")
    expect(page.get_by_role("alert")).to_have_text("A key begins with axme_sa_, a token with axme_pat_.")
    expect(page.locator("[data-fills] code")).to_contain_text("export AXME_API_KEY=axme_sa_...")
    field.fill(token)
    # Nor does it come back with a page that the browser kept as it was.
    page.evaluate("sessionStorage.clear(); dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(field).to_have_value("")
    expect(page.locator("[data-fills] code")).to_contain_text("export AXME_API_KEY=axme_sa_...")
    field.fill(token)
    # Nobody who is not signed in as the same person finds it.
    page.context.clear_cookies()
    page.reload()
    expect(field).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('reference-key')") is None
