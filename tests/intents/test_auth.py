"""Credentials: which are accepted, together or alone, and for whom they speak."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from intents import auth
from intents.accounts.models import AgentKey, AgentStatus, Member, Workspace
from intents.accounts.services import agents, keys, tenancy, tokens
from intents.kernel.actors import Role, Scope
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_machine, make_person, token_for
from tests.conftest import SettableClock

NESTED = base64.urlsafe_b64encode(b"[" * 9000).decode()
BODY = {"intent_type": "a.b.v1", "to_agent": "order-service", "payload": {}}


def bearer(secret: str) -> Caller:
    return Caller({"authorization": f"Bearer {secret}"})


def refusal(caller: Caller) -> tuple[int, str | None]:
    answer = caller.get("/intents")
    return answer.status, answer.code


def test_without_a_credential_nothing_is_answered(nobody: Caller) -> None:
    assert refusal(nobody) == (401, "missing_platform_api_key")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-api-key": "axme_sa_0_0"}, "invalid_platform_api_key"),
        ({"x-api-key": "nonsense"}, "invalid_platform_api_key"),
        ({"x-api-key": "axme_pat_0"}, "invalid_platform_api_key"),
        ({"authorization": "Bearer axme_sa_0_0"}, "invalid_platform_api_key"),
        ({"authorization": "Bearer axme_pat_0"}, "invalid_actor_token"),
        ({"authorization": "Bearer nonsense"}, "invalid_actor_token"),
        pytest.param({"authorization": f"Bearer {NESTED}.a.b"}, "invalid_actor_token", id="nested"),
        ({"authorization": "Bearer "}, "invalid_actor_token"),
        ({"authorization": "Basic YTpi"}, "invalid_actor_token"),
        ({"authorization": "axme_pat_0"}, "invalid_actor_token"),
    ],
)
def test_a_credential_that_does_not_exist_is_401(database: None, headers: dict[str, str], code: str) -> None:
    assert refusal(Caller(headers)) == (401, code)


def test_a_machine_key_works_in_either_header(machine: KeyCaller) -> None:
    shown = [caller.submit() for caller in (machine, bearer(machine.secret), machine.also(bearer(machine.secret)))]
    assert {machine.intent(intent_id)["from_agent"] for intent_id in shown} == {"agent://myorg/production/demo"}


def test_the_scheme_is_read_in_any_case(alice: PersonCaller) -> None:
    assert Caller({"authorization": f"bearer   {alice.secret}"}).get("/intents").status == 200


def test_a_wrong_key_is_refused_though_a_right_token_comes_along(alice: PersonCaller, machine: KeyCaller) -> None:
    assert refusal(alice.also(Caller({"x-api-key": "axme_sa_0_0"}))) == (401, "invalid_platform_api_key")
    assert refusal(machine.also(bearer("axme_pat_0"))) == (401, "invalid_actor_token")


def test_with_a_key_and_a_token_the_key_does_what_it_may(machine: KeyCaller, bob: PersonCaller) -> None:
    body = {"status": "CANCELED", "reason": "x"}
    done = machine.also(bob).post(f"/intents/{machine.submit()}/resolve", body).ok()
    assert done["event"]["actor"] == "agent://myorg/production/demo"


def test_with_a_key_and_a_token_the_intent_comes_from_the_keys_agent(machine: KeyCaller, alice: PersonCaller) -> None:
    intent_id = machine.also(alice).submit()
    assert machine.intent(intent_id)["from_agent"] == "agent://myorg/production/demo"


def test_a_person_alone_submits_nothing(alice: PersonCaller) -> None:
    answer = alice.post("/intents", BODY)
    assert (answer.status, answer.code) == (401, "missing_platform_api_key")


def test_a_key_and_a_token_of_two_workspaces_do_not_go_together(machine: KeyCaller, charlie: PersonCaller) -> None:
    assert refusal(machine.also(charlie)) == (403, "invalid_actor_scope")


def end_by_revoking(caller: KeyCaller) -> None:
    keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=caller.key_id))


def end_by_expiry(caller: KeyCaller) -> None:
    AgentKey.objects.filter(id=caller.key_id).update(expires_at=timezone.now() - timedelta(seconds=1))


def end_by_deleting_the_agent(caller: KeyCaller) -> None:
    agents.delete_agent(actor=SETUP, agent=caller.agent)


@pytest.mark.parametrize("end", [end_by_revoking, end_by_expiry, end_by_deleting_the_agent])
def test_a_key_that_ended_is_401(worker: KeyCaller, end: Any) -> None:
    worker.get("/intents").ok()
    end(worker)
    auth.forget()
    assert refusal(worker) == (401, "invalid_platform_api_key")


def test_a_suspended_agents_key_is_403(worker: KeyCaller) -> None:
    worker.agent.status = AgentStatus.SUSPENDED
    worker.agent.save()
    assert refusal(worker) == (403, "policy_denied")


def test_a_key_ends_at_its_time(workspace: Workspace, now: SettableClock) -> None:
    short = make_machine(workspace, "short", expires_at=now.now + timedelta(hours=1))
    short.get("/intents").ok()
    auth.forget()
    now.advance(hours=1)
    assert refusal(short) == (401, "invalid_platform_api_key")


def test_a_token_that_ended_is_401(workspace: Workspace, alice: PersonCaller, now: SettableClock) -> None:
    short = token_for(workspace, alice.user, expires_at=now.now + timedelta(hours=1))
    short.get("/intents").ok()
    tokens.revoke_person_token(actor=SETUP, token=alice.token)
    auth.forget()
    assert refusal(alice) == (401, "invalid_actor_token")
    now.advance(hours=1)
    auth.forget()
    assert refusal(short) == (401, "invalid_actor_token")


def test_a_person_who_left_or_was_locked_out_is_401(bob: PersonCaller, vera: PersonCaller) -> None:
    Member.objects.filter(user=bob.user).delete()
    vera.user.is_active = False
    vera.user.save()
    assert refusal(bob) == refusal(vera) == (401, "invalid_actor_token")


def test_a_persons_token_opens_the_workspace_it_is_for(
    workspace: Workspace, other_workspace: Workspace, machine: KeyCaller, alice: PersonCaller
) -> None:
    intent_id = machine.submit()
    tenancy.set_member(actor=SETUP, workspace=other_workspace, user=alice.user, role=Role.OWNER)
    abroad = token_for(other_workspace, alice.user)
    assert alice.get(f"/intents/{intent_id}").status == 200
    assert abroad.get(f"/intents/{intent_id}").status == 404


def test_a_workspace_key_speaks_for_any_address_of_its_workspace(machine: KeyCaller) -> None:
    for headers in ({"x-owner-agent": "shop"}, {"x-owner-agent": "agent://myorg/production/shop"}):
        answer = machine.send("POST", "/intents", raw=_json(BODY), headers=headers).ok()
        assert machine.intent(answer["intent_id"])["from_agent"] == "agent://myorg/production/shop"
    answer = machine.send("POST", "/intents", raw=_json(BODY), query={"owner_agent": "a/b"}).ok()
    assert machine.intent(answer["intent_id"])["from_agent"] == "agent://a/b"


def test_an_own_key_speaks_for_itself_alone(worker: KeyCaller) -> None:
    answer = worker.get("/intents", owner_agent="shop")
    assert (answer.status, answer.code) == (403, "invalid_actor_scope")
    assert worker.get("/intents", owner_agent="agent://myorg/production/order-service").status == 200


def test_an_owner_of_another_workspace_is_unknown(machine: KeyCaller) -> None:
    answer = machine.get("/intents", owner_agent="agent://rivals/production/demo")
    assert (answer.status, answer.code) == (404, "agent_not_found")


def test_two_different_owners_in_one_request_are_400(machine: KeyCaller) -> None:
    answer = machine.send("GET", "/intents", query={"owner_agent": "a"}, headers={"x-owner-agent": "b"})
    assert answer.status == 400
    assert answer.json["error"]["details"]["field"] == "owner_agent"
    assert machine.send("GET", "/intents", query={"owner_agent": "a"}, headers={"x-owner-agent": "a"}).status == 200


def test_two_different_owners_are_400_for_an_own_key_too(worker: KeyCaller) -> None:
    answer = worker.send("GET", "/intents", query={"owner_agent": "order-service"}, headers={"x-owner-agent": "b"})
    assert answer.status == 400


def test_an_own_key_sees_only_what_it_sent_handles_or_gets_answers_of(
    shop: KeyCaller, worker: KeyCaller, stranger: KeyCaller, machine: KeyCaller
) -> None:
    sent = shop.submit()
    answered = machine.submit(to_agent="elsewhere", reply_to="shop")
    machine.submit(to_agent="elsewhere")
    assert _ids(shop) == {sent, answered}
    assert _ids(worker) == {sent}
    assert _ids(stranger) == set()
    assert len(_ids(machine)) == 3


def test_the_use_of_a_credential_is_noted_once_a_minute(machine: KeyCaller, alice: PersonCaller, now: SettableClock) -> None:
    def used() -> Any:
        auth.forget()
        machine.get("/intents").ok()
        alice.get("/intents").ok()
        alice.token.refresh_from_db()
        noted = AgentKey.objects.get(id=machine.key_id).last_used_at
        assert noted == alice.token.last_used_at
        return noted

    start = now.now
    assert used() == start
    now.advance(seconds=59)
    assert used() == start
    now.advance(seconds=2)
    assert used() == now.now


@pytest.mark.usefixtures("looked_up_once")
@pytest.mark.parametrize("end", [end_by_revoking, end_by_expiry, end_by_deleting_the_agent])
def test_a_key_that_ended_is_believed_no_more_once_it_is_looked_up_again(worker: KeyCaller, end: Any) -> None:
    worker.get("/intents").ok()
    end(worker)
    assert auth.remembered(worker.secret) is not None
    auth.look_again(worker.secret)
    assert auth.remembered(worker.secret) is None
    assert auth.trusted_for(worker.secret) is None
    assert refusal(worker) == (401, "invalid_platform_api_key")


def test_still_valid_names_the_credentials_that_would_still_be_accepted(
    workspace: Workspace, machine: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    ids: list[UUID] = [machine.key_id, worker.key_id, alice.token.id, bob.token.id]
    assert auth.still_valid(ids) == set(ids)
    end_by_revoking(worker)
    tokens.revoke_person_token(actor=SETUP, token=bob.token)
    assert auth.still_valid(ids) == {machine.key_id, alice.token.id}


def test_a_key_of_an_agent_reused_by_name_does_not_come_back(workspace: Workspace, worker: KeyCaller) -> None:
    end_by_deleting_the_agent(worker)
    agents.create_agent(actor=SETUP, workspace=workspace, name="order-service")
    auth.forget()
    assert refusal(worker)[0] == 401


def test_the_role_counts_from_the_next_look_up(workspace: Workspace, machine: KeyCaller) -> None:
    wanda = make_person(workspace, "wanda@myorg.example", Role.VIEWER)
    intent_id = machine.submit()
    ending = {"status": "CANCELED", "reason": "x"}
    assert wanda.post(f"/intents/{intent_id}/resolve", ending).status == 403
    tenancy.set_member(actor=SETUP, workspace=workspace, user=wanda.user, role=Role.OPERATOR)
    auth.forget()
    wanda.post(f"/intents/{intent_id}/resolve", ending).ok()


def test_a_key_made_for_the_workspace_keeps_its_scope(workspace: Workspace) -> None:
    wide = make_machine(workspace, "wide", Scope.WORKSPACE)
    assert wide.actor.scope is Scope.WORKSPACE
    assert wide.actor.label == "agent://myorg/production/wide"


def _ids(caller: Caller) -> set[str]:
    return {row["intent_id"] for row in caller.get("/intents").ok()["intents"]}


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
