"""The inbox and its tasks."""

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import BOTH, FORM, KINDS, REFUND, asked, at, place, soon, upload
from tests.intents.media import PDF, PNG

at("inbox", "/inbox")
at("not-allowed", "/inbox?view=undecided")


@place("inbox-disconnected")
def disconnected(desk: Desk, site: Site) -> None:
    desk.look()
    expect(desk.page.locator("#live")).to_have_text("Live")
    # From now on every connection breaks at once.
    desk.page.evaluate(
        "() => { window.WebSocket = class { constructor() { setTimeout(() => this.onclose({}), 50); } close() {} } }"
    )
    desk.page.evaluate("dispatchEvent(new Event('offline'))")
    expect(desk.page.locator("#live")).to_contain_text("Reconnecting")


@place("inbox-new")
def newcomers(desk: Desk, site: Site) -> None:
    desk.look()
    expect(desk.page.locator("#live")).to_have_text("Live")
    for number in range(3):
        site.ask({"title": f"A newcomer, number {number}"} | BOTH, REFUND, deadline_at=soon())
    expect(desk.page.locator("#pill")).to_have_text("3 new")


@place("inbox-keys")
def keys(desk: Desk, site: Site) -> None:
    desk.look()
    desk.page.keyboard.press("?")
    expect(desk.page.get_by_role("dialog")).to_be_visible()


@place("inbox-palette")
def palette(desk: Desk, site: Site) -> None:
    desk.look()
    desk.page.keyboard.press("Control+k")
    expect(desk.page.get_by_role("combobox", name="What do you want to do?")).to_be_focused()


def _selected(desk: Desk, site: Site) -> None:
    """Some, of which one is left out as it is risky, with what they come to."""
    for number, risk in enumerate(("high", "low", "medium")):
        task = {"title": f"One of many {number}", "risk": risk, "separation_of_duties": False} | BOTH
        site.ask(task, REFUND, deadline_at=soon(50))
    desk.look("/inbox?sort=newest&q=many")
    boxes = desk.page.locator("#rows .pick input")
    for number in range(3):
        boxes.nth(number).check(force=True)
    desk.page.locator("#selection-bar").get_by_role("button", name="Approve").click()
    expect(desk.page.locator("#bulk")).to_be_visible()


@place("inbox-many")
def many(desk: Desk, site: Site) -> None:
    _selected(desk, site)
    expect(desk.page.locator("#task-title")).to_contain_text("Approve")


@place("inbox-many-decided")
def many_decided(desk: Desk, site: Site) -> None:
    _selected(desk, site)
    expect(desk.page.locator("#detail")).to_have_attribute("data-seen", "yes")
    desk.page.locator("#bulk-form").get_by_role("button", name="Approve").click()
    expect(desk.page.locator("#task-title")).to_contain_text("Approved: ")


at("inbox-filtered", "/inbox?q=risk:high")
at("inbox-search-refused", "/inbox?q=rsik:high")
at("inbox-nothing-claimed", "/inbox?view=claimed")
at("inbox-nothing-found", "/inbox?q=zzzunheardof")
at("inbox-decided", "/inbox?view=over")
at("inbox-of-everybody", "/inbox?view=undecided", "owner")
at("task-not-found", "/inbox/00000000-0000-0000-0000-000000000000")

for one in KINDS:

    @place(f"task-{one.replace('_', '-')}")
    def of_kind(desk: Desk, site: Site, kind: str = one) -> None:
        asked(desk, site, {"task_type": kind} | ({"form_schema": FORM} if kind == "form" else {}))


LONG = {
    "customer": {
        "name": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft m. b. H. & Co. KG"
    },
    "amount": 1_234_567_890.12,
    "currency": "EUR",
    "token": "0123456789abcdef" * 16,
    "site": "https://shop.example/" + "a-long-path/" * 20,
    "lines": [
        {"sku": f"GB-{row}-X", "text": "Gearbox with housing", "quantity": row, "price": 99.5 * row} for row in range(60)
    ],
    "deep": {"a": {"b": {"c": {"d": {"e": {"f": "the end"}}}}}},
    "memo": "A line of a memo that goes on for a while.\n" * 40,
}


@place("task-long")
def long(desk: Desk, site: Site) -> None:
    task = {
        "title": "Pay " + "a very long title " * 13,
        "description": "One more line of the agent.\n\n" * 40,
        "risk": "medium",
    }
    desk.open(site.ask(task | BOTH, LONG, deadline_at=soon(2000)))


