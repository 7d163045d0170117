"""Every page that people may find themselves on: how to get there, and who does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.intents.media import PDF, PNG

Open = Callable[[Desk, Site], None]


@dataclass(frozen=True)
class Place:
    """A page. `who` is "nobody", "manager" or "owner"."""

    name: str
    who: str
    open: Open


PLACES: list[Place] = []

BOTH = {"assignees": ["manager@myorg.example", "ops@myorg.example"]}
REFUND = {
    "customer": {"name": "ACME Gesellschaft für Antriebstechnik GmbH", "id": "C-20931"},
    "amount": 12_900.5,
    "currency": "EUR",
    "reason": "Two of three gearboxes arrived with cracked housings",
    "lines": [
        {"sku": "GB-204-X", "quantity": 2, "price": 6_200, "currency": "EUR"},
        {"sku": "SHIPPING", "quantity": 1, "price": 500.5, "currency": "EUR"},
    ],
    "old_iban": "DE89 3704 0044 0532 0130 00",
    "new_iban": "LV80 BANK 0000 4351 9500 1",
    "ordered_at": "2026-11-02T09:30:00Z",
    "insured": True,
}
FORM = {
    "type": "object",
    "required": ["laptop", "budget", "start"],
    "properties": {
        "laptop": {"enum": ["small", "large"], "title": "Laptop"},
        "budget": {"type": "number", "minimum": 100, "title": "Budget", "description": "In EUR, without tax."},
        "office": {"enum": ["Riga", "Berlin", "Lisbon", "Porto", "Oslo", "Turin"], "title": "Office"},
        "start": {"type": "string", "format": "date", "title": "First day"},
        "days": {"type": "array", "items": {"enum": ["Mon", "Tue", "Wed", "Thu", "Fri"]}, "title": "Days in the office"},
        "remote": {"type": "boolean", "title": "Works remotely"},
        "address": {"type": "object", "title": "Address", "properties": {"city": {"type": "string", "maxLength": 80}}},
        "notes": {"type": "string", "title": "Notes"},
    },
}
KINDS = ("approval", "review", "confirmation", "assignment", "form", "clarification", "manual_action", "override")
SAID = "The customer sent **photographs** of both housings.\n\n- Serial numbers match\n- Bought in [May](https://shop.example/o/1)\n"


def place(name: str, who: str = "manager") -> Callable[[Open], Open]:
    def keep(found: Open) -> Open:
        PLACES.append(Place(name, who, found))
        return found

    return keep


def at(name: str, path: str, who: str = "manager") -> None:
    """A page that has an address of its own."""
    PLACES.append(Place(name, who, lambda desk, site: desk.look(path)))


def upload(site: Site, data: bytes, mime_type: str, filename: str) -> str:
    """A finished file of an agent: its id."""
    with httpx.Client(base_url=f"{site.url}/v1/media", headers={"x-api-key": site.embedded.api_key}) as http:
        body = {"owner_agent": "demo", "filename": filename, "mime_type": mime_type, "size_bytes": len(data)}
        upload_id = str(http.post("/create-upload", json=body).raise_for_status().json()["upload_id"])
        http.put(f"/{upload_id}/content", content=data).raise_for_status()
        http.post("/finalize-upload", json={"upload_id": upload_id, "size_bytes": len(data)}).raise_for_status()
        return upload_id


def soon(minutes: float = 3) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def asked(desk: Desk, site: Site, task: dict[str, Any], **fields: Any) -> str:
    """A task, opened: its intent."""
    task = {"title": "Refund two gearboxes", "description": SAID, "risk": "low"} | BOTH | task
    intent_id = site.ask(task, REFUND, **{"deadline_at": soon(90)} | fields)
    desk.open(intent_id)
    return intent_id


at("sign-in", "/sign-in", "nobody")
at("forgotten-password", "/account/forgotten", "nobody")
at("forgotten-password-sent", "/account/forgotten/sent", "nobody")
at("invitation-over", "/invitations/nonsense", "nobody")
at("new-password-over", "/account/new-password/1-nonsense", "nobody")


@place("sign-in-refused", "nobody")
def refused(desk: Desk, site: Site) -> None:
    desk.look("/sign-in")
    desk.page.locator("[name=login]").fill("maria@nowhere.example")
    desk.page.locator("[name=password]").fill("a wrong password")
    desk.page.locator("button[type=submit]").first.click()
    expect(desk.page.get_by_role("alert")).to_be_visible()


at("setup", "/_design/setup", "nobody")
at("sign-in-code", "/_design/code", "nobody")
at("sign-out", "/sign-out")
for rare in ("setup-begun", "suspended", "password-changed", "recovery-codes", "invitation-expired", "invitation-sign-in"):
    at(rare, f"/_design/rare/{rare}", "nobody")
for rare in ("no-workspace", "invitation-join", "invitation-of-another"):
    at(rare, f"/_design/rare/{rare}")
at("problem-failed", "/_design/problem/failed", "nobody")
for problem in ("unavailable", "forged", "too-many", "not-found"):
    at(f"problem-{problem}", f"/_design/problem/{problem}", "nobody")
at("problem-not-found-signed-in", "/_design/problem/not-found")


@place("invitation", "nobody")
def invitation(desk: Desk, site: Site) -> None:
    invited = {"owner_agent": "demo", "role": "approver", "email": "ines@partner.example"}
    made = site.post("/invites/create", invited, owners(site))
    desk.page.goto(made["invite_url"])
    expect(desk.page.get_by_role("button", name="Join Production")).to_be_visible()


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
    desk.press("Send answers")
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
    desk.press("Mark as done")
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
    desk.press("Reject")
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


at("tour", "/tour")
for path in ("profile", "security", "notifications", "tokens", "people", "groups", "agents"):
    at(f"settings-{path}", f"/settings/{path}", "owner")
at("settings-people-of-an-approver", "/settings/people")


@place("settings-agent", "owner")
def agent(desk: Desk, site: Site) -> None:
    desk.look("/settings/agents")
    desk.page.locator("main table a").first.click()
    desk.page.wait_for_url("**/settings/agents/*")


@place("settings-group", "owner")
def group(desk: Desk, site: Site) -> None:
    desk.look("/settings/groups")
    if not desk.page.locator("main table a, main li a").count():
        desk.page.locator("main [name=name]").fill("Finance and accounting")
        desk.page.locator("main form").last.locator("button[type=submit]").click()
        desk.look("/settings/groups")
    desk.page.locator("main table a, main li a").first.click()
    desk.page.wait_for_url("**/settings/groups/*")


POLICY = {
    "name": "Large refunds",
    "match": {
        "intent_types": ["billing.refund.*", "order.*"],
        "risks": ["high", "critical"],
        "payload": [{"field": "amount.value", "at_least": 1000}],
    },
    "escalation": {
        "reminders": {"after_seconds": 1800, "at_most": 3},
        "levels": [{"after_seconds": 7200, "to": "ops@myorg.example"}, {"after_seconds": 3600, "to": "owner"}],
        "end": {"after_seconds": 28_800, "then": "expire"},
    },
}


def owners(site: Site) -> dict[str, str]:
    """The header by which Olivia calls the API."""
    keys = site.embedded.keys
    if "OLIVIA_TOKEN" not in keys:
        said = site.manage("create_token", "olivia@myorg.example", "--workspace", "myorg/production", "--name", "places")
        keys["OLIVIA_TOKEN"] = re.findall(r"axme_pat_[0-9a-z]+", said)[0]
    return {"authorization": f"Bearer {keys['OLIVIA_TOKEN']}"}


def confirm_if_asked(desk: Desk, site: Site) -> None:
    """Olivia shows that it is her, if she signed in too long ago."""
    asked_for = desk.page.get_by_role("link", name="Confirm", exact=True)
    if asked_for.count():
        asked_for.click()
    if desk.page.get_by_role("heading", name="Please confirm your password").count():
        desk.page.locator("[name=password]").fill(site.embedded.keys["OLIVIA_PASSWORD"])
        desk.press("Continue")


@place("settings-token-made", "owner")
def token_made(desk: Desk, site: Site) -> None:
    desk.look("/settings/tokens")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("Name").fill("A laptop that is on the road quite often")
    desk.press("Create token")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("settings-person-invited", "owner")
def person_invited(desk: Desk, site: Site) -> None:
    desk.look("/settings/people")
    desk.page.get_by_label("Email address").fill("a.person.with.a.long.address@subsidiary.partner.example")
    desk.press("Invite")
    confirm_if_asked(desk, site)
    desk.look("/settings/people")


@place("second-factor", "owner")
def second_factor(desk: Desk, site: Site) -> None:
    desk.look("/account/second-factor/turn-on")
    confirm_if_asked(desk, site)
    expect(desk.page.locator(".qr")).to_be_visible()


def keep_policies(site: Site) -> None:
    """Two policies, made once."""
    if not site.policies:
        token = owners(site)
        rest = {"name": "Everything else", "escalation": {"end": {"after_seconds": 604_800, "then": "owner"}}, "place": 900}
        site.policies = [site.post("/policies", one, token)["policy"]["policy_id"] for one in (POLICY, rest)]


@place("settings-policies", "owner")
def policies(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look("/settings/policies")


@place("settings-policy", "owner")
def policy(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look(f"/settings/policies/{site.policies[0]}")


@place("settings-policy-of-an-approver")
def policy_read(desk: Desk, site: Site) -> None:
    keep_policies(site)
    desk.look(f"/settings/policies/{site.policies[0]}")


@place("settings-policy-errors", "owner")
def policy_errors(desk: Desk, site: Site) -> None:
    desk.look("/settings/policies/new")
    desk.press("Add a level")
    desk.page.locator("[name='escalation.levels.0.after_seconds']").fill("soon")
    desk.press("Save the policy")
    expect(desk.page.locator("[aria-invalid]").first).to_be_visible()


def made(desk: Desk, path: str, name: str, button: str, **fields: str) -> None:
    """The page of something of the workspace, made by its form when it is not there yet. `fields` are chosen or filled by
    their names."""
    desk.look(path)
    if not desk.page.get_by_role("link", name=name).count():
        desk.look(f"{path}/new")
        for field, value in ({"name": name} | fields).items():
            control = desk.page.locator(f"main [name={field}]")
            if field.startswith("person_"):
                control.select_option(index=int(value))
            else:
                control.fill(value)
        with desk.page.expect_navigation():  # the form asks who is signed in before it leaves the page
            desk.press(button)
        desk.look(path)


def office(desk: Desk) -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "9-12, 13-17")
    made(desk, "/settings/calendars", "Riga office", "Create calendar", time_zone="Europe/Riga", **hours)


@place("settings-calendars", "owner")
def calendars(desk: Desk, site: Site) -> None:
    office(desk)


@place("settings-calendar", "owner")
def calendar(desk: Desk, site: Site) -> None:
    office(desk)
    desk.page.get_by_role("link", name="Riga office").click()
    desk.page.get_by_role("link", name="Edit").click()
    desk.page.locator("[name=country]").select_option("LV")
    desk.press("Save the calendar")
    expect(desk.page.get_by_text("Next public holidays")).to_be_visible()


@place("settings-calendar-refused", "owner")
def calendar_refused(desk: Desk, site: Site) -> None:
    desk.look("/settings/calendars/new")
    desk.page.locator("[name=name]").fill("Riga")
    desk.page.get_by_label("Tuesday").fill("17-9")
    desk.press("Create calendar")
    expect(desk.page.locator("[aria-invalid]")).to_be_visible()


def night(desk: Desk) -> None:
    """A schedule that begins in some days."""
    start = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    fields = {"time_zone": "Europe/Riga", "starts_on": start, "person_0": "1", "person_1": "2"}
    made(desk, "/settings/on-call", "Night shift", "Create schedule", **fields)


@place("settings-oncall", "owner")
def oncall(desk: Desk, site: Site) -> None:
    night(desk)


@place("settings-schedule", "owner")
def schedule(desk: Desk, site: Site) -> None:
    night(desk)
    desk.page.get_by_role("link", name="Night shift").click()
    start = datetime.now(UTC) + timedelta(days=5)
    desk.page.locator("[name=person]").select_option(index=1)
    desk.page.locator("[name=start]").fill(f"{start:%Y-%m-%dT18:00}")
    desk.page.locator("[name=end]").fill(f"{start + timedelta(days=3):%Y-%m-%dT06:00}")
    desk.press("Add override")
    desk.page.locator("summary", has_text="Show as table").click()


@place("settings-schedule-edited", "owner")
def schedule_edited(desk: Desk, site: Site) -> None:
    night(desk)
    desk.page.get_by_role("link", name="Night shift").click()
    desk.page.get_by_role("link", name="Edit").click()
    desk.press("Add a person")
    expect(desk.page.get_by_label("Person 4")).to_be_visible()
    desk.page.locator("summary", has_text="Only in some hours").click()


at("notifications", "/notifications")
at("password", "/account/password", "owner")
at("confirm-it-is-you", "/account/confirm?next=/settings/tokens", "owner")
at("design", "/_design", "nobody")


@place("inbox-all-clear", "nobody")
def all_clear(desk: Desk, site: Site) -> None:
    # Last of those where nobody is signed in, for now somebody is.
    site.manage("create_workspace", "myorg/quiet")
    desk.email = "quiet@myorg.example"
    desk.sign_in(site.password_of(desk.email, "myorg/quiet", "approver"))
    expect(desk.page.get_by_text("All clear")).to_be_visible()
