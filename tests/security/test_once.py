"""A POST under an Idempotency-Key happens once, whichever it is: a new endpoint is covered by being there."""

import json

import pytest

from tests import turns
from tests.callers import Caller, KeyCaller, PersonCaller
from tests.security.conftest import Store
from tests.security.routes import SIGN_IN, Route, routes, sound_body

POSTS = [route for route in routes() if route.method == "POST" and route.path not in SIGN_IN]
REFUSED = {
    "/intents/{intent_id}/answer": "nobody asked",
    "/events/consumers/{consumer}/ack": "nobody reads as one",
    "/callbacks/{token}": "the secret is not known here",
    "/incoming/{tool_id}": "the tool has no address of its own",
    "/scenarios/runs/{intent_id}/retry": "the intent is no run of a scenario",
    "/tasks/{task_id}/undo": "nothing is held",
    "/operations/intents/{intent_id}/run-again": "it is not over",
    "/intents/{intent_id}/erase": "the intent is open",
    "/media/finalize-upload": "no bytes came",
    "/retention/people": "nobody has left",
    "/auth/sessions/revoke": "nobody has such a session",
    "/auth/dashboard-token": "a personal token is no command line",
    "/portal/personal/workspace-selection": "a personal token is no command line",
    "/users/rename-nick": "nobody has the nick",
    "/users/profile/update": "nobody has the nick",
    "/invites/{token}/accept": "the secret is not known here",
}
"""What cannot succeed on the things of these tests."""
OWNERS = ("{account_id}/keys/{key_id}/rotate", "{intent_id}/erase")
SENDERS = ("bulk-cancel", "{intent_id}/controls", "{intent_id}/policy")


@pytest.fixture
def callers(machine: KeyCaller, worker: KeyCaller, alice: PersonCaller) -> dict[str, Caller]:
    return {
        "tasks": alice,
        "approvals": alice,
        "calendars": alice,
        "policies": alice,
        "standing-grants": alice,
        "schedules": alice,
        "me": alice,
        "operations": alice,
        "retention": alice,
        "inbox": worker,
        "intents": worker,
        "agents": machine,
        "organizations": alice,
        "access-requests": alice,
        "workspaces": alice,
        "auth": alice,
        "portal": alice,
    }


@pytest.mark.slow
@pytest.mark.parametrize("route", turns.each(POSTS, of=2, ids=list(map(str, POSTS))))
def test_a_post_under_a_key_happens_once(
    route: Route, ids: dict[str, str], store: Store, callers: dict[str, Caller], machine: KeyCaller
) -> None:
    family, _, rest = route.path.strip("/").partition("/")
    caller = machine if rest in SENDERS else callers["me"] if rest in OWNERS else callers.get(family, machine)
    body = sound_body(route)
    raw = b"" if body is None else json.dumps(body).encode()
    first = caller.send("POST", route.at(ids), raw=raw, headers={"Idempotency-Key": "k"})
    assert (first.status < 300) == (route.path not in REFUSED), first.raw
    before = store.hashes()
    again = caller.send("POST", route.at(ids), raw=raw, headers={"Idempotency-Key": "k"})
    assert again.status == first.status
    assert again.headers.get("idempotent-replayed") == ("true" if first.status < 300 else None)
    assert store.hashes() == before
