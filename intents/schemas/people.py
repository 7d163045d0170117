"""People of a workspace: nicks, invitations, members, organizations. What requests may hold, then what answers look like."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.schemas.requests import Address, Closed, Email
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
    email: MailAddress | None = Field(None, description="The one address that may accept; the link is mailed there.")
    role: Literal["owner", "admin", "operator", "approver", "viewer"] | None = Field(
        None, description="As what whoever accepts becomes a member; absent, they become none."
    )
    groups: list[UUID] | None = Field(None, max_length=100, description="The ids of groups to join.")


class AcceptInvite(Closed):
    """The nick to be known by."""

    nick: Nick
    display_name: DisplayName | None = None


class UpdateMember(Closed):
    """The role a member is to have, and whom they report to. What is absent stays; what the path says already may be said
    again."""

    role: Literal["org_owner", "org_admin", "workspace_admin", "member", "billing_viewer", "security_auditor"] | None = None
    manager: Email | None = Field(None, description="A member by e-mail address; null takes it away.")
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
    status: Literal["active"]
    workspaces_count: int
    members_count: int
    created_at: datetime
    updated_at: datetime


class OneOrganization(Ok):
    organization: Organization


class Workspace(Shape):
    workspace_id: UUID
    org_id: UUID
    name: str
    environment: Literal["production"]
    status: Literal["active"]
    created_at: datetime
    updated_at: datetime


class Workspaces(Ok):
    workspaces: list[Workspace]


class Member(Shape):
    member_id: UUID
    org_id: UUID
    workspace_id: UUID
    actor_id: str = Field(description="The person's e-mail address.")
    role: Literal["org_owner", "org_admin", "workspace_admin", "member", "security_auditor"]
    workspace_role: Literal["owner", "admin", "operator", "approver", "viewer"] = Field(description="The same in our words.")
    manager: str | None = Field(description="The e-mail address of the member whom they report to.")
    status: Literal["active", "suspended"]
    created_at: datetime
    updated_at: datetime


class Members(Ok):
    members: list[Member]


class OneMember(Ok):
    member: Member


class Removed(Ok):
    removed: Literal[True]
    org_id: UUID
    member_id: UUID
    removed_at: datetime
