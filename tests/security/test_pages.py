"""Every page and button of the site, read from its own addresses: who gets nothing out of it, and that looking does nothing.

A new page is covered by being there. What is for everybody, and what only owners and admins may do, is listed here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.urls import URLPattern, reverse
from django.utils import timezone

from inbox.operations.selectors import own_views
from inbox.urls import urlpatterns
from intents.accounts.models import Agent, Member, Session, User, Workspace
from intents.accounts.services import groups, invitations, tenancy
from intents.engine.models import Tool
from intents.kernel import clock
from intents.kernel.actors import Role
from tests.callers import SETUP, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import person
from tests.pages.browser import Browser, Page
from tests.security.conftest import Store, Unchanged
from tests.security.routes import UNKNOWN

PUBLIC = {
    "session",
    *("account_login", "account_inactive", "account_reset_password", "account_reset_password_done"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done", "setup", "invitation", "settings"),
}
"""For everybody. Of these `settings` only leads on, and the two with a secret in them show a way in to who knows it."""
FOR_ADMINS = {
    *("settings-change-role", "settings-remove-member", "settings-invite", "settings-invite-again"),
    *("settings-revoke-invitation", "settings-create-group", "settings-rename-group", "settings-delete-group"),
    *("settings-join-group", "settings-leave-group", "settings-create-agent", "settings-delete-agent"),
    *("settings-create-policy", "settings-policy", "settings-delete-policy", "settings-move-policy"),
    *("confirm-create-policy", "confirm-policy", "settings-create-key", "settings-rotate-key", "settings-revoke-key"),
    *("settings-set-manager", "settings-set-owner"),
    *("settings-new-calendar", "settings-edit-calendar", "settings-delete-calendar", "settings-new-schedule"),
    *("settings-edit-schedule", "settings-delete-schedule", "settings-stand-in", "settings-stand-down"),
    *("settings-suspend-member", "settings-unsuspend-member", "confirm-set-manager", "confirm-invite"),
    *("confirm-create-key", "confirm-rotate-key"),
    *("settings-agent-delivery", "confirm-agent-delivery", "settings-rotate-secret", "confirm-rotate-secret"),
    *("operations-new-endpoint", "operations-edit-endpoint", "operations-rotate-endpoint", "operations-test-endpoint"),
    *("operations-disable-endpoint", "operations-enable-endpoint", "operations-delete-endpoint"),
    *("confirm-new-endpoint", "confirm-edit-endpoint", "confirm-rotate-endpoint"),
    *("settings-new-tool", "confirm-new-tool", "settings-edit-tool", "confirm-edit-tool", "settings-remove-tool"),
    *("settings-edit-data", "confirm-data", "operations-erase", "settings-erase-person", "confirm-erase-person"),
    *("confirm-new-calendar", "confirm-calendar", "confirm-new-schedule", "confirm-schedule", "confirm-stand-in"),
}
OWN = {"settings-end-session", "settings-revoke-token", "settings-remove-address"}
"""Of a person's own things: another's are unknown to everybody."""
FORM = {
    "name": "x",
    "email": "z@myorg.example",
    "role": "viewer",
    "scope": "own",
    "days": "30",
    "overlap": "0",
    "outcome": "approved",
    "comment": "x",
    "question": "x",
    "text": "x",
    "reason": "x",
    "until": "2999-01-01T00:00",
    "to": "alice@myorg.example",
    "time_zone": "UTC",
    "theme": "dark",
    "density": "dense",
    "code": "1",
    "password": "x",
    "oldpassword": "x",
    "password1": "a new long one",
    "password2": "a new long one",
    "to_agent": "billing",
    "hours": "2",
    "q": "is:stuck",
}


@dataclass(frozen=True)
class Place:
    name: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    def at(self, ids: dict[str, str]) -> str:
        """KeyError for a parameter nobody thought of."""
        return reverse(self.name, kwargs={name: ids[name] for name in self.parameters})


PLACES = [
    Place(one.name, tuple(one.pattern.converters) or tuple(one.pattern.regex.groupindex))
    for one in urlpatterns
    if isinstance(one, URLPattern) and one.name
]
SIGNED_IN = [place for place in PLACES if place.name not in PUBLIC]
WITH_IDS = [place for place in SIGNED_IN if place.parameters]


@pytest.fixture
def store(store: Store) -> Store:
    """Without bookkeeping: what a browser is at and when it was last seen, how often somebody tried something, and which
    tasks a person has looked at."""
    tables = sorted(set(store.tables) - {"intents_session", "intents_tries", "inbox_opened"})
    return Store([*tables, "mfa_authenticator", "account_emailaddress"])


@pytest.fixture
def places(ids: dict[str, str], workspace: Workspace, alice: PersonCaller, bob: PersonCaller) -> dict[str, str]:
    """The path parameters of things that exist in Alice's workspace."""
    invitation, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="i@myorg.example")
    gone = make_person(workspace, "gone@myorg.example", Role.VIEWER)
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=gone.user))
    view = own_views(person(alice)).create(
        workspace=workspace, user=alice.user, name="Mine", q="is:stuck", created_at=clock.now()
    )
    return ids | {
        "token": token,
        "endpoint_id": ids["subscription_id"],
        "invitation_id": str(invitation.id),
        "view_id": str(view.id),
        "user_id": str(gone.user.id),
        "group_id": str(groups.create_group(actor=SETUP, workspace=workspace, name="Finance").id),
        "member_id": str(Member.objects.get(user=bob.user).id),
        "agent_id": str(Agent.objects.get(name="order-service").id),
        "tool_id": str(Tool.objects.get().id),
        "token_id": str(alice.token.id),
        "session_id": str(Browser().sign_in(alice.user).session.id),
        "uidb36": "abc",
        "key": "nonsense",
    }


