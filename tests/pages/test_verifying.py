"""An address that somebody typed names them only once they showed that they get its mail."""

import re

import pytest

from inbox.notifications.models import Notification
from inbox.tasks import selectors
from inbox.tasks.models import Task
from inbox.tasks.selectors import mentions
from intents.accounts import proofs
from intents.accounts.models import Invitation, Member, Session, User, Workspace
from intents.accounts.services import invitations, tenancy
from intents.kernel.actors import Role
from intents.kernel.errors import Conflict, InvalidField
from intents.sending.models import Email
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person, token_for
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox
from tests.pages.browser import Browser

PASSWORD = "correct horse battery"
CFO = "cfo@myorg.example"


def join(token: str, email: str = CFO) -> Browser:
    """Take an invitation by its page."""
    browser = Browser()
    browser.get(f"/invitations/{token}")
    page = browser.post(f"/invitations/{token}", {"name": "Mallory", "email": email, "password": PASSWORD})
    assert (page.status, page.location) == (302, "/")
    return browser


@pytest.fixture
def taken(alice: PersonCaller) -> Browser:
    """The browser of somebody who took an open invitation and typed an address."""
    made = alice.post("/invites/create", {"owner_agent": "demo", "role": "approver"}).ok()
    return join(made["token"])


@pytest.fixture
def taker(taken: Browser, workspace: Workspace) -> PersonCaller:
    return token_for(workspace, User.objects.get(email=CFO))


def mailed(mailbox: Mailbox, path: str = "/account/address/") -> str:
    """The path of the only link that begins like this in the mails."""
    send()
    found = re.findall(rf"https?://[^/\s]+({path}\S+)", "".join(mail.get_content() for mail in mailbox.mails))
    (link,) = set(found)
    return str(link)


