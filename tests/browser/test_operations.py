"""The list of intents on an open page: it follows what happens, and leaves alone what somebody is at."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Desks, Site
from tests.browser.places.base import owners

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SOON_MS = 30_000


def test_the_list_of_intents_follows_what_happens_and_completes_what_is_typed(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    olivia.look("/operations/intents?q=type:refund+live-list")
    expect(page.locator("#live")).to_contain_text("Live")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    intent_id = site.ask({"title": "live-list"})
    row = page.locator(f'tr[data-intent="{intent_id}"]')
    expect(row).to_contain_text("Waiting for people", timeout=SOON_MS)
    expect(page.locator("#total")).to_have_text("1 intent")
    page.locator("#q").fill("is:wai")
    expect(page.locator("#suggestions option").first).to_have_attribute("value", "is:waiting")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    expect(page.get_by_text("History intact")).to_be_visible()
    expect(page.locator("rect[data-open]")).to_have_count(1)
    assert len(page.evaluate(WORDS_BELOW_TOP)) == 1, "words of events are at one height, with details and without"
    # By keys alone: what can be done to it, in its row.
    olivia.look("/operations/intents?q=type:refund+live-list")
    row.get_by_text("Repair", exact=True).press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("asked by mistake")
    page.keyboard.press("Tab")
    expect(row.get_by_role("button", name="Cancel the intent")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Canceled", timeout=SOON_MS)
    expect(page).to_have_url(re.compile(r"/operations/intents\?q=type"))
    row.get_by_text("Repair", exact=True).press("Enter")
    expect(row.get_by_role("button", name="Run again")).to_be_visible()


WORDS_BELOW_TOP = """() => [...new Set([...document.querySelectorAll("#watched .timeline > li")].map((row) => {
  const words = document.createRange();
  words.selectNodeContents(document.createTreeWalker(row.querySelector(".body"), NodeFilter.SHOW_TEXT,
    (text) => text.data.trim() ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP).nextNode());
  return Math.round(words.getBoundingClientRect().top - row.getBoundingClientRect().top);
}))]"""


def test_a_commit_shows_on_open_pages_that_keep_what_their_reader_is_at(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    olivia.look("/operations")
    expect(page.locator("#live")).to_contain_text("Live")
    chart = page.locator("#piece-chart_lines svg").first
    expect(chart).to_have_attribute("aria-label", re.compile("^Arrivals [0-9]+,"))
    before = int(re.findall("[0-9]+", chart.get_attribute("aria-label") or "")[0])
    page.get_by_text("Show as table").click()
    page.locator('[data-tile="overdue"]').focus()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    intent_id = site.ask({"title": "live-dashboard"})
    expect(chart).to_have_attribute("aria-label", re.compile(f"^Arrivals {before + 1},"), timeout=SOON_MS)
    expect(page.locator('[data-tile="overdue"]')).to_be_focused()
    expect(page.locator("#piece-chart_lines table")).to_be_visible()
    # What is marked stays, and what came meanwhile is shown once it is let go.
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#piece-chart_lines'))")
    with page.expect_event("console", lambda said: said.text == "came"):
        page.evaluate("document.addEventListener('live:pieces', () => console.log('came'))")
        site.ask({"title": "live-dashboard"})
    page.wait_for_timeout(100)
    expect(chart).to_have_attribute("aria-label", re.compile(f"^Arrivals {before + 1},"))
    page.evaluate("getSelection().removeAllRanges()")
    expect(chart).to_have_attribute("aria-label", re.compile(f"^Arrivals {before + 2},"), timeout=SOON_MS)
    assert [url for url in asked if "/operations" in url] == [], "it is sent what changed, and asks for nothing"
    name = f"aa-{intent_id}"  # the first in the list, however many there are
    olivia.look("/operations/agents")
    expect(page.locator("#live")).to_contain_text("Live")
    page.get_by_role("link", name="Idle").focus()
    site.post("/intents", {"intent_type": "a.b.v1", "to_agent": f"agent://myorg/production/{name}", "payload": {}})
    expect(page.locator("#agents-part")).to_contain_text(name, timeout=SOON_MS)
    expect(page.get_by_role("link", name="Idle")).to_be_focused()
    later = f"ab-{intent_id}"
    olivia.look(f"/operations/deliveries?state=ready&agent={later}")
    expect(page.locator("#live")).to_contain_text("Live")
    expect(page.locator("tbody tr")).to_have_count(0)
    address = f"agent://myorg/production/{later}"
    waiting = site.post("/intents", {"intent_type": "a.b.v1", "to_agent": address, "payload": {}})["intent_id"]
    expect(page.locator("tbody tr")).to_have_count(1, timeout=SOON_MS)
    olivia.look("/operations/bulk")
    expect(page.locator("#live")).to_contain_text("Live")
    site.post("/operations/bulk", {"action": "cancel", "ids": [waiting], "reason": f"live {later}"}, owners(site))
    expect(page.locator("tbody tr", has_text=f"live {later}")).to_contain_text("Done", timeout=SOON_MS)


def test_open_pages_of_the_system_and_the_fleet_follow_what_happens(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    olivia.look("/operations/system")
    expect(page.locator("#live")).to_contain_text("Live")
    clients = page.locator("dt", has_text="Connected clients").locator("+ dd")
    before = clients.inner_text()
    desks.manager().look("/inbox")
    expect(clients).not_to_have_text(before, timeout=SOON_MS)
    olivia.look("/operations/fleet")
    expect(page.locator("#live")).to_contain_text("Live")
    cost = page.locator("#fleet-part p", has_text="Cost today")
    before = cost.inner_text()
    site.post("/mesh/heartbeat", {"metrics": {"intents_total": 1, "cost_usd": 0.37}})
    expect(cost).not_to_have_text(before, timeout=SOON_MS)


def test_an_open_page_of_an_intent_goes_on_while_its_details_are_read(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    intent_id = site.ask({"title": "live-page"})
    olivia.look(f"/operations/intents/{intent_id}")
    expect(page.locator("#live")).to_contain_text("Live")
    first = page.locator("details[data-keep=event-1]")
    first.locator("summary").click()
    expect(page.locator("#watched")).to_have_attribute("data-every", "5")
    page.evaluate("""() => {
      const before = document.getElementById("watched").previousElementSibling;
      const title = document.getElementById("intent-title");
      getSelection().setBaseAndExtent(before, 0, title, title.childNodes.length); // begins before what is made anew
    }""")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers and intent_id in answer.url):
        site.post(f"/intents/{intent_id}/resolve", {"status": "CANCELED", "reason": "no longer wanted"})
    page.wait_for_timeout(300)
    marked = page.evaluate("getSelection().toString()")
    assert page.locator("#intent-title").inner_text() in marked, "what is marked can be copied"
    expect(page.get_by_text("Canceled: no longer wanted")).to_have_count(0)
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_text("Canceled: no longer wanted")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="Repair")).to_be_hidden()
    expect(page.locator("#watched[data-every]")).to_have_count(0)  # it is over
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(first).to_have_attribute("open", "")
    expect(first.locator("summary")).to_be_focused()


FOCUSED = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  return [at.closest("tr")?.dataset.intent ?? "", (at.ariaLabel || at.labels?.[0]?.innerText || at.innerText
    || at.placeholder || at.tagName).trim().split("\\n")[0], seen, at.matches(":focus-visible")];
}"""


