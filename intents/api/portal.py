"""Who a command line acts for, and in which of their workspaces."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from ninja import Router

from intents.accounts import selectors as accounts
from intents.accounts.selectors import places
from intents.accounts.services import command_lines, people
from intents.api.command_lines import person
from intents.api.common import REFUSALS, Request, answer, once
from intents.kernel.actors import Person
from intents.kernel.unseen import ensure_seen
from intents.schemas import command_lines as shapes

router = Router(tags=["Sign-in"])


def _places(actor: Person) -> list[places.MemberOf]:
    line = places.line(actor.credential_id)
    if line is not None:
        return places.of(actor.user_id, provider=line.token.provider or "")
    # A personal token belongs to one workspace, and tells of no other.
    known = "known" if accounts.signed_in_by_provider(actor) else ""
    return [one for one in places.of(actor.user_id, provider=known) if one.workspace_id == actor.workspace_id]


def _selected(actor: Person, found: list[places.MemberOf]) -> dict[str, Any]:
    here = next(one for one in found if one.workspace_id == actor.workspace_id)
    shown = next(one for one in shapes.organizations(found) if one["org_id"] == str(here.org_id))
    return {
        "context": {"org_id": str(here.org_id), "workspace_id": str(here.workspace_id)},
        "selected_organization": shown,
        "selected_workspace": shapes.place(here),
    }


def _account(actor: Person) -> dict[str, Any]:
    user = accounts.user(actor)
    return {"email": user.email, "display_name": user.name or None}


@router.get("/portal/personal/context", response={200: shapes.PersonalContext, **REFUSALS}, summary="Where you may act")
def personal_context(request: Request) -> HttpResponse:
    """Who you are, your workspaces, and which of them this session acts in. A personal token belongs to one workspace, and
    tells of that one alone. `restricted` is a workspace that requires more of you than you signed in with."""
    actor = person(request.auth)
    found = _places(actor)
    return answer(
        {
            "ok": True,
            "account": _account(actor),
            **_selected(actor, found),
            "organizations": shapes.organizations(found),
            "workspaces": [shapes.place(one) for one in found],
            "guidance": {"workspace_count": len(found)},
        }
    )


@router.post(
    "/portal/personal/workspace-selection",
    response={200: shapes.WorkspaceSelected, **REFUSALS},
    summary="Act in another workspace",
)
def select_workspace(request: Request, body: shapes.SelectWorkspace) -> HttpResponse:
    """Let this session, and the key that came with it, act in another of your workspaces from the next call on."""
    actor = person(request.auth)

    def run() -> dict[str, Any]:
        place = command_lines.move(actor=actor, org_id=body.org_id, workspace_id=body.workspace_id)
        moved = replace(actor, workspace_id=place.workspace_id)
        return {"ok": True} | _selected(moved, _places(moved))

    return once(request, run)


@router.post("/portal/personal/profile", response={200: shapes.Account, **REFUSALS}, summary="Change what you are called")
def update_account(request: Request, body: shapes.UpdateAccount) -> HttpResponse:
    """Your name, as others see it."""
    actor = person(request.auth)
    name = body.display_name
    ensure_seen(name or "", field="display_name")

    def run() -> dict[str, Any]:
        if name is not None:
            people.update_profile(actor=actor, user=accounts.user(actor), name=name.strip())
        return {"ok": True, "account": _account(actor)}

    return once(request, run)
