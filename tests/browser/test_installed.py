"""The product on a home screen: a page without a network, and messages although no page is open."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Desks, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


KEPT = (
    "caches.keys().then(async ([name]) => (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname))"
)
WORKER = "navigator.serviceWorker.ready"
# A browser that nobody sees closes a message soon, on a slow machine before anybody looked: what was shown is kept.
WATCH = """() => {
    window.shown = [];
    const look = () => navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((now) => {
        if (now.length) window.shown = now.map((each) => [each.title, each.body, each.data]);
        setTimeout(look, 5);
    });
    look();
}"""


def test_without_a_network_nothing_of_anybody_is_shown(desks: Desks, site: Site) -> None:
    desk = desks.manager(service_workers="allow")
    page = desk.page
    desk.look("/inbox")
    assert page.evaluate(f"{WORKER}.then((one) => one.scope)") == f"{site.url}/"
    page.context.set_offline(True)
    page.goto(f"{site.url}/settings")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    kept = page.evaluate(KEPT)
    assert "/offline" in kept
    assert [path for path in kept if not path.startswith("/static/")] == ["/offline"]
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page).to_have_url(f"{site.url}/inbox")
    desk.problems.clear()  # that nothing could be loaded without a network


BADGE = """() => {
    self.icon = [];
    navigator.setAppBadge = async (number) => { self.icon.push(number); };
    navigator.clearAppBadge = async () => { self.icon.push("none"); };
}"""


def test_an_open_page_puts_the_whole_number_on_the_icon(maria: Desk) -> None:
    maria.page.add_init_script("window.icon = []; navigator.setAppBadge = async (number) => { icon.push(number); }")
    maria.look("/inbox")
    show = """told => {
        icon = [];
        document.querySelector("#badge [data-count]").textContent = told;
        document.getElementById("badge").hidden = false;
    }"""
    for told, number in (("12", 12), ("1,000+", 1000), ("1.000+", 1000)):
        maria.page.evaluate(show, told)
        maria.page.wait_for_function("number => icon.includes(number)", arg=number)


def test_a_device_that_cannot_be_told_says_whether_it_is_not_allowed_or_not_reached(desks: Desks) -> None:
    desk = desks.manager(service_workers="allow", permissions=["notifications"])
    page = desk.page
    desk.look("/settings/notifications")
    page.evaluate("() => { PushManager.prototype.subscribe = async () => { throw new DOMException('', 'AbortError'); }; }")
    refused, unreached = (page.get_by_text(said) for said in ("doesn't allow notifications", "can't reach its push service"))
    for permission, told, untold in (("granted", unreached, refused), ("denied", refused, unreached)):
        page.evaluate(
            "() => { Object.defineProperty(Notification, 'permission', "
            f"{{ value: '{permission}', configurable: true }}); }}"
        )
        desk.press("Use this device")
        expect(told).to_be_visible()
        expect(untold).to_be_hidden()


def test_a_message_is_shown_by_the_device_and_puts_the_number_on_the_icon(desks: Desks, site: Site) -> None:
    desk = desks.manager(service_workers="allow", permissions=["notifications"])
    page = desk.page
    desk.look("/inbox")
    page.evaluate(WORKER)
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    while not found:  # the test's own time limit ends it
        page.wait_for_timeout(50)
    told = {"title": "Waiting for you", "body": "Refund 129.00 EUR?", "url": "/inbox", "tag": "t-1"}
    sent = {"origin": site.url, "registrationId": found[0]}
    page.evaluate(WATCH)
    while not page.context.service_workers:  # it may be ready before this is told of it
        page.wait_for_timeout(50)
    (worker,) = page.context.service_workers
    worker.evaluate(BADGE)
    shown: list[list[str]] = []
    while not shown:  # sent again where nobody saw it: a message of the same tag stands in the place of the one before
        devtools.send("ServiceWorker.deliverPushMessage", sent | {"data": json.dumps(told | {"waiting": 3})})
        for _ in range(20):
            shown = shown or page.evaluate("() => window.shown")
            page.wait_for_timeout(0 if shown else 100)
    assert shown == [["Waiting for you", "Refund 129.00 EUR?", "/inbox"]]
    for data in (told, told | {"waiting": 0}):  # of what says nothing the number stays
        devtools.send("ServiceWorker.deliverPushMessage", sent | {"data": json.dumps(data)})
    while "none" not in worker.evaluate("() => self.icon"):  # the test's own time limit ends it
        page.wait_for_timeout(50)
    assert dict.fromkeys(worker.evaluate("() => self.icon")) == {3: None, "none": None}
