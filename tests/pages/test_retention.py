"""The page of what is kept, and the button that erases an intent's data."""

import json
import re
from datetime import timedelta
from typing import Any

from intents.accounts.models import Member, User, Workspace
from intents.accounts.services import tenancy
from intents.engine.models import Erasure
from intents.kernel import clock
from intents.kernel.actors import Role
from intents.retention import erasing, runner
from intents.retention.models import PersonErasure, Retention
from intents.retention.rules import STATUSES
from tests.callers import SETUP, Answer, KeyCaller, PersonCaller, make_person
from tests.inbox.conftest import ask_midway
from tests.intents.factory import take
from tests.pages.browser import Browser, Page

EMPTY = {f"{kind}_{status}": "" for kind in ("contents", "intent") for status in STATUSES}


def put(who: PersonCaller, body: dict[str, Any]) -> Answer:
    return who.send("PUT", "/retention", raw=json.dumps(body).encode())


def ended(shop: KeyCaller, worker: KeyCaller) -> str:
    intent_id = shop.submit(payload={"said": "Zanzibar7"})
    worker.post(f"/intents/{intent_id}/resolve", {"status": "COMPLETED", "result": {"said": "Zanzibar7"}}).ok()
    return intent_id


def test_a_preview_tells_what_would_be_erased_and_saving_says_so(
    alices: Browser, alice: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    alices.confirmed()
    ended(shop, worker)
    assert "Completed kept kept" in alices.get("/settings/data").text
    wanted = EMPTY | {"contents_COMPLETED": "30"}
    assert "Nothing is past its time." in alices.post("/settings/data/edit", wanted | {"preview": "1"}).text
    with clock.frozen_at(clock.now() + timedelta(days=40)):
        later = Browser().sign_in(alice.user).confirmed()
        page = later.post("/settings/data/edit", wanted | {"preview": "1"})
    assert "order.fulfill.v1 Completed 30 to 90 days data erased 1 0" in page.text
    assert not Retention.objects.exists()
    assert alices.post("/settings/data/edit", wanted).location == "/settings/data"
    assert "Completed after 30 days kept" in alices.get("/settings/data").text
    assert 'value="30"' in alices.get("/settings/data/edit").html


def test_numbers_that_mean_nothing_are_told_beside_their_field(alices: Browser) -> None:
    alices.confirmed()
    for wrong in ({"contents_FAILED": "0"}, {"contents_FAILED": "x"}, {"contents_FAILED": "9", "intent_FAILED": "3"}):
        page = alices.post("/settings/data/edit", EMPTY | wrong)
        assert page.status == 422
        assert "aria-invalid" in page.html
    assert not Retention.objects.exists()


def test_a_retention_changed_meanwhile_is_not_overwritten(alices: Browser, alice: PersonCaller, olga: PersonCaller) -> None:
    alices.confirmed()
    ada = make_person(Workspace.objects.get(slug="production", organization__slug="myorg"), "ada@myorg.example", Role.ADMIN)
    path = "/settings/data/edit"

    def revision(page: Page) -> str:
        (found,) = re.findall(r'name="revision" value="(\d+)"', page.html)
        return found

    shown = revision(alices.get(path))
    assert shown == "0", "nobody set any"
    put(ada, {"rules": [{"status": "FAILED", "contents_days": 7}], "expected_revision": 0}).ok()
    page = alices.post(path, EMPTY | {"contents_FAILED": "30", "revision": shown})
    assert page.status == 409
    assert "ada@myorg.example changed this on" in page.text
    assert "Failed: Erase the data after, in days 7" in page.text
    assert 'value="30"' in page.html, "what was typed stays"
    assert alice.get("/retention").ok()["rules"][2]["contents_days"] == 7
    assert alices.post(path, EMPTY | {"contents_FAILED": "30", "revision": revision(page)}).status == 302
    found = alice.get("/retention").ok()
    assert (found["rules"][2]["contents_days"], found["revision"]) == (30, 2)
    refused = put(ada, {"rules": [], "expected_revision": 1})
    assert (refused.status, refused.code) == (409, "changed_meanwhile")
    assert refused.json["error"]["details"]["revision"] == 2


def test_how_far_a_retention_is_stands_on_the_page_of_the_system(
    alices: Browser, alice: PersonCaller, veras: Browser, shop: KeyCaller, worker: KeyCaller
) -> None:
    ended(shop, worker)
    put(alice, {"rules": [{"status": "COMPLETED", "contents_days": 1}]}).ok()
    assert alice.get("/operations/system").ok()["retention"] is None
    with clock.frozen_at(clock.now() + timedelta(days=2)):
        runner.work()
    found = alice.get("/operations/system").ok()["retention"]
    assert (found["erased"], found["removed"], found["held"]) == (1, 0, 0)
    assert found["due_at"] > found["ended_at"] >= found["began_at"]
    assert "Data erased 1 intent" in veras.get("/operations/system").text


def test_a_person_who_left_is_erased_on_the_page_once_their_address_is_typed(
    alices: Browser, bobs: Browser, alice: PersonCaller, bob: PersonCaller
) -> None:
    alices.confirmed()
    zed = make_person(Workspace.objects.get(slug="production", organization__slug="myorg"), "zed@myorg.example", Role.VIEWER)
    tenancy.remove_member(actor=SETUP, member=Member.objects.get(user=zed.user))
    path = f"/settings/data/people/{zed.user.id}/erase"
    assert path in alices.get("/settings/data").html
    assert "cannot be undone" in alices.get(path).text
    assert 'data-kind="danger" type="submit">Erase this person' in alices.get(path).html
    wrong = alices.post(path, {"email": "zed@myorg", "reason": "asked for"})
    assert wrong.status == 422
    assert "not the address of the person" in wrong.text
    assert not PersonErasure.objects.exists()
    assert alices.post(path, {"email": " Zed@myorg.example", "reason": "asked for"}).location == "/settings/data"
    assert "0 of 0 tables" in alices.get("/settings/data").text
    erasing.work(60)
    page = alices.get("/settings/data")
    assert "done" in page.text
    assert "zed@myorg" not in page.html
    assert not User.objects.filter(email="zed@myorg.example").exists()
    assert bobs.confirmed().get(path).status == 403
    assert alices.get(f"/settings/data/people/{bob.user.id}/erase").status == 404, "he belongs here"


def test_only_owners_and_admins_see_the_page(bobs: Browser, veras: Browser) -> None:
    for who in (bobs.confirmed(), veras.confirmed()):
        assert who.get("/settings/data").status == 403
        assert who.get("/settings/data/edit").status == 403
        assert "/settings/data" not in who.get("/settings/profile").html


def test_an_owner_erases_the_data_of_an_intent_on_its_page(
    alices: Browser, veras: Browser, shop: KeyCaller, worker: KeyCaller
) -> None:
    alices.confirmed()
    veras.confirmed()
    path = f"/operations/intents/{ended(shop, worker)}"
    assert "Erase the data" not in veras.get(path).text
    assert veras.post(f"{path}/erase", {"reason": "asked for"}).status == 403
    assert "Zanzibar7" in alices.get(path).text
    assert alices.post(f"{path}/erase", {"reason": "asked for"}).location == path
    page = alices.get(path)
    assert "Zanzibar7" not in page.html
    assert "Erased by alice@myorg.example" in page.text
    assert "History intact" in page.text
    assert Erasure.objects.count() == 1


def test_what_is_open_offers_no_erasing(alices: Browser, shop: KeyCaller) -> None:
    alices.confirmed()
    path = f"/operations/intents/{shop.submit()}"
    assert "Erase the data" not in alices.get(path).text
    alices.post(f"{path}/erase", {"reason": "asked for"}, referer=f"http://localhost{path}")
    assert "cancel it first" in alices.get(path).text


def test_the_pages_of_what_was_erased_can_still_be_read(
    alices: Browser, alice: PersonCaller, bobs: Browser, bob: PersonCaller, shop: KeyCaller, worker: KeyCaller
) -> None:
    asked = ask_midway(shop, worker, title="Pay Zanzibar7?", assignees=["approver"], risk="high")
    asked.decide(bob, "approved", comment="Zanzibar7").ok()
    (again,) = take(worker, limit=1)
    worker.post(f"/intents/{asked.intent_id}/resolve", {"status": "COMPLETED", "result": {}}).ok()
    assert again.json()["intent_id"] == asked.intent_id
    alice.post(f"/intents/{asked.intent_id}/erase", {"reason": "asked for"}).ok()
    for who, path in (
        (bobs, f"/inbox/{asked.task_id}"),
        (bobs, f"/inbox/{asked.task_id}/data"),
        (bobs, "/inbox?view=decided"),
        (alices, f"/operations/intents/{asked.intent_id}"),
        (alices, "/operations/intents"),
        (alices, "/operations/people"),
    ):
        page = who.get(path)
        assert page.status == 200, path
        assert "Zanzibar7" not in page.html
    assert "(erased)" in bobs.get(f"/inbox/{asked.task_id}").text
