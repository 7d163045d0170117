"""Nicks and invitations over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from intents.accounts.models import Invitation, Member, Profile, User, Workspace
from intents.accounts.services import tenancy
from tests.callers import SETUP, KeyCaller, PersonCaller, token_for
from tests.conftest import SettableClock
from tests.inbox.outgoing import send
from tests.mailbox import Mailbox


def invite(caller: Any, **body: Any) -> dict[str, Any]:
    made: dict[str, Any] = caller.post("/invites/create", {"owner_agent": "demo"} | body).ok()
    return made


def test_a_nick_is_registered_found_and_changed(machine: KeyCaller) -> None:
    made = machine.post("/users/register-nick", {"nick": "@Ann.B", "display_name": "Ann"}).ok()
    assert (made["nick"], made["normalized_nick"], made["public_address"]) == ("@ann.b", "ann.b", "ann.b@ax")
    assert made["owner_agent"] == "agent://myorg/production/ann.b"
    assert made["created_at"]
    shown = machine.get("/users/profile", owner_agent=made["owner_agent"]).ok()
    assert (shown["display_name"], shown["phone"]) == ("Ann", None)
    renamed = machine.post("/users/rename-nick", {"owner_agent": "ann.b", "nick": "annie"}).ok()
    assert (renamed["nick"], renamed["owner_agent"]) == ("@annie", made["owner_agent"])
    assert renamed["renamed_at"]
    changed = machine.post("/users/profile/update", {"owner_agent": "ann.b", "phone": "+33 1"}).ok()
    assert (changed["phone"], changed["display_name"], changed["nick"]) == ("+33 1", "Ann", "@annie")


def test_a_nick_is_taken_whatever_its_case_in_its_workspace_only(machine: KeyCaller, foreign_machine: KeyCaller) -> None:
    machine.post("/users/register-nick", {"nick": "ann"}).ok()
    assert machine.get("/users/check-nick", nick="@ANN").ok()["available"] is False
    assert machine.post("/users/register-nick", {"nick": "Ann"}).status == 409
    assert foreign_machine.get("/users/check-nick", nick="ann").ok()["available"] is True
    assert foreign_machine.get("/users/profile", owner_agent="ann").status == 404
    assert foreign_machine.get("/users/profile", owner_agent="agent://myorg/production/ann").status == 404


def test_an_old_nick_that_is_still_an_address_is_given_to_nobody_else(machine: KeyCaller) -> None:
    machine.post("/users/register-nick", {"nick": "ann"}).ok()
    machine.post("/users/rename-nick", {"owner_agent": "ann", "nick": "annie"}).ok()
    assert machine.post("/users/register-nick", {"nick": "ann"}).status == 409
    assert machine.post("/users/rename-nick", {"owner_agent": "ann", "nick": "ann"}).ok()["nick"] == "@ann"


@pytest.mark.parametrize("nick", ["@ab", "-ann", "an n", "ann!", "状態状態", "x" * 33, "@@ann"])
def test_a_nick_that_is_none_is_422(machine: KeyCaller, nick: str) -> None:
    answer = machine.post("/users/register-nick", {"nick": nick})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "nick")
    assert machine.get("/users/check-nick", nick=nick).status == 422


def test_only_who_registered_a_nick_and_admins_change_it(
    bob: PersonCaller, vera: PersonCaller, alice: PersonCaller, stranger: KeyCaller
) -> None:
    bob.post("/users/register-nick", {"nick": "bob"}).ok()
    for caller in (vera, stranger):
        assert caller.post("/users/rename-nick", {"owner_agent": "bob", "nick": "rob"}).status == 403
        assert caller.post("/users/profile/update", {"owner_agent": "bob", "email": "x@x.example"}).status == 403
    for caller in (bob, alice):
        caller.post("/users/profile/update", {"owner_agent": "bob", "email": "b@x.example"}).ok()


def test_a_program_accepts_an_invitation_by_registering_a_nick(machine: KeyCaller, worker: KeyCaller) -> None:
    made = invite(machine, recipient_hint="the shop", ttl_seconds=3600)
    assert made["status"] == "pending"
    assert made["invite_url"].endswith(made["token"])
    assert machine.get(f"/invites/{made['token']}").ok()["recipient_hint"] == "the shop"
    accepted = worker.post(f"/invites/{made['token']}/accept", {"nick": "shop", "display_name": "Shop"}).ok()
    assert (accepted["status"], accepted["nick"], accepted["invite_owner_agent"]) == ("accepted", "@shop", "demo")
    assert accepted["owner_agent"] == "agent://myorg/production/shop"
    seen = machine.get(f"/invites/{made['token']}").ok()
    assert (seen["status"], seen["accepted_owner_agent"]) == ("accepted", accepted["owner_agent"])
    assert worker.post(f"/invites/{made['token']}/accept", {"nick": "shop2"}).status == 409
    assert Member.objects.count() == 0


def test_a_machine_key_makes_nobody_a_member(machine: KeyCaller, alice: PersonCaller) -> None:
    assert machine.post("/invites/create", {"owner_agent": "demo", "role": "approver"}).status == 403
    made = invite(alice, role="approver")
    assert machine.post(f"/invites/{made['token']}/accept", {"nick": "machine"}).status == 403
    assert not Profile.objects.exists()
    assert Member.objects.count() == 1


@pytest.mark.parametrize("who", ["olga", "bob", "vera"])
def test_members_who_are_no_admins_make_nobody_a_member(who: str, request: pytest.FixtureRequest) -> None:
    caller = request.getfixturevalue(who)
    answer = caller.post("/invites/create", {"owner_agent": "demo", "role": "viewer"})
    assert (answer.status, answer.code) == (403, "policy_denied")
    assert not Invitation.objects.exists()


def test_a_person_of_elsewhere_becomes_a_member_by_their_own_token(
    alice: PersonCaller, charlie: PersonCaller, workspace: Workspace
) -> None:
    made = invite(alice, role="viewer", email=charlie.user.email)
    assert charlie.post(f"/invites/{made['token']}/accept", {"nick": "charlie"}).ok()["owner_agent"] == (
        "agent://myorg/production/charlie"
    )
    assert Member.objects.get(workspace=workspace, user=charlie.user).role == "viewer"
    assert token_for(workspace, charlie.user).get("/users/profile", owner_agent="charlie").ok()["nick"] == "@charlie"


def test_an_invitation_by_address_is_of_no_use_to_another(alice: PersonCaller, bob: PersonCaller) -> None:
    made = invite(alice, role="owner", email="new@myorg.example")
    assert bob.post(f"/invites/{made['token']}/accept", {"nick": "bob"}).status == 403
    assert Member.objects.get(user=bob.user).role == "approver"


def test_an_invitation_over_the_api_is_mailed_once_however_often_it_is_sent(alice: PersonCaller, mailbox: Mailbox) -> None:
    body = {"owner_agent": "demo", "role": "viewer", "email": "new@myorg.example"}
    first = alice.post("/invites/create", body, key="k1").ok()
    again = alice.post("/invites/create", body, key="k1").ok()
    assert again == first
    send()
    mail = mailbox.only()
    assert (mail["To"], first["invite_url"] in mail.get_content()) == ("new@myorg.example", True)


def test_an_invitation_expires(machine: KeyCaller, now: SettableClock) -> None:
    made = invite(machine, ttl_seconds=60)
    now.set(now.now + timedelta(seconds=61))
    assert machine.get(f"/invites/{made['token']}").ok()["status"] == "expired"
    assert machine.post(f"/invites/{made['token']}/accept", {"nick": "late"}).status == 409


def test_a_taken_nick_leaves_the_invitation_open(machine: KeyCaller) -> None:
    machine.post("/users/register-nick", {"nick": "shop"}).ok()
    made = invite(machine)
    assert machine.post(f"/invites/{made['token']}/accept", {"nick": "shop"}).status == 409
    assert machine.get(f"/invites/{made['token']}").ok()["status"] == "pending"


def test_an_email_without_a_role_is_422(alice: PersonCaller) -> None:
    answer = alice.post("/invites/create", {"owner_agent": "demo", "email": "a@x.example"})
    assert (answer.status, answer.json["error"]["details"]["field"]) == (422, "role")


def test_a_key_invites_in_its_own_name_only(worker: KeyCaller) -> None:
    assert worker.post("/invites/create", {"owner_agent": "shop"}).status == 403
    invite(worker, owner_agent="order-service")


def test_nobody_gets_in_by_a_made_up_token(machine: KeyCaller) -> None:
    assert machine.get("/invites/axme_inv_" + "0" * 48).status == 404
    assert not User.objects.exists()
    tenancy.create_person(actor=SETUP, email="a@x.example")
    assert machine.post("/invites/nonsense/accept", {"nick": "ann"}).status == 404


def test_a_nick_takes_no_agents_name_and_an_agents_name_no_nick(
    machine: KeyCaller, worker: KeyCaller, alice: PersonCaller, bob: PersonCaller
) -> None:
    for who in (machine, alice, bob, machine.also(bob)):
        for nick in ("order-service", "@Order-Service"):
            refused = who.post("/users/register-nick", {"nick": nick, "display_name": "Orders"})
            assert (refused.status, refused.code) == (409, "invalid_transition"), refused.raw
    assert bob.get("/users/check-nick", nick="@order-service").ok()["available"] is False
    bob.post("/users/register-nick", {"nick": "@robert", "display_name": "Bob"}).ok()
    renamed = bob.post("/users/rename-nick", {"owner_agent": "robert", "nick": "@order-service"})
    assert renamed.status == 409
    assert alice.post("/service-accounts", {"name": "robert"}).status == 422
    worker.post("/users/register-nick", {"nick": "@order-service", "display_name": "Orders"}).ok()


def test_the_users_of_a_group_are_none_of_all_others(bob: PersonCaller) -> None:
    group = Group.objects.create(name="some")
    with pytest.raises(User.DoesNotExist):
        group.user_set.get(pk=bob.user.id)
    assert User.objects.get(pk=bob.user.id) == bob.user
    bob.user.groups.add(group)
    assert group.user_set.get(pk=bob.user.id) == bob.user
