"""One's own settings, people, groups and agents."""

import time

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import at, confirm_if_asked, owners, place

for path in (
    "profile",
    "security",
    "notifications",
    "out-of-office",
    "tokens",
    "people",
    "groups",
    "access",
    "agents",
    "types",
    "tools",
    "data",
    "sign-in",
):
    at(f"settings-{path}", f"/settings/{path}", "owner")
at("settings-people-of-an-approver", "/settings/people")


def an_agent(desk: Desk) -> None:
    desk.look("/settings/agents")
    desk.page.locator("main table a").first.click()
    desk.page.wait_for_url("**/settings/agents/*")


at("settings-workspace-status", "/settings/people/status", "owner")
for path in ("/settings/sign-in/edit", "/account/passkeys/new"):
    at(f"of-signing-in{path.replace('/', '-')}", path, "owner")


@place("settings-agent", "owner")
def agent(desk: Desk, site: Site) -> None:
    an_agent(desk)


@place("settings-key-new", "owner")
def key_new(desk: Desk, site: Site) -> None:
    an_agent(desk)
    desk.page.get_by_role("link", name="New key").click()
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_label("Tools")).to_be_visible()


@place("settings-key-made", "owner")
def key_made(desk: Desk, site: Site) -> None:
    key_new(desk, site)
    desk.page.get_by_label("Tools").fill("invoice-reader\nprinter-of-the-warehouse-in-riga")
    desk.press("Create key")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("settings-key-rotated", "owner")
def key_rotated(desk: Desk, site: Site) -> None:
    an_agent(desk)
    desk.page.locator("main a[href$=rotate]").first.click()
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_label("Old key expires now")).to_be_visible()


def a_called_agent(site: Site) -> str:
    """The page of an agent that is called: its URL is long, and nobody listens there."""
    name = "carrier-that-is-called"
    keys = owners(site)
    site.post("/service-accounts", {"name": name, "display_name": "Carrier"}, keys)
    url = "https://orders.carrier.example/hooks/of/a/rather/long/path/intents?tenant=northern-europe"
    with httpx.Client(base_url=f"{site.url}/v1", headers=keys, timeout=60) as http:
        agent = http.patch(f"/agents/{name}", json={"delivery_mode": "http", "callback_url": url}).raise_for_status().json()
    return f"/settings/agents/{agent['agent']['service_account_id']}"


@place("settings-agent-called", "owner")
def agent_called(desk: Desk, site: Site) -> None:
    desk.look(a_called_agent(site))
    expect(desk.page.get_by_text("It is called at its URL")).to_be_visible()


@place("settings-agent-delivery", "owner")
def agent_delivery(desk: Desk, site: Site) -> None:
    desk.look(f"{a_called_agent(site)}/delivery")
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_label("URL to call")).to_be_visible()


@place("settings-secret-rotated", "owner")
def secret_rotated(desk: Desk, site: Site) -> None:
    desk.look(f"{a_called_agent(site)}/secret/rotate")
    confirm_if_asked(desk, site)
    desk.press("Rotate")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("settings-agent-refused", "owner")
def agent_refused(desk: Desk, site: Site) -> None:
    desk.look("/settings/agents/new")
    desk.page.get_by_label("Name").fill("Order service")
    desk.press("Register")
    expect(desk.page.locator("[aria-invalid]")).to_be_visible()


at("settings-group-new", "/settings/groups/new", "owner")


def a_group(desk: Desk) -> None:
    desk.look("/settings/groups")
    if not desk.page.locator("main table a").count():
        desk.page.get_by_role("link", name="New group").click()
        desk.page.get_by_label("Name").fill("Finance and accounting")
        desk.press("Create group")
        desk.page.wait_for_url(lambda url: "/settings/groups/" in url and not url.endswith("/new"))
        desk.look("/settings/groups")
    desk.page.locator("main table a").first.click()
    desk.page.wait_for_url("**/settings/groups/*")


@place("settings-group", "owner")
def group(desk: Desk, site: Site) -> None:
    a_group(desk)


@place("settings-group-renamed", "owner")
def group_renamed(desk: Desk, site: Site) -> None:
    a_group(desk)
    desk.page.get_by_role("link", name="Rename").click()
    expect(desk.page.get_by_role("button", name="Rename")).to_be_visible()


@place("settings-token-new", "owner")
def token_new(desk: Desk, site: Site) -> None:
    desk.look("/settings/tokens/new")
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_role("button", name="Create token")).to_be_visible()


@place("settings-token-made", "owner")
def token_made(desk: Desk, site: Site) -> None:
    token_new(desk, site)
    desk.page.get_by_label("Name").fill("A laptop that is on the road quite often")
    desk.press("Create token")
    expect(desk.page.locator("#secret")).to_be_visible()


@place("settings-tool", "owner")
def tool(desk: Desk, site: Site) -> None:
    signing = {"style": "hmac", "secret": "a secret", "header": "X-Signature", "timestamp_header": "X-Timestamp"}
    signing |= {"external_id_at": "/report/reference", "event_type_at": "X-Event /state"}
    address = {"event_types": ["report.finished", "report.refused-by-the-bureau"]}
    with httpx.Client(base_url=f"{site.url}/v1/tools", headers=owners(site), timeout=60) as http:
        http.put("/credit-bureau-of-the-northern-countries", json=signing | address).raise_for_status()
    desk.look("/settings/tools")
    desk.page.locator("main table a").first.click()
    expect(desk.page.get_by_role("heading", name="Refused calls")).to_be_visible()