def tabbed(page: Page, to: str, *, key: str = "Tab") -> list[str]:
    """Go on by Tab until what is focused is called `to`: what was passed. All of it can be seen to be focused."""
    passed: list[str] = []
    for _ in range(80):
        page.keyboard.press(key)
        _row, name, seen, shown = page.evaluate(FOCUSED)
        assert seen, f"{name} has the focus out of sight"
        assert shown, f"nothing shows that {name} has the focus"
        if name == to:
            return passed
        passed.append(name)
    raise AssertionError(f"{to} is not reached: {passed}")


def test_intents_are_found_picked_and_canceled_by_keys_alone(desks: Desks, site: Site) -> None:
    olivia = desks.owner()
    page = olivia.page
    made = [site.ask({"title": "by-keys-alone"}) for _ in range(3)]
    olivia.look("/operations/intents")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("by-keys-alone is:open")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=by-keys-alone"))
    expect(page.locator("tr[data-intent]")).to_have_count(3)
    expect(page.locator("#views .count").first).to_have_text(re.compile("[0-9]"))
    # From the search on, in the order in which it is read: how the list is asked for, what is done to it, its lines.
    page.locator("#q").focus()
    passed = tabbed(page, "Pick billing.refund.v1")
    assert passed[:3] == ["Search", "Save view", "Columns"]
    assert passed.index("Open") < passed.index("CSV") < passed.index("Repair selected")
    assert page.evaluate(FOCUSED)[0] == made[2], "the newest is the first"
    page.keyboard.press("Space")
    assert tabbed(page, "Pick billing.refund.v1") == ["billing.refund.v1", "Repair billing.refund.v1"]
    page.keyboard.press("Space")
    expect(page.locator("input[name=id]:checked")).to_have_count(2)
    tabbed(page, "Repair selected", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 picked intents")).to_be_visible()
    page.locator("input[name=action]:checked").focus()
    tabbed(page, "Reason")
    page.keyboard.type("by keys alone")
    tabbed(page, "Preview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What will happen")).to_be_visible()
    page.locator("[name=reason]").focus()
    tabbed(page, "Cancel: 2 intents")
    page.keyboard.press("Enter")
    expect(page.locator("#bulk")).to_contain_text("Done", timeout=SOON_MS)
    assert [site.intent(one)["status"] for one in made] == ["WAITING", "CANCELED", "CANCELED"]
    # And back to the list, where what is done with is no more.
    tabbed(page, "Intents")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/operations/intents$"))
    expect(page.locator("html[data-ready=true]")).to_be_attached()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("by-keys-alone is:open")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=by-keys-alone"))
    expect(page.locator("tr[data-intent]")).to_have_count(1)
    expect(page.locator(f'tr[data-intent="{made[0]}"]')).to_be_visible()


def test_on_a_tablet_all_columns_are_in_sight_and_what_has_none_is_told_beside_others(desks: Desks, site: Site) -> None:
    site.ask({"title": "On a tablet"})
    site.post("/mesh/heartbeat", {"metrics": {"intents_total": 1, "cost_usd": 0.2}})
    desk = desks.owner()
    for width in (1440, 360):
        desk.page.set_viewport_size({"width": width, "height": 900})
        desk.look("/operations/intents")
        expect(desk.page.locator(".intents .pick").first).to_have_css("opacity", "1")
        expect(desk.page.locator(".intents .pick").first).to_have_css("position", "static")
    desk.page.set_viewport_size({"width": 768, "height": 1024})
    told = {"intents": ".table.intents .on-tablets", "agents": "table.all-agents", "fleet": "table.fleet .on-tablets"}
    told |= {"fleet/limits": "table.limits", "audit": "table.audit"}
    for path, one in told.items():
        desk.look(f"/operations/{path}")
        expect(desk.page.locator(one).first).to_be_visible()
        beyond = desk.page.locator(".scroll").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
        assert beyond, path
        assert max(beyond) <= 1, path
    desk.page.set_viewport_size({"width": 1440, "height": 900})
    expect(desk.page.locator(".on-tablets:visible")).to_have_count(0)
