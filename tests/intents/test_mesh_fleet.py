"""Stopping the agents with a label, or all, by the API."""

from uuid import UUID

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from intents.accounts.models import AgentStop, AuditEntry, StopState, Workspace
from intents.accounts.stops import AgentStopped
from intents.engine.models import Delivery
from intents.feed.models import WorkspaceEvent
from intents.kernel import canonical
from intents.mesh import settling
from intents.mesh.models import MeshEvent
from intents.mesh.services import stopping
from tests.callers import SETUP, KeyCaller, PersonCaller, make_machine
from tests.intents.factory import take
from tests.intents.locks import begin, beside


@pytest.fixture
def fleet(workspace: Workspace, worker: KeyCaller, shop: KeyCaller) -> list[str]:
    """Two agents of a team, one of another."""
    for name, team in (("clerk", "billing"), ("payer", "billing"), ("scout", "sales")):
        make_machine(workspace, name).post("/mesh/heartbeat", {"metadata": {"team": team}}).ok()
    return ["clerk", "payer"]


def leased(intent_id: UUID) -> bool:
    return Delivery.objects.filter(intent_id=intent_id, state="leased", lease_expires_at__gt=Now()).exists()


def stopped() -> dict[str, str]:
    return dict(AgentStop.objects.values_list("name", "state"))


def test_those_with_a_label_are_killed_and_let_go_on(machine: KeyCaller, fleet: list[str]) -> None:
    kill = {"label": "team=billing", "confirm": "team=billing", "reason": "they overspend"}
    done = machine.post("/mesh/kill", kill).ok()
    assert (done["matched"], done["changed"]) == (2, 2)
    assert done["agents"] == [f"agent://myorg/production/{name}" for name in fleet]
    assert stopped() == dict.fromkeys(fleet, "killed")
    assert machine.post("/mesh/kill", kill).ok()["changed"] == 0
    assert machine.post("/mesh/resume", {"label": "team=billing"}).ok()["changed"] == 2
    assert stopped() == {}


def test_all_are_stopped_but_the_keys_own_agent(
    machine: KeyCaller, alice: PersonCaller, worker: KeyCaller, fleet: list[str]
) -> None:
    assert machine.post("/mesh/pause", {"all": True}).ok()["changed"] == 5
    assert set(stopped().values()) == {"paused"}
    assert machine.agent.name not in stopped()
    assert alice.post("/mesh/quarantine", {"all": True}).ok()["changed"] == 6
    with pytest.raises(AgentStopped):
        take(worker)


@pytest.mark.parametrize("confirm", ["", "billing", "production"])
def test_to_kill_many_they_are_named_once_more(alice: PersonCaller, fleet: list[str], confirm: str) -> None:
    answer = alice.post("/mesh/kill", {"label": "team=billing", "confirm": confirm})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "confirm")
    assert stopped() == {}
    assert alice.post("/mesh/kill", {"all": True, "confirm": "production"}).ok()["changed"] >= 3


@pytest.mark.parametrize("body", [{}, {"all": True, "label": "team"}, {"label": ""}, {"label": "x", "every": True}])
def test_who_is_meant_is_said_plainly(alice: PersonCaller, fleet: list[str], body: dict[str, object]) -> None:
    assert alice.post("/mesh/pause", body).status == 422
    for label in ("team=nobody", "team=", "team=bill"):
        assert alice.post("/mesh/pause", {"label": label}).ok()["matched"] == 0
    assert stopped() == {}


def test_who_may(worker: KeyCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, fleet: list[str]) -> None:
    for caller in (worker, bob, vera):
        assert caller.post("/mesh/pause", {"all": True}).code == "policy_denied"
    charlie.post("/mesh/pause", {"all": True}).ok()
    assert stopped() == {}


@pytest.mark.parametrize("key", [None, "at once"])
def test_a_key_leaves_those_to_people_that_a_breach_has_stopped(
    machine: KeyCaller, alice: PersonCaller, fleet: list[str], key: str | None
) -> None:
    workspace_id = machine.actor.workspace_id
    stopping.stop(actor=SETUP, workspace_id=workspace_id, by_policy=True, names=["clerk"], state=StopState.PAUSED)
    machine.post("/mesh/pause", {"label": "team"}).ok()
    assert machine.post("/mesh/resume", {"all": True}, key=key).ok()["changed"] == 2
    assert stopped() == {"clerk": "paused"}
    assert alice.post("/mesh/resume", {"all": True}).ok()["changed"] == 1


