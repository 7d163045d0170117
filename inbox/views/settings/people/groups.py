"""The groups of the workspace. All see them, owners and admins change them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, asks, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from intents.accounts import selectors as roster
from intents.accounts.services import groups, membership
from intents.engine import selectors
from intents.kernel.actors import ADMINS


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
    return show(request, "groups", {"groups": roster.groups(request.person), "manages": request.person.role in ADMINS})


@asks
def create_group(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    page = FormPage(
        tab="groups",
        route="create-group",
        title=_("New group"),
        button=_("Create group"),
        back=reverse("settings-groups"),
        back_words=_("All groups"),
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        workspace = selectors.workspace(request.person)
        group = groups.create_group(actor=request.person, workspace=workspace, name=given["name"])
        messages.success(request, _("Group %(group)s created. Add its members.") % {"group": group.name})
        return redirect("settings-group", group_id=group.id)

    return ask(request, page, GroupForm(sent(request)), make, else_at="name")


@signed_in
@require_safe
def group_page(request: Request, group_id: UUID) -> HttpResponse:
    group = roster.group(request.person, group_id)
    everybody = roster.members(request.person).prefetch_related("group_members")
    inside = [one for one in everybody if any(link.group_id == group.id for link in one.group_members.all())]
    known = {
        "group": group,
        "manages": request.person.role in ADMINS,
        "inside": inside,
        "outside": [one for one in everybody if one not in inside],
    }
    return show(request, "groups", known, template="group")


@asks
def rename_group(request: Request, group_id: UUID) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    group = roster.group(request.person, group_id)
    page = FormPage(
        tab="groups",
        route="rename-group",
        ids=(group.id,),
        title=_("Rename %(group)s") % {"group": group.name},
        button=_("Rename"),
        back=reverse("settings-group", args=[group.id]),
        back_words=group.name,
    )

    def rename(given: Mapping[str, Any]) -> HttpResponse:
        groups.rename_group(actor=request.person, group=group, name=given["name"])
        messages.success(request, _("The group is renamed."))
        return redirect("settings-group", group_id=group.id)

    form = GroupForm(sent(request), initial={"name": group.name})
    return ask(request, page, form, rename, else_at="name")


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
