"""The list and the pages of intents, for those who watch and those who repair."""

import cProfile
import re

import pytest

from inbox.operations import bounds, selectors
from inbox.operations.query import Query
from intents.engine.services.deliveries import reclaim_expired
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.inbox.conftest import ask
from tests.intents.factory import take
from tests.pages.browser import Browser

LIST = "/operations/intents"
ODD = {"note": "pay\u202egnp.exe", "amount": 129}


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def views(html: str) -> dict[str, int]:
    """The counts of the system's views, by their words."""
    found = re.findall(r'<a class="chip"[^>]*>([\w ]+)\s+<span class="count">(\d+)</span>', html)
    return {words: int(count) for words, count in found}


def test_the_list_says_what_is_open_and_how_many_of_each_view_there_are(
    shop: KeyCaller, bob: PersonCaller, olgas: Browser
) -> None:
    ask(shop, title="Refund?", assignees=["Legal"], risk="high")
    shop.submit()
    page = olgas.get(LIST)
    assert views(page.html) == {}
    assert 'hx-get="/operations/intents/views?q=is%3Aopen"' in page.html
    assert views(olgas.get(f"{LIST}/views?q=is:open").html) == {
        "Open": 2,
        "Stuck": 1,
        "Overdue": 0,
        "Failed today": 0,
        "Waiting for nobody": 1,
        "Retrying": 0,
    }
    assert "2 intents" in page.text
    assert "Waiting for people" in page.text
    assert "High risk" in page.text
    assert "Legal" in olgas.get(f"{LIST}?q=is:unroutable").text
    assert "1 intent " in olgas.get(f"{LIST}?q=is:unroutable").text
    assert "Nothing matches" in olgas.get(f"{LIST}?q=is:dead").text


def test_a_word_that_means_nothing_is_told_beside_the_field_with_what_may_be_meant(olgas: Browser) -> None:
    page = olgas.get(f"{LIST}?q=is:open+is:wating")
    assert page.status == 422
    assert "“is:wating” is not understood" in page.text
    assert "data-watch" not in page.html, "asked again with each news, it would be refused again and again"
    assert 'href="/operations/intents?q=is%3Aopen+is%3Awaiting"' in page.html
    options = olgas.get(f"{LIST}/suggest?q=is:open+is:wa")
    assert 'value="is:open is:waiting"' in options.html


def test_the_list_goes_on_and_an_intents_page_leads_to_its_neighbours(shop: KeyCaller, olgas: Browser) -> None:
    made = [shop.submit() for _ in range(52)]
    first = olgas.get(f"{LIST}?q=is:open")
    (following,) = re.findall(r'href="([^"]*after=[^"]*)"', first.flat)
    rest = olgas.get(following.replace("&amp;", "&"))
    assert made[1] in rest.html
    assert made[2] not in rest.html
    page = olgas.get(f"{LIST}/{made[1]}?q=is:open")
    assert f'href="{LIST}/{made[2]}?q=is%3Aopen"' in page.html
    assert f'href="{LIST}/{made[0]}?q=is%3Aopen"' in page.html
    assert f'href="{LIST}/{made[2]}' not in olgas.get(f"{LIST}/{made[1]}?q=is:done").html


