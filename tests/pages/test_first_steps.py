"""First contact: the checklist of the demo, the first request of an agent, forms that survive a reload."""

import re

import pytest

from inbox import demo
from intents.accounts.models import Agent, Workspace
from intents.engine.models import Intent
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.security.conftest import ids
from tests.security.places import PLACES, places

__all__ = ["ids", "places"]


def ticked(browser: Browser) -> list[str]:
    """What the checklist has ticked."""
    return re.findall(r'data-tone="green">([^<]+?)\s*<span class="out">\(done\)', browser.get("/inbox").html)


def test_the_checklist_is_ticked_by_what_a_person_really_does_and_can_be_dismissed(
    alices: Browser, bobs: Browser, bob: PersonCaller, workspace: Workspace
) -> None:
    assert "Try it out" not in alices.get("/inbox").text, "only in the demo"
    agent = make_machine(workspace, "demo/billing")
    asked = [ask(agent, assignees=["bob@myorg.example"]) for _ in range(3)]
    page = bobs.get("/inbox")
    assert "Try it out 0 of 5" in page.text
    bobs.get(f"/inbox/{asked[0].task_id}")
    assert ticked(bobs) == ["Open a request"]
    bobs.post(f"/inbox/{asked[0].task_id}/ask", {"text": "Why?"})
    shown = re.search(r'name="payload_digest" value="([^"]+)"', bobs.get(f"/inbox/{asked[0].task_id}").html)
    assert shown
    bobs.post(f"/inbox/{asked[0].task_id}/decide", {"outcome": "approved", "payload_digest": shown[1]})
    bobs.post(f"/inbox/{asked[0].task_id}/undo")
    asked[2].decide(bob, "rejected", comment="The amounts differ").ok()
    before = ["Open a request", "Approve, and undo it", "Ask the agent"]
    assert ticked(bobs) == before, "without a look it is no step: the demo's history has such"
    bobs.get(f"/inbox/{asked[1].task_id}")
    bobs.post(f"/inbox/{asked[1].task_id}/decide", {"outcome": "rejected", "comment": "The amounts differ"})
    assert ticked(bobs) == ["Open a request", "Find an agent&#x27;s mistake", "Approve, and undo it", "Ask the agent"]
    assert "4 of 5" in bobs.get("/inbox").text
    assert ticked(alices) == []
    bobs.post("/checklist/dismiss")
    assert "Try it out" not in bobs.get("/inbox").text


def test_an_owner_removes_the_demo_once_they_have_said_so_knowing_how_much_it_is(
    alices: Browser, bobs: Browser, workspace: Workspace
) -> None:
    agent = make_machine(workspace, "demo/billing")
    ask(agent, assignees=["bob@myorg.example"])
    kept = Agent.objects.exclude(name__startswith=demo.PREFIX).count()
    assert "Remove the demo" in alices.get("/settings/data").text
    assert bobs.get("/settings/data/demo").status == 403
    assert "1 requests and 1 agents" in alices.get("/settings/data/demo").text
    assert alices.post("/settings/data/demo", {}).status == 422
    assert Intent.objects.exists()
    assert alices.post("/settings/data/demo", {"sure": "on"}).location == "/settings/data"
    assert not Intent.objects.exists()
    assert Agent.objects.count() == kept
    assert "Remove the demo" not in alices.get("/settings/data").text


def test_a_new_key_comes_with_a_request_that_the_page_sends_and_follows_to_its_decision(
    alices: Browser, alice: PersonCaller, worker: KeyCaller
) -> None:
    at = f"/settings/agents/{worker.agent.id}"
    page = alices.confirmed().post(f"{at}/keys/new", {"scope": "own", "days": "0"})
    assert all(word in page.text for word in ("curl", "Python", "TypeScript", "alice@myorg.example", "First steps: 1 of 4"))
    key = re.search(r'name="key" value="([^"]+)"', page.html)
    assert key
    assert page.html.count(key[1]) == 5
    assert alices.post(f"{at}/first-request", {"key": key[1]}).location == at
    steps = alices.get(f"{at}/first-steps")
    assert "First steps: 3 of 4" in steps.text
    assert "Received: “<bdi>Refund 129.00 EUR to ACME?</bdi>”." in steps.html
    assert "every 2s" in steps.html
    task = re.search(r"/inbox/([-0-9a-f]{36})", steps.html)
    assert task
    alice.post(f"/tasks/{task[1]}/decide", {"outcome": "approved"}).ok()
    steps = alices.get(f"{at}/first-steps")
    assert "First steps: 4 of 4" in steps.text
    assert "Decided: Approved" in steps.text
    assert "every 2s" not in steps.html


@pytest.mark.parametrize("key", ["", "axme_sa_unknown", "other"])
def test_a_first_request_is_sent_by_that_agents_key_alone(
    alices: Browser, worker: KeyCaller, shop: KeyCaller, key: str
) -> None:
    given = shop.secret if key == "other" else key
    page = alices.post(f"/settings/agents/{worker.agent.id}/first-request", {"key": given})
    assert page.status in (401, 403)
    assert not Intent.objects.exists()


def test_the_address_of_every_form_of_the_settings_is_a_page(places: dict[str, str], alices: Browser) -> None:
    """After a mistake the address bar has it, and entering it again shows the form, or where its button stands."""
    alices.confirmed()
    missing = []
    for place in PLACES:
        path = place.at(places)
        if path.startswith("/settings/") or place.name.startswith("confirm-"):
            page = alices.get(path)
            if page.status in (404, 405) or not (page.raw or page.status in (302, 303)):
                missing.append(f"{place.name}: {page.status}")
    assert missing == []
