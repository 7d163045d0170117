"""Links of before a move lead to the other cell, and the menu names the workspaces that are there."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from axme_site.cell_settings import Cell
from axme_site.cells import elsewhere, leading, moving, sessions
from intents.accounts.models import Member, User, Workspace
from intents.accounts.services import invitations
from intents.kernel import statements
from intents.kernel.actors import Role
from tests import templates, turns
from tests.callers import SETUP, KeyCaller, PersonCaller
from tests.cells.elsewhere import NOWHERE
from tests.cells.moved import PATH
from tests.cells.test_directory import place
from tests.pages import browser
from tests.pages.browser import Browser

EAST = "https://east.example"
SIGN_IN = "/sign-in?"


@pytest.fixture(autouse=True)
def leads(database: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process has another cell beside it, which has just the same rows."""
    cell(settings, templates.url(str(connection.settings_dict["NAME"])))
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "axme_site.cells.leading.LeadingMiddleware"]
    monkeypatch.setattr(browser, "_django", [])
    # However slow this test is.
    monkeypatch.setattr(sessions, "ASK_SECONDS", 60)
    monkeypatch.setattr(elsewhere, "KNOWN_SECONDS", float("inf"))
    elsewhere.forget()
    yield
    elsewhere.forget()


@pytest.fixture
def alices(alice: PersonCaller) -> Browser:
    return Browser().sign_in(alice.user)


