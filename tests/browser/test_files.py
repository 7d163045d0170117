"""Files in the browser: shown with a task, and sent as evidence."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places import upload
from tests.intents.media import PDF, PNG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_attachments_are_shown_and_downloaded(maria: Desk, site: Site) -> None:
    files = [upload(site, PNG, "image/png", "meter.png"), upload(site, PDF, "application/pdf", "invoice.pdf")]
    maria.open(site.ask({"title": "Pay?", "attachments": files}))
    shown = maria.page.locator("section[aria-labelledby=attachments]")
    picture = shown.get_by_role("img", name="Preview of meter.png")
    expect(picture).to_be_visible()
    # It loads when it comes into view; until then it has no width.
    assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth; }") == 1
    with maria.page.expect_download() as started:
        shown.get_by_role("link", name="invoice.pdf").click()
    assert started.value.suggested_filename == "invoice.pdf"
    assert Path(started.value.path()).read_bytes() == PDF


def test_evidence_is_asked_for_kept_while_something_else_is_wrong_and_comes_with_the_decision(
    maria: Desk, site: Site
) -> None:
    intent_id = site.ask(
        {
            "title": "Switch it",
            "task_type": "manual_action",
            "evidence_required": True,
            "required_comment": True,
            "risk": "high",
        }
    )
    maria.open(intent_id)
    page, url = maria.page, maria.page.url
    maria.send("Mark as done")
    expect(page.get_by_text("this decision requires a comment")).to_be_visible()
    expect(page.get_by_text("this decision needs evidence")).to_be_visible()
    maria.write("Done at noon")
    page.get_by_label("Evidence").set_input_files({"name": "page.html", "mimeType": "text/html", "buffer": b"<p>"})
    maria.press("Mark as done")
    expect(page.get_by_text("“page.html”: files of this type are not taken")).to_be_visible()
    page.get_by_label("Evidence").set_input_files({"name": "dial.png", "mimeType": "image/png", "buffer": PNG})
    maria.press("Mark as done")
    expect(page.locator("#decide-form").get_by_text("dial.png")).to_be_visible()
    maria.press("Yes, mark as done")
    result = site.result(intent_id)
    (file,) = result["data"]["evidence"]
    with httpx.Client(headers={"x-api-key": site.embedded.api_key}, timeout=60) as http:
        assert http.get(f"{site.url}/v1/media/{file}/content").content == PNG
    page.goto(url)
    expect(
        page.locator("section[aria-labelledby=evidence-given]").get_by_role("img", name="Preview of dial.png")
    ).to_be_visible()
