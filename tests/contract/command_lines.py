"""Signing in from a command line, and what it asks about its person."""

from typing import Annotated, Literal

from pydantic import Field

from tests.callers import Answer
from tests.contract.ground import Ground
from tests.contract.shape import Answers, Anything, Count, Id, Link, Moment, Place, Reply, Shape, Text
from tests.intents.command_line import CommandLine, emailed

SessionToken = Annotated[str, Field(pattern=r"^[\w-]+\.[\w-]+\.[\w-]+$")]
"""A JWT in form: the command line reads its `exp`."""


class Asked(Reply):
    intent_id: Id
    grant_id: Text
    expires_in: Place


class BrowserAsked(Reply):
    grant_id: Text
    user_code: Text
    approval_url: Link
    poll_interval: Place
    expires_in: Place


class StillWaiting(Reply):
    state: Literal["pending"]


class SignedIn(Reply):
    state: Literal["approved"]
    api_key: Text
    account_session_token: SessionToken
    refresh_token: Text
    org_id: Id
    workspace_id: Id


class Refreshed(Reply):
    access_token: SessionToken
    refresh_token: Text


class BrowserToken(Reply):
    token: Text
    expires_in: Place


class AccountSession(Shape):
    session_id: Id
    is_current: bool
    client_type: Text
    device_label: str
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None


class AccountSessions(Reply):
    sessions: Annotated[list[AccountSession], Field(min_length=1)]


class Revoked(Reply):
    revoked: bool


class SomeWorkspace(Shape):
    workspace_id: Id
    name: Text
    org_id: Id
    org_name: Text
    environment: Text
    status: Text
    roles: list[Text]


class SomeOrganization(Shape):
    org_id: Id
    name: Text
    status: Text
    roles: list[Text]
    workspaces: list[SomeWorkspace]


class Chosen(Shape):
    org_id: Id
    workspace_id: Id


class Selected(Reply):
    context: Chosen
    selected_organization: SomeOrganization
    selected_workspace: SomeWorkspace


class Person(Shape):
    email: Text


class Profile(Reply):
    account: Person


class Context(Selected, Profile):
    organizations: Annotated[list[SomeOrganization], Field(min_length=1)]
    workspaces: Annotated[list[SomeWorkspace], Field(min_length=1)]
    guidance: Anything


class Capabilities(Reply):
    capabilities: Annotated[list[Text], Field(min_length=1)]
    supported_intent_types: list[Text]


class Ended(Reply):
    sessions: Count


def _entered(it: Ground) -> Answer:
    asked = CommandLine().ask(it.owner.user.email)
    return CommandLine().enter(asked, emailed(it.mailbox, it.owner.user.email)["code"])


def _revoked(it: Ground) -> Answer:
    return it.line.request("POST", "/auth/sessions/revoke", {"session_id": it.line.sessions()[0]["session_id"]})


ANSWERS: Answers = {
    "POST /auth/login-intent/{intent_id}/verify": (SignedIn, _entered),
    "POST /auth/login-intent": (
        Asked,
        lambda it: CommandLine().request("POST", "/auth/login-intent", {"email": it.approver.user.email}),
    ),
    "POST /auth/cli-grants": (BrowserAsked, lambda it: CommandLine().request("POST", "/auth/cli-grants")),
    "GET /auth/cli-grants/{grant_id}": (StillWaiting, lambda it: (line := CommandLine()).poll(line.start_browser())),
    "POST /auth/refresh": (
        Refreshed,
        lambda it: it.key.post("/auth/refresh", {"refresh_token": it.line.refresh_token}),
    ),
    "POST /auth/dashboard-token": (BrowserToken, lambda it: it.line.request("POST", "/auth/dashboard-token")),
    "GET /auth/sessions": (AccountSessions, lambda it: it.line.request("GET", "/auth/sessions", include_revoked="true")),
    "GET /portal/personal/context": (Context, lambda it: it.line.request("GET", "/portal/personal/context")),
    "POST /portal/personal/profile": (
        Profile,
        lambda it: it.line.request("POST", "/portal/personal/profile", {"display_name": "Alice"}),
    ),
    "POST /portal/personal/workspace-selection": (
        Selected,
        lambda it: it.line.request("POST", "/portal/personal/workspace-selection", it.here),
    ),
    "POST /auth/sessions/revoke": (Revoked, _revoked),
    "POST /auth/logout-all": (Ended, lambda it: it.owner.post("/auth/logout-all", {})),
    "GET /capabilities": (Capabilities, lambda it: it.key.get("/capabilities")),
}