NOWHERE = {
    **dict.fromkeys(
        ("task_id", "invitation_id", "group_id", "member_id", "agent_id", "key_id", "token_id", "policy_id", "address_id"),
        UNKNOWN,
    ),
    **dict.fromkeys(
        (
            "calendar_id",
            "schedule_id",
            "override_id",
            "view_id",
            "intent_id",
            "bulk_id",
            "delivery_id",
            "tool_id",
            "user_id",
        ),
        UNKNOWN,
    ),
    **dict.fromkeys(("session_id", "message_id", "endpoint_id"), UNKNOWN),
    "token": "nonsense",
    "uidb36": "abc",
    "key": "nonsense",
}


def both(browser: Browser, path: str) -> Iterator[Page]:
    """What looking and sending a form give, but for the bare word that this place takes no such method."""
    for page in (browser.get(path), browser.post(path, dict(FORM))):
        if (page.status, page.raw) != (405, b""):
            yield page


def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    places: dict[str, str], unchanged: Unchanged, bob: PersonCaller, vera: PersonCaller
) -> None:
    suspended, expired, revoked = Browser().sign_in(vera.user), Browser().sign_in(bob.user), Browser().sign_in(bob.user)
    Session.objects.filter(id=expired.session.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    Session.objects.filter(id=revoked.session.id).delete()
    User.objects.filter(id=vera.user.id).update(is_active=False)
    for place in SIGNED_IN:
        with unchanged(place):
            for browser in (Browser(), suspended, expired, revoked):
                for page in both(browser, place.at(places)):
                    assert page.status in (302, 303), (page.status, page.text)
                    assert page.location.startswith("/sign-in")


def test_the_question_who_is_signed_in_names_nobody_whose_session_ended(bob: PersonCaller, vera: PersonCaller) -> None:
    suspended, expired, revoked = Browser().sign_in(vera.user), Browser().sign_in(bob.user), Browser().sign_in(bob.user)
    assert str(bob.user.id) in expired.get("/session").text
    Session.objects.filter(id=expired.session.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    Session.objects.filter(id=revoked.session.id).delete()
    User.objects.filter(id=vera.user.id).update(is_active=False)
    for browser in (Browser(), suspended, expired, revoked):
        assert '"user": null, "name": ""' in browser.get("/session").text


def test_whoever_was_removed_from_the_workspace_finds_nothing(
    places: dict[str, str], unchanged: Unchanged, vera: PersonCaller
) -> None:
    browser = Browser().sign_in(vera.user).confirmed()
    Member.objects.filter(user=vera.user).delete()
    for place in SIGNED_IN:
        if not place.name.startswith(("account_", "mfa_")):
            with unchanged(place):
                for page in both(browser, place.at(places)):
                    assert page.status == 403
                    assert "You belong to no workspace" in page.text


def test_a_foreign_id_is_as_unknown_as_any(
    places: dict[str, str], unchanged: Unchanged, charlie: PersonCaller, bob: PersonCaller
) -> None:
    for place in WITH_IDS:
        for caller in [charlie, bob] if place.name in OWN else [charlie]:
            with unchanged(place):
                browser = Browser().sign_in(caller.user).confirmed()
                for foreign, nowhere in zip(both(browser, place.at(places)), both(browser, place.at(NOWHERE)), strict=True):
                    # Buttons that lead back to where one came from say there what was wrong, as they would of any id.
                    assert foreign.status == nowhere.status
                    # The proof of an address is of one account alone: to any other it is no proof.
                    assert foreign.status in ((403,) if place.name == "verify" else (302, 303, 404))
                    asked = {places[name] for name in place.parameters}
                    told = {value for value in places.values() if value not in asked and len(value) > 30}
                    assert not [value for value in told if value in foreign.html]


def test_a_page_shows_nothing_of_another_workspace(
    places: dict[str, str], unchanged: Unchanged, charlie: PersonCaller, workspace: Workspace
) -> None:
    browser = Browser().sign_in(charlie.user).confirmed()
    for place in [place for place in SIGNED_IN if not place.parameters]:
        with unchanged(place):
            page = browser.get(place.at({}))
            for value in (*places.values(), str(workspace.id), "myorg"):
                assert value in ("order-service", "abc", "crm") or value not in page.html


def test_what_only_owners_and_admins_may_do_is_refused_to_others(
    places: dict[str, str],
    unchanged: Unchanged,
    alice: PersonCaller,
    olga: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
) -> None:
    theirs = places | {"member_id": str(Member.objects.get(user=alice.user).id)}
    for who in (olga, bob, vera):
        browser = Browser().sign_in(who.user).confirmed()
        for place in [place for place in PLACES if place.name in FOR_ADMINS]:
            with unchanged(f"{who.user.email} {place}"):
                assert browser.post(place.at(theirs), dict(FORM)).status == 403


def test_every_name_of_these_lists_is_a_place() -> None:
    assert {place.name for place in PLACES} >= PUBLIC | FOR_ADMINS | OWN


@pytest.mark.slow
def test_looking_at_a_page_changes_nothing(
    places: dict[str, str],
    unchanged: Unchanged,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    machine: KeyCaller,
) -> None:
    browsers = [Browser(), *(Browser().sign_in(one.user).confirmed() for one in (alice, bob, vera, charlie))]
    for place in PLACES:
        with unchanged(place):
            for browser in browsers:
                for method in ("GET", "HEAD", "OPTIONS"):
                    page = browser.send(method, place.at(places))
                    assert page.status < 500, page.text
            assert browsers[1].get(place.at(places), authorization=machine.headers["x-api-key"]).status < 500


def test_a_button_takes_the_token_of_its_page(places: dict[str, str], unchanged: Unchanged, alice: PersonCaller) -> None:
    browser = Browser().sign_in(alice.user).confirmed()
    for place in SIGNED_IN:
        with unchanged(place):
            page = browser.post(place.at(places), FORM | {"csrfmiddlewaretoken": "x" * 32})
            assert page.status == 403
            assert "This form is out of date" in page.text


def test_the_clock_of_these_tests_is_the_database(database: None) -> None:
    """Sessions above expire by the application's time: both must agree to a second."""
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=1)