@place("settings-tool-edit", "owner")
def tool_edit(desk: Desk, site: Site) -> None:
    tool(desk, site)
    desk.page.get_by_role("link", name="Change").click()
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_label("Signing secret")).to_be_visible()


@place("settings-tool-refused", "owner")
def tool_refused(desk: Desk, site: Site) -> None:
    desk.look("/settings/tools/new")
    confirm_if_asked(desk, site)
    desk.page.get_by_label("Name").fill("payments")
    desk.page.get_by_label("Signing secret").fill("short")
    desk.press("Save")
    expect(desk.page.locator("[aria-invalid]").first).to_be_visible()


@place("settings-schema", "owner")
def schema(desk: Desk, site: Site) -> None:
    wanted = {"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "string", "maxLength": 40}}}
    with httpx.Client(base_url=f"{site.url}/v1", headers=owners(site), timeout=60) as http:
        for version in (1, 2):
            body = {"semantic_type": f"warehouse.goods_of_others.deliver.v{version}", "compatibility_mode": "backward"}
            http.post("/schemas", json=body | {"schema_json": wanted}).raise_for_status()
    desk.look("/settings/schemas")
    desk.page.locator("main table a").first.click()
    desk.page.get_by_role("textbox", name="Payload").fill('{"order_id": 20931}')
    desk.press("Try")
    expect(desk.page.get_by_text("It would be refused")).to_be_visible()


@place("settings-usage", "owner")
def usage(desk: Desk, site: Site) -> None:
    with httpx.Client(base_url=f"{site.url}/v1", headers=owners(site), timeout=60) as http:
        policy = http.get("/quotas").raise_for_status().json()["quota_policy"]
        limits = policy["dimensions"] | {"intents_per_day": 10_000_000, "actors_total": 4, "media_storage_bytes": 1}
        where = {"org_id": policy["org_id"], "workspace_id": policy["workspace_id"]}
        body = where | {"dimensions": limits, "overage_mode": "grace"}
        http.patch("/quotas", json=body).raise_for_status()
    desk.look("/settings/usage")
    desk.page.get_by_text("Show as table").click()
    expect(desk.page.get_by_role("heading", name="Usage")).to_be_visible()


@place("settings-limits", "owner")
def limits(desk: Desk, site: Site) -> None:
    desk.look("/settings/usage/edit")
    expect(desk.page.get_by_label("Intents today")).to_be_visible()


@place("settings-invite", "owner")
def invite(desk: Desk, site: Site) -> None:
    desk.look("/settings/invitations/new")
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_role("button", name="Invite")).to_be_visible()


@place("settings-person-invited", "owner")
def person_invited(desk: Desk, site: Site) -> None:
    invite(desk, site)
    desk.page.get_by_label("Email address").fill("a.person.with.a.long.address@subsidiary.partner.example")
    desk.press("Invite")
    expect(desk.page.locator("#secret")).to_be_visible()


def a_member(desk: Desk) -> None:
    desk.look("/settings/people")
    desk.page.locator("main table a").last.click()
    desk.page.wait_for_url("**/settings/people/*")


@place("settings-member", "owner")
def member(desk: Desk, site: Site) -> None:
    a_member(desk)


@place("settings-member-of-an-approver")
def member_seen(desk: Desk, site: Site) -> None:
    a_member(desk)


@place("settings-member-manager", "owner")
def manager(desk: Desk, site: Site) -> None:
    a_member(desk)
    desk.page.get_by_role("link", name="Change").click()
    confirm_if_asked(desk, site)
    expect(desk.page.locator("[name=manager]")).to_be_visible()


at("settings-chat-new", "/settings/notifications/chats/new", "owner")


@place("second-factor", "owner")
def second_factor(desk: Desk, site: Site) -> None:
    desk.look("/account/second-factor/turn-on")
    confirm_if_asked(desk, site)
    expect(desk.page.locator(".qr")).to_be_visible()


@place("settings-data-preview", "owner")
def data_preview(desk: Desk, site: Site) -> None:
    desk.look("/settings/data/edit")
    confirm_if_asked(desk, site)
    desk.page.get_by_role("group", name="Completed").get_by_label("Erase").fill("30")
    desk.press("Preview")
    expect(desk.page.get_by_role("heading", name="What this would do now")).to_be_visible()


def a_leaver(desk: Desk, site: Site) -> str:
    """Somebody who was removed from the workspace: their address."""
    email = f"left-{time.monotonic_ns()}@myorg.example"
    site.manage("create_person", email, "--workspace", "myorg/production", "--role", "viewer")
    desk.look("/settings/people")
    desk.page.get_by_role("link", name=email).click()
    desk.press(f"Remove {email}")
    confirm_if_asked(desk, site)
    desk.look("/settings/data")
    return email


@place("settings-data-people", "owner")
def people_who_left(desk: Desk, site: Site) -> None:
    email = a_leaver(desk, site)
    expect(desk.page.get_by_role("link", name=f"Erase {email}")).to_be_visible()


@place("settings-erase-person", "owner")
def erase_person(desk: Desk, site: Site) -> None:
    email = a_leaver(desk, site)
    desk.page.get_by_role("link", name=f"Erase {email}").click()
    confirm_if_asked(desk, site)
    expect(desk.page.get_by_role("heading", name=f"Erase {email}")).to_be_visible()
