"""A manager decides in the browser, and the agent has the answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests import turns
from tests.browser.conftest import Desk, Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

FORM = {
    "type": "object",
    "required": ["laptop", "budget"],
    "properties": {
        "laptop": {"enum": ["small", "large"], "title": "Laptop"},
        "budget": {"type": "number", "minimum": 100, "title": "Budget"},
        "remote": {"type": "boolean", "title": "Works remotely"},
        "address": {"type": "object", "title": "Address", "properties": {"city": {"type": "string", "maxLength": 80}}},
    },
}


FOR_FINGERS = "button, summary, select, input:not([type=hidden]), textarea, .tabs a, .rail a"
SHORT = """targets => [...document.querySelectorAll(targets)]
    .map(one => one.closest("label") ?? one)
    .filter(one => one.checkVisibility() && !one.closest(".out, .skip") && one.getBoundingClientRect().height < 44)
    .map(one => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    ("kind", "button", "outcome"),
    turns.each(
        [
            ("approval", "Approve", "approved"),
            ("approval", "Reject", "rejected"),
            ("review", "Request changes", "changes_requested"),
            ("confirmation", "Confirm", "confirmed"),
            ("assignment", "Assign", "assigned"),
            ("form", "Send answers", "submitted"),
            ("clarification", "Send answer", "provided"),
            ("manual_action", "Mark as done", "completed"),
            ("override", "Override", "override_approved"),
        ],
        of=3,
    ),
)
def test_each_kind_is_decided_from_the_list_to_the_agents_result(
    maria: Desk, site: Site, kind: str, button: str, outcome: str
) -> None:
    intent_id = site.ask({"task_type": kind, "title": f"Something of kind {kind}"}, deadline_at=soon())
    maria.page.goto(f"{site.url}/inbox")
    maria.row(intent_id).get_by_role("link").click()
    expect(maria.page.locator("#task-title")).to_have_text(f"Something of kind {kind}")
    maria.write("As agreed")
    if button == "Reject":
        maria.refuse()
    else:
        maria.press(button)
    expect(maria.page.locator(".toast")).to_contain_text(f" · Something of kind {kind}")
    result = site.result(intent_id)
    assert (result["outcome"], result["comment"]) == (outcome, "As agreed")