def test_views_are_kept_for_oneself_or_for_everybody(
    shop: KeyCaller, olgas: Browser, veras: Browser, alices: Browser, vera: PersonCaller
) -> None:
    form = {"name": "  Big refunds ", "q": "type:refund payload.amount:>100"}
    assert olgas.post(f"{LIST}/views/new", form).status == 302
    assert "Big refunds" in olgas.get(LIST).text
    assert "Big refunds" not in veras.get(LIST).text
    olgas.post(f"{LIST}/views/new", form | {"shared": "yes"})
    assert "Big refunds" in veras.get(LIST).text
    (view_id,) = re.findall(r"views/([0-9a-f-]{36})/delete", alices.get(f"{LIST}?q=type:refund+payload.amount:>100").html)
    assert veras.post(f"{LIST}/views/{view_id}", {"name": "Mine"}).status == 403
    assert veras.post(f"{LIST}/views/{view_id}/delete", {}).status == 403
    page = alices.post(f"{LIST}/views/{view_id}", {"name": "Very big refunds", "shared": "yes"})  # an admin
    assert page.location == f"{LIST}?q=type%3Arefund+payload.amount%3A%3E100"
    assert 'value="Very big refunds"' in olgas.get(page.location).html
    assert "Very big refunds" in veras.get(page.location).text
    assert f"views/{view_id}" not in veras.get(page.location).html
    olgas.post(f"{LIST}/views/{view_id}", {"name": "Big refunds"})
    assert "ig refunds" not in veras.get(LIST).text
    olgas.post(f"{LIST}/views/new", {"name": "Late", "q": "is:overdue"})
    olgas.post(f"{LIST}/views/{view_id}", {"name": "Late", "shared": "yes"}, Referer=LIST)
    assert "another view has this name" in olgas.get(LIST).text.lower()
    assert olgas.get(f"{LIST}/views/{view_id}/delete").location == f"{LIST}/views/{view_id}"
    assert olgas.get(f"{LIST}/views/{view_id}").location == LIST
    assert olgas.post(f"{LIST}/views/{view_id}/delete", {}).status == 302
    olgas.get(LIST)  # which tells of what was saved
    assert "Big refunds" not in olgas.get(LIST).text
    assert veras.post(f"{LIST}/views/new", {"name": "Mine", "q": "is:stuck", "shared": "yes"}).status == 403
    for wrong in ({"name": "", "q": "is:stuck"}, {"name": "x", "q": ""}, {"name": "x", "q": "is:what"}):
        olgas.post(f"{LIST}/views/new", wrong)
    assert 'title="is:stuck"' not in olgas.get(LIST).html


def test_columns_are_chosen_and_stay_chosen(shop: KeyCaller, olgas: Browser, veras: Browser) -> None:
    shop.submit()
    assert "Age in state" in olgas.get(LIST).flat.partition("<tbody>")[0].partition("<thead>")[2]
    olgas.post(f"{LIST}/columns", {"column": ["from", "deadline", "nonsense"], "q": "is:open"})
    head = olgas.get(LIST).flat.partition("<tbody>")[0].partition("<thead>")[2]
    assert re.findall(r">([\w ]+)</th>", head) == ["Intent", "State", "From", "Deadline"]
    assert "Age in state" in veras.get(LIST).flat.partition("<tbody>")[0].partition("<thead>")[2]


def test_the_page_of_an_intent_tells_its_history_with_waits_and_attempts(
    now: SettableClock, shop: KeyCaller, worker: KeyCaller, bob: PersonCaller, olgas: Browser
) -> None:
    intent_id = shop.submit(payload=ODD)
    take(worker)
    now.advance(hours=1)
    reclaim_expired()
    take(worker)
    worker.post(f"/intents/{intent_id}/checkpoint", {"step": 2, "total": 5, "message": "half"}).ok()
    worker.post(f"/intents/{intent_id}/wait", {"for": "tool", "tool": "printer", "external_id": "job 7"}).ok()
    now.advance(hours=2)
    page = olgas.get(f"{LIST}/{intent_id}")
    assert page.status == 200
    assert "order-service comes for it" in page.text, "its deliveries are there"
    for words in ("Waiting for a tool", "printer job 7", "History intact", "2 / 5", "Delivery attempt failed", "2 h so far"):
        assert words in page.text, words
    assert page.flat.count('data-kind="attempt"') == 2
    assert page.flat.count('data-kind="wait" data-open') == 1
    assert "\u202e" not in page.html, "what turns text around is named, not done"
    problems = olgas.get(f"{LIST}/{intent_id}?show=problems")
    assert "Delivery attempt failed" in problems.text
    assert "Checkpoint:" not in problems.text
    assert f"/v1/intents/{intent_id}" in page.text


def test_those_whom_it_waits_for_are_named_in_words_and_raw_to_programs(
    shop: KeyCaller, olga: PersonCaller, olgas: Browser
) -> None:
    asked = ask(shop, assignees=["approver", "Legal", "olga@myorg.example"])
    for page in (LIST, f"{LIST}/{asked.intent_id}"):
        assert "all approvers, Legal, olga@myorg.example" in olgas.get(page).text
    (row,) = olga.get("/operations/intents").ok()["items"]
    assert row["waits_for"]["who"] == "approver, Legal, olga@myorg.example"


