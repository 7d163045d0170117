"""A decision is never an accident: not by a press too many, not by a key that was held, not about a task that nobody saw."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import turns
from tests.browser import fast_hand
from tests.browser.conftest import Desk, Desks, Site
from tests.browser.hands import asked, decided, hurried, middle, ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.parametrize("gaps", turns.each([[330, 330], [50, 150], [900], [600, 600, 600]], of=2))
def test_presses_at_one_place_decide_exactly_one_task(maria: Desk, site: Site, gaps: list[int]) -> None:
    def press(pace: float) -> None:
        x, y = middle(maria)
        maria.page.mouse.move(x, y)
        maria.page.mouse.click(x, y)
        for gap in gaps:
            maria.page.wait_for_timeout(gap * pace)  # what is tried, not a wait for something
            maria.page.mouse.click(x, y)

    intents, _ = hurried(maria, site, 4, press)
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    ready(maria)
    assert decided(site, intents) == 1
    site.leave(intents)


def test_the_next_task_is_decided_once_it_was_on_screen_for_a_second_wherever_the_pointer_is(
    maria: Desk, site: Site
) -> None:
    def press(_pace: float) -> tuple[float, float, bool]:
        x, y = middle(maria)
        maria.page.mouse.click(x, y)
        expect(maria.page.locator("#task-title")).to_have_text("Row 1")
        inert: bool = maria.page.locator("#decide-bar .row > .outcomes").evaluate("one => one.inert")
        maria.page.mouse.click(x, y)
        return x, y, inert

    intents, (x, y, inert) = hurried(maria, site, 3, press)
    assert inert
    maria.page.mouse.move(x + 12, y)
    ready(maria)
    maria.page.mouse.click(x, y)
    expect(maria.page.locator("#task-title")).to_have_text("Row 2")
    assert decided(site, intents) == 2
    site.leave(intents)


@pytest.mark.parametrize("kind", list(fast_hand.HANDS))
def test_nothing_is_decided_that_was_not_on_screen_for_a_second_by_however_fast_a_hand(
    desks: Desks, site: Site, kind: str
) -> None:
    seed = int(time.time())
    print(f"seed {seed}")
    somebody = desks.manager(**(fast_hand.PHONE if kind == "finger" else {}))
    usual = ("a", "a", 50) if kind == "keys" else ("approve", "approve twice", 200)
    found = fast_hand.act(somebody, site, kind, [usual, *fast_hand.sample(kind, 3, seed)], tell=print, stock=13)
    assert found.unseen == []
    assert found.sequences == 4
    assert found.answers


@pytest.mark.parametrize("gap", [60, 800])
def test_a_key_that_is_pressed_again_or_held_decides_exactly_one_task(maria: Desk, site: Site, gap: int) -> None:
    def press(pace: float) -> None:
        keyboard = maria.page.keyboard
        for _ in range(3):
            keyboard.down("a")
            keyboard.down("a")  # as its repeats come
            keyboard.up("a")
            maria.page.wait_for_timeout(gap * pace)

    intents, _ = hurried(maria, site, 4, press)
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    ready(maria)
    assert decided(site, intents) == 1
    site.leave(intents)


def test_enter_that_is_held_on_a_button_decides_exactly_one_task(maria: Desk, site: Site) -> None:
    def press(pace: float) -> None:
        maria.page.get_by_role("button", name="Approve", exact=True).focus()
        for _ in range(8):
            maria.page.keyboard.down("Enter")
            maria.page.wait_for_timeout(60 * pace)
        maria.page.keyboard.up("Enter")

    intents, _ = hurried(maria, site, 3, press)
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    assert decided(site, intents) == 1
    site.leave(intents)


def test_enter_in_a_field_of_the_answer_decides_nothing(maria: Desk, site: Site) -> None:
    schema = {"type": "object", "properties": {"limit": {"type": "number", "title": "Limit"}}}
    (intent_id,) = intents = asked(site, 1, form_schema=schema)
    maria.open(intent_id)
    ready(maria)
    maria.page.get_by_label("Limit").fill("5")
    maria.page.keyboard.press("Enter")
    ready(maria)
    expect(maria.page.locator(".toast")).to_have_count(0)
    assert decided(site, intents) == 0
    site.leave(intents)


def test_keys_act_on_the_task_that_has_the_focus_and_on_no_other(maria: Desk, site: Site) -> None:
    intents = asked(site, 3)
    maria.open(intents[0])
    ready(maria)
    page = maria.page
    # While the next one cannot come, the ring is on it already.
    held: list[Any] = []

    def keep(route: Any) -> None:
        held.append(route)

    page.route(f"**/inbox/{site.task_id(intents[1])}*", keep)
    page.keyboard.press("j")
    expect(maria.row(intents[1]).get_by_role("link")).to_be_focused()
    page.keyboard.press("a")
    page.wait_for_function("() => document.querySelector('.htmx-request')")
    page.keyboard.press("a")
    assert decided(site, intents) == 0
    for route in held:
        route.continue_()
    page.unroute(f"**/inbox/{site.task_id(intents[1])}*")
    expect(page.locator("#task-title")).to_have_text("Row 1")
    expect(maria.row(intents[1]).get_by_role("link")).to_be_focused()
    ready(maria)
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("Approved · Row 1")
    assert [site.state(one) for one in intents] == ["open", "held", "open"]
    site.leave(intents)


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("ArrowDown", "ArrowUp")])
def test_going_through_the_list_by_keys_opens_what_is_reached(maria: Desk, site: Site, down: str, up: str) -> None:
    intents = asked(site, 4)
    maria.open(intents[0])
    page = maria.page
    maria.row(intents[0]).get_by_role("link").focus()
    for key, at in ((down, 1), (down, 2), (up, 1)):
        page.keyboard.press(key)
        expect(page.locator("#task-title")).to_have_text(f"Row {at}")
        link = maria.row(intents[at]).get_by_role("link")
        expect(link).to_be_focused()
        expect(link).to_have_attribute("aria-current", "true")
    for _ in range(2):
        page.keyboard.press(down)
    expect(page.locator("#task-title")).to_have_text("Row 3")
    site.leave(intents)
