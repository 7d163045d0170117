"""Organizations, their workspaces and members, service accounts with their keys, and who may join."""

from typing import Annotated, Any, Literal

from pydantic import Field

from tests.callers import Answer
from tests.contract.ground import Ground
from tests.contract.shape import Address, Answers, Anything, Count, Id, Kept, Moment, Reply, Shape, Text

Named = Annotated[str, Field(min_length=2)]
Role = Literal["org_owner", "org_admin", "workspace_admin", "member", "billing_viewer", "security_auditor"]


class Organization(Kept):
    org_id: Id
    name: Named
    legal_name: Named | None = None
    primary_domain: Annotated[str, Field(min_length=3)] | None = None
    status: Literal["pending", "active", "suspended", "archived"]
    metadata: Anything | None = None


class OneOrganization(Reply):
    organization: Organization


class CountedOrganization(Organization):
    workspaces_count: Count
    members_count: Count


class GotOrganization(Reply):
    organization: CountedOrganization


class Workspace(Kept):
    workspace_id: Id
    org_id: Id
    name: Named
    environment: Literal["sandbox", "staging", "production"]
    status: Literal["active", "suspended", "archived"]
    region: Named | None = None


class OneWorkspace(Reply):
    workspace: Workspace


class Workspaces(Reply):
    workspaces: list[Workspace]


class Member(Kept):
    member_id: Id
    org_id: Id
    workspace_id: Id | None = None
    actor_id: Text
    role: Role
    status: Literal["active", "invited", "suspended", "removed"]


class OneMember(Reply):
    member: Member


class Members(Reply):
    members: list[Member]


class Removed(Reply):
    removed: Literal[True]
    org_id: Id
    member_id: Id
    removed_at: Moment


class Account(Kept):
    """A machine's."""

    service_account_id: Text
    org_id: Id
    workspace_id: Id
    name: Named
    description: str | None = None
    display_name: str | None = None
    status: Literal["active", "suspended", "revoked"]
    created_by_actor_id: Text
    agent_address: Address


class OneAccount(Reply):
    service_account: Account


class Accounts(Reply):
    service_accounts: list[Account]


class NewKey(Shape):
    key_id: Text
    service_account_id: Text
    key_hint: Annotated[str, Field(min_length=4)]
    status: Literal["active"]
    created_at: Moment
    expires_at: Moment | None = None
    token: Annotated[str, Field(min_length=12)]


class CreatedKey(Reply):
    key: NewKey


class RevokedKey(Shape):
    key_id: Text
    service_account_id: Text
    status: Literal["revoked"]
    revoked_at: Moment


class KeyRevoked(Reply):
    key: RevokedKey


class Agent(Shape):
    address: Address
    service_account_id: Text
    service_account_name: Named
    display_name: str | None = None
    status: Literal["active", "suspended", "deleted"]
    created_at: Moment


class Agents(Reply):
    agents: list[Agent]


class ChangedAgent(Agent):
    updated_at: Moment


class OneAgent(Reply):
    agent: ChangedAgent


class AccessRequest(Kept):
    access_request_id: Id
    request_type: Literal["create_organization", "join_organization", "elevated_role", "quota_upgrade"]
    state: Literal["pending", "under_review", "approved", "rejected", "waitlisted", "expired"]
    requester_actor_id: Text
    org_id: Id | None = None
    workspace_id: Id | None = None
    requested_role: Role | None = None
    company_name: Named | None = None
    justification: str | None = None
    reviewer_actor_id: Text | None = None
    review_comment: str | None = None
    reviewed_at: Moment | None = None


class OneAccessRequest(Reply):
    access_request: AccessRequest


class AccessRequests(Reply):
    access_requests: list[AccessRequest]


class Sender(Shape):
    entry_id: Id
    sender_pattern: Text


class Senders(Shape):
    policy_type: Literal["open", "allowlist", "denylist", "closed"]
    entries: list[Sender]


class SenderPolicy(Reply):
    policy: Senders


class Override(Shape):
    override_type: Literal["open", "allowlist", "closed", "use_org_default"]
    entries: list[Sender]


class ReceiveOverride(Reply):
    override: Override


def _senders(route: str, name: str, shape: type[Reply], entry: dict[str, Any]) -> Answers:
    """The four calls about who may send."""

    def at(it: Ground) -> str:
        return route.format(address="order-service", org_id=it.here["org_id"])

    def removed(it: Ground) -> Answer:
        return it.owner.delete(f"{at(it)}/entries/{it.sender(at(it), name)}")

    return {
        f"GET {route}": (shape, lambda it: it.owner.get(at(it))),
        f"PUT {route}": (shape, lambda it: it.owner.put(at(it), {f"{name}_type": "open"})),
        f"POST {route}/entries": (shape, lambda it: it.owner.post(f"{at(it)}/entries", entry)),
        f"DELETE {route}/entries/{{entry_id}}": (shape, removed),
    }


