"""Agents as service accounts and by address, and their keys: the published shapes, and who may manage them."""

from typing import Any
from uuid import uuid4

import pytest

from intents import auth
from intents.accounts.models import Agent, AgentKey, AuditEntry, Workspace
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.conftest import SettableClock
from tests.security.routes import every_route

# What the published schemas require.
ACCOUNT = {
    "service_account_id",
    "org_id",
    "workspace_id",
    "name",
    "status",
    "created_by_actor_id",
    "created_at",
    "updated_at",
}
KEY = {"key_id", "service_account_id", "status", "created_at"}
AGENT = {"address", "service_account_id", "service_account_name", "display_name", "status", "created_at"}


def keyed(secret: str) -> Caller:
    auth.forget()
    return Caller({"x-api-key": secret})


def test_a_new_account_has_the_schemas_fields(alice: PersonCaller, workspace: Workspace) -> None:
    body = {"name": "billing", "display_name": "Billing", "description": "Sends bills", "created_by_actor_id": "ceo"}
    made = alice.post("/service-accounts", body).ok()["service_account"]
    assert made.keys() >= ACCOUNT
    assert (made["name"], made["status"], made["workspace_id"]) == ("billing", "active", str(workspace.id))
    assert made["created_by_actor_id"] == "alice@myorg.example", "the credential says who, not the body"
    shown = alice.get(f"/service-accounts/{made['service_account_id']}").ok()["service_account"]
    assert shown.items() >= made.items()
    assert shown["keys"] == []
    assert made in alice.get("/service-accounts").ok()["service_accounts"]


def test_an_agent_is_listed_and_got_by_any_spelling_of_its_address(machine: KeyCaller, worker: KeyCaller) -> None:
    (listed,) = [one for one in machine.get("/agents").ok()["agents"] if one["service_account_name"] == "order-service"]
    assert listed.keys() >= AGENT
    assert listed["address"] == "agent://myorg/production/order-service"
    for spelling in ("order-service", "myorg/production/order-service"):
        assert machine.get(f"/agents/{spelling}").ok()["agent"] == listed
    refused = machine.get("/agents/rivals/production/order-service")
    assert (refused.status, refused.code) == (404, "agent_not_found")


def test_an_agents_settings_can_be_changed(machine: KeyCaller, worker: KeyCaller) -> None:
    body = {"display_name": "Orders", "delivery_mode": "poll", "lease_seconds": 60}
    assert machine.patch("/agents/order-service", body).ok()["agent"].items() >= body.items()
    for field, value in (("delivery_mode", "pigeon"), ("lease_seconds", 0), ("lease_seconds", 86_401), ("name", "x")):
        refused = machine.patch("/agents/order-service", {field: value})
        assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)


def test_a_name_is_taken_once_and_free_again_when_its_agent_is_deleted(alice: PersonCaller, worker: KeyCaller) -> None:
    again = alice.post("/service-accounts", {"name": "agent://myorg/production/order-service"}).ok()
    assert (again["created"], again["service_account_id"]) == (False, str(worker.agent.id))
    gone = alice.delete(f"/service-accounts/{worker.agent.id}").ok()["service_account"]
    assert gone["status"] == "revoked"
    auth.forget()
    assert worker.get("/intents").status == 401
    assert alice.get(f"/service-accounts/{worker.agent.id}").status == 404
    anew = alice.post("/service-accounts", {"name": "order-service"}).ok()
    assert anew["created"] is True
    assert anew["service_account_id"] != str(worker.agent.id)


def test_a_name_that_is_taken_gets_its_account_as_it_is(alice: PersonCaller) -> None:
    first = alice.post("/service-accounts", {"name": "billing", "display_name": "Bills", "delivery_mode": "poll"}).ok()
    again = alice.post("/service-accounts", {"name": "billing", "display_name": "Other", "delivery_mode": "inbox"}).ok()
    assert again["service_account"] == first["service_account"]
    assert (again["service_account"]["display_name"], again["service_account"]["delivery_mode"]) == ("Bills", "poll")
    assert Agent.objects.filter(name="billing").count() == 1


