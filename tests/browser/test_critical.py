"""What is risky or critical takes more than a press: it is confirmed, held, or its amount typed."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Desks, Site
from tests.browser.hands import asked, decided, middle, ready
from tests.browser.places import BOTH, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


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
    maria.write("Seen twice")
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
    intent_id = site.ask(task, {"amount": 9000, "currency": "EUR"}, deadline_at=soon(20))
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
