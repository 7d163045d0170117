"""What a machine key may do to keys: itself alone, never wider, never longer; and to whom repeated answers belong."""

from datetime import timedelta
from typing import Any

import pytest

from intents import auth
from intents.accounts.models import AgentKey, Workspace
from intents.engine.models import Intent, Signal
from intents.kernel.actors import Scope
from intents.kernel.clock import rfc3339
from tests.callers import Caller, KeyCaller, PersonCaller, make_machine, token_for
from tests.conftest import SettableClock
from tests.intents.waiting import complete_job, look, token_of, wait


def rotate(who: Caller, key: KeyCaller, **body: Any) -> Any:
    return who.post(f"/service-accounts/{key.agent.id}/keys/{key.key_id}/rotate", body)


def keyed(secret: str) -> Caller:
    auth.forget()
    return Caller({"x-api-key": secret})


@pytest.fixture
def wide(workspace: Workspace, worker: KeyCaller) -> KeyCaller:
    """A workspace key of the account of `worker`."""
    return make_machine(workspace, "order-service", Scope.WORKSPACE)


@pytest.mark.parametrize("verb", ["rotate", "revoke"])
@pytest.mark.parametrize("beside", ["alone", "beside an approver", "beside a viewer"])
def test_an_own_key_touches_no_other_key_of_its_account(
    worker: KeyCaller, wide: KeyCaller, peer: KeyCaller, bob: PersonCaller, vera: PersonCaller, verb: str, beside: str
) -> None:
    who = {"alone": worker, "beside an approver": worker.also(bob), "beside a viewer": worker.also(vera)}[beside]
    for other in (wide, peer):
        refused = who.post(f"/service-accounts/{other.agent.id}/keys/{other.key_id}/{verb}", {})
        assert (refused.status, refused.code) == (403, "policy_denied")
    assert AgentKey.objects.filter(revoked_at=None, expires_at=None).count() == AgentKey.objects.count() == 3


def test_a_workspace_key_rotates_itself_alone(worker: KeyCaller, wide: KeyCaller, machine: KeyCaller) -> None:
    assert rotate(wide, wide).ok()["key"]["scope"] == "workspace"
    for other in (worker, machine):
        refused = rotate(wide, other)
        assert (refused.status, refused.code) == (403, "policy_denied")


def test_a_key_that_rotates_itself_lives_no_longer(workspace: Workspace, now: SettableClock) -> None:
    ends = now.now + timedelta(days=3)
    for scope in Scope:
        key = make_machine(workspace, f"short-{scope}", scope, expires_at=ends)
        new = rotate(key, key, overlap_seconds=3600).ok()["key"]
        assert (new["scope"], new["expires_at"]) == (scope, rfc3339(ends))


def test_a_key_made_by_a_key_ends_with_it_at_the_latest(workspace: Workspace, worker: KeyCaller, now: SettableClock) -> None:
    ends = now.now + timedelta(days=3)
    short = make_machine(workspace, "short", Scope.WORKSPACE, expires_at=ends)
    path = f"/service-accounts/{worker.agent.id}/keys"
    sooner = rfc3339(now.now + timedelta(days=1))
    for sent, wanted in ((None, rfc3339(ends)), (rfc3339(ends + timedelta(days=9)), rfc3339(ends)), (sooner, sooner)):
        assert short.post(path, {"expires_at": sent}).ok()["key"]["expires_at"] == wanted


def test_an_admin_gives_a_rotated_key_the_same_span_again(
    workspace: Workspace, alice: PersonCaller, now: SettableClock
) -> None:
    key = make_machine(workspace, "short", expires_at=now.now + timedelta(days=3))
    AgentKey.objects.filter(id=key.key_id).update(created_at=now.now)
    now.advance(days=2)
    assert rotate(alice, key).ok()["key"]["expires_at"] == rfc3339(now.now + timedelta(days=3))
    forever = make_machine(workspace, "forever")
    assert rotate(alice, forever).ok()["key"]["expires_at"] is None


def test_a_rotated_key_keeps_its_tools_and_gets_no_more(workspace: Workspace, alice: PersonCaller) -> None:
    key = make_machine(workspace, "printing", tools=["printer"])
    assert rotate(key, key).ok()["key"]["tools"] == ["printer"]


