"""Who belongs to the workspace. All see them, owners and admins change them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.tasks import audience
from inbox.tasks import selectors as tasks
from inbox.tasks.selectors import COUNTED
from inbox.templatetags.pages import role as role_words
from inbox.views.kit import away
from inbox.views.kit.acting import Request, acts, asks_confirmed, confirmed, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from inbox.views.settings.people import status as workspace_status
from intents.accounts import selectors as roster
from intents.accounts.models import Member
from intents.accounts.services import invitations, membership
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Role

ROLES = {
    Role.OWNER: _("Owner: everything, and other owners"),
    Role.ADMIN: _("Admin: people, agents, keys, settings"),
    Role.OPERATOR: _("Operator: monitors and repairs intents, can decide"),
    Role.APPROVER: _("Approver: can decide"),
    Role.VIEWER: _("Viewer: view only"),
}


def choices(request: Request) -> list[tuple[str, str]]:
    """The roles that this person may give."""
    return [
        (str(role), str(words))
        for role, words in ROLES.items()
        if role is not Role.OWNER or request.person.role is Role.OWNER
    ]


def name(member: Member) -> str:
    """How a member is called."""
    return member.user.name or member.user.email


def may_change(request: Request, member: Member) -> bool:
    """Whether this person may change what `member` is here."""
    if request.person.role is Role.OWNER:
        return True
    return request.person.role in ADMINS and member.role != Role.OWNER


class ManagerForm(forms.Form):
    """The email address of whom a member reports to."""

    manager = forms.ChoiceField(label=_("Reports to"), required=False)

    def __init__(self, request: Request, member: Member) -> None:
        before = member.manager.user.email if member.manager else ""
        super().__init__(sent(request), initial={"manager": before})
        notes, everybody = away.notes(request.person), roster.members(request.person)
        others = [
            (one.user.email, away.beside(name(one), notes.get(one.user_id))) for one in everybody if one.id != member.id
        ]
        self.fields["manager"].choices = [("", _("Nobody")), *others]  # type: ignore[attr-defined]


@signed_in
@require_safe
def members(request: Request) -> HttpResponse:
    return members_shown(request)


def members_shown(request: Request, **known: Any) -> HttpResponse:
    """The list of people. `known` is an invitation that was just made, with its link."""
    now = clock.now()
    known |= {
        "manages": request.person.role in ADMINS,
        "shows_presence": bool(audience.showing_presence([request.person.workspace_id])),
        "workspace_status": workspace_status.words(request),
        "members": roster.members(request.person).prefetch_related("group_members__group"),
        "away": away.messages(request.person),
        "invitations": [(row, invitations.state(invitation=row, now=now)) for row in roster.invitations(request.person)],
        "emailed": bool(settings.EMAIL_URL),
    }
    return show(request, "people", known)


@signed_in
@require_safe
def member_page(request: Request, member_id: UUID) -> HttpResponse:
    """What somebody is here, and for who may: what can be changed about that."""
    member = roster.member(request.person, member_id)
    changes, mine = may_change(request, member), member.user_id == request.user.id
    known = {
        "member": member,
        "changes": changes,
        "manages": request.person.role in ADMINS,
        "removes": changes or mine,
        "mine": mine,
        "roles": choices(request),
        "groups": [link.group.name for link in member.group_members.select_related("group")],
        "away": away.messages(request.person).get(member.user_id, ""),
        "waiting": len(tasks.assigned_by_name(member, limit=COUNTED)) if request.person.role in ADMINS else 0,
    }
    return show(request, "people", known, template="member")


@acts
def change_role(request: Request, member_id: UUID) -> HttpResponse:
    member = roster.member(request.person, member_id)
    wanted = request.POST.get("role", "")
    if wanted in set(Role):
        member = membership.change_role(actor=request.person, member=member, role=Role(wanted))
        said = _("%(name)s is %(role)s now.")
        messages.success(request, said % {"name": name(member), "role": role_words(member.role)})
    return redirect("settings-people")


@asks_confirmed
def set_manager(request: Request, member_id: UUID) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    member = roster.member(request.person, member_id)
    page = FormPage(
        tab="people",
        route="set-manager",
        ids=(member.id,),
        title=_("Whom %(name)s reports to") % {"name": name(member)},
        intro=_("Policies can ask the manager of the person who owns an agent."),
        button=_("Save"),
        back=reverse("settings-member", args=[member.id]),
        back_words=name(member),
        confirms=True,
    )

    def change(given: Mapping[str, Any]) -> HttpResponse:
        now = membership.set_manager(actor=request.person, member=member, manager=given["manager"] or None)
        if now.manager:
            said = _("%(name)s reports to %(manager)s now.") % {"name": name(now), "manager": name(now.manager)}
        else:
            said = _("%(name)s reports to nobody now.") % {"name": name(now)}
        messages.success(request, said)
        return redirect("settings-people")

    return ask(request, page, ManagerForm(request, member), change, else_at="manager")


@acts
def suspend(request: Request, member_id: UUID) -> HttpResponse:
    member = membership.suspend(actor=request.person, member=roster.member(request.person, member_id), suspended=True)
    messages.success(request, _("%(name)s is suspended and can do nothing here until unsuspended.") % {"name": name(member)})
    return redirect("settings-people")


@acts
def unsuspend(request: Request, member_id: UUID) -> HttpResponse:
    member = membership.suspend(actor=request.person, member=roster.member(request.person, member_id), suspended=False)
    messages.success(request, _("%(name)s is no longer suspended.") % {"name": name(member)})
    return redirect("settings-people")


@acts
@confirmed
def remove(request: Request, member_id: UUID) -> HttpResponse:
    member = roster.member(request.person, member_id)
    membership.remove(actor=request.person, member=member)
    if member.user_id == request.user.id:
        return redirect("/")
    messages.success(request, _("%(name)s no longer belongs to this workspace.") % {"name": name(member)})
    return redirect("settings-people")
