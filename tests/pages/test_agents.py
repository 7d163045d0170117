"""The pages of agents and their keys, and who only looks."""

import re

import pytest
from allauth.account.models import EmailAddress

from intents import auth
from intents.accounts.models import Agent, AgentKey, AuditEntry, Member, Session, Workspace
from intents.accounts.services import groups
from tests.callers import SETUP, Caller, KeyCaller, PersonCaller, make_machine
from tests.inbox.conftest import ask
from tests.pages.browser import Browser
from tests.pages.test_settings import secret_of


def test_an_agent_is_registered_and_gets_a_key_that_works(alices: Browser, workspace: Workspace) -> None:
    page = alices.post("/settings/agents/new", {"name": "billing", "display_name": "Billing", "description": ""})
    agent = Agent.objects.get()
    assert page.location == f"/settings/agents/{agent.id}"
    page = alices.confirmed().post(f"/settings/agents/{agent.id}/keys/new", {"scope": "own", "days": "0"})
    secret = secret_of(page)
    assert Caller({"x-api-key": secret}).get("/agents/billing").ok()["agent"]["address"]
    assert secret not in alices.get(f"/settings/agents/{agent.id}").html
    key = AgentKey.objects.get()
    assert (key.scope, key.expires_at, key.created_by) == ("own", None, "alice@myorg.example")


@pytest.mark.parametrize("name", ["x", "no good", "a/b/c/d", ""])
def test_a_name_that_is_no_address_is_told_beside_its_field(alices: Browser, name: str) -> None:
    page = alices.post("/settings/agents/new", {"name": name})
    assert page.status == 422
    assert 'id="id_name_error"' in page.html
    assert not Agent.objects.exists()


def test_a_replaced_key_works_on_for_the_overlap(alices: Browser, worker: KeyCaller) -> None:
    alices.confirmed()
    where = f"/settings/agents/{worker.agent.id}/keys/{worker.key_id}"
    new = secret_of(alices.post(f"{where}/rotate", {"overlap": "24"}))
    for secret in (worker.secret, new):
        assert Caller({"x-api-key": secret}).get("/agents/order-service").status == 200
    assert AgentKey.objects.get(id=worker.key_id).expires_at is not None
    alices.post(f"{where}/rotate", {"overlap": "9999999"})
    assert AgentKey.objects.count() == 2
    alices.post(f"{where}/revoke")
    auth.forget()
    assert worker.get("/agents/order-service").status == 401
    assert Caller({"x-api-key": new}).get("/agents/order-service").status == 200


def test_an_agent_without_keys_was_active_when_it_last_sent_something(alices: Browser, workspace: Workspace) -> None:
    agent, _ = make_machine(workspace, "demo/billing"), make_machine(workspace, "demo/idle")
    ask(agent)
    AgentKey.objects.all().delete()
    found = re.findall(r'data-label="Last active">\s*(<time|never)', alices.get("/settings/agents").html)
    assert found == ["<time", "never"]


def test_a_deleted_agents_keys_end(alices: Browser, worker: KeyCaller) -> None:
    alices.confirmed().post(f"/settings/agents/{worker.agent.id}/delete")
    auth.forget()
    assert worker.get("/agents/order-service").status == 401
    assert alices.get(f"/settings/agents/{worker.agent.id}").status == 404


@pytest.mark.parametrize("who", ["olga", "bob", "vera"])
def test_others_look_but_change_nothing(
    who: str, request: pytest.FixtureRequest, worker: KeyCaller, alice: PersonCaller, workspace: Workspace
) -> None:
    caller = request.getfixturevalue(who)
    browser = Browser().sign_in(caller.user).confirmed()
    group = groups.create_group(actor=SETUP, workspace=workspace, name="Finance")
    member, agent = Member.objects.get(user=alice.user), worker.agent
    leave = f"/settings/people/{Member.objects.get(user=caller.user).id}/remove"
    for path in ("people", f"people/{member.id}", "groups", f"groups/{group.id}", "agents", f"agents/{agent.id}"):
        page = browser.get(f"/settings/{path}")
        assert page.status == 200
        assert "New " not in page.text
        assert set(re.findall(r'action="([^"]+)"', page.html)) <= {"/workspace", "/sign-out", "/settings/time-zone", leave}
    for path, form in (
        (f"people/{member.id}/role", {"role": "viewer"}),
        (f"people/{member.id}/remove", {}),
        (f"people/{member.id}/suspend", {}),
        (f"people/{member.id}/manager", {"manager": ""}),
        ("groups/new", {"name": "Mine"}),
        (f"groups/{group.id}/rename", {"name": "Mine"}),
        (f"groups/{group.id}/delete", {}),
        (f"groups/{group.id}/join/{Member.objects.get(user=caller.user).id}", {}),
        ("agents/new", {"name": "mine"}),
        (f"agents/{agent.id}/delete", {}),
        (f"agents/{agent.id}/keys/new", {"scope": "workspace", "days": "0"}),
        (f"agents/{agent.id}/keys/{worker.key_id}/rotate", {"overlap": "0"}),
        (f"agents/{agent.id}/keys/{worker.key_id}/revoke", {}),
    ):
        assert browser.post(f"/settings/{path}", form).status == 403, path
    assert AuditEntry.objects.exclude(actor=SETUP.label).count() == 0


def test_no_address_is_kept_twice(bobs: Browser) -> None:
    """The library keeps addresses of its own; ours are the only ones."""
    bobs.get("/settings/profile")
    assert not EmailAddress.objects.exists()
    assert Session.objects.count() == 1
