"""The groups of the workspace. All see them, owners and admins change them."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.settings.page import show
from intents.accounts import selectors as roster
from intents.accounts.services import groups, membership
from intents.engine import selectors
from intents.kernel.actors import ADMINS
from intents.kernel.errors import DomainError


class GroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        validators=[shared.seen],
        max_length=groups.LONGEST_NAME,
        help_text=_("Like Finance. Tasks can be assigned to it by this name."),
    )


@signed_in
@require_safe
def group_list(request: Request) -> HttpResponse:
    return _groups(request, GroupForm())


def _groups(request: Request, form: GroupForm, status: int = 200) -> HttpResponse:
    known = {"form": form, "groups": roster.groups(request.person), "manages": request.person.role in ADMINS}
    return show(request, "groups", known, status=status)


@acts
def create_group(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    form = GroupForm(request.POST)
    if form.is_valid():
        try:
            group = groups.create_group(
                actor=request.person, workspace=selectors.workspace(request.person), name=form.cleaned_data["name"]
            )
        except DomainError as error:
            shared.show(form, error)
        else:
            return redirect("settings-group", group_id=group.id)
    return _groups(request, form, 422)


@signed_in
@require_safe
def group_page(request: Request, group_id: UUID) -> HttpResponse:
    return _group(request, group_id)


def _group(request: Request, group_id: UUID, form: GroupForm | None = None, status: int = 200) -> HttpResponse:
    group = roster.group(request.person, group_id)
    everybody = roster.members(request.person).prefetch_related("group_members")
    inside = [one for one in everybody if any(link.group_id == group.id for link in one.group_members.all())]
    known = {
        "group": group,
        "form": form or GroupForm(initial={"name": group.name}),
        "manages": request.person.role in ADMINS,
        "inside": inside,
        "outside": [one for one in everybody if one not in inside],
    }
    return show(request, "groups", known, template="group", status=status)


@acts
def rename_group(request: Request, group_id: UUID) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    group = roster.group(request.person, group_id)
    form = GroupForm(request.POST)
    if form.is_valid():
        try:
            groups.rename_group(actor=request.person, group=group, name=form.cleaned_data["name"])
        except DomainError as error:
            shared.show(form, error)
        else:
            messages.success(request, _("The group is renamed."))
            return redirect("settings-group", group_id=group.id)
    return _group(request, group_id, form, 422)


@acts
def delete_group(request: Request, group_id: UUID) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    group = roster.group(request.person, group_id)
    groups.delete_group(actor=request.person, group=group)
    messages.success(request, _("The group %(group)s is deleted.") % {"group": group.name})
    return redirect("settings-groups")


@acts
def join_group(request: Request, group_id: UUID, member_id: UUID) -> HttpResponse:
    return _change(request, group_id, member_id, groups.join)


@acts
def leave_group(request: Request, group_id: UUID, member_id: UUID) -> HttpResponse:
    return _change(request, group_id, member_id, groups.leave)


def _change(request: Request, group_id: UUID, member_id: UUID, change: Any) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    group, member = roster.group(request.person, group_id), roster.member(request.person, member_id)
    change(actor=request.person, group=group, member=member)
    return redirect("settings-group", group_id=group.id)
