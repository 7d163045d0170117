"""People of a workspace: nicks, invitations, members, organizations. What requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.schemas.fields import Address, Closed, EmailAddress, FreeObject
from intents.schemas.responses import Ok, Shape

Nick = Annotated[str, StringConstraints(min_length=3, max_length=64)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=32)]
MailAddress = Annotated[str, StringConstraints(min_length=3, max_length=255)]


class RegisterNick(Closed):
    """A nick, with or without its @, and how to reach whoever has it."""

    nick: Nick = Field(examples=["@ann"])
    display_name: DisplayName | None = None
    phone: Phone | None = None
    email: MailAddress | None = None


class RenameNick(RegisterNick):
    """Another nick for an address."""

    owner_agent: Address


class UpdateProfile(Closed):
    """What is to change of who is behind an address."""

    owner_agent: Address
    nick: Nick | None = None
    display_name: DisplayName | None = None
    phone: Phone | None = None
    email: MailAddress | None = None


class CreateInvite(Closed):
    """Whom to invite, as what, and for how long."""

    owner_agent: Address = Field(description="In whose name.")
    recipient_hint: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        None, description="A note of whom it is for."
    )
    ttl_seconds: Annotated[int, Field(strict=True, ge=60, le=1_209_600)] | None = Field(
        None, description="How long it can be accepted; a week when absent."
    )
    email: MailAddress | None = Field(None, description="The one address that may accept; the link is emailed there.")
    role: Literal["owner", "admin", "operator", "approver", "viewer"] | None = Field(
        None, description="As what whoever accepts becomes a member; absent, they become none."
    )
    groups: list[UUID] | None = Field(None, max_length=100, description="The ids of groups to join.")


class AcceptInvite(Closed):
    """The nick to be known by."""

    nick: Nick
    display_name: DisplayName | None = None


Named = Annotated[str, StringConstraints(min_length=2, max_length=120)]
LegalName = Annotated[str, StringConstraints(min_length=2, max_length=255)]
Domain = Annotated[str, StringConstraints(min_length=3, max_length=255)]
Region = Annotated[str, StringConstraints(min_length=2, max_length=64)]
ActorId = Annotated[str, StringConstraints(min_length=1, max_length=255)]
GivenRole = Literal["org_owner", "org_admin", "workspace_admin", "member", "billing_viewer", "security_auditor"]
Environment = Literal["sandbox", "staging", "production"]


class CreateOrganization(Closed):
    """An organization, which begins with one workspace."""

    name: Named
    legal_name: LegalName | None = None
    primary_domain: Domain | None = None
    requested_by_actor_id: ActorId | None = Field(None, description="Accepted and ignored: the credential tells who.")
    metadata: FreeObject | None = None


class UpdateOrganization(Closed):
    """What is to change of an organization. What is absent stays; what the path says already may be said again."""

    name: Named = ""
    legal_name: LegalName | None = None
    primary_domain: Domain | None = None
    status: Literal["pending", "active", "suspended", "archived"] | None = Field(
        None, description="Where it is not `active` nothing goes on in any of its workspaces."
    )
    metadata: FreeObject | None = None
    org_id: ActorId | None = None


class CreateWorkspace(Closed):
    """A workspace of your organization."""

    name: Named
    environment: Environment = "production"
    region: Region | None = None
    org_id: ActorId | None = None


class UpdateWorkspace(Closed):
    """What is to change of a workspace. What is absent stays; what the path says already may be said again."""

    name: Named = ""
    status: Literal["active", "suspended", "archived"] | None = Field(
        None, description="Where it is not `active` nothing is accepted, decided or delivered; all of it can be read."
    )
    region: Region | None = None
    org_id: ActorId | None = None
    workspace_id: ActorId | None = None


class AddMember(Closed):
    """Whom to invite, by email address, and as what."""

    actor_id: ActorId = Field(description="Their email address.", examples=["ann@example.com"])
    role: GivenRole
    org_id: ActorId | None = None
    workspace_id: ActorId | None = None
    invited_by_actor_id: ActorId | None = Field(None, description="Accepted and ignored: the credential tells who.")


class UpdateMember(Closed):
    """The role a member is to have, whether they are kept out, and whom they report to. What is absent stays; what the path
    says already may be said again."""

    role: GivenRole | None = None
    status: Literal["active", "invited", "suspended", "removed"] | None = Field(
        None,
        description="A suspended member is out at once and keeps what is theirs. To be `removed` is as DELETE does it. "
        "Who is `invited` stays so until they accept, and a member is not invited again.",
    )
    manager: EmailAddress | None = Field(None, description="A member by email address; null takes it away.")
    org_id: UUID | None = None
    member_id: UUID | None = None
    workspace_id: UUID | None = None


class Profile(Ok):
    user_id: UUID
    owner_agent: str
    nick: str = Field(examples=["@ann"])
    normalized_nick: str
    public_address: str
    display_name: str | None
    phone: str | None
    email: str | None
    updated_at: datetime


class NickCheck(Ok):
    nick: str
    normalized_nick: str
    public_address: str
    available: bool


class Invitation(Ok):
    token: str
    invite_url: str | None = Field(None, description="Only when it is made.")
    owner_agent: str
    recipient_hint: str | None
    status: Literal["pending", "accepted", "expired"]
    role: str | None
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    accepted_owner_agent: str | None
    nick: str | None
    public_address: str | None


class Accepted(Profile):
    token: str
    status: Literal["accepted"]
    invite_owner_agent: str
    accepted_at: datetime
    registry_bind_status: Literal["disabled"]


class Organization(Shape):
    org_id: UUID
    name: str
    legal_name: str | None
    primary_domain: str | None
    metadata: dict[str, Any]
    status: Literal["pending", "active", "suspended", "archived"]
    workspaces_count: int
    members_count: int
    created_at: datetime
    updated_at: datetime


class OneOrganization(Ok):
    organization: Organization


class CreatedOrganization(OneOrganization):
    workspace_id: UUID = Field(description="Of its first workspace.")


class Workspace(Shape):
    workspace_id: UUID
    org_id: UUID
    name: str
    environment: Environment
    region: str | None
    status: Literal["active", "suspended", "archived"]
    created_at: datetime
    updated_at: datetime


class OneWorkspace(Ok):
    workspace: Workspace


class Workspaces(Ok):
    workspaces: list[Workspace]


class Member(Shape):
    member_id: UUID
    org_id: UUID
    workspace_id: UUID
    actor_id: str = Field(description="The person's email address.")
    role: Literal["org_owner", "org_admin", "workspace_admin", "member", "security_auditor"]
    workspace_role: Literal["owner", "admin", "operator", "approver", "viewer"] = Field(description="The same in our words.")
    manager: str | None = Field(description="The email address of the member whom they report to.")
    status: Literal["active", "invited", "suspended", "removed"]
    created_at: datetime
    updated_at: datetime


class Members(Ok):
    members: list[Member]


class OneMember(Ok):
    member: Member


class AddedMember(OneMember):
    invite_url: str = Field(description="What the email brings too: the link by which they accept. Only shown here.")


class Removed(Ok):
    removed: Literal[True]
    org_id: UUID
    member_id: UUID
    removed_at: datetime
    result: dict[str, Any] = Field(description="The same once more, for command lines.")
