"""The pages of operations: agents, deliveries, the system, the audit log."""

import pytest

from intents import auth
from intents.accounts.models import Agent
from intents.audit import auditor, checkpoints, tree
from intents.engine.leases import Holder
from intents.engine.services.deliveries import deliver
from tests.callers import KeyCaller, PersonCaller
from tests.pages.browser import Browser

PAGES = ("agents", "deliveries", "system")


@pytest.fixture
def olgas(olga: PersonCaller) -> Browser:
    return Browser().sign_in(olga.user)


@pytest.mark.parametrize("page", PAGES)
def test_who_only_decides_is_refused(page: str, bobs: Browser, veras: Browser) -> None:
    assert bobs.get(f"/operations/{page}").status == 403
    shown = veras.get(f"/operations/{page}")
    assert shown.status == 200
    assert 'action="/operations' not in shown.html


def test_an_operator_suspends_and_resumes_an_agent(
    olgas: Browser, veras: Browser, worker: KeyCaller, shop: KeyCaller
) -> None:
    shop.submit()
    shown = olgas.get("/operations/agents").html
    assert "order-service" in shown
    assert "Suspend order-service" in shown
    where = f"/operations/agents/{worker.agent.id}"
    assert veras.post(f"{where}/suspend", {}).status == 403
    assert olgas.post(f"{where}/suspend", {}).location == "/operations/agents"
    assert Agent.objects.get(id=worker.agent.id).status == "suspended"
    assert "Resume order-service" in olgas.get("/operations/agents?health=suspended").html
    olgas.post(f"{where}/resume", {})
    assert Agent.objects.get(id=worker.agent.id).status == "active"
    auth.forget()


def test_counts_on_the_page_of_agents_open_the_lists_they_count(veras: Browser, worker: KeyCaller, shop: KeyCaller) -> None:
    shop.submit("ghost")
    shown = veras.get("/operations/agents?health=silent").html
    assert "not registered" in shown
    assert "order-service" not in shown.partition("<tbody>")[2]
    assert "/operations/deliveries?state=ready&amp;agent=ghost" in shown
    assert "ghost" in veras.get("/operations/deliveries?state=ready&agent=ghost").html


def test_deliveries_show_leases(veras: Browser, worker: KeyCaller, shop: KeyCaller) -> None:
    intent_id = shop.submit()
    deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    shown = veras.get("/operations/deliveries").html
    assert intent_id in shown
    assert "Lease ends" in shown
    assert "comes for it" in shown
    assert veras.get("/operations/deliveries?after=nonsense").status == 200


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("deliveries?state=nope", "ready, leased, failing, dead"),
        ("messages?state=nope", "failed, waiting"),
        ("messages?ended=nope", "24h, all"),
        ("agents?health=nope", "healthy, silent, overloaded, idle, suspended"),
    ],
)
def test_a_list_there_is_not_is_no_other_list(path: str, known: str, veras: Browser) -> None:
    page = veras.get(f"/operations/{path}")
    assert (page.status, "Page not found" in page.text, f"“nope” here: it is one of {known}." in page.text) == (
        404,
        True,
        True,
    )


def test_the_system_names_what_the_auditor_and_the_tree_say(veras: Browser, shop: KeyCaller) -> None:
    assert "Has not looked yet" in veras.get("/operations/system").html
    shop.submit()
    auditor.run()
    tree.append()
    checkpoints.make()
    shown = veras.get("/operations/system").html
    assert "Every rule holds" in shown
    assert "The newest checkpoint signs 2 events" in shown
    assert "+" in shown


def test_the_audit_log_is_for_owners_and_admins(alices: Browser, olgas: Browser, worker: KeyCaller) -> None:
    assert olgas.get("/operations/audit").status == 403
    assert "/operations/audit" not in olgas.get("/operations/agents").html
    shown = alices.get("/operations/audit").html
    assert "key.create" in shown
    filtered = alices.get("/operations/audit?about=agent").html.partition("<tbody>")[2]
    assert "agent.create" in filtered
    assert "key.create" not in filtered
