"""What is left, and the page for which somebody signs in."""

from playwright.sync_api import expect

from tests.browser.conftest import Desk, Site
from tests.browser.places.base import asked, at, place

at("notifications", "/notifications")
at("operations-intents", "/operations/intents?q=is:open", "owner")
at("operations-intents-refused", "/operations/intents?q=is:wating", "owner")


@place("operations-intent", "owner")
def an_intent(desk: Desk, site: Site) -> None:
    site.ask({"title": "A refund to look at"}, {"amount": 129})
    desk.look("/operations/intents?q=is:waiting")
    desk.page.locator(".intents tbody a").first.click()
    expect(desk.page.get_by_role("heading", name="Timeline")).to_be_visible()


@place("operations-order-bulk", "owner")
def a_bulk_ordered(desk: Desk, site: Site) -> None:
    site.ask({"title": "A refund that waits"}, {"amount": 129})
    desk.look("/operations/bulk/new?q=is:waiting")
    desk.page.get_by_label("Retry now").check()
    desk.page.get_by_label("Reason").fill("the vendor is back")
    desk.page.get_by_role("button", name="Preview").click()
    expect(desk.page.get_by_role("heading", name="What will happen")).to_be_visible()


@place("operations-bulk", "owner")
def a_bulk(desk: Desk, site: Site) -> None:
    desk.look(f"/operations/bulk/new?id={site.ask({'title': 'A refund that takes longer'}, {'amount': 129})}")
    desk.page.get_by_label("Set the deadline").check()
    desk.page.get_by_label("Hours from now").fill("400")
    desk.page.get_by_label("Reason").fill("the vendor is back")
    desk.page.get_by_role("button", name="Preview").click()
    desk.page.get_by_role("button", name="Set the deadline:").click()
    expect(desk.page.get_by_text("Done", exact=True).first).to_be_visible(timeout=30_000)


# From right to left.
at("inbox-arabic", "/inbox", language="ar")
at("profile-arabic", "/settings/profile", language="ar")
at("overview-arabic", "/operations", "owner", language="ar")


@place("task-arabic", language="ar")
def a_task_from_right_to_left(desk: Desk, site: Site) -> None:
    asked(desk, site, {"title": "Refund in another direction"})


# Long words.
at("policy-german", "/settings/policies/new", "owner", language="de")

at("operations-bulks", "/operations/bulk", "owner")
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
