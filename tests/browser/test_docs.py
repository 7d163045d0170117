"""The page of the API's operations."""

from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_the_api_has_the_width_and_theme_of_who_reads_it(
    desks: Desks, site: Site, scheme: Literal["light", "dark"]
) -> None:
    page = desks.nobody(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme=scheme).page
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("request", lambda one: said.append(one.url) if not one.url.startswith((site.url, "data:")) else None)
    page.goto(f"{site.url}/docs")
    expect(page.get_by_text("/v1/intents", exact=True).first).to_be_visible(timeout=30_000)
    assert page.evaluate("innerWidth") == 360
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shades, html = {"light": "rgb(255, 255, 255)", "dark": "rgb(28, 32, 34)"}, page.locator("html")
    expect(html).to_have_css("background-color", shades[scheme])
    other: Literal["light", "dark"] = "light" if scheme == "dark" else "dark"
    page.emulate_media(color_scheme=other)
    expect(html).to_have_css("background-color", shades[other])
    assert said == []


def test_the_page_of_the_api_says_that_it_loads_only_when_that_takes_long(desks: Desks, site: Site) -> None:
    page = desks.nobody().page
    page.route("**/openapi.json", lambda route: None)  # never answered
    page.goto(f"{site.url}/docs")
    loading = page.locator(".loading-container .loading")
    loading.wait_for(state="attached")
    assert loading.evaluate("one => getComputedStyle(one).animationDelay") == "1s"
    expect(loading).to_have_css("visibility", "visible")
