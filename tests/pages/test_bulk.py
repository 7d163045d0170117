"""Bulk operations from the list of intents to their end, by forms alone."""

import re
from uuid import uuid4

import pytest

from inbox.operations.bulk import runner
from inbox.views.operations import order
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.pages.browser import Browser, Page

NEW = "/operations/bulk/new"
ODD = "no more\u202e <b>needed</b>"


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def start(who: Browser, page: Page, **fields: object) -> Page:
    """Start what the preview on a page shows."""
    return who.post(NEW, form={"start": "yes"} | shown_by(page) | fields)


def shown_by(preview: Page) -> dict[str, str]:
    """What a page sends along of the preview on it."""
    found = dict(re.findall(r'name="(seen|previewed)" value="([^"]*)"', preview.html))
    assert set(found) == {"seen", "previewed"}, preview.text
    return found


def test_those_picked_in_the_list_are_canceled_and_each_is_told_of(olgas: Browser, shop: KeyCaller) -> None:
    ids = [shop.submit() for _ in range(3)]
    listed = olgas.get("/operations/intents?q=is:open")
    assert [f'name="id" value="{one}"' in listed.html for one in ids] == [True] * 3
    chosen = {"id": [*ids[:2], str(uuid4())], "action": "cancel", "reason": ODD}
    assert "3 picked intents" in olgas.get(f"{NEW}?id={ids[0]}&id={ids[1]}&id={uuid4()}").text
    preview = olgas.post(NEW, form=chosen | {"preview": "yes"})
    assert "2 of 3 , 1 skipped" in preview.text
    assert "1 skipped: not found" in preview.text
    assert "order.fulfill.v1" in preview.text
    assert "Cancel: 2 intents" in preview.text
    assert "No bulk actions yet" in olgas.get("/operations/bulk").text
    started = start(olgas, preview, **chosen)
    assert started.status == 303
    queued = olgas.get(started.location)
    assert "0 of 3" in queued.text
    assert 'hx-trigger="every 2s"' in queued.html
    runner.work()
    done = olgas.get(started.location)
    assert "3 of 3 · 1 skipped" in done.text
    assert 'hx-trigger="every 2s"' not in done.html
    assert "\u202e" not in done.html
    assert "<b>needed" not in done.html
    assert f'<a href="/operations/intents/{ids[0]}">' in done.html
    assert done.text.count("order.fulfill.v1") == 2
    assert done.html.count('<a href="/operations/intents/') == 2
    assert ids[0] in olgas.get(f"{started.location}?result=succeeded").html
    assert ids[0] not in olgas.get(f"{started.location}?result=skipped").html
    assert "3 of 3" in olgas.get("/operations/bulk").text
    assert [shop.intent(one)["status"] for one in ids] == ["CANCELED", "CANCELED", "SUBMITTED"]


def test_all_that_match_are_started_when_their_number_is_typed(
    olgas: Browser, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "TYPED_ABOVE", 2)
    ids = [shop.submit() for _ in range(3)]
    listed = olgas.get("/operations/intents?q=agent:order-service")
    assert f'href="{NEW}?q=agent%3Aorder-service"' in listed.html
    chosen = {"q": "agent:order-service", "action": "cancel", "reason": "enough"}
    preview = olgas.post(NEW, form=chosen | {"preview": "yes"})
    assert "Type “3” to confirm" in preview.text
    untyped = start(olgas, preview, **chosen)
    assert (untyped.status, "Type “3” to confirm." in untyped.text) == (422, True)
    ids.append(shop.submit())
    changed = start(olgas, preview, **chosen, typed="3")
    assert changed.status == 422
    assert "The number has changed meanwhile" in changed.text
    assert start(olgas, changed, **chosen, typed="4").status == 303
    runner.work()
    assert {shop.intent(one)["status"] for one in ids} == {"CANCELED"}


def test_what_was_chosen_anew_is_previewed_before_it_is_done(olgas: Browser, shop: KeyCaller) -> None:
    intent = shop.submit()
    chosen = {"id": [intent], "reason": "it hangs"}
    preview = olgas.post(NEW, form=chosen | {"action": "set_deadline", "hours": "24", "preview": "yes"})
    assert "Set the deadline: 1 intent" in preview.text
    other = start(olgas, preview, **chosen, action="cancel")
    assert (other.status, "This has changed since the preview." in other.text) == (422, True)
    assert start(olgas, preview, **chosen, action="set_deadline", hours="1").status == 422
    assert "No bulk actions yet" in olgas.get("/operations/bulk").text
    assert "Cancel: 1 intent" in other.text
    assert start(olgas, other, **chosen, action="cancel").status == 303


