"""Coming in."""

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import at, owners, place

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
at("offline", "/offline", "nobody")
at("sign-in-code", "/_design/code", "nobody")
at("sign-out", "/sign-out")
for rare in ("setup-begun", "suspended", "password-changed", "recovery-codes", "invitation-expired", "invitation-sign-in"):
    at(rare, f"/_design/rare/{rare}", "nobody")
for rare in ("no-workspace", "invitation-join", "invitation-of-another", "slack-link", "teams-link"):
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


# The reference, which anybody may read.
at("docs", "/docs", "nobody")
at("docs-section", "/docs/people", "nobody")
at("docs-guide", "/docs/guides/waits", "nobody")


@place("command-line", "manager")
def command_line(desk: Desk, site: Site) -> None:
    asked = site.post("/auth/cli-grants", None)
    path = asked["approval_url"][asked["approval_url"].index("/auth/") :]
    desk.look(f"{path}&grant={asked['grant_id']}")
    expect(desk.page.get_by_text(asked["user_code"])).to_be_visible()


at("exchange-over", "/auth/exchange?token=nonsense", "nobody")
