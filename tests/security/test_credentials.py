"""Two credentials in one request: unless each is in force, and both belong together, nothing is answered, on any door."""

from itertools import product

import pytest

from axme_site import callers
from intents import auth
from intents.accounts.models import AgentKey, Member, PersonToken, Workspace
from intents.accounts.services import keys, tokens
from intents.kernel import clock
from intents.kernel.actors import Role
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_machine, make_person
from tests.security.edge import Loop

KEYS = ("none", "key", "another key", "foreign key", "revoked key", "nonsense key")
BEARERS = (*KEYS, "token", "foreign token", "revoked token", "suspended person's token", "nonsense token")
SOUND = {("key", one) for one in ("none", "key", "token")} | {
    ("another key", one) for one in ("none", "another key", "token")
}
SOUND |= {("foreign key", one) for one in ("none", "foreign key", "foreign token")}
SOUND |= {("none", one) for one in ("key", "another key", "foreign key", "token", "foreign token")}


@pytest.fixture
def secrets(
    workspace: Workspace,
    machine: KeyCaller,
    worker: KeyCaller,
    foreign_machine: KeyCaller,
    bob: PersonCaller,
    vera: PersonCaller,
    charlie: PersonCaller,
) -> dict[str, str]:
    revoked_key, left = make_machine(workspace, "gone"), make_person(workspace, "left@myorg.example", Role.APPROVER)
    keys.revoke_key(actor=SETUP, key=AgentKey.objects.get(id=revoked_key.key_id))
    tokens.revoke_person_token(actor=SETUP, token=PersonToken.objects.get(id=left.token.id))
    Member.objects.filter(user=vera.user).update(suspended_at=clock.now())
    auth.forget()
    return {
        "none": "",
        "key": machine.secret,
        "another key": worker.secret,
        "foreign key": foreign_machine.secret,
        "revoked key": revoked_key.secret,
        "nonsense key": "axme_sa_0_0",
        "token": bob.secret,
        "foreign token": charlie.secret,
        "revoked token": left.secret,
        "suspended person's token": vera.secret,
        "nonsense token": "axme_pat_0",
    }


def test_two_credentials_are_taken_only_where_both_are_in_force_and_belong_together(
    loop: Loop, secrets: dict[str, str], shop: KeyCaller
) -> None:
    intent_id = shop.submit()
    for key, bearer in product(KEYS, BEARERS):
        headers = {"x-api-key": secrets[key]} if key != "none" else {}
        headers |= {"authorization": f"Bearer {secrets[bearer]}"} if bearer != "none" else {}
        caller, sound = Caller(headers), (key, bearer) in SOUND
        for method in ("GET", "HEAD"):
            assert (caller.send(method, "/me").status == 200) is sound, (method, key, bearer)
        assert caller.send("POST", "/intents", raw=b"{}").status in ((422,) if sound else (401, 403)), (key, bearer)
        streamed = loop.send(
            caller, "GET", f"/intents/{intent_id}/events/stream", query={"wait_seconds": "1", "since": "99"}
        )
        assert streamed.status in ((200, 404) if sound else (401, 403)), (key, bearer)
        spoken = loop.send(caller, "POST", "/mcp", body=b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
        assert spoken.status in ((200,) if sound else (401, 403)), (key, bearer)
        for path in ("/a2a", "/a2a/order-service"):
            spoken = loop.send(
                caller, "POST", path, body=b'{"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": {"id": "x"}}'
            )
            assert spoken.status in ((200,) if sound else (401, 403)), (path, key, bearer)
        card = loop.send(caller, "GET", "/a2a/order-service/.well-known/agent-card.json")
        assert card.status in ((200,) if sound else (401, 403)), (key, bearer)
        scope = {"path": "/v1/intents", "headers": [(one.encode(), said.encode()) for one, said in headers.items()]}
        assert (callers.refused(scope) is None) is sound, (key, bearer)
