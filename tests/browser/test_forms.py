"""A manager fills in forms in the browser: what is typed is what is sent, and a refusal is seen at once."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.test_deciding import soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

TEXT = {"type": "string"}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"qty": {"type": "integer", "minimum": 1}}}}


def ask(site: Site, **schema: Any) -> str:
    task = {"task_type": "form", "title": "Please fill this in", "form_schema": {"type": "object"} | schema}
    return site.ask(task, deadline_at=soon())


def test_what_is_typed_arrives_whatever_its_keys_are_like(maria: Desk, site: Site) -> None:
    keys = ["a.b", 'size 12"', "line\nbreak", "a b", "a-b"]
    intent_id = ask(site, properties=dict.fromkeys(keys, TEXT) | {"a": {"type": "object", "properties": {"b": TEXT}}})
    maria.open(intent_id)
    boxes = maria.page.locator("#decide-form textarea")
    for place in range(6):
        boxes.nth(place).fill(f"{place}: ä\nand more")
    maria.press("Send answers")
    expect(maria.page.locator(".toast")).to_contain_text("Answered ·")
    typed = [f"{place}: ä\nand more" for place in range(6)]
    assert site.result(intent_id)["data"] == dict(zip(keys, typed[:5], strict=True)) | {"a": {"b": typed[5]}}


def test_a_number_is_never_another_one_than_was_typed(maria: Desk, site: Site) -> None:
    intent_id = ask(site, properties={"pieces": {"type": "integer"}, "price": {"type": "number"}})
    maria.open(intent_id)
    pieces, price = maria.page.get_by_label("Pieces"), maria.page.get_by_label("Price")
    pieces.press_sequentially("1,5")
    price.press_sequentially("0x10")
    maria.press("Send answers")
    expect(maria.page.get_by_text("Must be a whole number")).to_be_visible()
    expect(pieces).to_have_value("1,5")
    expect(pieces).to_be_focused()
    pieces.fill("-15")
    price.fill("1.5")
    maria.press("Send answers")
    expect(maria.page.locator(".toast")).to_contain_text("Answered ·")
    assert site.result(intent_id)["data"] == {"pieces": -15, "price": 1.5}


def test_a_refusal_is_seen_at_once_whatever_it_is_about(maria: Desk, site: Site) -> None:
    many = {f"note {number}": TEXT for number in range(20)}
    intent_id = ask(site, properties=many | {"rows": ROWS, "mailbox": TEXT | {"format": "email"}}, minProperties=2)
    maria.open(intent_id)
    page = maria.page
    maria.press("Send answers")
    problem = page.locator("#problem")
    expect(problem).to_contain_text("Must hold at least 2 fields")
    expect(problem).to_be_focused()
    expect(problem).to_be_in_viewport()
    page.get_by_label("Rows").fill('[{"qty": 0}]')
    page.get_by_label("Mailbox").fill("nobody")
    maria.press("Send answers")
    wrong = page.get_by_text("Item 1, qty: must be at least 1")
    expect(wrong).to_be_visible()
    expect(page.get_by_label("Rows")).to_be_focused()
    expect(page.get_by_text("Must be an email address")).to_be_visible()
    page.get_by_label("Rows").fill('[{"qty": 2}]')
    page.get_by_label("Mailbox").fill("ann@müller.example")
    maria.press("Send answers")
    expect(page.locator(".toast")).to_contain_text("Answered ·")
    assert site.result(intent_id)["data"] == {"rows": [{"qty": 2}], "mailbox": "ann@müller.example"}


def test_a_date_typed_in_part_is_refused_and_not_left_out(maria: Desk, site: Site) -> None:
    intent_id = ask(site, properties={"day": TEXT | {"format": "date"}})
    maria.open(intent_id)
    day = maria.page.get_by_label("Day")
    day.press_sequentially("12")
    maria.press("Send answers")
    expect(maria.page.get_by_text("Must be a date like 2030-01-31")).to_be_visible()
    maria.page.get_by_label("Day").fill("2030-12-24")
    maria.press("Send answers")
    expect(maria.page.locator(".toast")).to_contain_text("Answered ·")
    assert site.result(intent_id)["data"] == {"day": "2030-12-24"}


def test_of_several_objects_the_chosen_one_is_shown_and_sent(maria: Desk, site: Site) -> None:
    card = {"properties": {"kind": {"const": "card"}, "number": TEXT}, "required": ["kind", "number"]}
    account = {"properties": {"kind": {"const": "account"}, "iban": TEXT}, "required": ["kind", "iban"]}
    intent_id = ask(site, oneOf=[{"type": "object"} | card, {"type": "object"} | account])
    maria.open(intent_id)
    page = maria.page
    expect(page.get_by_label("Number")).to_be_hidden()
    maria.press("Send answers")
    expect(page.get_by_text("Choose one of these")).to_be_visible()
    page.get_by_label("Card").check()
    page.get_by_label("Number").fill("4111")
    page.get_by_label("Account").check()
    expect(page.get_by_label("Number")).to_be_hidden()
    page.get_by_label("IBAN").fill("DE00")
    maria.press("Send answers")
    expect(page.locator(".toast")).to_contain_text("Answered ·")
    assert site.result(intent_id)["data"] == {"kind": "account", "iban": "DE00"}
