"""Every page and button of the site, read from its own addresses: who gets nothing out of it, and that looking does nothing.

A new page is covered by being there. What is for everybody, and what only owners and admins may do, is in `places.py`.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from intents.accounts.models import Member, Session, User, Workspace
from intents.kernel import clock
from tests import turns
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser, Page
from tests.security.conftest import Unchanged
from tests.security.places import FOR_ADMINS, FORM, NOWHERE, OWN, PLACES, PUBLIC, SIGNED_IN, WITH_IDS, places, store

__all__ = ["places", "store"]


def both(browser: Browser, path: str) -> Iterator[Page]:
    """What looking and sending a form give, but for the bare word that this place takes no such method, and the way to the
    page above, which stands at an address that only a button sends to."""
    for page in (browser.get(path), browser.post(path, dict(FORM))):
        leads_up = page.status == 302 and path.startswith(f"{page.location}/")
        if (page.status, page.raw) != (405, b"") and not leads_up:
            yield page


@turns.one(0, of=1)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    places: dict[str, str], unchanged: Unchanged, bob: PersonCaller, vera: PersonCaller
) -> None:
    suspended, expired, revoked = Browser().sign_in(vera.user), Browser().sign_in(bob.user), Browser().sign_in(bob.user)
    Session.objects.filter(id=expired.session.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    Session.objects.filter(id=revoked.session.id).delete()
    User.objects.filter(id=vera.user.id).update(is_active=False)
    # What is in force is told at one place: a page that does not ask there answers any of them.
    nobody = (Browser(), suspended, expired, revoked)
    for number, place in enumerate(SIGNED_IN):
        with unchanged(place):
            for browser in turns.within(nobody, number):
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
                # As a whole word: the random token of a form may hold a short name by chance.
                there = re.search(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", page.html)
                assert value in ("order-service", "abc", "crm") or there is None


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


@turns.one(0, of=1)
def test_looking_at_a_page_changes_nothing(
    places: dict[str, str],
    unchanged: Unchanged,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    machine: KeyCaller,
) -> None:
    owner, *others = [Browser().sign_in(one.user).confirmed() for one in (alice, bob, vera, charlie)]
    others.append(Browser())
    for number, place in enumerate(PLACES):
        with unchanged(place):
            looks = [(browser, "GET") for browser in (owner, *turns.within(others, number))]
            # What these methods do hangs on the place, hardly on who is there: each place meets one of them.
            looks += [((owner, *others)[number % 5], method) for method in ("HEAD", "OPTIONS")]
            for browser, method in looks:
                page = browser.send(method, place.at(places))
                assert page.status < 500, page.text
            assert owner.get(place.at(places), authorization=machine.headers["x-api-key"]).status < 500


def test_a_button_takes_the_token_of_its_page(places: dict[str, str], unchanged: Unchanged, alice: PersonCaller) -> None:
    browser = Browser().sign_in(alice.user).confirmed()
    for place in SIGNED_IN:
        with unchanged(place):
            page = browser.post(place.at(places), FORM | {"csrfmiddlewaretoken": "x" * 32})
            assert page.status == 403
            assert "This form is out of date" in page.text


def test_the_clock_of_these_tests_is_the_database(database: None) -> None:
    """Sessions above expire by the application's time: both must agree to a second."""
    before, read, after = timezone.now(), clock.now(), timezone.now()
    assert before - timedelta(seconds=1) < read < after + timedelta(seconds=1)