@pytest.mark.parametrize("what", ["create", "rotate"])
def test_a_repeated_answer_shows_its_secret_to_the_same_credential_alone(
    alice: PersonCaller, machine: KeyCaller, workspace: Workspace, bob: PersonCaller, what: str
) -> None:
    other = make_machine(workspace, "demo", Scope.WORKSPACE)
    verb = "" if what == "create" else f"/{machine.key_id}/rotate"
    path = f"/service-accounts/{machine.agent.id}/keys{verb}"
    first = machine.post(path, {}, key="k")
    assert machine.post(path, {}, key="k").json == first.ok()
    for who in (other, machine.also(bob), alice):
        again = who.post(path, {}, key="k")
        assert first.json["key"]["token"].encode() not in again.raw
        assert "idempotent-replayed" not in again.headers


def test_the_token_of_an_invitation_is_not_repeated_to_another_token(workspace: Workspace, alice: PersonCaller) -> None:
    second = token_for(workspace, alice.user)
    body = {"owner_agent": "demo", "role": "viewer"}
    first = alice.post("/invites/create", body, key="k")
    assert alice.post("/invites/create", body, key="k").json == first.ok()
    assert second.post("/invites/create", body, key="k").ok()["token"] != first.json["token"]


def test_an_idempotency_key_belongs_to_whom_it_speaks_for(machine: KeyCaller, alice: PersonCaller) -> None:
    body = {"intent_type": "order.fulfill.v1", "to_agent": "order-service", "payload": {"n": 1}}
    speakers = (machine, as_(machine, "alpha"), as_(machine, "beta"), machine.also(alice), as_(machine, "beta").also(alice))
    made = [who.post("/intents", body, key="k").ok()["intent_id"] for who in speakers]
    assert len(set(made)) == len(speakers)
    assert [who.post("/intents", body, key="k").ok()["intent_id"] for who in speakers] == made
    assert as_(machine, "agent://myorg/production/beta").post("/intents", body, key="k").ok()["intent_id"] == made[2]
    assert {row.sender for row in Intent.objects.all()} == {"demo", "alpha", "beta"}


def test_a_reply_of_each_speaker_is_written(machine: KeyCaller, alice: PersonCaller) -> None:
    intent_id = machine.submit("order-service")
    machine.post(f"/inbox/{intent_id}/delegate", {"delegate_to": "zz2"}, x_owner_agent="order-service").ok()
    for who in (machine, alice):
        for name in ("order-service", "zz2", "order-service"):
            who.post(f"/inbox/{intent_id}/reply", {"message": "hello"}, key="k", x_owner_agent=name).ok()
    said = [one for one in machine.events(intent_id) if one["details"].get("message") == "hello"]
    assert [one["actor"].rpartition("/")[2] for one in said] == ["order-service", "zz2", *["alice@myorg.example"] * 2]


def as_(who: Caller, name: str) -> Caller:
    return Caller(who.headers | {"x-owner-agent": name})


@pytest.mark.parametrize("early", [False, True])
def test_an_own_key_completes_the_tools_it_was_granted_and_no_other(
    workspace: Workspace, shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, bob: PersonCaller, early: bool
) -> None:
    bank = make_machine(workspace, "bank-bridge", tools=["bank"])
    intent_id = shop.submit()
    if not early:
        wait(worker, intent_id, "tool", tool="bank", external_id="job-1")
    for who in (stranger, shop, worker, bob, stranger.also(bob)):
        refused = who.post("/tools/bank/completions", {"external_id": "job-1", "result": {"paid": True}})
        assert (refused.status, refused.code) == (403, "policy_denied")
    assert not Signal.objects.exists()
    assert complete_job(bank, "bank", "job-1", paid=False).ok()["applied"] is not early
    if early:
        wait(worker, intent_id, "tool", tool="bank", external_id="job-1")
    assert shop.events(intent_id)[-1]["details"]["resume"]["result"] == {"paid": False}


def test_workspace_keys_and_operators_complete_any_tool(
    shop: KeyCaller, worker: KeyCaller, machine: KeyCaller, olga: PersonCaller, bob: PersonCaller
) -> None:
    for number, who in enumerate((machine, olga, machine.also(bob))):
        intent_id = shop.submit()
        wait(worker, intent_id, "tool", tool="bank", external_id=f"job-{number}")
        body = {"external_id": f"job-{number}", "result": {}}
        assert who.post("/tools/bank/completions", body).ok()["applied"] is True


def test_a_callback_address_needs_no_grant(nobody: Caller, shop: KeyCaller, worker: KeyCaller) -> None:
    token = token_of(wait(worker, shop.submit(), "tool", tool="bank", external_id="job-1"))
    assert nobody.post(f"/callbacks/{token}", {"paid": True}).ok()["applied"] is True
    look()
