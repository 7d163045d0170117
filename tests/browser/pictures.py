"""`python -m tests.browser.pictures`: writes the documentation's pictures: the inbox, a task on a phone, the overview."""

import sys
import time

import httpx
from playwright.sync_api import expect

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


def overview(desks: Desks, site: Site) -> None:
    """What waits in the demo, and its last month."""
    with_its_month(site)
    page = desks.owner(viewport={"width": 1240, "height": 900}, color_scheme="light").page
    page.goto(f"{site.url}/operations?range=90d")
    expect(page.get_by_role("heading", name="Needs you now")).to_be_visible()
    page.screenshot(path=FOLDER / "operations.png")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    guarded = Guarded()
    site = Site(guarded, DEMO_FILLED="1")
    try:
        with chromium() as browser:
            desks = Desks(browser, site)
            page = desks.manager(viewport={"width": 1240, "height": 760}, color_scheme="light").page
            page.goto(f"{site.url}/inbox")
            page.get_by_role("link", name=TITLE).first.click()
            expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
            expect(page.locator("#detail[data-seen=yes]")).to_be_visible()  # its buttons can be pressed
            page.screenshot(path=FOLDER / "inbox.png")
            address = page.url
            phone = desks.manager(viewport={"width": 390, "height": 844}, color_scheme="light").page
            phone.goto(address)
            expect(phone.locator("#detail[data-seen=yes]")).to_be_visible()
            phone.screenshot(path=FOLDER / "phone.png")
            overview(desks, site)
            desks.close()
    finally:
        site.end()
        guarded.end()
    for picture in FOLDER.glob("*.png"):
        if picture.stat().st_size > MOST_BYTES:
            sys.exit(f"{picture} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
