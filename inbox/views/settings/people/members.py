"""Who belongs to the workspace: members, invitations, groups. All see them, owners and admins change them."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.templatetags.pages import role
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, confirmed, signed_in
from inbox.views.settings.page import show
from intents.accounts import selectors as roster
from intents.accounts.models import Invitation, Member
from intents.accounts.services import membership
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Role
from intents.kernel.errors import DomainError

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


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("Email address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), initial=str(Role.APPROVER))
    groups = forms.MultipleChoiceField(label=_("Groups"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, request: Request, *args: Any) -> None:
        super().__init__(*args)
        self.fields["role"].choices = choices(request)  # type: ignore[attr-defined]
        self.fields["groups"].choices = [  # type: ignore[attr-defined]
            (str(group.id), group.name) for group in roster.groups(request.person)
        ]
        if not self.fields["groups"].choices:  # type: ignore[attr-defined]
            del self.fields["groups"]


class ReportsForm(forms.Form):
    """A member, and the e-mail address of whom they report to."""

    member = forms.ChoiceField(label=_("Person"))
    manager = forms.ChoiceField(label=_("Reports to"), required=False)

    def __init__(self, request: Request, *args: Any) -> None:
        super().__init__(*args)
        everybody = [(str(one.id), one.user.email, name(one)) for one in roster.members(request.person)]
        self.fields["member"].choices = [("", _("Choose")), *((value, called) for value, _, called in everybody)]  # type: ignore[attr-defined]
        self.fields["manager"].choices = [("", _("Nobody")), *((email, called) for _, email, called in everybody)]  # type: ignore[attr-defined]


@signed_in
@require_safe
def members(request: Request) -> HttpResponse:
    return _members(request, InviteForm(request))


def _members(request: Request, form: InviteForm, status: int = 200, **known: Any) -> HttpResponse:
    now = clock.now()
    known = {"reports": ReportsForm(request)} | known
    known |= {
        "form": form,
        "manages": request.person.role in ADMINS,
        "members": roster.members(request.person).prefetch_related("group_members__group"),
        "invitations": [(row, membership.state(invitation=row, now=now)) for row in roster.invitations(request.person)],
        "roles": choices(request),
        "mailed": bool(settings.EMAIL_URL),
    }
    return show(request, "people", known, status=status)


@acts
def change_role(request: Request, member_id: UUID) -> HttpResponse:
    member = roster.member(request.person, member_id)
    wanted = request.POST.get("role", "")
    if wanted in set(Role):
        member = membership.change_role(actor=request.person, member=member, role=Role(wanted))
        messages.success(request, _("%(name)s is %(role)s now.") % {"name": name(member), "role": role(member.role)})
    return redirect("settings-people")


@acts
@confirmed
def set_manager(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    form = ReportsForm(request, request.POST)
    if form.is_valid():
        member = roster.member(request.person, UUID(form.cleaned_data["member"]))
        try:
            member = membership.set_manager(
                actor=request.person, member=member, manager=form.cleaned_data["manager"] or None
            )
        except DomainError as error:
            shared.show(form, error)
        else:
            if member.manager:
                said = _("%(name)s reports to %(manager)s now.") % {"name": name(member), "manager": name(member.manager)}
            else:
                said = _("%(name)s reports to nobody now.") % {"name": name(member)}
            messages.success(request, said)
            return redirect("settings-people")
    return _members(request, InviteForm(request), 422, reports=form)


def name(member: Member) -> str:
    return member.user.name or member.user.email


@acts
@confirmed
def remove(request: Request, member_id: UUID) -> HttpResponse:
    member = roster.member(request.person, member_id)
    membership.remove(actor=request.person, member=member)
    if member.user_id == request.user.id:
        return redirect("/")
    messages.success(request, _("%(name)s no longer belongs to this workspace.") % {"name": name(member)})
    return redirect("settings-people")


@acts
@confirmed
def invite(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    form = InviteForm(request, request.POST)
    if not form.is_valid():
        return _members(request, form, 422)
    try:
        invitation, token = membership.invite(
            actor=request.person,
            workspace=selectors.workspace(request.person),
            email=form.cleaned_data["email"],
            role=Role(form.cleaned_data["role"]),
            groups=[UUID(one) for one in form.cleaned_data.get("groups", ())],
        )
    except DomainError as error:
        shared.show(form, error)
        return _members(request, form, 422)
    return _sent(request, invitation, token)


def _sent(request: Request, invitation: Invitation, token: str) -> HttpResponse:
    """The members' page, with the link that was sent: it can be handed over where mail does not arrive."""
    return _members(request, InviteForm(request), invited=invitation, link=membership.link(token))


@acts
@confirmed
def invite_again(request: Request, invitation_id: UUID) -> HttpResponse:
    """A new link in place of the one that was lost or has expired."""
    before = roster.invitation(request.person, invitation_id)
    invitation, token = membership.invite(
        actor=request.person,
        workspace=before.workspace,
        email=before.email,
        role=Role(before.role),
        groups=[group.id for group in roster.groups(request.person) if group.id in before.groups],
    )
    return _sent(request, invitation, token)


@acts
def revoke(request: Request, invitation_id: UUID) -> HttpResponse:
    invitation = roster.invitation(request.person, invitation_id)
    membership.revoke(actor=request.person, invitation=invitation)
    if invitation.email:
        said = _("The invitation of %(email)s was canceled.") % {"email": invitation.email}
    else:
        said = str(_("The invitation of the link was canceled."))
    messages.success(request, said)
    return redirect("settings-people")
