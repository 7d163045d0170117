"""Nicks and invitations, as agents and people exchange them."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from intents.accounts.models import Invitation, Profile, Workspace
from intents.accounts.services import invitations, nicks
from intents.api.common import REFUSALS, Request, answer, local, once
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import Role, full_address
from intents.kernel.errors import InvalidField
from intents.schemas import people

router = Router(tags=["People"])


def _profile(row: Profile, workspace: Workspace) -> dict[str, Any]:
    return {
        "ok": True,
        "user_id": str(row.id),
        "owner_agent": full_address(workspace.organization.slug, workspace.slug, row.name),
        "nick": f"@{row.nick}",
        "normalized_nick": row.nick,
        "public_address": f"{row.nick}@ax",
        "display_name": row.display_name or None,
        "phone": row.phone or None,
        "email": row.email or None,
        "updated_at": clock.rfc3339(row.updated_at),
    }


@router.post("/users/register-nick", response={200: people.Profile, **REFUSALS}, summary="Register a nick")
def register_nick(request: Request, body: people.RegisterNick) -> HttpResponse:
    """A nick of your own in this workspace. It is an address too: what is sent to it waits in its inbox."""
    actor = request.auth

    def run() -> dict[str, Any]:
        row = nicks.register(actor=actor, **body.model_dump(exclude_none=True))
        return _profile(row, selectors.workspace(actor)) | {"created_at": clock.rfc3339(row.created_at)}

    return once(request, run)


@router.get("/users/check-nick", response={200: people.NickCheck, **REFUSALS}, summary="Is a nick free?")
def check_nick(request: Request, nick: str = Query(...)) -> HttpResponse:
    """Whether nobody in this workspace has the nick. Letters count as lower case."""
    plain = nicks.normal(nick)
    return answer(
        {
            "ok": True,
            "nick": f"@{plain}",
            "normalized_nick": plain,
            "public_address": f"{plain}@ax",
            "available": nicks.is_free(actor=request.auth, nick=plain),
        }
    )


@router.post("/users/rename-nick", response={200: people.Profile, **REFUSALS}, summary="Change a nick")
def rename_nick(request: Request, body: people.RenameNick) -> HttpResponse:
    """Another nick for the same address; the old nick becomes free."""
    actor = request.auth

    def run() -> dict[str, Any]:
        row = nicks.update(actor=actor, **body.model_dump(exclude_none=True))
        shown = _profile(row, selectors.workspace(actor))
        return shown | {"renamed_at": shown["updated_at"]}

    return once(request, run)


@router.get("/users/profile", response={200: people.Profile, **REFUSALS}, summary="Get a profile")
def get_profile(request: Request, owner_agent: str = Query(...)) -> HttpResponse:
    """Who is behind an address."""
    return answer(_profile(nicks.profile(actor=request.auth, owner_agent=owner_agent), selectors.workspace(request.auth)))


@router.post("/users/profile/update", response={200: people.Profile, **REFUSALS}, summary="Change a profile")
def update_profile(request: Request, body: people.UpdateProfile) -> HttpResponse:
    """Change what is given, keep the rest."""
    actor = request.auth

    def run() -> dict[str, Any]:
        return _profile(nicks.update(actor=actor, **body.model_dump(exclude_none=True)), selectors.workspace(actor))

    return once(request, run)


def _invitation(row: Invitation, token: str) -> dict[str, Any]:
    state, workspace, profile = invitations.state(invitation=row, now=clock.now()), row.workspace, row.accepted_profile
    return {
        "ok": True,
        "token": token,
        "owner_agent": row.owner_agent or full_address(workspace.organization.slug, workspace.slug, "people"),
        "recipient_hint": row.recipient_hint or row.email or None,
        # One that was taken back is over, which is all that the wire format can say.
        "status": "expired" if state == "revoked" else state,
        "role": row.role or None,
        "created_at": clock.rfc3339(row.created_at),
        "expires_at": clock.rfc3339(row.expires_at),
        "accepted_at": clock.rfc3339(row.accepted_at) if row.accepted_at else None,
        "accepted_owner_agent": _profile(profile, workspace)["owner_agent"] if profile else None,
        "nick": f"@{profile.nick}" if profile else None,
        "public_address": f"{profile.nick}@ax" if profile else None,
    }


@router.post("/invites/create", response={200: people.Invitation, **REFUSALS}, summary="Invite somebody")
def create_invite(request: Request, body: people.CreateInvite) -> HttpResponse:
    """An invitation, to hand over as `invite_url` or its `token`, which is shown this once.

    With a `role` whoever accepts becomes a member of the workspace: only owners and admins, as people, invite so. With an
    `email` it is for that address alone and emailed there. Without a role it is for a program or contact, which accepts
    by registering a nick.
    """
    actor, workspace = request.auth, selectors.workspace(request.auth)
    if body.email and not body.role:
        raise InvalidField("role", "say as what the person is invited: owner, admin, operator, approver or viewer")
    local(actor, body.owner_agent)
    offered = {
        "owner_agent": body.owner_agent,
        "recipient_hint": body.recipient_hint or "",
        "lifetime": timedelta(seconds=body.ttl_seconds) if body.ttl_seconds else invitations.LIFETIME,
    }

    def run() -> dict[str, Any]:
        if body.role:
            row, token = invitations.invite(
                actor=actor,
                workspace=workspace,
                role=Role(body.role),
                email=body.email or "",
                groups=body.groups or (),
                **offered,  # type: ignore[arg-type]
            )
        else:
            row, token = invitations.invite_contact(actor=actor, workspace=workspace, **offered)  # type: ignore[arg-type]
        return _invitation(row, token) | {"invite_url": invitations.link(token)}

    return once(request, run, secret=True)


@router.get("/invites/{token}", response={200: people.Invitation, **REFUSALS}, summary="Look at an invitation")
def get_invite(request: Request, token: str) -> HttpResponse:
    """What an invitation offers. Looking accepts nothing."""
    return answer(_invitation(invitations.by_token(token), token))


@router.post("/invites/{token}/accept", response={200: people.Accepted, **REFUSALS}, summary="Accept an invitation")
def accept_invite(request: Request, token: str, body: people.AcceptInvite) -> HttpResponse:
    """Register a nick in the workspace one is invited to; a person becomes a member where the invitation has a role."""
    actor = request.auth

    def run() -> dict[str, Any]:
        row = invitations.accept_as_contact(token=token, actor=actor, nick=body.nick, display_name=body.display_name or "")
        profile = row.accepted_profile
        assert profile is not None
        return _profile(profile, row.workspace) | {
            "token": token,
            "status": "accepted",
            "invite_owner_agent": _invitation(row, token)["owner_agent"],
            "accepted_at": clock.rfc3339(profile.created_at),
            "registry_bind_status": "disabled",
        }

    return once(request, run)