def test_the_page_leads_to_the_task_and_the_task_back(
    shop: KeyCaller, bob: PersonCaller, bobs: Browser, alices: Browser
) -> None:
    asked = ask(shop, title="Refund 5 EUR?", assignees=["bob@myorg.example"])
    asked.decide(bob, "approved", comment="fine").ok()
    page = alices.get(f"{LIST}/{asked.intent_id}")
    assert f'href="/inbox/{asked.task_id}"' in page.html
    assert "Approved by bob@myorg.example" in page.text
    assert f'<a class="chip" href="{LIST}/{asked.intent_id}"' in alices.get(f"/inbox/{asked.task_id}").html
    assert f"{LIST}/{asked.intent_id}" not in bobs.get(f"/inbox/{asked.task_id}").html


def test_who_repairs_cancels_resumes_transfers_and_sets_deadlines_with_a_reason(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, olgas: Browser, veras: Browser
) -> None:
    waiting, queued = shop.submit(), shop.submit()
    worker.post(f"/intents/{waiting}/wait", {"for": "tool", "tool": "printer"}).ok()
    assert "Repair" not in veras.get(f"{LIST}/{waiting}").text
    for verb in ("cancel", "resume", "transfer", "deadline"):
        form = {"reason": "stuck", "to_agent": "billing", "hours": "2"}
        assert veras.post(f"{LIST}/{waiting}/{verb}", form).status == 403
    olgas.post(f"{LIST}/{waiting}/resume", {})
    assert olga.intent(waiting)["status"] == "WAITING"
    assert olgas.post(f"{LIST}/{waiting}/resume", {"reason": "the printer is dead"}).status == 302
    assert olga.intent(waiting)["status"] == "IN_PROGRESS"
    assert olga.events(waiting)[-1]["details"]["resume"]["reason"] == "the printer is dead"
    assert olgas.post(f"{LIST}/{queued}/transfer", {"to_agent": "billing", "reason": "packing is away"}).status == 302
    assert olga.intent(queued)["to_agent"] == "billing"
    assert olga.events(queued)[-1]["details"]["reason"] == "packing is away"
    assert olgas.post(f"{LIST}/{queued}/deadline", {"hours": "2", "reason": "urgent"}).status == 302
    assert olga.intent(queued)["due_at"] is not None
    assert olgas.post(f"{LIST}/{queued}/cancel", {"reason": "not needed"}).status == 302
    assert olga.intent(queued)["reason"] == "not needed"
    assert "Cancel the intent" not in olgas.get(f"{LIST}/{queued}").text
    olgas.post(f"{LIST}/{queued}/cancel", {"reason": "again"})
    assert "is CANCELED for good" in olgas.get(f"{LIST}/{queued}").text


def test_an_intent_of_another_workspace_is_not_there(shop: KeyCaller, charlie: PersonCaller, bobs: Browser) -> None:
    intent_id = shop.submit()
    assert Browser().sign_in(charlie.user).get(f"{LIST}/{intent_id}").status == 404
    assert bobs.get(LIST).status == bobs.get(f"{LIST}/{intent_id}").status == 403
    assert "Operations" not in bobs.get("/inbox").text


def test_the_page_says_how_many_children_are_waited_for(shop: KeyCaller, worker: KeyCaller, olgas: Browser) -> None:
    intent_id = shop.submit()
    children = [{"intent_type": "order.pack.v1", "to_agent": "packer", "payload": {}} for _ in range(2)]
    worker.post(f"/intents/{intent_id}/wait", {"for": "agent", "intents": children, "until": "all"}).ok()
    assert "Waits for children: 2 of 2 still open" in olgas.get(f"{LIST}/{intent_id}").text


