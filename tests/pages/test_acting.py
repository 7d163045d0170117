"""Who a page takes its reader for, and how soon that ends."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path

from axme_site import urls
from inbox.views.kit import acting
from inbox.views.kit.acting import Request, signed_in
from intents import seats
from intents.accounts.models import Member, Session, User, Workspace
from intents.accounts.services import groups, tenancy
from intents.accounts.sessions import prune
from intents.kernel.actors import Role
from tests.callers import SETUP, PersonCaller, make_person, make_workspace
from tests.conftest import SettableClock
from tests.pages.browser import Browser


@signed_in
def whoami(request: Request) -> HttpResponse:
    person = request.person
    told = {"email": person.email, "role": person.role, "workspace": str(person.workspace_id)}
    return JsonResponse(told | {"session": str(person.credential_id)})


urlpatterns = [*urls.urlpatterns, path("whoami", whoami)]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def browser(bob: PersonCaller) -> Browser:
    return Browser().sign_in(bob.user)


def test_a_signed_in_member_acts_in_their_workspace(browser: Browser, workspace: Workspace) -> None:
    page = browser.get("/whoami")
    assert page.status == 200
    assert f'"workspace": "{workspace.id}"' in page.html
    assert '"role": "approver"' in page.html
    assert page.headers["cache-control"] == "no-store"


def test_nobody_is_sent_to_sign_in_and_back(database: None) -> None:
    page = Browser().get("/whoami?tab=2&x=a b")
    assert (page.status, page.location) == (302, "/sign-in?next=%2Fwhoami%3Ftab%3D2%26x%3Da%2520b")


def test_a_part_of_a_page_is_told_that_nobody_is_signed_in_and_the_page_stays(database: None) -> None:
    for page in (Browser().get("/whoami", HX_Request="true"), Browser().post("/whoami", {"text": "x"}, HX_Request="true")):
        assert (page.status, page.headers["axme-refused"]) == (401, "session")
        assert not {"location", "hx-redirect"} & page.headers.keys()


@pytest.mark.parametrize("where", ["https://localhost//evil.example/", "https://evil.example", "//evil.example", "x"])
def test_nobody_is_sent_to_another_site(where: str, database: None) -> None:
    assert Browser().post("/whoami", {}, Referer=where).location == "/sign-in?next=%2F"


def test_what_was_typed_is_shown_to_who_sent_it_when_the_session_had_ended(database: None) -> None:
    sent = {"comment": "A <long> reason", "password": "s3cret", "outcome": "approved", "payload_digest": "ab"}
    page = Browser().post("/whoami", sent, Referer="http://localhost/inbox?view=mine")
    assert page.status == 401
    assert "You are signed out" in page.text
    assert "A &lt;long&gt; reason" in page.html
    assert "/sign-in?next=%2Finbox%3Fview%3Dmine" in page.html
    assert not any(word in page.html for word in ("s3cret", "<long>"))
    for headers in ({"Referer": "https://evil.example/"}, {"Sec_Fetch_Site": "cross-site", "Referer": "http://localhost/"}):
        page = Browser().post("/whoami", sent, **headers)
        assert page.status == 303
        assert "reason" not in page.html


def test_what_was_typed_into_a_form_that_is_out_of_date_is_shown(browser: Browser) -> None:
    sent = {"comment": "A <long> reason", "csrfmiddlewaretoken": "x" * 32}
    page = browser.post("/whoami", sent, Referer="http://localhost/inbox", Sec_Fetch_Site="same-origin")
    assert (page.status, page.headers["axme-refused"]) == (403, "form")
    assert "A &lt;long&gt; reason" in page.html
    page = browser.post("/whoami", sent, Referer="http://localhost/inbox", Sec_Fetch_Site="cross-site")
    assert (page.status, "reason" in page.html) == (403, False)


def test_an_open_page_learns_who_is_signed_in_and_gets_a_token_that_works(browser: Browser, bob: PersonCaller) -> None:
    page = browser.get("/session")
    found = json.loads(page.html)
    assert (found["user"], page.headers["cache-control"]) == (str(bob.user.id), "no-store")
    sent = browser.post("/whoami", {"csrfmiddlewaretoken": found["token"]})
    assert sent.status == 200
    assert json.loads(Browser().get("/session").html)["user"] is None


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(browser: Browser) -> None:
    browser.get("/sign-in")
    Session.objects.all().delete()
    page = browser.post("/whoami", {}, Referer="http://localhost/inbox?view=mine")
    assert (page.status, page.location) == (303, "/sign-in?next=%2Finbox%3Fview%3Dmine")


def test_the_switcher_chooses_among_ones_own_workspaces_only(
    browser: Browser, bob: PersonCaller, workspace: Workspace, other_workspace: Workspace
) -> None:
    second = make_workspace("myorg", "staging")
    tenancy.set_member(actor=SETUP, workspace=second, user=bob.user, role=Role.VIEWER)
    for wanted, found, role in ((second, second, "viewer"), (other_workspace, workspace, "approver")):
        session = browser.session
        acting.choose(session, wanted.id)
        session.save()
        page = browser.get("/whoami")
        assert str(found.id) in page.html
        assert f'"role": "{role}"' in page.html


def test_the_groups_of_a_person_are_known(browser: Browser, bob: PersonCaller, workspace: Workspace) -> None:
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    groups.join(actor=SETUP, group=group, member=bob.user.memberships.get())
    (seat,) = seats.of(user_id=bob.user.id, session_id=browser.session.id)
    assert seat.person.groups == {group.id}


def test_a_removed_member_is_out_at_the_next_request(browser: Browser, bob: PersonCaller) -> None:
    (person,) = (seat.person for seat in seats.of(user_id=bob.user.id, session_id=browser.session.id))
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=bob.user))
    assert browser.get("/whoami").status == 403
    assert seats.still_seated([person]) == set()


def test_a_suspended_person_is_out_at_the_next_request(browser: Browser, bob: PersonCaller) -> None:
    (person,) = (seat.person for seat in seats.of(user_id=bob.user.id, session_id=browser.session.id))
    User.objects.filter(id=bob.user.id).update(is_active=False)
    assert browser.get("/whoami").status == 302
    assert seats.still_seated([person]) == set()
    assert acting.by_cookie(browser.session.session_key or "") is None


def test_where_somebody_may_act_is_asked_with_who_they_are(browser: Browser, bob: PersonCaller) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/whoami").status == 200
    assert len(captured.captured_queries) == 1, captured.captured_queries


def test_a_session_goes_on_under_a_new_signing_key(browser: Browser, bob: PersonCaller, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key of this server, as long as such a key has to be"
    was = browser.cookies["axme_session"]
    listening = acting.by_cookie(was)
    assert listening is not None
    assert seats.still_seated([listening]) == {listening}
    # What a page asks for at once comes with one cookie.
    for one in (browser, Browser({"axme_session": was})):
        page = one.get("/whoami")
        assert page.status == 200
        assert f'"session": "{browser.session.id}"' in page.html
    assert seats.still_seated([listening]) == {listening}
    settings.SECRET_KEY_FALLBACKS = []
    assert browser.get("/whoami").status == 200


def test_who_changed_their_password_elsewhere_is_signed_out(browser: Browser, bob: PersonCaller) -> None:
    assert browser.get("/whoami").status == 200
    bob.user.set_password("another long password")
    bob.user.save()
    assert browser.get("/whoami").status == 302
    assert not Session.objects.exists()


def test_an_expired_session_is_over(browser: Browser, bob: PersonCaller, now: SettableClock) -> None:
    Session.objects.update(expires_at=now.now + timedelta(seconds=1))
    (person,) = (seat.person for seat in seats.of(user_id=bob.user.id, session_id=browser.session.id))
    assert browser.get("/whoami").status == 200
    assert seats.still_seated([person]) == {person}
    now.advance(seconds=2)
    assert browser.get("/whoami").status == 302
    assert seats.still_seated([person]) == set()
    assert prune() == 1


def test_a_socket_knows_its_person_and_when_they_lose_their_seat(
    browser: Browser, bob: PersonCaller, alice: PersonCaller
) -> None:
    person = acting.by_cookie(browser.cookies["axme_session"])
    assert person is not None
    assert (person.email, person.role) == ("bob@myorg.example", Role.APPROVER)
    listening = acting.by_cookie(Browser().sign_in(alice.user).cookies["axme_session"])
    assert listening is not None
    assert seats.still_seated([person, listening]) == {person, listening}
    tenancy.set_member(actor=SETUP, workspace=Workspace.objects.get(), user=bob.user, role=Role.VIEWER)
    assert seats.still_seated([person, listening]) == {listening}
    browser.session.flush()
    assert acting.by_cookie(browser.cookies["axme_session"]) is None


def test_a_session_is_kept_under_a_hash_of_its_cookie(browser: Browser) -> None:
    (row,) = Session.objects.values()
    assert browser.cookies["axme_session"] not in str(row)


def test_somebody_without_a_workspace_is_told_so(workspace: Workspace) -> None:
    caller = make_person(workspace, "new@myorg.example", Role.VIEWER)
    browser = Browser().sign_in(caller.user)
    Member.objects.all().delete()
    page = browser.get("/whoami")
    assert page.status == 403
    assert "You belong to no workspace" in page.text
    assert "new@myorg.example" in page.text
