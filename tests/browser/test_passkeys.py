"""Passkeys in a real browser, whose authenticator is a virtual one."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Desks, Site
from tests.browser.places.base import soon


def plug_in(page: Page) -> None:
    """A device that keeps passkeys and verifies who holds it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_signs_in_and_confirms_a_critical_decision(desks: Desks, site: Site) -> None:
    email = "paula@myorg.example"
    password = site.password_of(email, "myorg/production", "approver")
    desk = desks.nobody()
    desk.refused = "403|422"
    page, at = desk.page, site.url.replace("127.0.0.1", "localhost")
    plug_in(page)
    page.goto(f"{at}/sign-in")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/inbox*")
    page.goto(f"{at}/settings/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("row").filter(has_text="Laptop")).to_be_visible()
    expect(page.get_by_text("second factor only")).to_have_count(0)

    page.goto("about:blank")  # it asks for nothing that would lead to the sign-in page
    page.context.clear_cookies()
    page.goto(f"{at}/sign-in?next=/settings/security")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/settings/security")

    site.manage("shell", "-c", OLD_SIGN_INS)
    task = {"title": "Delete the bucket?", "assignees": [email], "risk": "high"}
    intent_id = site.ask(task, {"bucket": "old"}, deadline_at=soon(30))
    page.goto(f"{at}/inbox/{site.task_id(intent_id)}")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator("#detail[data-seen=yes] dialog.confirm")).to_be_visible()
    page.get_by_role("button", name="Confirm with a passkey").click()
    expect(page.locator("dialog.confirm")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("Approved")
    assert site.state(intent_id) == "decided"


OLD_SIGN_INS = """
from intents.accounts.models import Session
from intents.accounts.sessions import SessionStore
for row in Session.objects.filter(user__email="paula@myorg.example"):
    data = SessionStore().decode(row.data)
    data["account_authentication_methods"] = [one | {"at": 0} for one in data["account_authentication_methods"]]
    row.data = SessionStore().encode(data)
    row.save()
"""
"""She signed in long ago."""