def test_what_failed_and_comes_again_waits_to_retry(shop: KeyCaller, worker: KeyCaller, olgas: Browser) -> None:
    intent_id = shop.submit()
    worker.post(f"/intents/{intent_id}/fail", {"error": {"code": "x"}, "retryable": True}).ok()
    assert "Waiting to retry" in olgas.get(f"{LIST}/{intent_id}").text
    assert "Waiting to retry" in olgas.get(LIST).text


def rows_of(html: str) -> dict[str, str]:
    """The lines of the list, by the ids of their intents."""
    return dict(re.findall(r'<tr data-intent="([^"]+)">(.*?)</tr>', html, re.DOTALL))


def test_each_line_has_a_form_of_its_own(shop: KeyCaller, worker: KeyCaller, olgas: Browser) -> None:
    waiting = [shop.submit() for _ in range(3)]
    failed = shop.submit()
    worker.post(f"/intents/{failed}/fail", {"error": {"code": "x"}, "retryable": False}).ok()
    found = rows_of(olgas.get(f"{LIST}?q=type:order").html)
    assert found.keys() == {*waiting, failed}
    for intent_id, html in found.items():
        act = "run-again" if intent_id == failed else "cancel"
        named = set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", html))
        assert named == {intent_id}, "no line names another's intent, or what stands for one"
        assert f'action="{LIST}/{intent_id}/{act}"' in html
        assert f'id="{act}-{intent_id}"' in html
        assert f'href="{LIST}/{intent_id}?q=type%3Aorder"' in html


def calls_of(browser: Browser, path: str) -> int:
    """How many Python functions a page takes, once what is kept is there."""
    browser.get(path)
    profile = cProfile.Profile()
    profile.enable()
    browser.get(path)
    profile.disable()
    return sum(one.callcount for one in profile.getstats())


def test_a_line_costs_few_calls(shop: KeyCaller, bob: PersonCaller, olgas: Browser) -> None:
    for number in range(5):
        ask(shop, title=f"Refund {number}?", assignees=["Legal"], risk="high")
    few = calls_of(olgas, f"{LIST}?q=is:open")
    for number in range(40):
        ask(shop, title=f"Refund {number}?", assignees=["Legal"], risk="high")
    many = calls_of(olgas, f"{LIST}?q=is:open")
    # Some 550. With a template for each cell it was 3,400, which was four fifths of the time of a page.
    assert (many - few) / 40 < 1000


def test_what_takes_long_to_count_is_asked_for_by_the_page_once_it_is_there(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, olgas: Browser
) -> None:
    made = [shop.submit() for _ in range(3)]
    monkeypatch.setattr(selectors, "PAGE", 2)
    monkeypatch.setattr(selectors, "COUNTING_SECONDS", 30)
    assert "3 intents" in olgas.get(f"{LIST}?q=is:open").text
    really = bounds.rows

    def rows(query: Query, statement: str, params: dict[str, object], *, seconds: float | None = None) -> object:
        if seconds == 0.01:
            raise bounds.TooBroad("q", "it takes too long")
        return really(query, statement, params, seconds=seconds)

    monkeypatch.setattr(bounds, "rows", rows)
    monkeypatch.setattr(selectors, "COUNTING_SECONDS", 0.01)
    page = olgas.get(f"{LIST}?q=is:open")
    assert made[2] in page.html
    assert "Repair all" not in page.text
    assert 'hx-get="/operations/intents/total?q=is%3Aopen"' in page.html
    counted = olgas.get(f"{LIST}/total?q=is:open")
    assert "3 intents" in counted.text
    assert "Repair all 3 that match" in counted.text
    assert "<html" not in counted.html
    assert "Count them all" in page.text, "without a script, by a link"
    assert "3 intents" in olgas.get(f"{LIST}?q=is:open&count=yes").text


def test_a_list_that_is_shown_whole_is_not_counted_again(
    monkeypatch: pytest.MonkeyPatch, shop: KeyCaller, olga: PersonCaller, olgas: Browser
) -> None:
    shop.submit()
    shop.submit()
    monkeypatch.setattr(selectors, "total", None)
    assert "2 intents" in olgas.get(f"{LIST}?q=is:open").text
    assert olga.get("/operations/intents", q="is:open").ok()["total"] == 2
