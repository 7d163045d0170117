"""`python -m tests.browser.screenshots FOLDER`: every page, at three widths and in both themes, as a picture to look at."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Literal

import django
from playwright.sync_api import Error, expect

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "axme_site.settings")
# Of this process alone, which has no business with the checkout's own data: the installation has its own.
os.environ |= {"DATA_DIR": str(Path(tempfile.gettempdir()) / "axme-screenshots"), "LOG_LEVEL": "WARNING"}
django.setup()

from tests.browser.conftest import Desk, Desks, Site, chromium  # noqa: E402 - the demo's command imports models
from tests.browser.places import PLACES, Place  # noqa: E402
from tests.services import Guarded  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

WIDTHS = {360: 740, 768: 1024, 1440: 900}
MOST_HIGH = 4_000
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(folder: Path, only: list[str]) -> None:
    """Writes `FOLDER/NAME-WIDTH-THEME.png` for each page, or for those whose names are given."""
    folder.mkdir(parents=True, exist_ok=True)
    guarded = Guarded()
    site = Site(guarded, UNDO_SECONDS="30", DEMO_FILLED="1")
    try:
        with chromium() as browser:
            desks = Desks(browser, site)
            people = {"nobody": desks.nobody(), "manager": desks.manager(), "owner": desks.owner()}
            for place in PLACES:
                if not only or place.name in only:
                    take(folder, place, people[place.who], site)
            desks.close()
    finally:
        site.end()
        guarded.end()


def take(folder: Path, place: Place, desk: Desk, site: Site) -> None:
    page = desk.page
    page.set_viewport_size({"width": 1440, "height": 900})
    try:
        place.show(desk, site)
    except (Error, AssertionError) as error:
        sys.exit(f"{place.name}: {error}")
    # Buttons that have just come are faded until they can be pressed.
    expect(page.locator("#decide-bar :is(.outcomes, .countdown)[inert]")).to_have_count(0)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        # A window that shows all of it: bars that stick to its bottom are where they belong.
        whole = min(MOST_HIGH, max(height, page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": width, "height": whole})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.screenshot(path=folder / f"{place.name}-{width}-{theme}.png")
    sys.stdout.write(f"{place.name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