def cell(settings: Settings, database_url: str, base_url: str = EAST) -> None:
    settings.CELLS = {"east": Cell("east", database_url, "http://east.internal:8000", base_url)}


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what links name nothing is in this cell."""
    monkeypatch.setattr(elsewhere, "statements", SimpleNamespace(rows=lambda *_: []))


def location(page: browser.Page) -> str:
    return page.location if page.status == 302 else f"{page.status}"


@pytest.mark.usefixtures("nothing_here")
def test_a_link_to_what_another_cell_has_leads_there_with_all_of_its_path(
    shop: KeyCaller, alices: Browser, workspace: Workspace
) -> None:
    intent_id = shop.submit()
    paths = (f"/inbox/{intent_id}?a=1&b=%2F", f"/operations/intents/{intent_id}", f"/settings/groups/{intent_id}")
    for path in paths:
        assert location(Browser().get(path)) == f"{EAST}{path}"
    gone = f"/inbox/{intent_id}/nowhere"
    assert location(alices.get(gone)) == f"{EAST}{gone}"
    assert location(Browser().send("HEAD", paths[0])) == f"{EAST}{paths[0]}"
    _, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="i@myorg.example")
    assert location(Browser().get(f"/invitations/{token}x")) == "404"


@pytest.mark.parametrize("limit", ["STRANGERS_LINKS", "ALL_STRANGERS_LINKS"])
@pytest.mark.usefixtures("nothing_here")
def test_of_who_tries_ids_few_are_looked_up(
    shop: KeyCaller, alices: Browser, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(leading, limit, 0)
    path = f"/inbox/{shop.submit()}"
    assert location(Browser(address="192.0.2.7").get(path)).startswith(SIGN_IN)
    assert location(alices.get(f"{path}/nowhere")) == f"{EAST}{path}/nowhere"
    monkeypatch.setattr(leading, "ONES_LINKS", 0)
    assert location(alices.get(f"{path}/nowhere")) == "404"


@pytest.mark.usefixtures("nothing_here")
def test_nobody_is_led_to_a_host_that_is_none_of_the_cells(shop: KeyCaller) -> None:
    intent_id = shop.submit()
    for path in (f"//evil.example/{intent_id}", f"/@evil.example/{intent_id}", f"/x//evil.example/{intent_id}"):
        assert location(Browser().get(path)).startswith(f"{EAST}/")


@pytest.mark.usefixtures("nothing_here")
def test_what_is_no_link_of_a_browser_is_not_led_on(shop: KeyCaller, settings: Settings) -> None:
    path = f"/inbox/{shop.submit()}"
    assert Browser().post(path).location.startswith(SIGN_IN)
    assert Browser().get(path, hx_request="true").status == 401
    assert Browser().get(f"/v1/intents/{path}").status == 404
    assert location(Browser().get(f"/inbox/{uuid4()}")).startswith(SIGN_IN)
    for database_url, base_url in ((templates.url(str(connection.settings_dict["NAME"])), ""), (NOWHERE, EAST)):
        cell(settings, database_url, base_url)
        elsewhere.forget()
        assert location(Browser().get(path)).startswith(SIGN_IN)


def test_what_this_cell_has_is_answered_here(shop: KeyCaller, workspace: Workspace) -> None:
    path = f"/inbox/{shop.submit()}"
    assert location(Browser().get(path)).startswith(SIGN_IN)
    # Left here, and not in charge any more; but of the other cell the same holds, so that nobody goes in a circle.
    place(workspace.id, "moved")
    assert location(Browser().get(path)).startswith(SIGN_IN)


def test_who_chose_a_workspace_that_was_moved_is_led_after_it_once(alices: Browser) -> None:
    session, moved = alices.session, uuid4()
    session["workspace"] = str(moved)
    session.save()
    place(moved, "moved")
    assert alices.get("/settings/profile", sec_fetch_mode="cors").status == 200  # what a page asks for uses up nothing
    assert location(alices.get("/settings/profile?a=1", sec_fetch_mode="navigate")) == f"{EAST}/settings/profile?a=1"
    assert alices.get("/settings/profile").status == 200


def test_the_menu_names_workspaces_elsewhere_and_asks_once(
    alice: PersonCaller, alices: Browser, workspace: Workspace, settings: Settings
) -> None:
    link = f'<a href="{EAST}/?workspace={workspace.id}">'
    assert link in alices.get("/inbox").html
    cell(settings, NOWHERE)
    assert link in alices.get("/inbox").html
    assert elsewhere.seats(User(id=uuid4(), email=alice.user.email)) == []
    elsewhere.forget()
    assert link not in alices.get("/inbox").html
    assert alices.get("/inbox").status == 200
    Member.objects.filter(user=alice.user).delete()
    shown = alices.get("/inbox")
    assert (shown.status, "does not answer" in shown.text) == (503, True), "whether they belong to none is not known"


def test_what_a_cell_did_not_tell_is_asked_again_sooner(
    alice: PersonCaller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "AWAY_SECONDS", 0.0)
    known = dict(settings.CELLS)
    cell(settings, NOWHERE)
    assert elsewhere.seats(alice.user) == []
    settings.CELLS = known
    assert elsewhere.seats(alice.user) != []


def test_a_cell_that_takes_too_long_is_asked_once_and_keeps_its_session(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Cell] = []

    def connect(to: Cell) -> Any:
        connected.append(to)
        return sessions.connect(to)

    monkeypatch.setattr(elsewhere, "connect", connect)
    asked = elsewhere._Asked(settings.CELLS["east"])
    try:
        assert asked.rows("SELECT set_config('statement_timeout', '50ms', false)", {}) == [("50ms",)]
        assert asked.rows("SELECT pg_sleep(1)", {}) is None
        assert len(connected) == 1
        assert asked.rows("SELECT 1", {}) is None
    finally:
        asked.close()


def test_a_person_is_known_elsewhere_by_an_address_that_is_verified_in_both(alice: PersonCaller) -> None:
    verified = alice.user.email_verified_at
    assert verified
    assert elsewhere.seats(User(id=uuid4(), email=alice.user.email, email_verified_at=None)) == []
    (found,) = elsewhere.seats(User(id=uuid4(), email=alice.user.email, email_verified_at=verified))
    assert found.url.startswith(f"{EAST}/?workspace=")
    statements.rows("UPDATE intents_user SET email_verified_at = NULL WHERE id = %s", [alice.user.id])
    assert elsewhere.seats(User(id=uuid4(), email=alice.user.email, email_verified_at=verified)) == []


def test_who_comes_from_another_cell_acts_in_the_workspace_that_they_chose(alices: Browser, workspace: Workspace) -> None:
    foreign = f"/?workspace={uuid4()}"
    assert (location(alices.get(foreign)), alices.session.get("workspace")) == ("/", None)
    assert (location(alices.get(f"/?workspace={workspace.id}")), alices.session["workspace"]) == ("/", str(workspace.id))
    assert location(Browser().get(foreign)) == f"{SIGN_IN}next=%2F%3Fworkspace%3D{foreign[12:]}"


CORP = {"id": "corp", "name": "Corp", "issuer": "https://id.example", "client_id": "x", "client_secret": "y"}


def test_who_signed_in_by_a_provider_is_sent_there_by_the_other_cell_too(
    alices: Browser, workspace: Workspace, settings: Settings
) -> None:
    session = alices.session
    session["provider"] = "corp"
    session.save()
    chosen = f"/?workspace={workspace.id}"
    assert f'<a href="{EAST}{chosen}&amp;by=corp">' in alices.get("/inbox").html
    for given, begins in (([], False), ([CORP], True)):
        settings.OIDC = given
        to = location(Browser().get(f"{chosen}&by=corp"))
        assert to.startswith("/account/oidc/corp?next=%2F%3Fworkspace%3D" if begins else SIGN_IN), to
    for odd in ("", "other", "//evil.example", "corp/../x", "%0d%0aX:y"):
        assert location(Browser().get(f"{chosen}&by={odd}")).startswith(SIGN_IN)
    to = location(Browser().get("/?workspace=//evil.example&by=corp"))
    assert to == "/account/oidc/corp?next=%2F%3Fworkspace%3D%252F%252Fevil.example"
    assert (location(alices.get(f"{chosen}&by=corp")), alices.session["workspace"]) == ("/", str(workspace.id))


@turns.one(0, of=3)
def test_after_a_move_its_links_and_its_people_find_it(
    here: str, east: Cell, shop: KeyCaller, alice: PersonCaller, alices: Browser, settings: Settings, workspace: Workspace
) -> None:
    made: dict[str, Any] = {"human_task": {"title": "Refund?", "assignees": [alice.user.email]}}
    path = f"/inbox/{UUID(shop.submit(**made))}"
    _, token = invitations.invite(actor=SETUP, workspace=workspace, role=Role.VIEWER, email="i@myorg.example")
    settings.CELLS = {"east": east._replace(base_url=EAST)}
    assert EAST not in alices.get("/inbox").html  # which is known for a while
    moving.move(url=here, to=east, path=PATH)
    for link in (path, f"/invitations/{token}"):
        assert [location(one.get(link)) for one in (Browser(), alices)] == [f"{EAST}{link}"] * 2
    shown = alices.get("/inbox")
    assert shown.status == 403
    assert "Your workspaces are at another address" in shown.text
    assert f'href="{EAST}/?workspace={workspace.id}"' in shown.html
