"""Who may send to whom: rules of agents and of the organization, held on every door."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from intents.accounts.models import AuditEntry, Workspace
from intents.engine import admission
from intents.engine.admission import Admits, Wanted
from intents.engine.lifecycle import Status
from intents.engine.models import ThreadViewer
from intents.kernel.actors import Scope
from intents.receiving.patterns import SendingAgent, checked, spellings
from tests.callers import Answer, Caller, KeyCaller, PersonCaller, make_machine
from tests.intents.factory import make
from tests.intents.scenario_runs import CHECK, apply

POLICY = "/agents/order-service/policy"
OVERRIDE = "/agents/order-service/receive-override"
SHOP = "agent://myorg/production/shop"


@pytest.fixture
def receive(workspace: Workspace) -> str:
    return f"/organizations/{workspace.organization_id}/receive-policy"


def send(by: Caller, to: str = "order-service", **more: object) -> Answer:
    return by.post("/intents", {"intent_type": "order.fulfill.v1", "to_agent": to, "payload": {}} | more)


def held(answer: Answer, policy: str, mode: str) -> None:
    assert (answer.status, answer.code) == (403, "policy_denied"), answer.raw
    details = answer.json["error"]["details"]
    assert (details["agent"], details["policy"], details["policy_type"]) == ("order-service", policy, mode)


def test_until_something_is_said_all_may_send(machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, receive: str) -> None:
    shown = machine.get(POLICY).ok()["policy"]
    assert (shown["policy_type"], shown["entries"]) == ("open", [])
    assert shown["address"] == "agent://myorg/production/order-service"
    assert machine.get(OVERRIDE).ok()["override"]["override_type"] == "use_org_default"
    assert machine.get(receive).ok()["policy"]["policy_type"] == "open"
    send(shop).ok()


def test_an_allowlist_lets_those_pass_that_it_names(machine: KeyCaller, worker: KeyCaller, shop: KeyCaller) -> None:
    assert machine.put(POLICY, {"policy_type": "allowlist"}).ok()["policy"]["policy_type"] == "allowlist"
    held(send(shop), "policy", "allowlist")
    named = machine.post(f"{POLICY}/entries", {"sender_pattern": SHOP}).ok()["policy"]
    assert [one["sender_pattern"] for one in named["entries"]] == [SHOP]
    assert machine.post(f"{POLICY}/entries", {"sender_pattern": SHOP}).ok()["policy"] == named
    send(shop).ok()
    left = machine.delete(f"{POLICY}/entries/{named['entries'][0]['entry_id']}").ok()["policy"]
    assert left["entries"] == []
    held(send(shop), "policy", "allowlist")
    send(shop, to="elsewhere").ok()
    send(worker).ok()


def test_a_denylist_refuses_those_that_it_names_under_any_name(
    machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, workspace: Workspace
) -> None:
    machine.put(POLICY, {"policy_type": "denylist"}).ok()
    machine.post(f"{POLICY}/entries", {"sender_pattern": "shop"}).ok()
    held(send(shop), "policy", "denylist")
    many = make_machine(workspace, "shop", Scope.WORKSPACE)
    one = {"intent_type": "a.b.v1", "to_agent": "order-service"}
    held(many.post("/intents", one, x_owner_agent="front"), "policy", "denylist")
    send(machine).ok()


def test_the_override_goes_before_the_organization(
    machine: KeyCaller, alice: PersonCaller, worker: KeyCaller, shop: KeyCaller, receive: str
) -> None:
    assert alice.put(receive, {"policy_type": "closed"}).ok()["policy"]["policy_type"] == "closed"
    held(send(shop), "receive", "closed")
    machine.put(OVERRIDE, {"override_type": "open"}).ok()
    send(shop).ok()
    machine.put(OVERRIDE, {"override_type": "allowlist"}).ok()
    held(send(shop), "receive", "allowlist")
    machine.post(f"{OVERRIDE}/entries", {"sender_pattern": "agent://myorg/*"}).ok()
    send(shop).ok()
    machine.put(OVERRIDE, {"override_type": "use_org_default"}).ok()
    alice.put(receive, {"policy_type": "allowlist"}).ok()
    held(send(shop), "receive", "allowlist")
    added = alice.post(f"{receive}/entries", {"sender_pattern": "agent://myorg/production/*"}).ok()["policy"]
    send(shop).ok()
    alice.delete(f"{receive}/entries/{added['entries'][0]['entry_id']}").ok()
    held(send(shop), "receive", "allowlist")
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert "agent.set_receive_rule" in actions


@pytest.fixture
def front(workspace: Workspace, machine: KeyCaller) -> str:
    """An agent that takes nothing from anybody of its workspace."""
    make_machine(workspace, "front")
    machine.put("/agents/front/policy", {"policy_type": "denylist"}).ok()
    machine.post("/agents/front/policy/entries", {"sender_pattern": "agent://myorg/production/*"}).ok()
    return "front"


def test_it_is_held_on_every_door(machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, front: str) -> None:
    begun = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    one = {"intent_type": "order.fulfill.v1", "to_agent": front, "payload": {}}
    batch = shop.post("/intents/batch", {"intents": [one, one | {"to_agent": "order-service"}]}).ok()["intents"]
    assert [result.get("error", {}).get("code") for result in batch] == ["policy_denied", None]
    assert send(shop, to=front, human_task={"title": "May I?"}).code == "policy_denied"
    child = {"for": "agent", "intents": [one], "until": "all"}
    assert "may not send to front" in worker.post(f"/intents/{begun.id}/wait", child).json["error"]["message"]
    assert worker.intent(begun.id)["status"] == "IN_PROGRESS"
    assert machine.post(f"/intents/{begun.id}/transfer", {"to_agent": front}).code == "policy_denied"
    run = apply(shop, CHECK, agents=[{"role": "clerk", "address": front}])
    assert shop.intent(run)["status"] == "FAILED"


def test_who_may_not_send_to_an_agent_has_nothing_answered_there(
    machine: KeyCaller, alice: PersonCaller, worker: KeyCaller, shop: KeyCaller, front: str, receive: str
) -> None:
    answer = send(shop, reply_to="agent://myorg/production/front")
    assert (answer.code, answer.json["error"]["details"]["agent"]) == ("policy_denied", front)
    assert send(shop, to="shop", reply_to=front).code == "policy_denied"
    alice.put(receive, {"policy_type": "closed"}).ok()
    machine.put(OVERRIDE, {"override_type": "open"}).ok()
    send(shop, reply_to="shop").ok()
    send(shop, reply_to="initiator://ann").ok()


def test_who_is_denied_hands_nothing_over_under_another_name(
    machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, workspace: Workspace
) -> None:
    make_machine(workspace, "front")
    machine.put("/agents/front/policy", {"policy_type": "denylist"}).ok()
    machine.post("/agents/front/policy/entries", {"sender_pattern": machine.agent.name}).ok()
    begun = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    transfer = f"/intents/{begun.id}/transfer"
    answer = machine.post(transfer, {"to_agent": "front"}, x_owner_agent="order-service")
    assert (answer.status, answer.json["error"]["details"]["policy_type"]) == (403, "denylist")
    worker.post(transfer, {"to_agent": "front"}).ok()


def test_what_may_not_be_sent_is_not_handed_over_either(
    machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, workspace: Workspace
) -> None:
    make_machine(workspace, "front")
    machine.put("/mesh/agents/front/policies/action", {"denied_intent_types": ["order.*"]}).ok()
    begun = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    for answer in (
        machine.post(f"/intents/{begun.id}/transfer", {"to_agent": "front"}),
        worker.post(f"/inbox/{begun.id}/delegate", {"delegate_to": "front"}),
    ):
        assert (answer.status, answer.json["error"]["details"]["policy"]) == (403, "intent_types")


def test_a_thread_is_delegated_to_those_alone_to_whom_it_may_be_sent(
    machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, front: str
) -> None:
    begun = make(Status.IN_PROGRESS, sender=shop, handler=worker)
    delegate = f"/inbox/{begun.id}/delegate"
    assert worker.post(delegate, {"delegate_to": front}).code == "policy_denied"
    assert not ThreadViewer.objects.exists()
    machine.put("/agents/front/policy", {"policy_type": "open"}).ok()
    worker.post(delegate, {"delegate_to": front}).ok()


def test_a_rule_that_is_taken_away_meanwhile_refuses_nothing(
    machine: KeyCaller, worker: KeyCaller, shop: KeyCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = admission.governing

    def taken_away(workspace_id: UUID, wanted: Sequence[Wanted]) -> list[Admits]:
        machine.put(POLICY, {"policy_type": "open"}).ok()
        return plain(workspace_id, wanted)

    monkeypatch.setattr(admission, "governing", taken_away)
    one = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {}}
    machine.put(POLICY, {"policy_type": "allowlist"}).ok()
    send(shop).ok()
    machine.put(POLICY, {"policy_type": "allowlist"}).ok()
    assert "error" not in shop.post("/intents/batch", {"intents": [one]}).ok()["intents"][0]


@pytest.mark.parametrize(
    "spelled", ["order-service", "myorg/production/order-service", "agent://myorg/production/order-service"]
)
def test_an_address_is_spelled_in_the_path_as_one_likes(machine: KeyCaller, worker: KeyCaller, spelled: str) -> None:
    path = f"/agents/{spelled}"
    machine.put(f"{path}/policy", {"policy_type": "allowlist"}).ok()
    entry = machine.post(f"{path}/policy/entries", {"sender_pattern": "*"}).ok()["policy"]["entries"][0]
    machine.delete(f"{path}/policy/entries/{entry['entry_id']}").ok()
    assert machine.get(POLICY).ok()["policy"]["policy_type"] == "allowlist"
    assert machine.get(f"{path}/receive-override").ok()["override"]["address"].endswith("/order-service")


def test_who_may_say_so(
    machine: KeyCaller,
    worker: KeyCaller,
    shop: KeyCaller,
    alice: PersonCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
    receive: str,
) -> None:
    for caller in (worker, shop, bob, vera, bob.also(shop)):
        assert caller.put(POLICY, {"policy_type": "open"}).code == "policy_denied"
    assert machine.put(f"/agents/{machine.agent.name}/policy", {"policy_type": "open"}).code == "policy_denied"
    assert machine.put(receive, {"policy_type": "closed"}).code == "policy_denied"
    alice.put(POLICY, {"policy_type": "open"}).ok()
    assert worker.get(POLICY).status == 200
    assert (shop.get(POLICY).status, bob.get(POLICY).status, vera.get(POLICY).status) == (404, 403, 200)
    assert (charlie.get(POLICY).status, charlie.put(receive, {"policy_type": "closed"}).status) == (404, 404)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"sender_pattern": "agent://myorg/**"}, "sender_pattern"),
        ({"sender_pattern": "agent://a/b/c/d"}, "sender_pattern"),
        ({"sender_pattern": ""}, "sender_pattern"),
        ({"sender_pattern": "https://x"}, "sender_pattern"),
        ({"sender": "*"}, "sender_pattern"),
    ],
)
def test_bad_patterns_are_refused_by_name(machine: KeyCaller, worker: KeyCaller, body: dict[str, str], field: str) -> None:
    answer = machine.post(f"{POLICY}/entries", body)
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, field)


def test_modes_are_those_of_the_rule(machine: KeyCaller, worker: KeyCaller, alice: PersonCaller, receive: str) -> None:
    for path, body in (
        (POLICY, {"policy_type": "closed"}),
        (OVERRIDE, {"override_type": "denylist"}),
        (receive, {"policy_type": "use_org_default"}),
    ):
        assert alice.put(path, body).status == 422
    assert alice.put("/agents/nobody-here/policy", {"policy_type": "open"}).code == "agent_not_found"
    assert alice.delete(f"{POLICY}/entries/01a1faa0-d7a6-7491-bfae-27ab1f66cf80").status == 404


@pytest.mark.parametrize(
    ("pattern", "name", "met"),
    [
        ("*", "shop", True),
        ("agent://myorg/*", "shop", True),
        ("agent://myorg/*", "conformance/sender", True),
        ("agent://myorg/production/*", "conformance/sender", True),
        ("agent://myorg/staging/*", "shop", False),
        ("agent://other/*", "shop", False),
        ("agent://myorg/production/shop", "shop", True),
        ("agent://myorg/production/shop", "shop2", False),
        ("agent://other/production/shop", "shop", False),
        ("shop", "shop", True),
        ("agent://shop", "shop", True),
        (" myorg/production/* ", "shop", True),
        ("myorg/production/shop", "shop", True),
        ("agent://MyOrg/*", "shop", False),
        ("agent://myorg/production/Shop", "shop", False),
        ("agent://myorg/shop", "shop", False),
        ("conformance/sender", "conformance/sender", True),
        ("agent://myorg/production/sender", "conformance/sender", False),
        ("agent://conformance/sender", "conformance/sender", True),
        ("agent://conformance/*", "conformance/sender", True),
        ("conformance/*", "conformance/sender", True),
        ("agent://conform/*", "conformance/sender", False),
        ("agent://shop/*", "shop", False),
    ],
)
def test_patterns(pattern: str, name: str, met: bool) -> None:
    assert (checked(pattern, field="x") in spellings(SendingAgent("myorg", "production", name))) is met


def test_without_rules_a_submit_asks_by_its_own_statement_alone(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller
) -> None:
    machine.put(POLICY, {"policy_type": "open"}).ok()
    shop.submit()
    with CaptureQueriesContext(connection) as asked:
        shop.submit()
    assert sum("intents_receiverule" in one["sql"] for one in asked) == 1
