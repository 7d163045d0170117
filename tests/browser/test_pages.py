"""Every page, at the widths and in the themes that people have: nothing cut, nothing hidden from anybody."""

import os
from collections.abc import Iterator, Sequence
from importlib.resources import files
from typing import Literal

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests import turns
from tests.browser.conftest import Desk, Desks, Site
from tests.browser.places import BOTH, PLACES, REFUND, Place, soon

# Of the soak, which runs beside other work: the first page waits for all servers to start.
EVERY_LOOK = bool(os.environ.get("EVERY_LOOK"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 if EVERY_LOOK else 180)]

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
# Contrast hangs on the theme and room on the width, so each of both once finds what four pairs would.
# All tests look at each page in one theme, at one of two pages by turns; the soak `looks` looks at each in both, at each
# width, and again from right to left.
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS: tuple[tuple[int, Literal["light", "dark"] | None], ...] = ((1440, "light"), (768, None), (360, "dark"))
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# What lies half under an open menu or a bar that stays in place is out of reach, until that closes or the page is scrolled.
BROKEN = """async options => {
    const stays = (one) => one && (["fixed", "sticky"].includes(getComputedStyle(one).position) || stays(one.parentElement));
    const floats = (one) => one.closest(".menu[open] > .items") || stays(one);
    const under = ({ target }) => {
        const one = document.querySelector(target.at(-1));
        const { left, right, top, bottom } = one.getBoundingClientRect();
        return [[left + 1, top + 1], [right - 1, top + 1], [left + 1, bottom - 1], [right - 1, bottom - 1]]
            .map(([x, y]) => document.elementFromPoint(x, y))
            .some((seen) => seen && !one.contains(seen) && !seen.contains(one) && floats(seen));
    };
    return (await axe.run(options)).violations
        .map(({ id, nodes }) => [id, id === "target-size" ? nodes.filter((one) => !under(one)) : nodes])
        .filter(([, nodes]) => nodes.length)
        .map(([id, nodes]) => `${id}: ${nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(" | ")}`);
}"""
# What sticks out of the window, or of a pane that is meant to scroll up and down alone.
OVERFLOWING = """() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide`);
    for (const one of document.querySelectorAll("body *")) {
        if (!one.checkVisibility()) continue;
        const style = getComputedStyle(one);
        const meant = one.matches(
            ".scroll, .stacked thead, .guide thead, .code, .tabs, .reasons, .wide, textarea, input, select, .out, .label,"
            + " .live .words, .rows .what, .rows .about > *, .facets, .facets .strong");
        if (style.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1 && one.clientWidth && !meant)
            found.push(`${one.tagName}.${one.className} hides ${one.scrollWidth - one.clientWidth} px`);
        const { left, right } = one.getBoundingClientRect();
        const end = root.dir === "rtl" ? innerWidth - left : right;
        if (end > innerWidth + 1 && !one.closest(".scroll, .code, .tabs, .facets, .reasons, .out"))
            found.push(`${one.tagName}.${one.className} ends at ${end}`);
        if (one.matches(".menu[open] > .items") && Math.min(left, innerWidth - right) < 0)
            found.push(`${one.tagName}.${one.className} is from ${left} to ${right}`);
    }
    return found.slice(0, 5);
}"""
TARGETS = "button, summary, select, input:not([type=hidden]), textarea, a.button, .tabs a, .rail a"
SMALL = """targets => [...document.querySelectorAll(targets)]
    .map(one => one.closest("label") ?? one)
    .filter(one => one.checkVisibility() && !one.closest(".out, .skip"))
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([one, box]) => Math.min(box.width, box.height) < 24)
    .map(([one, box]) => `${one.outerHTML.slice(0, 120)} is ${box.width} x ${box.height}`)"""
# Lines that stand in far more room than they fill.
HOLLOW = """() => [...document.querySelectorAll("main :is(p, h1, h2, h3)")]
    .filter(one => {
        const held = document.createRange();
        held.selectNodeContents(one);
        return one.checkVisibility() && one.getBoundingClientRect().height - held.getBoundingClientRect().height > 100;
    })
    .map(one => `${one.outerHTML.slice(0, 120)} is ${one.getBoundingClientRect().height} high`)"""
