"""Access requests: who may ask for what, who decides it, and that approving does it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from intents.access import tasks
from intents.access.models import AccessRequest
from intents.accounts.models import AuditEntry, Invitation, Member, Organization, Workspace
from intents.kernel import secrets
from intents.kernel.actors import Role
from intents.kernel.errors import Conflict
from intents.sending.models import Email
from tests.callers import Answer, Caller, KeyCaller, PersonCaller

VERA = "vera@myorg.example"


def ask(by: Caller, kind: str = "elevated_role", **more: Any) -> Answer:
    role = {"requested_role": "member"} if kind == "elevated_role" else {}
    return by.post("/access-requests", {"request_type": kind, "requester_actor_id": "cli"} | role | more)


def asked(by: Caller, kind: str = "elevated_role", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(by, kind, **more).ok()["access_request"]
    return found


def review(by: Caller, request: dict[str, Any], decision: str = "approve", **more: Any) -> Answer:
    body = {"decision": decision, "reviewer_actor_id": "x"} | more
    return by.post(f"/access-requests/{request['access_request_id']}/review", body)


def test_a_role_is_asked_for_and_given(alice: PersonCaller, vera: PersonCaller) -> None:
    request = asked(vera, justification="I decide refunds now")
    assert (request["state"], request["requester_actor_id"], request["requested_role"]) == ("pending", VERA, "member")
    assert [one.to for one in Email.objects.all()] == ["alice@myorg.example"]
    done = review(alice, request, review_comment="welcome").ok()["access_request"]
    assert (done["state"], done["reviewer_actor_id"], done["review_comment"]) == (
        "approved",
        "alice@myorg.example",
        "welcome",
    )
    assert Member.objects.get(user=vera.user).role == "approver"
    to_alice, to_vera = (
        secrets.decrypt(bytes(Email.objects.get(to=who).sealed or b"")) for who in ("alice@myorg.example", VERA)
    )
    assert "Another role: approver" in to_alice
    assert "Another role: approver\n\nalice@myorg.example approved it.\n\nwelcome" in to_vera


def test_asking_again_is_the_same_until_it_is_decided(alice: PersonCaller, vera: PersonCaller) -> None:
    first = asked(vera)
    assert asked(vera) == first
    assert Email.objects.count() == 1
    review(alice, first, "reject").ok()
    assert asked(vera)["access_request_id"] != first["access_request_id"]


def test_two_who_ask_at_once_ask_once(vera: PersonCaller) -> None:
    def one(_number: int) -> int:
        try:
            return ask(vera).status
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {200}
    assert AccessRequest.objects.count() == 1


def test_a_decision_stays(alice: PersonCaller, admin: PersonCaller, vera: PersonCaller) -> None:
    request = asked(vera)
    assert review(admin, request, "waitlist").ok()["access_request"]["state"] == "waitlisted"
    assert asked(vera)["access_request_id"] == request["access_request_id"]
    rejected = review(admin, request, "reject").ok()
    assert review(alice, request, "reject").ok() == rejected
    assert review(alice, request, "approve").status == 409
    assert review(alice, request, "waitlist").status == 409
    assert Member.objects.get(user=vera.user).role == "viewer"


def test_who_decides(
    alice: PersonCaller, admin: PersonCaller, bob: PersonCaller, vera: PersonCaller, machine: KeyCaller, shop: KeyCaller
) -> None:
    request = asked(vera)
    assert [review(one, request).status for one in (machine, vera)] == [403, 403]
    assert [review(one, request).status for one in (bob, shop)] == [404, 404], "they do not see it"
    own = asked(admin, requested_role="org_owner")
    assert review(admin, own).status == 403
    other = asked(vera, requested_role="org_owner")
    assert review(admin, other).status == 403, "only an owner makes an owner"
    assert AccessRequest.objects.get(id=other["access_request_id"]).state == "pending"
    review(alice, other).ok()
    assert Member.objects.get(user=vera.user).role == "owner"


def test_who_sees_what(
    alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, charlie: PersonCaller, machine: KeyCaller
) -> None:
    request = asked(vera)
    path = f"/access-requests/{request['access_request_id']}"
    for caller in (alice, vera, machine):
        assert caller.get(path).ok()["access_request"] == request
        assert caller.get("/access-requests", state="pending").ok()["access_requests"] == [request]
        assert caller.get("/access-requests", state="approved").ok()["access_requests"] == []
    for caller in (bob, charlie):
        assert caller.get(path).status == 404
        assert caller.get("/access-requests").ok()["access_requests"] == []


def test_others_are_asked_for_by_who_manages(
    alice: PersonCaller, bob: PersonCaller, vera: PersonCaller, machine: KeyCaller, shop: KeyCaller
) -> None:
    assert ask(bob, requester_actor_id=VERA).status == 403
    assert ask(shop, requester_actor_id=VERA).status == 403
    request = asked(machine, requester_actor_id=VERA)
    review(alice, request).ok()
    assert Member.objects.get(user=vera.user).role == "approver"


def test_joining_is_by_invitation(alice: PersonCaller, machine: KeyCaller, vera: PersonCaller) -> None:
    request = asked(machine, "join_organization", requester_actor_id="new@example.com")
    review(alice, request).ok()
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("new@example.com", "approver")
    assert ask(machine, "join_organization", requester_actor_id=VERA).status == 409
    assert ask(machine, "join_organization").status == 422


def test_an_organization_is_made_for_who_asked(alice: PersonCaller, admin: PersonCaller, bob: PersonCaller) -> None:
    assert ask(bob, "create_organization").json["error"]["details"]["field"] == "company_name"
    request = asked(bob, "create_organization", company_name="Blue Ridge")
    assert review(admin, request).status == 403
    review(alice, request).ok()
    made = Organization.objects.get(slug="blue-ridge")
    assert sorted(Member.objects.filter(workspace__organization=made).values_list("user__email", "role")) == [
        ("alice@myorg.example", "owner"),
        ("bob@myorg.example", "owner"),
    ]


def test_an_organization_for_who_is_no_member_invites_them(alice: PersonCaller, machine: KeyCaller) -> None:
    more = {"company_name": "Blue Ridge", "requester_actor_id": "new@example.com"}
    review(alice, asked(machine, "create_organization", **more)).ok()
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.workspace.organization.slug) == (
        "new@example.com",
        "owner",
        "blue-ridge",
    )


def test_a_larger_quota_is_asked_for_by_a_command_line(
    alice: PersonCaller, machine: KeyCaller, workspace: Workspace
) -> None:
    where = {"org_id": str(workspace.organization_id), "workspace_id": str(workspace.id)}
    request = asked(machine, "quota_upgrade", requested_tier="corporate", company_name="My Org", **where)
    assert (request["requested_tier"], request["requester_actor_id"]) == ("corporate", "agent://myorg/production/demo")
    assert review(alice, request).ok()["access_request"]["state"] == "approved"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"requested_role": None}, 422),
        ({"requested_role": "emperor"}, 422),
        ({"requested_role": "security_auditor"}, 409),
        ({"justification": "x" * 4001}, 422),
        ({"request_type": "more"}, 422),
        ({"org_id": "elsewhere"}, 404),
        ({"company_name": "a\u202eb"}, 422),
    ],
)
def test_what_cannot_be_asked_is_refused(vera: PersonCaller, body: dict[str, Any], status: int) -> None:
    assert ask(vera, **body).status == status
    assert not AccessRequest.objects.exists()


def test_who_has_left_gets_nothing(alice: PersonCaller, vera: PersonCaller) -> None:
    request = asked(vera)
    Member.objects.get(user=vera.user).delete()
    assert review(alice, request).status == 409
    assert AccessRequest.objects.get().state == "pending"


@pytest.mark.parametrize("now", [Role.OWNER, Role.APPROVER])
def test_who_was_given_as_much_or_more_meanwhile_keeps_it(alice: PersonCaller, vera: PersonCaller, now: Role) -> None:
    request = asked(vera)
    Member.objects.filter(user=vera.user).update(role=now)
    assert review(alice, request).ok()["access_request"]["state"] == "approved"
    assert Member.objects.get(user=vera.user).role == now


class TestTasks:
    """Owners and admins are asked in a task of their inboxes."""

    @staticmethod
    def task(by: PersonCaller) -> dict[str, Any]:
        (found,) = by.get("/me/tasks").ok()["tasks"]
        return dict(found)

    def decide(self, by: PersonCaller, outcome: str = "approved") -> Answer:
        return by.post(f"/tasks/{self.task(by)['task_id']}/decide", {"outcome": outcome, "comment": "as you like"})

    @pytest.mark.parametrize(
        ("outcome", "state", "role"), [("approved", "approved", "approver"), ("rejected",) * 2 + ("viewer",)]
    )
    def test_what_is_decided_there_is_done(
        self, alice: PersonCaller, vera: PersonCaller, bob: PersonCaller, outcome: str, state: str, role: str
    ) -> None:
        request = asked(vera, justification="because of my boss")
        shown = self.task(alice)
        whole = alice.get(f"/tasks/{shown['task_id']}").raw.decode() + str(alice.intent(shown["intent_id"]))
        assert f"{VERA} asks for access to" in whole
        assert "my boss" not in whole, "members who look at the tasks of others do not read why"
        assert bob.get("/me/tasks").ok()["tasks"] == []
        assert tasks.carry_out_answered() == 0
        self.decide(alice, outcome).ok()
        assert tasks.carry_out_answered() == 1
        assert tasks.carry_out_answered() == 0
        now = alice.get(f"/access-requests/{request['access_request_id']}").ok()["access_request"]
        assert (now["state"], now["reviewer_actor_id"], now["review_comment"]) == (
            state,
            "alice@myorg.example",
            "as you like",
        )
        assert Member.objects.get(user=vera.user).role == role
        assert AuditEntry.objects.get(action="access.review").actor == "alice@myorg.example"

    def test_it_is_over_when_it_is_decided_elsewhere(self, alice: PersonCaller, vera: PersonCaller) -> None:
        request = asked(vera)
        review(alice, request, "waitlist").ok()
        self.task(alice)
        review(alice, request).ok()
        assert alice.get("/me/tasks").ok()["tasks"] == []
        assert tasks.carry_out_answered() == 0
        assert AccessRequest.objects.get().task_intent_id is None, "it is looked at no more"

    def test_who_asks_decides_nothing_and_who_may_not_make_owners_makes_none(
        self, alice: PersonCaller, admin: PersonCaller
    ) -> None:
        asked(admin, requested_role="org_owner")
        assert admin.get("/me/tasks").ok()["tasks"] == []
        self.decide(alice).ok()
        assert tasks.carry_out_answered() == 1
        assert Member.objects.get(user=admin.user).role == "owner"

    def test_who_may_decide_it_no_more_when_it_is_carried_out_has_decided_nothing(
        self, alice: PersonCaller, admin: PersonCaller, vera: PersonCaller
    ) -> None:
        request = asked(vera)
        self.decide(admin).ok()
        Member.objects.filter(user=admin.user).update(role="approver")
        assert tasks.carry_out_answered() == 1
        assert tasks.carry_out_answered() == 0
        assert AccessRequest.objects.get().state == "pending"
        assert Member.objects.get(user=vera.user).role == "viewer"
        review(alice, request).ok()

    def test_what_cannot_be_done_any_more_stays_open(self, alice: PersonCaller, vera: PersonCaller) -> None:
        asked(vera)
        self.decide(alice).ok()
        Member.objects.filter(user=vera.user).delete()
        assert tasks.carry_out_answered() == 1
        assert AccessRequest.objects.get().state == "pending"

    def test_an_organization_is_made_for_who_asks_and_whoever_decides(self, alice: PersonCaller, vera: PersonCaller) -> None:
        asked(vera, "create_organization", company_name="Blue Ridge")
        self.decide(alice).ok()
        assert tasks.carry_out_answered() == 1
        made = Workspace.objects.get(organization__name="Blue Ridge")
        owners = {one.user.email for one in Member.objects.filter(workspace=made, role="owner")}
        assert owners == {"alice@myorg.example", VERA}

    def test_they_are_asked_also_where_all_agents_have_to_be_registered(
        self, alice: PersonCaller, vera: PersonCaller, workspace: Workspace
    ) -> None:
        Workspace.objects.filter(id=workspace.id).update(require_registered_agents=True)
        asked(vera)
        self.decide(alice).ok()
        assert tasks.carry_out_answered() == 1
        assert Member.objects.get(user=vera.user).role == "approver"

    def test_where_no_task_can_be_made_the_page_and_the_email_are_left(
        self, alice: PersonCaller, vera: PersonCaller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuses(**_: Any) -> None:
            raise Conflict("not now")

        monkeypatch.setattr(tasks, "submit_by_server", refuses)
        request = asked(vera)
        assert Email.objects.count() == 1
        review(alice, request).ok()
