"""A decision is never an accident: not by a press too many, not by a key that was held, not about a task that nobody saw."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Desks, Site
from tests.browser.places import BOTH, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

STILL_MS = 1000
"""Of `static/js/guard.js`: whoever rests for so long has seen what came."""


def asked(site: Site, count: int, **fields: Any) -> list[str]:
    """So many tasks that stand at the top of the list, one after the other."""
    intents = [site.ask({"title": f"Row {n}"} | BOTH | fields, deadline_at=soon(1.5 + n / 20)) for n in range(count)]
    for one in intents:
        site.task_id(one)
    return intents


def decided(site: Site, intents: list[str]) -> int:
    return sum(site.state(one) in ("held", "decided") for one in intents)


def ready(desk: Desk) -> None:
    expect(desk.page.locator("#detail")).to_have_attribute("data-seen", "yes")


def end(site: Site, intents: list[str]) -> None:
    """Leave the list to others."""
    for one in intents:
        if site.intent(one)["status"] == "WAITING":
            site.cancel(one)


def middle(desk: Desk, name: str = "Approve") -> tuple[float, float]:
    box: Any = desk.page.get_by_role("button", name=name, exact=True).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("gaps", [[330, 330], [50, 150], [900], [600, 600, 600]], ids=str)
def test_presses_at_one_place_decide_exactly_one_task(maria: Desk, site: Site, gaps: list[int]) -> None:
    for _ in range(5):
        intents = asked(site, 4)
        maria.open(intents[0])
        ready(maria)
        x, y = middle(maria)
        maria.page.evaluate("window.pressed = []; addEventListener('pointerdown', () => pressed.push(performance.now()))")
        maria.page.mouse.move(x, y)
        maria.page.mouse.click(x, y)
        for gap in gaps:
            maria.page.wait_for_timeout(gap)  # what is tried, not a wait for something
            maria.page.mouse.click(x, y)
        expect(maria.page.locator("#task-title")).not_to_have_text("Row 0")
        pressed = maria.page.evaluate("pressed")
        if max(after - before for before, after in pairwise(pressed)) < STILL_MS:
            break
        end(site, intents)  # so slow a machine let the pointer rest: this says nothing
    else:
        pytest.fail("five times in a row the machine was too slow to press twice within a second")
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    ready(maria)
    assert decided(site, intents) == 1
    end(site, intents)


def test_the_next_task_is_decided_once_the_pointer_has_moved_or_rested(maria: Desk, site: Site) -> None:
    for _ in range(5):
        intents = asked(site, 3)
        maria.open(intents[0])
        ready(maria)
        x, y = middle(maria)
        maria.page.evaluate("window.pressed = []; addEventListener('pointerdown', () => pressed.push(performance.now()))")
        maria.page.mouse.click(x, y)
        expect(maria.page.locator("#task-title")).to_have_text("Row 1")
        inert = maria.page.locator("#decide-bar .outcomes").evaluate("one => one.inert")
        maria.page.mouse.click(x, y)
        first, second = maria.page.evaluate("pressed")
        if second - first < STILL_MS:
            break
        end(site, intents)  # so slow a machine let the pointer rest: this says nothing
    else:
        pytest.fail("five times in a row the machine was too slow to press twice within a second")
    assert inert
    maria.page.mouse.move(x + 12, y)
    ready(maria)
    maria.page.mouse.click(x, y)
    expect(maria.page.locator("#task-title")).to_have_text("Row 2")
    assert decided(site, intents) == 2
    end(site, intents)


@pytest.mark.parametrize("gap", [80, 330])
def test_touches_at_one_place_decide_exactly_one_task(desks: Desks, site: Site, gap: int) -> None:
    maria = desks.manager(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    intents = asked(site, 4)
    maria.open(intents[0])
    ready(maria)
    x, y = middle(maria)
    for _ in range(3):
        maria.page.touchscreen.tap(x, y)
        maria.page.wait_for_timeout(gap)
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    ready(maria)
    assert decided(site, intents) == 1
    end(site, intents)


@pytest.mark.parametrize("gap", [60, 800])
def test_a_key_that_is_pressed_again_or_held_decides_exactly_one_task(maria: Desk, site: Site, gap: int) -> None:
    intents = asked(site, 4)
    maria.open(intents[0])
    ready(maria)
    keyboard = maria.page.keyboard
    for _ in range(3):
        keyboard.down("a")
        keyboard.down("a")  # as its repeats come
        keyboard.up("a")
        maria.page.wait_for_timeout(gap)
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    ready(maria)
    assert decided(site, intents) == 1
    end(site, intents)


def test_enter_that_is_held_on_a_button_decides_exactly_one_task(maria: Desk, site: Site) -> None:
    intents = asked(site, 3)
    maria.open(intents[0])
    ready(maria)
    maria.page.get_by_role("button", name="Approve", exact=True).focus()
    for _ in range(8):
        maria.page.keyboard.down("Enter")
        maria.page.wait_for_timeout(60)
    maria.page.keyboard.up("Enter")
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    assert decided(site, intents) == 1
    end(site, intents)


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
    end(site, intents)


@pytest.mark.parametrize("gaps", [[330, 330], [900]], ids=str)
def test_more_presses_at_the_place_of_the_button_do_not_confirm_what_is_risky(
    maria: Desk, site: Site, gaps: list[int]
) -> None:
    (intent_id,) = intents = asked(site, 1, risk="high", separation_of_duties=False)
    maria.open(intent_id)
    ready(maria)
    x, y = middle(maria)
    maria.page.mouse.click(x, y)
    for gap in gaps:
        maria.page.wait_for_timeout(gap)
        maria.page.mouse.click(x, y)
    dialog = maria.page.get_by_role("dialog", name="Approve: Row 0?")
    expect(dialog).to_contain_text("Takes effect immediately and can't be undone.")
    assert decided(site, intents) == 0
    ready(maria)
    dialog.get_by_role("button", name="Yes, approve").click()
    expect(maria.page.locator(".toast")).to_contain_text("Approved · Row 0")
    assert decided(site, intents) == 1


def test_what_is_critical_is_confirmed_by_holding_the_button(maria: Desk, site: Site) -> None:
    (intent_id,) = intents = asked(site, 1, risk="critical", separation_of_duties=False)
    maria.open(intent_id)
    maria.press("Approve")
    button = maria.page.get_by_role("button", name="Yes, approve")
    expect(button).to_be_visible()
    ready(maria)
    button.click()
    button.hover()
    maria.page.mouse.down()
    maria.page.mouse.move(5, 5)  # away before the second is over
    maria.page.mouse.up()
    expect(button).not_to_have_attribute("data-holding", "")
    assert decided(site, intents) == 0
    button.hover()
    maria.page.mouse.down()
    expect(maria.page.locator(".toast")).to_contain_text("Approved · Row 0")
    maria.page.mouse.up()
    assert decided(site, intents) == 1


def test_what_is_critical_is_confirmed_by_holding_its_key_and_escape_goes_back(maria: Desk, site: Site) -> None:
    (intent_id,) = intents = asked(site, 1, risk="critical", separation_of_duties=False)
    maria.open(intent_id)
    maria.page.get_by_placeholder("Add a comment (optional)").fill("Seen twice")
    for confirmed in (False, True):
        maria.press("Approve")
        button = maria.page.get_by_role("button", name="Yes, approve")
        expect(button).to_be_visible()
        ready(maria)
        button.focus()
        if not confirmed:
            maria.page.keyboard.press("Enter")
            maria.page.keyboard.press("Escape")
            expect(maria.page.get_by_role("dialog")).to_have_count(0)
            expect(maria.page.locator("#comment")).to_have_value("Seen twice")
            assert decided(site, intents) == 0
        else:
            maria.page.keyboard.down("Enter")
            expect(maria.page.locator(".toast")).to_contain_text("Approved · Row 0")
            maria.page.keyboard.up("Enter")
    assert decided(site, intents) == 1


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_what_is_critical_is_confirmed_by_typing_the_amount(desks: Desks, site: Site, javascript: bool) -> None:
    maria = desks.manager(java_script_enabled=javascript)
    task = {"title": "Row 0", "risk": "critical", "separation_of_duties": False} | BOTH
    intent_id = site.ask(task, {"amount": 9000, "currency": "EUR"}, deadline_at=soon(1.5))
    site.task_id(intent_id)
    maria.open(intent_id)
    maria.press("Approve")
    for typed, count in (("900", 0), ("9,000", 1)):
        maria.page.locator("#typed").fill(typed)
        maria.page.get_by_role("button", name="Yes, approve").click()
        if not count:
            expect(maria.page.get_by_text("Type “9,000.00 EUR” to confirm.")).to_be_visible()
        else:
            expect(maria.page.get_by_text("Approved by you" if not javascript else "Approved").first).to_be_visible()
        assert decided(site, [intent_id]) == count


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
    end(site, intents)


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
    end(site, intents)