def test_a_form_tells_what_is_wrong_beside_each_field_and_keeps_what_was_typed(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"task_type": "form", "title": "Equipment", "form_schema": FORM}, deadline_at=soon())
    maria.open(intent_id)
    page = maria.page
    page.get_by_label("Budget").fill("50")
    page.get_by_label("City").fill("Riga")
    maria.press("Send answers")
    expect(page.get_by_text("must be at least 100")).to_be_visible()
    expect(page.get_by_text("this field is required")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value("Riga")
    page.get_by_label("Budget").fill("1500.50")
    page.get_by_label("Large").check()
    page.get_by_role("switch", name="Works remotely").check()
    maria.press("Send answers")
    expect(page.locator(".toast")).to_contain_text("Answered · ")
    assert site.result(intent_id)["data"] == {
        "laptop": "large",
        "budget": 1500.5,
        "remote": True,
        "address": {"city": "Riga"},
    }


def test_a_comment_that_is_needed_is_asked_for(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Why?", "required_comment": True}, deadline_at=soon())
    maria.open(intent_id)
    maria.press("Approve")
    why = maria.page.get_by_role("dialog", name="Why?")
    expect(why.get_by_placeholder("Say why")).to_be_focused()
    why.get_by_role("button", name="Approve").click()
    expect(maria.page.get_by_text("this decision requires a comment")).to_be_visible()
    maria.write("Checked with legal")
    maria.press("Approve")
    expect(maria.page.locator(".toast")).to_be_visible()
    assert site.result(intent_id)["comment"] == "Checked with legal"


def test_a_reason_becomes_the_comment_of_a_refusal(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Refund"}, deadline_at=soon())
    maria.open(intent_id)
    maria.refuse("Wrong amount")
    expect(maria.page.locator(".toast")).to_contain_text("Rejected · ")
    assert site.result(intent_id)["comment"] == "Wrong amount"


def test_a_reason_is_taken_back_by_choosing_it_once_more(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "No reason"}, deadline_at=soon())
    maria.open(intent_id)
    maria.press("Reject")
    reason = maria.page.get_by_label("Wrong amount")
    expect(reason).to_be_focused()
    maria.page.get_by_text("Wrong amount").click()
    expect(reason).to_be_checked()
    reason.press("Space")
    expect(reason).not_to_be_checked()
    reason.press("Enter")  # sends nothing
    maria.page.keyboard.press("Escape")
    maria.refuse()
    expect(maria.page.locator(".toast")).to_contain_text("Rejected · ")
    assert not site.result(intent_id).get("comment")


def test_a_decision_can_be_undone_while_it_is_held(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Undo me"})
    maria.open(intent_id)
    maria.refuse()
    maria.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(maria.page.locator("#task-title")).to_have_text("Undo me")
    assert site.intent(intent_id)["status"] == "WAITING"
    # What was taken back would have taken effect before this does.
    maria.press("Approve")
    expect(maria.page.locator(".toast").first).to_contain_text("Approved · ")
    assert site.result(intent_id)["outcome"] == "approved"


def test_high_risk_is_asked_about_once_more_and_takes_effect_at_once(maria: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Delete the customer", "risk": "high", "separation_of_duties": False})
    maria.open(intent_id)
    maria.write("Asked twice")
    maria.press("Approve")
    expect(maria.page.get_by_role("dialog", name="Approve: Delete the customer?")).to_be_visible()
    assert site.intent(intent_id)["status"] == "WAITING"
    maria.press("Yes, approve")
    expect(maria.page.locator(".toast")).to_contain_text("Approved · ")
    assert site.intent(intent_id)["result"]["comment"] == "Asked twice"


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_who_signed_in_long_ago_decides_what_is_risky_with_the_password(desks: Desks, site: Site, javascript: bool) -> None:
    password = site.embedded.keys["DEMO_MANAGER_PASSWORD"]
    maria = desks.nobody(java_script_enabled=javascript)
    maria.email = site.embedded.keys["DEMO_MANAGER_EMAIL"]
    maria.sign_in(password)
    forget_the_password(maria, site)
    intent_id = site.ask({"title": "Delete the customer", "risk": "high", "separation_of_duties": False})
    maria.open(intent_id)
    maria.write("Asked for by the customer")
    maria.press("Approve")
    field = maria.page.get_by_label("Your password")
    for typed in ("not it", password):
        assert site.intent(intent_id)["status"] == "WAITING"
        field.fill(typed)
        maria.press("Yes, approve")
        if typed != password:
            expect(maria.page.get_by_text("This is not your password.")).to_be_visible()
    expect(maria.page.get_by_text("Approved by you").first).to_be_visible()
    assert site.result(intent_id)["comment"] == "Asked for by the customer"


def forget_the_password(desk: Desk, site: Site) -> None:
    """As if it had been given long ago."""
    (key,) = (str(one["value"]) for one in desk.page.context.cookies() if str(one["name"]).endswith("session"))
    site.manage(
        "shell",
        "--command",
        "from intents.accounts.sessions import SessionStore; "
        f"session = SessionStore({key!r}); session['account_authentication_methods'] = []; session.save()",
    )


def test_of_two_who_decide_the_second_sees_who_was_first(desks: Desks, site: Site) -> None:
    both = {"assignees": ["manager@myorg.example", "ops@myorg.example"]}
    intent_id = site.ask({"title": "Both may"} | both)
    maria, otto = desks.manager(), desks.ops()
    for desk in (maria, otto):
        desk.open(intent_id)
    # The second page is told nothing, as if its connection hung.
    otto.page.evaluate("() => document.querySelector('#decide-form').dataset.kept = 'yes'")
    otto.page.context.set_offline(True)
    maria.press("Approve")
    expect(maria.page.locator(".toast")).to_be_visible()
    otto.page.context.set_offline(False)
    # In one step, as the page may hear of it and drop its form now; the list has answers of its own, for what is selected.
    otto.page.evaluate(
        "() => document.querySelector('#decide-form')"
        "?.requestSubmit(document.querySelector('[form=decide-form][name=outcome]'))"
    )
    expect(otto.page.locator("#notices")).to_contain_text("Maria Manager decided this: Approved")
    assert site.result(intent_id)["outcome"] == "approved"
    otto.problems[:] = [problem for problem in otto.problems if "ERR_INTERNET_DISCONNECTED" not in problem]


def test_without_javascript_one_reads_and_decides(desks: Desks, site: Site) -> None:
    maria = desks.manager(java_script_enabled=False)
    intent_id = site.ask(
        {"title": "Plain pages", "task_type": "form", "form_schema": FORM}, {"amount": 12, "currency": "EUR"}
    )
    maria.page.goto(f"{site.url}/inbox")
    maria.row(intent_id).get_by_role("link").click()
    expect(maria.page.get_by_text("12.00 EUR").first).to_be_visible()
    maria.press("Send answers")
    expect(maria.page.get_by_text("this field is required").first).to_be_visible()
    maria.page.get_by_label("Small").check()
    maria.page.get_by_label("Budget").fill("200")
    maria.press("Send answers")
    expect(maria.page.get_by_text("You decided this: Answered").first).to_be_visible()
    expect(maria.page.get_by_role("button", name="Undo")).to_be_visible()
    assert site.result(intent_id)["data"]["budget"] == 200


def test_on_a_phone_the_list_gives_way_to_the_task_and_its_bar_is_in_reach(desks: Desks, site: Site) -> None:
    maria = desks.manager(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    intent_id = site.ask({"title": "On the road", "description": "word " * 390}, deadline_at=soon())
    page = maria.page
    page.goto(f"{site.url}/inbox")
    assert page.evaluate(SHORT, FOR_FINGERS) == []
    maria.row(intent_id).get_by_role("link").tap()
    expect(page.locator("#list")).to_be_hidden()
    assert page.evaluate(SHORT, FOR_FINGERS) == []
    approve = page.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_in_viewport(ratio=1)
    box: Any = approve.bounding_box()
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    approve.tap()
    expect(page.locator(".toast")).to_be_in_viewport()
    assert site.result(intent_id)["outcome"] == "approved"


def soon() -> str:
    """Within a minute: the row is among the first of the list, and what is decided then is not held for undo."""
    return (datetime.now(UTC) + timedelta(seconds=58)).isoformat()
