"""Whoever is of another workspace, or has no credential in force, gets nothing out of any route."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

from django.utils import timezone

from intents import auth
from intents.accounts.models import AgentKey, PersonToken
from tests import turns
from tests.callers import Answer, Caller, KeyCaller, PersonCaller
from tests.security.conftest import Unchanged
from tests.security.routes import SIGN_IN, UNKNOWN, Route, routes, sound_body

KEYLESS = {"/callbacks/{token}", "/incoming/{tool_id}"}
NAMES = {"tool", "intent_type", "semantic_type", "key", "token", "consumer", "macro_id"}
"""Path parameters that are names of the caller's own choosing, or secrets: no ids of rows."""
IDS = (
    "intent_id",
    "thread_id",
    "approval_id",
    "task_id",
    "account_id",
    "agent_id",
    "delivery_id",
    "key_id",
    "upload_id",
    "calendar_id",
    "policy_id",
    "grant_id",
    "schedule_id",
    "override_id",
    "address_id",
    "bulk_id",
    "subscription_id",
    "tool_id",
    "message_id",
    "event_id",
    "receipt_id",
    "org_id",
    "member_id",
    "workspace_id",
    "access_request_id",
    "entry_id",
    "session_id",
)
unknown = {
    "access_request_id": UNKNOWN,
    "entry_id": UNKNOWN,
    "semantic_type": "settle.odd.v1",
    "calendar_id": UNKNOWN,
    "number": "918273",
    "policy_id": UNKNOWN,
    "grant_id": UNKNOWN,
    "schedule_id": UNKNOWN,
    "override_id": UNKNOWN,
    "address_id": UNKNOWN,
    "bulk_id": UNKNOWN,
    "subscription_id": UNKNOWN,
    "tool_id": UNKNOWN,
    "message_id": UNKNOWN,
    "event_id": UNKNOWN,
    "receipt_id": UNKNOWN,
    "intent_id": UNKNOWN,
    "thread_id": UNKNOWN,
    "approval_id": UNKNOWN,
    "task_id": UNKNOWN,
    "account_id": UNKNOWN,
    "agent_id": UNKNOWN,
    "delivery_id": UNKNOWN,
    "key_id": UNKNOWN,
    "org_id": UNKNOWN,
    "member_id": UNKNOWN,
    "workspace_id": UNKNOWN,
    "address": "no-such-agent",
    "consumer": "sync",
    "key": "step-1",
    "token": "nonsense",
    "tool": "crm",
    "intent_type": "settle.odd.v1",
    "macro_id": "macro.none.v1",
    "upload_id": UNKNOWN,
    "session_id": UNKNOWN,
}


def send(caller: Caller, route: Route, ids: dict[str, str]) -> Answer:
    body = sound_body(route)
    return caller.send(route.method, route.at(ids), raw=b"" if body is None else json.dumps(body).encode())


def seen(answer: Answer, ids: dict[str, str]) -> Any:
    """An answer without what is different anyway: the request's id and the ids that were asked for."""
    body = {name: value for name, value in answer.json.items() if name != "request_id"}
    text = json.dumps(body)
    for name, value in ids.items():
        text = text.replace(value, f"<{name}>") if name not in NAMES else text
    for name in IDS:
        text = text.replace(f"<{name}>", "<id>")
    return answer.status, text


WITH_IDS = [route for route in routes() if set(route.names) - NAMES]


def test_a_foreign_id_answers_exactly_as_an_unknown_one(
    ids: dict[str, str], unchanged: Unchanged, foreign_machine: KeyCaller, charlie: PersonCaller
) -> None:
    for route in WITH_IDS:
        with unchanged(route):
            for caller in (foreign_machine, charlie, foreign_machine.also(charlie)):
                foreign, nowhere = send(caller, route, ids), send(caller, route, unknown)
                assert seen(foreign, ids) == seen(nowhere, unknown)
                assert foreign.status in (401, 403, 404), foreign


def test_an_agents_own_key_finds_nothing_of_what_does_not_concern_it(
    ids: dict[str, str], stranger: KeyCaller, unchanged: Unchanged
) -> None:
    for route in WITH_IDS:
        with unchanged(route):
            foreign = send(stranger, route, ids)
            if route.path not in ("/agents/{address}", "/service-accounts/{account_id}/keys"):
                assert seen(foreign, ids) == seen(send(stranger, route, unknown), unknown)
            assert foreign.status in (401, 403, 404), foreign


LISTS = [route for route in routes() if route.method == "GET" and not route.names]


def test_a_list_shows_nothing_of_another_workspace(
    ids: dict[str, str], unchanged: Unchanged, foreign_machine: KeyCaller, charlie: PersonCaller, workspace: Any
) -> None:
    theirs = {value for value in ids.values() if len(value) == len(UNKNOWN)} | {str(workspace.id)}
    queries = ({}, {"workspace_id": str(workspace.id)}, {"org_id": str(workspace.organization_id)})
    for route in LISTS:
        with unchanged(route):
            for caller, query in product((foreign_machine, charlie), queries):
                text = caller.get(route.path, **query).raw.decode()
                assert not [one for one in theirs if one in text]


@turns.one(0, of=1)
def test_without_a_credential_in_force_every_route_is_401(
    ids: dict[str, str], unchanged: Unchanged, nobody: Caller, peer: KeyCaller, machine: KeyCaller, vera: PersonCaller
) -> None:
    AgentKey.objects.filter(id=peer.key_id).update(revoked_at=timezone.now())
    AgentKey.objects.filter(id=machine.key_id).update(expires_at=timezone.now() - timedelta(seconds=1))
    PersonToken.objects.filter(id=vera.token.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    auth.forget()
    callers = (nobody, peer, machine, vera, machine.also(vera), Caller({"x-api-key": "axme_sa_\xff"}))
    # What is in force is told at one place: a route that does not ask there answers any of them.
    for number, route in enumerate(route for route in routes() if route.path not in KEYLESS | SIGN_IN):
        with unchanged(route):
            for caller in turns.within(callers, number):
                assert send(caller, route, ids).status == 401


def test_a_keyless_route_tells_nothing_to_who_does_not_know_the_secret(
    ids: dict[str, str], unchanged: Unchanged, nobody: Caller
) -> None:
    for route in [route for route in routes() if route.path in KEYLESS]:
        with unchanged(route):
            assert send(nobody, route, ids).status == 404