def test_enter_in_a_field_shows_what_will_happen_and_starts_it_once_the_number_is_typed(
    olgas: Browser, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "TYPED_ABOVE", 0)
    chosen = {"id": [shop.submit()], "action": "cancel", "reason": "enough"}
    page = olgas.post(NEW, form=chosen | {"preview": "yes"})
    first = re.findall(r"<button[^>]*>", page.html.partition('id="order"')[2])[0]
    assert 'type="submit"' in first
    assert "name=" not in first
    again = olgas.post(NEW, form=chosen | shown_by(page) | {"typed": ""})
    assert (again.status, "Cancel: 1 intent" in again.text) == (200, True)
    assert "No bulk actions yet" in olgas.get("/operations/bulk").text
    assert olgas.post(NEW, form=chosen | shown_by(again) | {"typed": "1"}).status == 303


def test_an_abort_on_the_page_leaves_the_rest_as_it_is(olgas: Browser, shop: KeyCaller) -> None:
    chosen = {"id": [shop.submit(), shop.submit()], "action": "cancel", "reason": "enough"}
    page = start(olgas, olgas.post(NEW, form=chosen | {"preview": "yes"}), **chosen).location
    assert olgas.post(f"{page}/abort").location == page
    runner.work()
    shown = olgas.get(page)
    assert "Aborted: 2 intents are left as they are." in shown.text
    assert "aborted by olga@myorg.example" in shown.text
    assert len(re.findall("Not done", shown.text)) == 3


def test_the_same_is_offered_for_those_that_failed(now: SettableClock, olgas: Browser, shop: KeyCaller) -> None:
    intent = shop.submit()
    chosen = {"id": [intent], "action": "set_deadline", "hours": "1", "reason": "enough"}
    page = start(olgas, olgas.post(NEW, form=chosen | {"preview": "yes"}), **chosen).location
    now.advance(hours=2)
    runner.work()
    shown = olgas.get(page)
    assert "1 of 1 · 1 failed" in shown.text
    assert "this time has passed already" in shown.text
    again = re.search(r'href="(/operations/bulk/new[^"]*)"', shown.html)
    assert again is not None
    form = olgas.get(again[1].replace("&amp;", "&"))
    assert f'name="id" value="{intent}"' in form.html
    assert re.search(r'value="set_deadline"[^>]* checked', form.html)


def test_what_is_missing_is_told_beside_its_field(olgas: Browser, shop: KeyCaller) -> None:
    ids = {"id": [shop.submit()]}
    nothing = olgas.post(NEW, form=ids | {"action": "transfer", "preview": "yes"})
    assert nothing.status == 422
    assert "Say to which agent." in nothing.text
    assert "This field is required" in nothing.text
    empty = olgas.get(f"{NEW}?q=")
    assert (empty.status, "An empty filter finds everything, and is refused." in empty.text) == (422, True)
    unpicked = olgas.get(NEW)
    assert (unpicked.status, "Nothing is picked." in unpicked.text) == (422, True)
    assert olgas.get(f"{NEW}?id=odd").status in (400, 404, 422)


def test_who_may_not_repair_starts_and_ends_none_of_it(
    olgas: Browser, vera: PersonCaller, bob: PersonCaller, shop: KeyCaller
) -> None:
    ids = {"id": [shop.submit()], "action": "cancel", "reason": "x"}
    page = start(olgas, olgas.post(NEW, form=ids | {"preview": "yes"}), **ids).location
    veras, bobs = (Browser().sign_in(who.user) for who in (vera, bob))
    assert [bobs.get(one).status for one in ("/operations/bulk", NEW, page)] == [403] * 3
    assert [veras.get(one).status for one in ("/operations/bulk", NEW, page)] == [200, 403, 200]
    assert [who.post(one, form=ids).status for who in (veras, bobs) for one in (NEW, f"{page}/abort")] == [403] * 4
    assert (f"{page}/abort" in olgas.get(page).html, f"{page}/abort" in veras.get(page).html) == (True, False)
    assert 'name="id"' not in veras.get("/operations/intents?q=is:open").html


def test_a_replay_shows_what_became_of_each_delivery(olga: PersonCaller, olgas: Browser) -> None:
    made = olga.post("/operations/bulk", {"action": "replay", "reason": "it was down", "ids": [str(uuid4())]}).ok()
    runner.work()
    shown = olgas.get(f"/operations/bulk/{made['bulk_id']}")
    assert "Send again" in shown.text
    assert "Deliveries" in shown.text
    assert "not found" in shown.text


def test_a_preview_says_of_how_many_more_types_there_are(olgas: Browser, shop: KeyCaller) -> None:
    chosen = {"id": [shop.submit(intent_type=f"order.{place}.v1") for place in range(12)], "action": "cancel", "reason": "x"}
    assert "And 2 other types." in olgas.post(NEW, form=chosen | {"preview": "yes"}).text
    chosen["id"] = chosen["id"][1:]
    assert "And 1 other type." in olgas.post(NEW, form=chosen | {"preview": "yes"}).text
