"""What follows a decision: the next row of the list as it stands, or what the person has chosen instead."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.hands import asked, decided, ready
from tests.browser.places import BOTH, soon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def chosen(maria: Desk) -> Iterator[Desk]:
    """Maria, who sees the next task again when this is over."""
    yield maria
    choose(maria, "Open the next task")


def choose(desk: Desk, words: str) -> None:
    desk.look("/settings/profile")
    desk.page.get_by_label(words).check()
    desk.press("Save profile")
    expect(desk.page.get_by_text("Saved").first).to_be_visible()


def decide(desk: Desk, title: str) -> None:
    """Approve the task that is open."""
    expect(desk.page.locator("#task-title")).to_have_text(title)
    ready(desk)
    desk.press("Approve")
    expect(desk.page.locator(".toast").first).to_contain_text(f"Approved · {title}")


def test_the_next_task_is_the_row_below_and_at_the_end_of_the_list_the_one_above(maria: Desk, site: Site) -> None:
    rows = asked(site, 3, title="Okapi")
    maria.look("/inbox?q=okapi")
    ids = maria.page.locator("#rows li[data-task]").evaluate_all("rows => rows.map(one => one.dataset.task)")
    assert ids == [site.task_id(one) for one in rows]
    opened = maria.page.locator("#task")
    maria.row(rows[1]).get_by_role("link").click()
    for now, then in ((1, 2), (2, 0)):
        expect(opened).to_have_attribute("data-task", ids[now])
        decide(maria, "Okapi")
        expect(opened).to_have_attribute("data-task", ids[then])
        expect(maria.row(rows[then]).get_by_role("link")).to_have_attribute("aria-current", "true")
        expect(maria.page).to_have_url(f"{site.url}/inbox/{ids[then]}?q=okapi")
    decide(maria, "Okapi")
    expect(maria.page.get_by_role("heading", name="Done with this search")).to_be_visible()
    assert decided(site, rows) == 3


def test_what_came_meanwhile_is_not_the_next_task(maria: Desk, site: Site) -> None:
    rows = asked(site, 2)
    maria.look()
    maria.row(rows[0]).get_by_role("link").click()
    expect(maria.page.locator("#live")).to_have_text("Live")
    newcomer = site.ask({"title": "Newcomer"} | BOTH, deadline_at=soon(20.01))
    expect(maria.page.locator("#pill")).to_be_visible()
    decide(maria, "Row 0")
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    expect(maria.page.locator("#pill")).to_be_visible()
    site.leave([rows[1], newcomer])


def test_back_leads_from_the_next_task_to_the_one_that_was_decided(maria: Desk, site: Site) -> None:
    rows = asked(site, 2)
    maria.look()
    maria.row(rows[0]).get_by_role("link").click()
    decide(maria, "Row 0")
    expect(maria.page.locator("#task-title")).to_have_text("Row 1")
    maria.page.go_back()
    expect(maria.page.locator("#task-title")).to_have_text("Row 0")
    expect(maria.page.locator("#notices")).to_contain_text("You decided this: Approved")
    site.leave(rows[1:])


def test_who_wants_to_stay_sees_what_they_decided_and_may_undo_it(chosen: Desk, site: Site) -> None:
    choose(chosen, "Stay on the task")
    rows = asked(site, 2)
    chosen.open(rows[0])
    decide(chosen, "Row 0")
    expect(chosen.page.locator("#notices")).to_contain_text("You decided this: Approved")
    expect(chosen.page).to_have_url(f"{site.url}/inbox/{site.task_id(rows[0])}")
    chosen.page.locator("#decide-bar").get_by_role("button", name="Undo").click()
    expect(chosen.page.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    assert site.state(rows[0]) == "open"
    site.leave(rows)


def test_who_wants_the_list_gets_it_where_it_was(chosen: Desk, site: Site) -> None:
    choose(chosen, "Go back to the list")
    rows = asked(site, 2)
    chosen.look()
    chosen.row(rows[0]).get_by_role("link").click()
    decide(chosen, "Row 0")
    expect(chosen.page.locator("#nothing-title")).to_be_visible()
    expect(chosen.page).to_have_url(f"{site.url}/inbox")
    expect(chosen.row(rows[0])).to_contain_text("Approved by you")
    site.leave(rows[1:])
