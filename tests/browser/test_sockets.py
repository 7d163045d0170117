"""Who is told what happens by the socket of a live page, and who is not."""

import json

import pytest
from playwright.sync_api import expect
from websockets import Origin
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import Desk, Desks, Site
from tests.browser.live import SOON_MS, forgive, sign_out

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_signing_out_in_another_tab_ends_a_live_page_on_which_nothing_is_typed(desks: Desks, site: Site) -> None:
    ann = desks.nobody()
    ann.email = site.embedded.keys["DEMO_OPS_EMAIL"]
    ann.sign_in(site.embedded.keys["DEMO_OPS_PASSWORD"])
    expect(ann.page.locator("#live")).to_have_text("Live")
    sign_out(ann.page.context.new_page(), site)
    ann.page.wait_for_url("**/sign-in?*", timeout=SOON_MS * 2)


def test_a_socket_wants_a_session_and_this_sites_pages(desks: Desks, site: Site) -> None:
    address = f"ws{site.url.removeprefix('http')}/live"
    own = Origin(site.url)
    for cookie in ("", "axme_session=nonsense", "axme_session="):
        with connect(address, origin=own, additional_headers={"Cookie": cookie}) as socket, pytest.raises(ConnectionClosed):
            socket.recv(timeout=60)
        assert socket.close_code == 4401
    cookie = cookie_of(desks.manager())
    for origin in (Origin("https://evil.example"), Origin("null"), None):
        with pytest.raises(InvalidStatus) as refused, connect(address, origin=origin, additional_headers={"Cookie": cookie}):
            pass
        assert refused.value.response.status_code == 403


def test_who_belongs_to_another_workspace_is_told_nothing(desks: Desks, site: Site) -> None:
    charlie = desks.nobody()
    charlie.email = "charlie@other.example"
    site.manage("create_workspace", "myorg/other")
    charlie.sign_in(site.password_of(charlie.email, "myorg/other", "owner"))
    with listening(site, charlie) as outside, listening(site, desks.manager()) as inside:
        outside.send(json.dumps({"task": None, "all": True}))
        intent_id = site.ask({"title": "Nothing for Charlie"})
        task_id = site.task_id(intent_id)
        outside.send(json.dumps({"task": task_id, "all": True}))
        hear_of(task_id, inside)
        site.cancel(intent_id)
        hear_of(task_id, inside)
        with pytest.raises(TimeoutError):
            outside.recv(timeout=1)
    charlie.look(f"/inbox/{task_id}")
    expect(charlie.page.locator("main")).not_to_contain_text("Nothing for Charlie")
    forgive(charlie, "status of 404")


def hear_of(task_id: str, socket: ClientConnection) -> None:
    """Wait until a task is told of; of those of other tests it may be told before, such as that one is held no more."""
    while task_id not in json.loads(socket.recv(timeout=60)).get("ids", []):
        pass


def listening(site: Site, desk: Desk) -> ClientConnection:
    """A socket with the cookie of a desk, as its page would open one."""
    return connect(
        f"ws{site.url.removeprefix('http')}/live",
        origin=Origin(site.url),
        additional_headers={"Cookie": cookie_of(desk)},
    )


def cookie_of(desk: Desk) -> str:
    return "; ".join(f"{one['name']}={one['value']}" for one in desk.page.context.cookies())