def test_a_typed_address_gives_no_say_in_what_was_put_to_it_before(
    shop: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    before = ask(shop, assignees=[CFO], title="Pay the invoice")
    made = alice.post("/invites/create", {"owner_agent": "demo", "role": "approver"}).ok()
    browser = join(made["token"])
    taker = token_for(Member.objects.get(user=bob.user).workspace, User.objects.get(email=CFO))
    assert before.decide(taker, "approved").status == 403
    assert before.task(taker)["may_decide"] is False
    assert "Pay the invoice" not in browser.get("/inbox").text
    page = browser.post(f"/inbox/{before.task_id}/decide", {"outcome": "approved"})
    assert page.status >= 400
    assert before.task(alice)["status"] == "WAITING"


@pytest.mark.parametrize("odd", ["\u200b", "\u00ad", "\u2060", "\ufe0f"])
def test_nobody_joins_by_an_address_that_reads_like_anothers(odd: str, alice: PersonCaller, bob: PersonCaller) -> None:
    """Such characters vanish from a domain on the network too: its mail would go to whom it reads like."""
    typed = bob.user.email + odd
    token = alice.post("/invites/create", {"owner_agent": "demo", "role": "approver"}).ok()["token"]
    page = Browser().post(f"/invitations/{token}", {"name": "Mallory", "email": typed, "password": PASSWORD})
    assert page.status == 422
    assert f"U+{ord(odd):04X}" in page.text or "valid email address" in page.text
    invited = alice.post("/invites/create", {"owner_agent": "demo", "role": "approver", "email": typed})
    assert (invited.status, invited.json["error"]["details"]["field"]) == (422, "email")
    with pytest.raises(InvalidField):
        tenancy.create_person(actor=SETUP, email=typed)
    assert not User.objects.filter(email__contains=odd)


@pytest.mark.parametrize("assignees", [[CFO], [CFO.upper(), "nobody@partner.example"]])
def test_nor_in_what_is_put_to_it_later(assignees: list[str], shop: KeyCaller, taker: PersonCaller) -> None:
    later = ask(shop, assignees=assignees)
    assert later.decide(taker, "approved").status == 403
    assert all(one.user_id != taker.user.id for one in selectors.deciders(Task.objects.get(id=later.task_id)))
    send()
    assert not Notification.objects.filter(user=taker.user).exists(), "they are told nothing of it"


def test_the_role_they_were_invited_with_works(shop: KeyCaller, taker: PersonCaller) -> None:
    ask(shop, assignees=["approver"]).decide(taker, "approved").ok()


def test_a_task_put_to_it_alone_counts_as_stuck(shop: KeyCaller, taker: PersonCaller, workspace: Workspace) -> None:
    later = ask(shop, assignees=[CFO])
    assert [str(one) for one in selectors.unroutable(workspace.id)] == [later.task_id]


def test_nobody_delegates_mentions_or_hands_an_agent_to_it(
    shop: KeyCaller, alice: PersonCaller, taker: PersonCaller, workspace: Workspace
) -> None:
    asked = ask(shop, assignees=["owner"])
    assert asked.post(alice, "delegate", {"to": CFO}).status == 422
    assert mentions.members(workspace_id=workspace.id, named=[CFO, "cfo"]) == []
    bob = make_person(workspace, "bob@myorg.example", Role.APPROVER)
    member = Member.objects.get(user=bob.user)
    answer = alice.patch(f"/organizations/{workspace.organization_id}/members/{member.id}", {"manager": CFO})
    assert answer.status == 422


def test_the_link_that_is_mailed_verifies_by_its_button(
    shop: KeyCaller, taken: Browser, taker: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, assignees=[CFO])
    path = mailed(mailbox)
    assert mailbox.mails[-1]["To"] == CFO
    assert "is not verified yet" in taken.get("/settings/security").text
    assert "Verify your email address" in taken.get(path).text
    assert asked.decide(taker, "approved").status == 403, "opening it changes nothing"
    assert taken.post(path).location == "/settings/security"
    page = taken.get("/settings/security").text
    assert "Your email address is verified." in page
    assert "is not verified yet" not in page
    token = token_for(Member.objects.get(user=taker.user).workspace, taker.user)
    asked.decide(token, "approved").ok()


def test_the_mails_reader_alone_vouches_for_nobody(taken: Browser, bobs: Browser, mailbox: Mailbox) -> None:
    path = mailed(mailbox)
    assert Browser().get(path).location.startswith("/sign-in?next=")
    assert Browser().post(path).location.startswith("/sign-in")
    assert bobs.post(path).status == 403
    assert taken.post(path[:-1] + ("a" if path[-1] != "a" else "b")).status == 403
    assert User.objects.get(email=CFO).email_verified_at is None


def test_the_link_ends_after_three_days(now: SettableClock, taken: Browser, mailbox: Mailbox) -> None:
    path = mailed(mailbox)
    now.advance(days=3, seconds=1)
    again = Browser().sign_in(User.objects.get(email=CFO))
    assert again.post(path).status == 403
    assert User.objects.get(email=CFO).email_verified_at is None


def test_the_mail_is_sent_again_but_not_without_end(taken: Browser, mailbox: Mailbox) -> None:
    for _ in range(proofs.MOST_A_DAY + 2):
        page = taken.post("/account/address/again")
        assert page.status in (302, 303)
    assert Email.objects.filter(to=CFO).count() == proofs.MOST_A_DAY
    assert "try again tomorrow" in taken.get("/settings/security").text


def test_the_real_one_takes_the_address_over_by_an_invitation_that_is_mailed(
    shop: KeyCaller, taken: Browser, taker: PersonCaller, alice: PersonCaller, mailbox: Mailbox
) -> None:
    asked = ask(shop, assignees=[CFO])
    alice.post("/invites/create", {"owner_agent": "demo", "role": "approver", "email": CFO}).ok()
    path = mailed(mailbox, "/invitations/")
    real = Browser()
    assert "Sign in" in real.get(path).text, "whoever has that account already can keep it"
    assert taken.get("/inbox").status == 200, "opening it changes nothing"
    assert real.post(path, {"name": "Clara", "password": "another good secret"}).location == "/"
    clara = User.objects.get(email=CFO)
    assert (clara.name, clara.id == taker.user.id) == ("Clara", False)
    assert "not verified" not in real.get("/settings/security").text
    assert taken.get("/inbox").location.startswith("/sign-in"), "the other's session has ended"
    assert taker.get("/tasks").status == 401, "and so has their token"
    assert not Session.objects.filter(user=taker.user).exists()
    asked.decide(token_for(Member.objects.get(user=clara).workspace, clara), "approved").ok()


def test_who_is_signed_in_with_that_account_keeps_it(taken: Browser, other_workspace: Workspace, mailbox: Mailbox) -> None:
    _, token = invitations.invite(actor=SETUP, workspace=other_workspace, role=Role.VIEWER, email=CFO)
    assert taken.post(f"/invitations/{token}").location == "/"
    user = User.objects.get(email=CFO)
    assert user.email_verified_at is not None
    assert Member.objects.filter(user=user).count() == 2


def test_a_verified_account_is_never_taken_over(charlie: PersonCaller, workspace: Workspace) -> None:
    _, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email=charlie.user.email)
    with pytest.raises(Conflict):
        invitations.join_as_new(token=token, email="", name="X", password=PASSWORD)
    assert Invitation.objects.get().accepted_at is None


def test_a_new_password_by_mail_ends_the_tokens_of_who_typed_the_address(
    taken: Browser, taker: PersonCaller, mailbox: Mailbox
) -> None:
    Browser().post("/account/forgotten", {"email": CFO})
    path = mailed(mailbox, "/account/new-password/")
    browser = Browser()
    page = browser.get(path)
    page = browser.post(page.location, {"password1": "another good secret", "password2": "another good secret"})
    assert page.location == "/account/new-password/done"
    assert taker.get("/tasks").status == 401
    assert taken.get("/inbox").location.startswith("/sign-in")


def test_who_was_registered_by_others_is_verified(alice: PersonCaller, workspace: Workspace) -> None:
    assert alice.user.email_verified_at is not None
    assert tenancy.create_person(actor=SETUP, email="x@myorg.example").email_verified_at is not None