@pytest.mark.parametrize("verb", ["kill", "pause", "resume"])
def test_many_are_stopped_by_as_many_statements_as_few(
    alice: PersonCaller, workspace: Workspace, fleet: list[str], verb: str
) -> None:
    def statements() -> int:
        body = {"all": True} | ({"confirm": "production"} if verb == "kill" else {})
        if verb == "resume":
            alice.post("/mesh/pause", {"all": True}).ok()
        with CaptureQueriesContext(connection) as asked:
            alice.post(f"/mesh/{verb}", body).ok()
        return len(asked)

    few = statements()
    alice.post("/mesh/resume", {"all": True}).ok()
    for number in range(20):
        make_machine(workspace, f"more-{number}")
    assert statements() <= few
    told = AuditEntry.objects.filter(action__in=["agent.kill", "agent.pause", "agent.let_go_on"], subject="more-7")
    published = WorkspaceEvent.objects.filter(subject="more-7").exclude(event_type="agent.created")
    noted = MeshEvent.objects.filter(name="more-7")
    assert told.count() == published.count() == noted.count() > 0


def test_what_each_of_many_held_is_told_of_it(alice: PersonCaller, worker: KeyCaller, shop: KeyCaller) -> None:
    for _ in range(2):
        shop.submit()
    assert len(take(worker, limit=2)) == 2
    alice.post("/mesh/kill", {"all": True, "confirm": "production"}).ok()
    told = {one.name: canonical.loads(one.details) for one in MeshEvent.objects.filter(event_type="killed")}
    assert told["order-service"].get("recalled") == 2
    assert "recalled" not in told["shop"]


def told_of(name: str) -> list[tuple[str, dict[str, object]]]:
    found = MeshEvent.objects.filter(name=name).exclude(event_type="healthy").order_by("id")
    return [(one.event_type, canonical.loads(one.details)) for one in found]


def test_a_large_fleet_is_stopped_at_once_and_seen_to_some_at_a_time(
    alice: PersonCaller, shop: KeyCaller, worker: KeyCaller, fleet: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.submit()
    assert take(worker)
    monkeypatch.setattr(settling, "SOME", 2)
    looked = []
    plain = settling.tell
    monkeypatch.setattr(settling, "tell", lambda *told: looked.append(len(stopped())) or plain(*told))
    alice.post("/mesh/kill", {"all": True, "confirm": "production", "reason": "they overspend"}).ok()
    assert looked == [5, 5, 5]
    assert told_of("order-service") == [("killed", {"reason": "they overspend", "recalled": 1})]
    assert all(told_of(name) == [("killed", {"reason": "they overspend"})] for name in fleet)
    assert not AgentStop.objects.exclude(pending=None).exists()


def test_what_a_process_that_died_left_is_done_by_the_next_that_looks(
    alice: PersonCaller, machine: KeyCaller, shop: KeyCaller, worker: KeyCaller, fleet: list[str]
) -> None:
    shop.submit()
    (held,) = take(worker)
    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(settling, "settle", lambda **told: None)
        machine.post("/mesh/quarantine", {"all": True}, key="once").ok()
        alice.post("/mesh/kill", {"label": "team", "confirm": "team", "reason": "for good"}).ok()
        assert machine.post("/mesh/resume", {"label": "team=sales"}).ok()["changed"] == 1
    assert leased(held.intent.id)
    # Of who goes on it was told before, in order.
    assert [one for one, _ in told_of("scout")] == ["quarantined", "killed", "resumed"]
    assert told_of("order-service") == []
    settling.settle()
    assert not leased(held.intent.id)
    assert told_of("order-service") == [("quarantined", {"recalled": 1})]
    assert told_of("clerk") == [("quarantined", {}), ("killed", {"reason": "for good", "before": "quarantined"})]
    by = AuditEntry.objects.filter(subject="clerk", action__in=["agent.quarantine", "agent.kill"]).order_by("id")
    assert [one.actor for one in by] == [machine.actor.label, alice.user.email]
    settling.settle()
    assert len(told_of("clerk")) == 2


def test_those_who_are_let_go_on_are_locked_in_the_order_in_which_they_are_stopped(
    machine: KeyCaller, fleet: list[str]
) -> None:
    machine.post("/mesh/kill", {"label": "team=billing", "confirm": "team=billing"}).ok()
    AgentStop.objects.filter(name="clerk").update(reason="now it lies behind the other")
    actor, lock = machine.actor, "SELECT FROM intents_agentstop WHERE name = %s FOR UPDATE NOWAIT"
    with beside() as other:
        other.execute(lock, ["clerk"])
        thread, _ = begin(lambda: stopping.let_go_on(actor=actor, workspace_id=actor.workspace_id, names=fleet))
        other.execute(lock, ["payer"])
        other.rollback()
        thread.join(30)
    assert stopped() == {}
