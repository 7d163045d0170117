"""Signing in a command line, its sessions, and where its person may act. Requests, then answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from intents.accounts.selectors.places import MemberOf
from intents.schemas.fields import Closed, EmailAddress
from intents.schemas.organization_shapes import ROLES
from intents.schemas.responses import Ok, Shape

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(max_length=120)]


class AskToSignIn(Closed):
    """Who wants to sign in a command line."""

    email: EmailAddress = Field(examples=["ann@example.com"])


class SignInCode(Closed):
    """The code of the email."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=32)] = Field(examples=["918273"])


class Refresh(Closed):
    """The token that the session was given to refresh it with, last time."""

    refresh_token: Text


class RevokeSession(Closed):
    session_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Nothing(Closed):
    """An empty body."""


class SelectWorkspace(Closed):
    """The workspace to act in from now on."""

    org_id: UUID
    workspace_id: UUID


class UpdateAccount(Closed):
    """What to call you."""

    display_name: Name | None = None
    company: Annotated[str, StringConstraints(max_length=255)] | None = Field(
        None, description="Accepted and not kept: companies are organizations here."
    )


class SignInAsked(Ok):
    """`intent_id` goes with the code, `grant_id` is asked for by `GET /v1/auth/cli-grants/{grant_id}`."""

    intent_id: UUID
    grant_id: str
    expires_in: int


class CliGrant(Ok):
    """Open `approval_url` with `&grant=<grant_id>` behind it in a browser, and compare the `user_code` there."""

    grant_id: str
    user_code: str
    approval_url: str
    poll_interval: int
    expires_in: int


class SignedIn(Ok):
    """What a command line carries. `state` is `pending` while nobody has approved it, and then there is nothing else."""

    state: Literal["pending", "approved"]
    api_key: str | None = None
    account_session_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    org_id: UUID | None = None
    workspace_id: UUID | None = None


class Refreshed(Ok):
    access_token: str
    refresh_token: str
    expires_in: int


class SessionShape(Shape):
    session_id: UUID
    is_current: bool
    client_type: Literal["cli", "browser"]
    device_label: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class AccountSessions(Ok):
    sessions: list[SessionShape]


class SessionRevoked(Ok):
    revoked: bool


class SessionsEnded(Ok):
    sessions: int


class BrowserToken(Ok):
    """Opened once, within `expires_in` seconds, at `/auth/exchange?token=`."""

    token: str
    expires_in: int


class PlaceShape(Shape):
    workspace_id: UUID
    name: str
    org_id: UUID
    org_name: str
    environment: str
    status: Literal["active", "restricted", "pending", "suspended", "archived"] = Field(
        description="`restricted` until its person has what signing in there requires; its own, or that of its organization."
    )
    roles: list[str]


class OrganizationOfPerson(Shape):
    org_id: UUID
    name: str
    status: Literal["pending", "active", "suspended", "archived"]
    roles: list[str]
    workspaces: list[PlaceShape]


class AccountShape(Shape):
    email: str
    display_name: str | None


class WhereTo(Shape):
    org_id: UUID
    workspace_id: UUID


class PersonalContext(Ok):
    account: AccountShape
    context: WhereTo
    organizations: list[OrganizationOfPerson]
    workspaces: list[PlaceShape]
    selected_organization: OrganizationOfPerson
    selected_workspace: PlaceShape
    guidance: dict[str, Any]


class WorkspaceSelected(Ok):
    context: WhereTo
    selected_organization: OrganizationOfPerson
    selected_workspace: PlaceShape


class Account(Ok):
    account: AccountShape


def place(one: MemberOf) -> dict[str, Any]:
    return {
        "workspace_id": str(one.workspace_id),
        "name": one.workspace,
        "org_id": str(one.org_id),
        "org_name": one.organization,
        "environment": one.environment,
        "status": one.stopped or ("restricted" if one.lacks else "active"),
        "roles": [ROLES[one.role]],
    }


def organizations(found: list[MemberOf]) -> list[dict[str, Any]]:
    """These workspaces by organization, in their order."""
    shown: dict[UUID, dict[str, Any]] = {}
    for one in found:
        new = {"org_id": str(one.org_id), "name": one.organization, "status": one.org_status, "roles": [], "workspaces": []}
        org = shown.setdefault(one.org_id, new)
        org["workspaces"].append(place(one))
        if ROLES[one.role] not in org["roles"]:
            org["roles"].append(ROLES[one.role])
    return list(shown.values())