def test_programs_that_provision_find_what_they_read_at_the_top(alice: PersonCaller, machine: KeyCaller) -> None:
    for caller, name in ((alice, "one"), (machine, "two")):
        made = caller.post("/service-accounts", {"name": name, "callback_url": "http://localhost:9000/work"}).ok()
        assert made["service_account_id"] == made["service_account"]["service_account_id"]
        assert made["address"] == f"agent://myorg/production/{name}"
        assert made["service_account"]["callback_url"] == "http://localhost:9000/work"
        path = f"/service-accounts/{made['service_account_id']}"
        for body in ({}, {"name": "k", "description": "for the demo"}, {"created_by_actor_id": "x"}):
            key = caller.post(f"{path}/keys", body).ok()
            assert key["api_key"] == key["key"]["token"]
            assert key["key"]["scope"] == "own", "an agent needs no more than its own address"
            assert keyed(key["api_key"]).get("/me").ok()["address"] == made["address"]
        changed = caller.patch(path, {"delivery_mode": "poll", "callback_url": ""}).ok()
        assert (changed["address"], changed["service_account"]["delivery_mode"]) == (made["address"], "poll")
        assert changed["service_account"]["callback_url"] is None


def test_who_may_not_manage_agents_changes_no_account(bob: PersonCaller, shop: KeyCaller, worker: KeyCaller) -> None:
    for caller in (bob, shop):
        assert caller.patch(f"/service-accounts/{worker.agent.id}", {"display_name": "x"}).status in (403, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "x"}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "ok-name", "workspace_id": str(uuid4())}, "workspace_id"),
        ({"name": "ok-name", "org_id": str(uuid4())}, "org_id"),
        ({"name": "ok-name", "scope": "workspace"}, "scope"),
    ],
)
def test_a_malformed_account_is_422(alice: PersonCaller, body: dict[str, Any], field: str) -> None:
    refused = alice.post("/service-accounts", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert not Agent.objects.exists()


def test_an_accounts_name_may_not_be_an_address_of_another_workspace(alice: PersonCaller) -> None:
    assert alice.post("/service-accounts", {"name": "agent://rivals/production/x"}).status == 404
    assert alice.post("/service-accounts", {"name": "a b"}).code == "invalid_agent_address"


def test_a_new_key_is_shown_once_and_works(alice: PersonCaller, worker: KeyCaller) -> None:
    path = f"/service-accounts/{worker.agent.id}"
    made = alice.post(f"{path}/keys", {}).ok()["key"]
    assert made.keys() >= KEY | {"token"}
    assert made["token"].startswith(f"axme_sa_{worker.agent.id.hex}_")
    keyed(made["token"]).get("/intents").ok()
    shown = alice.get(path)
    assert made["token"] not in shown.raw.decode()
    assert made["key_id"] in {key["key_id"] for key in shown.ok()["service_account"]["keys"]}


def test_a_revoked_key_stops_and_revoking_twice_changes_nothing(alice: PersonCaller, worker: KeyCaller) -> None:
    path = f"/service-accounts/{worker.agent.id}/keys/{worker.key_id}/revoke"
    first = alice.post(path).ok()["key"]
    assert (first["status"], bool(first["revoked_at"])) == ("revoked", True)
    assert keyed(worker.secret).get("/intents").status == 401
    assert alice.post(path).ok()["key"] == first
    assert AuditEntry.objects.filter(action="key.revoke").count() == 1


def test_a_rotated_key_works_on_for_the_overlap(alice: PersonCaller, worker: KeyCaller, now: SettableClock) -> None:
    path = f"/service-accounts/{worker.agent.id}/keys/{worker.key_id}/rotate"
    new = alice.post(path, {"overlap_seconds": 60}).ok()["key"]
    now.advance(seconds=59)
    assert [keyed(one).get("/intents").status for one in (worker.secret, new["token"])] == [200, 200]
    now.advance(seconds=1)
    assert [keyed(one).get("/intents").status for one in (worker.secret, new["token"])] == [401, 200]
    assert new["scope"] == "own"
    assert alice.post(path, {}).status == 409, "what has ended cannot be rotated"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"scope": "everything"}, "scope"),
        ({"token": "axme_sa_chosen"}, "token"),
    ],
)
def test_a_malformed_key_is_422(alice: PersonCaller, worker: KeyCaller, body: dict[str, Any], field: str) -> None:
    refused = alice.post(f"/service-accounts/{worker.agent.id}/keys", body)
    assert (refused.status, refused.json["error"]["details"]["field"]) == (422, field)
    assert AgentKey.objects.count() == 1


