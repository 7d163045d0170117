"""The pages of operations: agents, deliveries, the system, the audit log."""

import re
from datetime import timedelta

import pytest

from intents import auth
from intents.accounts import audit
from intents.accounts.models import Agent, AuditEntry, Workspace
from intents.audit import auditor, checkpoints, tree
from intents.engine.leases import Holder
from intents.engine.services.deliveries import deliver
from intents.kernel.actors import System
from intents.kernel.clock import rfc3339
from tests.callers import KeyCaller, PersonCaller
from tests.conftest import SettableClock
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


@pytest.mark.parametrize("role", ["owner", "operator", "viewer"])
def test_every_tab_that_is_offered_opens(role: str, alices: Browser, olgas: Browser, veras: Browser) -> None:
    who = {"owner": alices, "operator": olgas, "viewer": veras}[role]
    tabs = re.search(r'<nav class="tabs"[^>]*>(.*?)</nav>', who.get("/operations").html, re.DOTALL)
    assert tabs
    offered = re.findall(r'href="([^"]+)"', tabs[1])
    assert len(offered) >= 8
    assert {one: who.get(one).status for one in offered} == dict.fromkeys(offered, 200)


def test_an_operator_suspends_and_resumes_an_agent(
    olgas: Browser, veras: Browser, worker: KeyCaller, shop: KeyCaller, machine: KeyCaller
) -> None:
    shop.submit()
    holder = Holder(machine.actor.credential_id)
    shown = olgas.get("/operations/agents").html
    assert "order-service" in shown
    assert "Suspend order-service" in shown
    where = f"/operations/agents/{worker.agent.id}"
    assert veras.post(f"{where}/suspend", {}).status == 403
    assert olgas.post(f"{where}/suspend", {}).location == "/operations/agents"
    assert Agent.objects.get(id=worker.agent.id).status == "suspended"
    assert deliver(actor=machine.actor, target="order-service", holder=holder) == [], "nor by another's key"
    assert "Resume order-service" in olgas.get("/operations/agents?health=suspended").html
    olgas.post(f"{where}/resume", {})
    assert Agent.objects.get(id=worker.agent.id).status == "active"
    assert len(deliver(actor=machine.actor, target="order-service", holder=holder)) == 1
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


def test_that_the_server_was_restored_stands_there_and_for_a_week_on_the_overview(
    now: SettableClock, vera: PersonCaller, veras: Browser, charlie: PersonCaller, workspace: Workspace
) -> None:
    assert vera.get("/operations/system").ok()["restored"] is None
    assert 'id="restored"' not in veras.get("/operations").html
    for days in (3, 1):
        details = {"backup_at": rfc3339(now.now - timedelta(days=days, hours=1)), "version": "0.1.0"}
        audit.note(
            workspace_id=workspace.id, actor=System(name="restore"), action="server.restored", subject="myorg", **details
        )
    assert vera.get("/operations/system").ok()["restored"] == {"at": rfc3339(now.now)} | details
    assert charlie.get("/operations/system").ok()["restored"] is None, "the mark is each workspace's"
    assert "Restored just now , from a backup made 1 day 1 h ago, Mon 08:00" in veras.get("/operations/system").text
    assert "restored just now from a backup made 1 day 1 h ago" in veras.get("/operations").text
    AuditEntry.objects.update(at=now.now - timedelta(days=8))
    assert 'id="restored"' in veras.get("/operations/system").html
    assert 'id="restored"' not in veras.get("/operations").html


def test_the_audit_log_is_for_owners_and_admins(alices: Browser, olgas: Browser, worker: KeyCaller) -> None:
    assert olgas.get("/operations/audit").status == 403
    assert "/operations/audit" not in olgas.get("/operations/agents").html
    shown = alices.get("/operations/audit").html
    assert "key.<wbr>create" in shown
    filtered = alices.get("/operations/audit?about=agent").html.partition("<tbody>")[2]
    assert "agent.<wbr>create" in filtered
    assert "key.<wbr>create" not in filtered
