"""Tasks that were decided or are over, that several decide, and that are many."""

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import BOTH, REFUND, asked, place, soon
from tests.browser.places.tasks import LONG


@place("task-held-to-the-end")
def held_to_the_end(desk: Desk, site: Site) -> None:
    """The time to undo it is over, and the server has not said yet that it took effect."""
    intent_id = asked(desk, site, {})
    desk.press("Approve")
    expect(desk.page.locator(".toast")).to_be_visible()
    desk.open(intent_id)
    desk.page.evaluate("() => { document.querySelector('form.countdown').dataset.until = '2020-01-01T00:00:00Z' }")
    expect(desk.page.get_by_role("button", name="Undo")).to_be_disabled()


@place("task-held")
def held(desk: Desk, site: Site) -> None:
    intent_id = asked(desk, site, {})
    desk.refuse()
    expect(desk.page.locator(".toast")).to_be_visible()
    desk.open(intent_id)


@place("task-decided-next-opens")
def decided(desk: Desk, site: Site) -> None:
    asked(desk, site, {})
    desk.press("Approve")
    expect(desk.page.locator(".toast")).to_be_visible()


@place("task-decided-by-another")
def decided_by_another(desk: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Decided by another"} | BOTH, REFUND, deadline_at=soon())  # among the first of the list
    desk.look()
    row = desk.row(intent_id)
    site.act("DEMO_OPS", intent_id, "decide", outcome="approved", comment="Checked with the warehouse")
    row.get_by_role("link").click()
    expect(desk.page.locator("#notices")).to_contain_text("Otto")


@place("task-expired")
def expired(desk: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Nobody answered"} | BOTH, REFUND, deadline_at=soon(0.05))
    desk.open(intent_id)
    expect(desk.page.locator("#notices")).to_contain_text("Expired without a decision")


@place("task-withdrawn")
def withdrawn(desk: Desk, site: Site) -> None:
    intent_id = asked(desk, site, {})
    site.cancel(intent_id)
    desk.open(intent_id)


@place("task-votes")
def voted_on(desk: Desk, site: Site) -> None:
    """Two stages, the first with a vote in."""
    finance = {"name": "Finance and accounting"} | BOTH | {"quorum": 2}
    stages = [finance, {"name": "Management"} | BOTH]
    intent_id = site.ask(
        {"title": "Sign the contract with Donau Maschinenbau?", "stages": stages}, REFUND, deadline_at=soon(90)
    )
    site.act("DEMO_OPS", intent_id, "decide", outcome="approved", comment="The budget has it.")
    desk.open(intent_id)
    expect(desk.page.locator("#voting-now")).to_contain_text("1 of 2")


@place("task-table")
def table(desk: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Order 60 gearboxes?"} | BOTH, LONG, deadline_at=soon(2000))
    desk.look(f"/inbox/{site.task_id(intent_id)}/table?at=/lines")
    expect(desk.page.locator("tbody tr")).to_have_count(60)


@place("inbox-alike")
def alike(desk: Desk, site: Site) -> None:
    """Some that are the same but for an id, and rows with all that a row can have."""
    due = soon(45)
    for number in range(6):
        task = {"title": f"Close the dormant account {number} of ACME"} | BOTH
        site.ask(task, {"account_id": str(number), "customer": "ACME"}, deadline_at=due)
    several = {
        "title": "يرجى الموافقة على الدفع للمورد",
        "quorum": 2,
        "risk": "critical",
        "separation_of_duties": False,
    } | BOTH
    site.ask(several, REFUND, deadline_at=due)
    site.ask({"title": "Pay " + "a very long title " * 13, "risk": "medium"} | BOTH, LONG, deadline_at=due)
    desk.look()
    summary = desk.page.locator(".same summary").first
    summary.click()
    expect(desk.page.locator(".same .item").first).to_be_visible()