def test_agents_and_keys_are_managed_by_owners_admins_and_workspace_keys_alone(
    worker: KeyCaller,
    machine: KeyCaller,
    alice: PersonCaller,
    olga: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    shop: KeyCaller,
) -> None:
    for caller, allowed in ((alice, True), (machine, True), (olga, False), (bob, False), (vera, False), (worker, False)):
        name = f"made-{len(AgentKey.objects.all())}"
        assert caller.post("/service-accounts", {"name": name}).status == (200 if allowed else 403)
        made = caller.post(f"/service-accounts/{worker.agent.id}/keys", {"scope": "workspace"})
        assert made.status == (200 if allowed else 403)
        assert caller.patch("/agents/order-service", {"display_name": "x"}).status == (200 if allowed else 403)
    assert olga.delete(f"/service-accounts/{worker.agent.id}").status == 403
    assert shop.post(f"/service-accounts/{worker.agent.id}/keys", {}).status in (403, 404)


def test_an_agent_may_rotate_and_revoke_its_own_keys_and_gains_no_scope(worker: KeyCaller, shop: KeyCaller) -> None:
    new = worker.post(f"/service-accounts/{worker.agent.id}/keys/{worker.key_id}/rotate", {}).ok()["key"]
    assert new["scope"] == "own"
    assert worker.post(f"/service-accounts/{shop.agent.id}/keys/{shop.key_id}/revoke").status == 404
    assert worker.post(f"/service-accounts/{worker.agent.id}/keys/{worker.key_id}/revoke").ok()["key"]["status"] == "revoked"


def test_a_key_is_reached_through_its_own_account_alone(alice: PersonCaller, worker: KeyCaller, shop: KeyCaller) -> None:
    assert alice.post(f"/service-accounts/{shop.agent.id}/keys/{worker.key_id}/revoke").status == 404


def test_what_is_done_to_keys_is_on_record_without_their_secrets(alice: PersonCaller, worker: KeyCaller) -> None:
    made = alice.post(f"/service-accounts/{worker.agent.id}/keys", {}).ok()["key"]
    alice.post(f"/service-accounts/{worker.agent.id}/keys/{made['key_id']}/revoke").ok()
    noted = AuditEntry.objects.filter(actor="alice@myorg.example").order_by("id")
    assert [(one.action, one.subject) for one in noted] == [
        ("key.create", "order-service"),
        ("key.revoke", "order-service"),
    ]
    assert made["token"].rpartition("_")[2] not in repr([one.details for one in noted])


def test_the_capabilities_tell_what_the_server_can_do(machine: KeyCaller) -> None:
    told = machine.get("/capabilities").ok()
    served = {route.path.split("/")[1].replace("-", "_") for route in every_route()}
    # A person's notifications are below /me, an overview of quotas below /portal; MCP and A2A are not below /v1.
    known = served - {"capabilities", "me", "portal"} | {"notifications", "mcp", "a2a"}
    assert {name.partition(".")[0] for name in told["capabilities"]} == known
    assert told["supported_intent_types"]


def test_the_capabilities_keep_the_names_that_clients_ask_for(machine: KeyCaller) -> None:
    told = machine.get("/capabilities").ok()["capabilities"]
    # Written out: clients compare these texts, and moving a module must not move them.
    assert {"intents.search", "intents.events.stream", "intents.waits"} <= set(told)
    assert not any("engine" in name for name in told)
