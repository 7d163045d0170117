"""How agents, deliveries and the server are, as those who watch see it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.operations import agents
from inbox.operations.agents import AgentFacts, Health, health
from intents import auth
from intents.accounts.models import Agent, AgentKey, AuditEntry, Workspace
from intents.dispatch.models import Push
from intents.engine.leases import Holder
from intents.engine.models import Delivery
from intents.engine.services.deliveries import deliver
from intents.kernel import clock
from intents.sending.models import Attempt, EndpointHealth
from tests.callers import KeyCaller, PersonCaller, make_machine
from tests.conftest import SettableClock
from tests.inbox.conftest import person
from tests.pages.browser import Browser

PATHS = ("/operations/agents", "/operations/deliveries", "/operations/endpoints", "/operations/system")


@pytest.mark.parametrize("path", PATHS)
def test_those_who_watch_see_it_and_nobody_else(
    path: str,
    alice: PersonCaller,
    olga: PersonCaller,
    vera: PersonCaller,
    bob: PersonCaller,
    machine: KeyCaller,
) -> None:
    for who in (alice, olga, vera, machine.also(vera)):
        who.get(path).ok()
    for who in (bob, machine):
        assert (who.get(path).status, who.get(path).code) == (403, "policy_denied")


def test_only_owners_and_admins_read_the_audit_log(
    alice: PersonCaller, olga: PersonCaller, machine: KeyCaller, charlie: PersonCaller
) -> None:
    for who in (olga, machine):
        assert who.get("/operations/audit").status == 403
    first = alice.get("/operations/audit", limit=2).ok()
    assert first["items"][0]["action"] == "key.create"
    rest = alice.get("/operations/audit", limit=200, cursor=first["next_cursor"]).ok()
    assert len(first["items"] + rest["items"]) == AuditEntry.objects.filter(workspace=machine.agent.workspace).count()
    assert {one["action"].partition(".")[0] for one in alice.get("/operations/audit", about="key").ok()["items"]} == {"key"}
    assert alice.get("/operations/audit", actor="nobody").ok()["items"] == []
    assert not any("myorg" in str(one) for one in charlie.get("/operations/audit").ok()["items"])


def test_endpoints_are_listed_by_how_they_are(machine: KeyCaller, olga: PersonCaller, alice: PersonCaller) -> None:
    there = [
        machine.post("/webhooks/subscriptions", {"callback_url": f"https://example.com/{path}", "event_types": ["agent.*"]})
        for path in ("well", "fails", "fails-and-is-disabled")
    ]
    well, fails, off = (one.ok()["subscription"]["subscription_id"] for one in there)
    at = clock.now()
    for one in (fails, off):
        EndpointHealth.objects.create(id=one, workspace_id=machine.agent.workspace_id, failing_since=at, marked_at=at)
    machine.patch(f"/webhooks/subscriptions/{off}", {"active": False}).ok()
    first = olga.get("/operations/endpoints", limit=2).ok()
    second = olga.get("/operations/endpoints", limit=2, cursor=first["next_cursor"]).ok()
    assert [one["subscription_id"] for one in first["items"] + second["items"]] == [well, fails, off]
    assert [one["state"] for one in first["items"] + second["items"]] == ["quiet", "failing", "disabled"]
    assert second["next_cursor"] is None
    assert first["counts"] == {"active": 2, "failing": 1, "disabled": 1}
    assert first["total"] == second["total"] == 3
    failing = olga.get("/operations/endpoints", state="failing").ok()
    assert [one["subscription_id"] for one in failing["items"]] == [fails]
    assert failing["total"] == 1
    assert failing["items"][0]["failing_since"] is not None
    (tile,) = [one for one in olga.get("/operations/overview").ok()["tiles"] if one["name"] == "endpoints_failing"]
    assert (tile["value"], tile["list"]) == (1, "/v1/operations/endpoints?state=failing")
    olgas = Browser().sign_in(olga.user)
    assert 'data-tile="endpoints_failing"' in olgas.get("/operations").html
    shown = olgas.get("/operations/endpoints?state=failing").html
    assert "example.com/fails" in shown
    assert "example.com/well" not in shown
    assert olga.get("/operations/endpoints", state="unwell").status == 422
    assert olga.get("/operations/endpoints", cursor="v" + 32 * "0").status == 422


NOW = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def facts(**known: Any) -> AgentFacts:
    plain: dict[str, Any] = {"name": "a", "id": uuid4(), "display_name": "", "status": "active", "mode": "stream"}
    numbers = {"backlog": 0, "oldest_at": None, "leased": 0, "failing": 0, "called_at": NOW, "keys": 1}
    ages = {"oldest_key_at": NOW, "key_ends_at": None, "now": NOW}
    return AgentFacts(**plain | numbers | ages | known)


@pytest.mark.parametrize(
    ("known", "is_"),
    [
        ({}, Health.HEALTHY),
        ({"called_at": LONG_AGO}, Health.IDLE),
        ({"called_at": None}, Health.IDLE),
        ({"called_at": None, "backlog": 1, "oldest_at": NOW}, Health.SILENT),
        ({"called_at": LONG_AGO, "leased": 1}, Health.SILENT),
        ({"backlog": 1, "oldest_at": LONG_AGO}, Health.OVERLOADED),
        ({"backlog": 1, "oldest_at": NOW}, Health.HEALTHY),
        ({"mode": "http", "called_at": None, "leased": 1}, Health.HEALTHY),
        ({"mode": "http", "called_at": None, "leased": 1, "failing": 1}, Health.SILENT),
        ({"mode": "internal", "called_at": None, "backlog": 1, "oldest_at": LONG_AGO}, Health.OVERLOADED),
        ({"status": "suspended", "backlog": 9, "oldest_at": LONG_AGO}, Health.SUSPENDED),
        ({"id": None, "status": "unregistered", "called_at": None, "backlog": 1, "oldest_at": LONG_AGO}, Health.SILENT),
    ],
)
def test_how_an_agent_is_has_one_definition(known: dict[str, Any], is_: Health) -> None:
    assert health(facts(**known)) is is_


def test_a_registry_tells_backlog_performance_and_keys_and_finds_by_health(
    shop: KeyCaller, worker: KeyCaller, vera: PersonCaller
) -> None:
    done, failed, held, _ = (shop.submit() for _ in range(4))
    shop.submit("ghost")
    worker.post(f"/intents/{done}/resume", {"ok": True}).ok()
    worker.post(f"/intents/{failed}/fail", {"error": {"message": "no"}}).ok()
    deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    assert shop.intent(held)["status"] == "DELIVERED"
    found = vera.get("/operations/agents").ok()
    by_name = {one["name"]: one for one in found["items"]}
    assert list(by_name) == ["ghost", "order-service", "shop"] == sorted(by_name)
    one = by_name["order-service"]
    assert (one["health"], one["leased"], one["backlog"]) == ("healthy", 1, 1)
    assert (one["came_24h"], one["completed_24h"], one["failed_24h"], one["success_24h"]) == (4, 1, 1, 0.5)
    assert one["latency_p50_seconds"] == one["latency_p95_seconds"] >= 0
    assert (one["keys"]["active"], one["keys"]["next_end_at"]) == (1, None)
    assert one["last_call_at"] is not None
    ghost = by_name["ghost"]
    assert (ghost["id"], ghost["status"], ghost["health"], ghost["backlog"]) == (None, "unregistered", "silent", 1)
    assert ghost["oldest_waiting_at"] is not None
    silent = vera.get("/operations/agents", health="silent").ok()
    assert ([one["name"] for one in silent["items"]], silent["total"], silent["counts"]["silent"]) == (["ghost"], 1, 1)
    assert vera.get("/operations/agents", health="unwell").status == 422


def test_pages_of_agents_hold_each_once_however_the_database_sorts_names(
    workspace: Workspace, vera: PersonCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (names := ["b", "Z", "a-c", "ab", "a", "C", "d"]):
        make_machine(workspace, name)
    monkeypatch.setattr(agents, "_FACTS", f"SELECT * FROM ({agents._FACTS}) found (name) ORDER BY lower(name)")
    seen, cursor = [], None
    while True:
        found = vera.get("/operations/agents", limit=3, **({"cursor": cursor} if cursor else {})).ok()
        seen += [one["name"] for one in found["items"]]
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(names)
    assert vera.get("/operations/agents", cursor="nonsense!").status == 422


def test_the_statements_of_the_registry_are_as_many_however_many_agents(
    workspace: Workspace, shop: KeyCaller, vera: PersonCaller
) -> None:
    counts, who = [], person(vera)
    for size in (1, 12):
        for number in range(size):
            make_machine(workspace, f"agent-{size}-{number}")
            shop.submit(f"agent-{size}-{number}")
        with CaptureQueriesContext(connection) as asked:
            agents.page(who)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_suspended_agent_gets_nothing_and_its_work_waits(
    shop: KeyCaller, worker: KeyCaller, olga: PersonCaller, vera: PersonCaller, charlie: PersonCaller, machine: KeyCaller
) -> None:
    intent_id = shop.submit()
    path = f"/operations/agents/{worker.agent.id}"
    for who, status in ((vera, 403), (machine, 403), (charlie, 404)):
        assert who.post(f"{path}/suspend").status == status
    assert olga.post(f"{path}/suspend").ok()["status"] == "suspended"
    olga.post(f"{path}/suspend").ok()
    auth.forget()
    assert worker.get("/intents").status == 403
    assert Agent.objects.get(id=worker.agent.id).status == "suspended"
    (suspended,) = vera.get("/operations/agents", health="suspended").ok()["items"]
    assert (suspended["name"], suspended["backlog"]) == ("order-service", 1)
    assert olga.post(f"{path}/resume").ok()["status"] == "active"
    auth.forget()
    (work,) = deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    assert str(work.intent.id) == intent_id
    actions = list(AuditEntry.objects.filter(action__startswith="agent.").order_by("id").values_list("action", flat=True))
    assert actions[-2:] == ["agent.suspend", "agent.resume"]


def test_deliveries_are_told_by_their_state(shop: KeyCaller, worker: KeyCaller, vera: PersonCaller) -> None:
    first = shop.submit(max_delivery_attempts=1)
    (handed,) = deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    waiting = shop.submit()
    shop.submit("back-office")
    ready = vera.get("/operations/deliveries", state="ready", agent="order-service").ok()
    assert ([one["intent_id"] for one in ready["items"]], ready["total"]) == ([waiting], 1)
    (leased,) = vera.get("/operations/deliveries").ok()["items"]
    assert (leased["intent_id"], leased["state"], leased["attempt"]) == (first, "leased", 1)
    assert leased["lease_expires_at"]
    assert leased["holder"] == AgentKey.objects.get(id=worker.key_id).hint
    Delivery.objects.filter(id=handed.delivery.id).update(
        state="dead", lease_token=None, lease_expires_at=None, ended_at=clock.now()
    )
    (dead,) = vera.get("/operations/deliveries", state="dead").ok()["items"]
    assert dead["intent_id"] == first
    assert vera.get("/operations/deliveries").ok()["counts"] == {"ready": 2, "leased": 0, "failing": 0, "dead": 1}
    Delivery.objects.filter(id=handed.delivery.id).update(state="ready", ended_at=None)


def test_a_failing_push_shows_its_attempts_and_is_tried_now(
    shop: KeyCaller,
    worker: KeyCaller,
    alice: PersonCaller,
    olga: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    now: SettableClock,
) -> None:
    shop.submit()
    (handed,) = deliver(actor=worker.actor, target="order-service", holder=Holder(worker.actor.credential_id))
    delivery = handed.delivery
    push = Push.objects.create(
        delivery=delivery,
        lease_token=delivery.lease_token,
        agent=worker.agent,
        body="{}",
        attempt=1,
        due_at=now.now + timedelta(hours=2),
        created_at=now.now,
    )
    Attempt.objects.create(message_id=push.id, number=1, ended_at=now.now, status=503, answer="busy", retry_at=push.due_at)
    (failing,) = vera.get("/operations/deliveries", state="failing").ok()["items"]
    assert [(one["number"], one["status"], one["answer"]) for one in failing["attempts"]] == [(1, 503, None)]
    (told,) = alice.get("/operations/deliveries", state="failing").ok()["items"]
    assert [one["answer"] for one in told["attempts"]] == ["busy"], "owners and admins alone read answers"
    assert failing["next_try_at"]
    (agent,) = vera.get("/operations/agents", health="silent").ok()["items"]
    assert (agent["name"], agent["failing"]) == ("order-service", 1)
    path = f"/operations/deliveries/{delivery.id}/try"
    assert (vera.post(path).status, charlie.post(path).status) == (403, 404)
    # In a workspace where nothing goes on nothing is posted, whatever is pressed.
    olgas, status = Browser().sign_in(olga.user), f"/workspaces/{worker.agent.workspace_id}"
    alice.patch(status, {"status": "suspended"}).ok()
    assert olga.post(path).status == 403
    assert "Try now" not in olgas.get("/operations/deliveries?state=failing").text
    alice.patch(status, {"status": "active"}).ok()
    assert "Try now" in olgas.get("/operations/deliveries?state=failing").text
    assert olga.post(path).ok()["applied"] is True
    assert olga.post(path).ok()["applied"] is False
    push.refresh_from_db()
    assert push.due_at == now.now