@place("task-menu")
def menu(desk: Desk, site: Site) -> None:
    asked(desk, site, {})
    desk.page.locator("summary[aria-label^=More]").click()
    expect(desk.page.get_by_label("For how long")).to_be_visible()


@place("task-in-the-place-of-others", "owner")
def in_their_place(desk: Desk, site: Site) -> None:
    asked(desk, site, {})
    desk.page.get_by_role("link", name="Override assignees").click()
    expect(desk.page.locator("#notices")).to_contain_text("instead of the assignees")


@place("task-claimed-by-another")
def claimed(desk: Desk, site: Site) -> None:
    intent_id = site.ask({"title": "Claimed by another"} | BOTH, REFUND)
    site.act("DEMO_OPS", intent_id, "claim")
    desk.open(intent_id)


@place("task-confirm")
def confirm(desk: Desk, site: Site) -> None:
    asked(desk, site, {"risk": "critical", "separation_of_duties": False})
    desk.press("Approve")
    expect(desk.page.get_by_role("button", name="Yes, approve")).to_be_visible()


@place("task-errors")
def errors(desk: Desk, site: Site) -> None:
    asked(desk, site, {"task_type": "form", "form_schema": FORM, "required_comment": True, "evidence_required": True})
    desk.page.get_by_label("Budget").fill("5")
    desk.send("Send answers")
    expect(desk.page.locator("[aria-invalid]").first).to_be_visible()


@place("task-files")
def with_files(desk: Desk, site: Site) -> None:
    """What an agent attached, and an answer that lacks what a decision of high risk needs."""
    sent = [
        upload(site, PNG, "image/png", "meter.png"),
        upload(site, PDF, "application/pdf", "An invoice with quite a long name, as people give them (2).pdf"),
    ]
    wanted = {"required_comment": True, "evidence_required": True, "separation_of_duties": False}
    asked(desk, site, {"task_type": "manual_action", "risk": "high", "attachments": sent} | wanted)
    refused_file = {"name": "page.html", "mimeType": "text/html", "buffer": b"<p>"}
    desk.page.get_by_label("Evidence").set_input_files(refused_file)  # type: ignore[arg-type]
    desk.send("Mark as done")
    expect(desk.page.get_by_text("files of this type are not taken")).to_be_visible()


@place("task-files-given")
def files_given(desk: Desk, site: Site) -> None:
    """Evidence on the page of what is decided."""
    intent_id = asked(desk, site, {"task_type": "manual_action", "evidence_required": True})
    picture = {"name": "dial.png", "mimeType": "image/png", "buffer": PNG}
    desk.page.get_by_label("Evidence").set_input_files(picture)  # type: ignore[arg-type]
    desk.press("Mark as done")
    expect(desk.page.locator(".toast")).to_be_visible()
    desk.open(intent_id)


@place("task-claimed")
def claimed_by_me(desk: Desk, site: Site) -> None:
    asked(desk, site, {})
    desk.press("Claim")
    expect(desk.page.get_by_role("button", name="Release")).to_be_visible()


@place("task-delegated")
def delegated(desk: Desk, site: Site) -> None:
    intent_id = asked(desk, site, {})
    desk.page.locator("summary[aria-label^=More]").click()
    desk.page.get_by_label("To", exact=True).fill("ops@myorg.example")
    desk.press("Delegate")
    expect(desk.page.locator(".toast")).to_contain_text("Delegated to Otto Ops until")
    desk.open(intent_id)
    expect(desk.page.locator("#timeline")).to_contain_text("delegated it")


@place("task-put-off")
def put_off(desk: Desk, site: Site) -> None:
    intent_id = asked(desk, site, {})
    desk.page.locator("summary[aria-label^=More]").click()
    desk.press("Until tomorrow 9:00")
    expect(desk.page.locator(".toast")).to_contain_text("Snoozed until")
    desk.open(intent_id)
    expect(desk.page.locator("#notices")).to_contain_text("or until something changes.")


@place("task-talked-about")
def talked_about(desk: Desk, site: Site) -> None:
    intent_id = asked(desk, site, {})
    site.act("DEMO_OPS", intent_id, "comment", comment="They called twice.\nThe second time they were quite angry.")
    desk.page.locator("#new-comment").fill("Which of the two came first?")
    desk.press("Ask the agent")
    expect(desk.page.locator("#timeline")).to_contain_text("asked the agent")