ANYBODY = {"sender_pattern": "agent://myorg/*"}

ANSWERS: Answers = {
    "POST /organizations": (
        OneOrganization,
        lambda it: it.owner.post("/organizations", {"name": it.new("Blue "), "requested_by_actor_id": "me"}),
    ),
    "GET /organizations/{org_id}": (GotOrganization, lambda it: it.key.get(it.org)),
    "PATCH /organizations/{org_id}": (OneOrganization, lambda it: it.owner.patch(it.org, {"legal_name": "Blue Ltd"})),
    "GET /organizations/{org_id}/workspaces": (Workspaces, lambda it: it.key.get(f"{it.org}/workspaces")),
    "POST /organizations/{org_id}/workspaces": (
        OneWorkspace,
        lambda it: it.owner.post(f"{it.org}/workspaces", {"name": it.new("Lab "), "environment": "sandbox"}),
    ),
    "PATCH /organizations/{org_id}/workspaces/{workspace_id}": (
        OneWorkspace,
        lambda it: it.owner.patch(f"{it.org}/workspaces/{it.here['workspace_id']}", {"region": "eu-west"}),
    ),
    "PATCH /workspaces/{workspace_id}": (
        OneWorkspace,
        lambda it: it.owner.patch(f"/workspaces/{it.here['workspace_id']}", it.here | {"region": "eu-north"}),
    ),
    "GET /organizations/{org_id}/members": (Members, lambda it: it.key.get(f"{it.org}/members")),
    "POST /organizations/{org_id}/members": (OneMember, lambda it: it.owner.post(f"{it.org}/members", it.new_member)),
    "PATCH /organizations/{org_id}/members/{member_id}": (
        OneMember,
        lambda it: it.owner.patch(f"{it.org}/members/{it.colleague}", {"role": "workspace_admin"}),
    ),
    "DELETE /organizations/{org_id}/members/{member_id}": (
        Removed,
        lambda it: it.owner.delete(f"{it.org}/members/{it.member()}"),
    ),
    "POST /workspaces/{workspace_id}/members/include": (
        OneMember,
        lambda it: it.owner.post(f"/workspaces/{it.here['workspace_id']}/members/include", it.new_member | it.here),
    ),
    "DELETE /workspaces/{workspace_id}/members/{member_id}/exclude": (
        Removed,
        lambda it: it.owner.delete(f"/workspaces/{it.here['workspace_id']}/members/{it.member()}/exclude"),
    ),
    "POST /service-accounts": (
        OneAccount,
        lambda it: it.key.post("/service-accounts", it.here | {"name": it.new("c"), "description": "Counts"}),
    ),
    "GET /service-accounts": (Accounts, lambda it: it.account() and it.key.get("/service-accounts", **it.here)),
    "GET /service-accounts/{account_id}": (OneAccount, lambda it: it.key.get(f"/service-accounts/{it.account()}")),
    "PATCH /service-accounts/{account_id}": (
        OneAccount,
        lambda it: it.key.patch(f"/service-accounts/{it.account()}", {"delivery_mode": "poll"}),
    ),
    "DELETE /service-accounts/{account_id}": (OneAccount, lambda it: it.key.delete(f"/service-accounts/{it.account()}")),
    "POST /service-accounts/{account_id}/keys": (
        CreatedKey,
        lambda it: it.key.post(f"/service-accounts/{it.account()}/keys", {}),
    ),
    "POST /service-accounts/{account_id}/keys/{key_id}/revoke": (
        KeyRevoked,
        lambda it: it.key.post(f"/service-accounts/{(made := it.account())}/keys/{it.key_of(made)}/revoke"),
    ),
    "GET /agents": (Agents, lambda it: it.key.get("/agents", **it.here)),
    "GET /agents/{address}": (OneAgent, lambda it: it.key.get("/agents/order-service")),
    "POST /access-requests": (OneAccessRequest, lambda it: it.key.post("/access-requests", it.new_access_request)),
    "GET /access-requests": (AccessRequests, lambda it: it.access_request() and it.key.get("/access-requests", **it.here)),
    "GET /access-requests/{access_request_id}": (
        OneAccessRequest,
        lambda it: it.key.get(f"/access-requests/{it.access_request()}"),
    ),
    "POST /access-requests/{access_request_id}/review": (
        OneAccessRequest,
        lambda it: it.owner.post(f"/access-requests/{it.access_request()}/review", {"decision": "reject"}),
    ),
    **_senders("/agents/{address}/policy", "policy", SenderPolicy, ANYBODY),
    **_senders("/agents/{address}/receive-override", "override", ReceiveOverride, ANYBODY),
    **_senders("/organizations/{org_id}/receive-policy", "policy", SenderPolicy, ANYBODY),
}
