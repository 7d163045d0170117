"""`python -m tests.browser.pictures`: writes the documentation's pictures (the inbox, a task on a phone, the overview) and
the icons of home screens; `... inbox` those of the inbox alone, which need not wait for a month of history."""

import sys
import time

import httpx
from playwright.sync_api import Browser, expect

from tests.browser.screenshots import ROOT, Desks, Guarded, Site, chromium

FOLDER = ROOT / "docs" / "pictures"
TITLE = "Refund 129.00 EUR to ACME GmbH?"
"""Of the demo."""
MOST_BYTES = 200_000
DAYS = 30
"""Of the demo's history."""
PATIENCE_SECONDS = 900
"""Hours are counted for some seconds of each minute."""


def with_its_month(site: Site) -> None:
    """Wait until the demo has the month before it began, and its hours are counted."""
    headers = {"authorization": f"Bearer {site.embedded.keys['DEMO_OPS_TOKEN']}"}
    ends = time.monotonic() + PATIENCE_SECONDS
    days = 0
    while days < DAYS:
        found = httpx.get(f"{site.url}/v1/operations/overview", params={"range": "90d"}, headers=headers, timeout=30).json()
        days = sum(count > 0 for count in found["series"]["arrivals"])
        if time.monotonic() > ends:
            sys.exit(f"the demo has {days} days of its month after {PATIENCE_SECONDS} s")
        time.sleep(1)


def inbox(desks: Desks, site: Site) -> None:
    """The list with a task beside it, and the task on a phone."""
    page = desks.manager(viewport={"width": 1240, "height": 760}, color_scheme="light").page
    page.goto(f"{site.url}/inbox")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.locator("#detail[data-seen=yes]")).to_be_visible()  # its buttons can be pressed
    page.screenshot(path=FOLDER / "inbox.png")
    phone = desks.manager(viewport={"width": 390, "height": 844}, color_scheme="light").page
    phone.goto(page.url)
    expect(phone.locator("#detail[data-seen=yes]")).to_be_visible()
    phone.screenshot(path=FOLDER / "phone.png")


def overview(desks: Desks, site: Site) -> None:
    """What waits in the demo, and its last month."""
    with_its_month(site)
    page = desks.owner(viewport={"width": 1240, "height": 900}, color_scheme="light").page
    page.goto(f"{site.url}/operations?range=90d")
    expect(page.get_by_role("heading", name="Needs you now")).to_be_visible()
    page.screenshot(path=FOLDER / "operations.png")


def icons(browser: Browser) -> None:
    """The icon in the sizes of home screens; where it is cut to a shape, its drawing stays within the middle."""
    drawn = (ROOT / "static" / "icon.svg").read_text()
    middle = '<path transform="translate(16 16) scale(.76) translate(-16 -16)"'
    for kind, svg in (("icon", drawn), ("maskable", drawn.replace(' rx="8"', "").replace("<path", middle))):
        for size in (192, 512):
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>* {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{svg}")
            page.screenshot(path=ROOT / "static" / "icons" / f"{kind}-{size}.png", omit_background=True)
            page.close()


def main(only: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    guarded = Guarded()
    site = Site(guarded, DEMO_FILLED="1", DEMO_HISTORY="1")
    try:
        with chromium() as browser:
            desks = Desks(browser, site)
            for make in (inbox, overview):
                if not only or make.__name__ in only:
                    make(desks, site)
            if not only:
                icons(browser)
            desks.close()
    finally:
        site.end()
        guarded.end()
    for picture in FOLDER.glob("*.png"):
        if picture.stat().st_size > MOST_BYTES:
            sys.exit(f"{picture} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
