"""Running intents again from their pages and their list, and the other repairs of the list."""

import re

import pytest

from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask
from tests.intents.factory import make
from tests.pages.browser import Browser

LIST = "/operations/intents"


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


def offered(html: str) -> list[str]:
    """What a list offers to do to its intents, as verbs of addresses."""
    return re.findall(r'formaction="/operations/intents/[0-9a-f-]{36}/([a-z-]+)"', html)


def test_a_failed_intents_page_says_what_running_it_again_does_and_leads_to_the_new_one(
    shop: KeyCaller, worker: KeyCaller, olgas: Browser, veras: Browser
) -> None:
    first = make(Status.FAILED, sender=shop, handler=worker, deadline_at="2999-01-01T00:00:00Z").id
    page = olgas.get(f"{LIST}/{first}")
    assert "A new intent is submitted with the same payload" in page.text
    assert "Its deadline is as far away as the first one was." in page.text
    assert "Run again" not in veras.get(f"{LIST}/{first}").text
    assert veras.post(f"{LIST}/{first}/run-again", {"reason": "x"}).status == 403
    olgas.post(f"{LIST}/{first}/run-again", {"reason": " "})
    assert not Intent.objects.filter(rerun_of_id=first).exists()
    made = olgas.post(f"{LIST}/{first}/run-again", {"reason": "repaired"})
    new = str(Intent.objects.get(rerun_of_id=first).id)
    assert made.location == f"{LIST}/{new}"
    shown = olgas.get(made.location)
    assert "This is the new intent." in shown.text
    assert f'Runs again</dt><dd><a href="{LIST}/{first}">' in shown.flat
    before = olgas.get(f"{LIST}/{first}")
    assert f'Run again as</dt><dd><a href="{LIST}/{new}">' in before.flat
    assert "Run the intent again" not in before.text
    assert olgas.post(f"{LIST}/{first}/run-again", {"reason": "twice"}).location == f"{LIST}/{new}"
    assert "It was run again already" in olgas.get(f"{LIST}/{new}").text
    assert Intent.objects.filter(rerun_of_id=first).count() == 1


def test_a_page_says_that_people_are_asked_anew(shop: KeyCaller, alice: PersonCaller, olgas: Browser) -> None:
    asked = ask(shop, title="Refund?", assignees=["owner"]).intent_id
    shop.post(f"/intents/{asked}/resolve", {"status": "CANCELED", "reason": "x"}).ok()
    assert "People are asked anew" in olgas.get(f"{LIST}/{asked}").text


def test_the_list_offers_what_applies_to_each_and_comes_back_to_itself(
    shop: KeyCaller, worker: KeyCaller, olgas: Browser, veras: Browser
) -> None:
    retrying = make(Status.IN_PROGRESS, sender=shop, handler=worker).id
    worker.post(f"/intents/{retrying}/fail", {"error": {"code": "busy"}, "retryable": True}).ok()
    failed = make(Status.FAILED, sender=shop, handler=worker).id
    make(Status.COMPLETED, sender=shop, handler=worker)
    listed = olgas.get(f"{LIST}?q=from:shop")
    assert offered(listed.html) == ["run-again", "resume", "cancel"]
    assert "It ends for good." in listed.text
    assert offered(veras.get(f"{LIST}?q=from:shop").html) == []
    here = {"to_list": "yes", "q": "from:shop", "reason": "repaired"}
    back = f"{LIST}?q=from%3Ashop"
    assert olgas.post(f"{LIST}/{failed}/run-again", here).location == back
    assert "The intent is run again, as a new one." in olgas.get(back).text
    new = str(Intent.objects.get(rerun_of_id=failed).id)
    assert f'href="{LIST}/{new}">Was run again</a>' in olgas.get(f"{LIST}?q=is:failed").flat
    assert offered(olgas.get(f"{LIST}?q=is:failed").html) == []
    assert olgas.post(f"{LIST}/{retrying}/resume", here).location == back
    assert shop.intent(retrying)["status"] == "IN_PROGRESS"
    after = "0" * 32
    assert olgas.post(f"{LIST}/{new}/cancel", here | {"after": after}).location == f"{back}&after={after}"
    assert (shop.intent(new)["status"], shop.intent(new)["reason"]) == ("CANCELED", "repaired")
    assert olgas.post(f"{LIST}/{retrying}/cancel", here | {"after": "//evil.example"}).location == back