FOCUS = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const drawn = one.closest(".out") ? one.closest("label") : one;
    const style = getComputedStyle(drawn);
    const box = drawn.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
    return {
        what: one.outerHTML.slice(0, 120),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: drawn.contains(top) || (top?.contains(drawn) ?? false),
    };
}"""


@pytest.fixture(scope="module")
def everybody(browser: object, site: Site) -> Iterator[dict[str, Desk]]:
    """A browser each, for the whole file."""
    desks = Desks(browser, site)  # type: ignore[arg-type]
    yield {"nobody": desks.nobody(), "manager": desks.manager(), "owner": desks.owner()}
    desks.close()


@pytest.mark.parametrize("place", turns.each(PLACES, of=4, ids=[one.name for one in PLACES]))
def test_a_page_can_be_used_by_everybody_at_every_width_in_both_themes(
    everybody: dict[str, Desk], site: Site, place: Place
) -> None:
    desk = everybody[place.who]
    page = desk.page
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    place.show(desk, site)
    page.evaluate(AXE)
    theme_of_all = "light" if PLACES.index(place) // 2 % 2 else "dark"
    wrong = []
    for width, theme in LOOKS:
        wrong += look_at(page, width, THEMES if EVERY_LOOK else [theme] if theme == theme_of_all else [])
    if EVERY_LOOK and not place.language:
        turn_around(page, site)
        for width, theme in LOOKS:
            wrong += [f"from right to left, {one}" for one in look_at(page, width, [theme] if theme else [])]
    assert not wrong, "\n".join(dict.fromkeys(wrong))


def look_at(page: Page, width: int, themes: Sequence[Literal["light", "dark"]]) -> list[str]:
    """What is wrong at a width, and for whom in these themes."""
    page.set_viewport_size({"width": width, "height": 800})
    found = page.evaluate(OVERFLOWING) + page.evaluate(SMALL, TARGETS) + page.evaluate(HOLLOW)
    wrong = [f"at {width}: {one}" for one in found]
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        wrong += [f"at {width}, {theme}: {one}" for one in page.evaluate(BROKEN, RULES)]
    return wrong


def turn_around(page: Page, site: Site) -> None:
    """The same address in Arabic; what was open or said there before is not."""
    page.context.add_cookies([{"name": "axme_language", "value": "ar", "url": site.url}])
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.evaluate(AXE)


@pytest.mark.parametrize(("width", "least"), [(1440, 16), (360, 8)])  # on a phone a task stands alone
def test_the_focus_is_seen_wherever_the_tab_key_leads(desks: Desks, site: Site, width: int, least: int) -> None:
    maria = desks.manager(viewport={"width": width, "height": 740})
    maria.open(site.ask({"title": "Walk", "description": "word " * 390} | BOTH, REFUND))
    passed = list(walk(maria.page, 60))
    assert len(passed) >= least
    assert not [one for one in passed if not (one["ring"] and one["seen"])]


def test_a_field_that_is_half_under_the_bar_comes_out_from_under_it(maria: Desk, site: Site) -> None:
    maria.open(site.ask({"title": "Half under the bar"} | BOTH, {"amount": 12}))
    page = maria.page
    field, bar = page.locator("#new-comment"), page.locator("#decide-bar")
    page.set_viewport_size({"width": 1440, "height": round(edges(field)["y"]) + 40})
    assert edges(field)["y"] > edges(bar)["y"]
    tab_to(page, "#new-comment")
    assert edges(field)["y"] + edges(field)["height"] <= edges(bar)["y"]


def edges(shown: Locator) -> FloatRect:
    found = shown.bounding_box()
    assert found
    return found


def test_a_task_is_found_read_and_decided_by_keyboard_alone(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Only keys"} | BOTH, REFUND, deadline_at=soon())  # among the first of the list
    maria.look()
    page = maria.page
    tab_to(page, ".list .item")  # the list is one stop; in it the arrows lead on
    arrow_to(page, f"#row-{site.task_id(intent_id)} .item")
    page.keyboard.press("Enter")
    expect(page.locator("#task-title")).to_be_focused()
    tab_to(page, "[data-say]")
    page.keyboard.press("Enter")
    page.keyboard.type("Seen")
    expect(page.locator("#detail[data-seen=yes]")).to_be_visible()
    tab_to(page, ".row [name=outcome][value=approved]")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Approved · ")
    result = site.result(intent_id)
    assert (result["outcome"], result["comment"]) == ("approved", "Seen")


def walk(page: Page, most: int) -> Iterator[dict[str, object]]:
    """What has the focus after each press of Tab, until it leaves the page."""
    page.locator("body").focus()
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:
            return
        yield found


def arrow_to(page: Page, selector: str) -> None:
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows never reached {selector}")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never reached {selector}")
