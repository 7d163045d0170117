"""Whether anything goes on in the workspace. For owners and admins."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.acting import Request, asks, sent
from inbox.views.settings.page import FormPage, ask
from intents.accounts.models import TenantStatus
from intents.accounts.services import membership, organizations
from intents.engine import selectors

STATUSES = {
    TenantStatus.ACTIVE: _("Active: everything goes on"),
    TenantStatus.SUSPENDED: _("Suspended: nothing goes on for now"),
    TenantStatus.ARCHIVED: _("Archived: it is over, kept to be read"),
}


def words(request: Request) -> str:
    """The status of the workspace for its people: where it is active itself, its organization may stop it."""
    status = TenantStatus(selectors.workspace(request.person).status)
    if status is TenantStatus.ACTIVE and request.seat.stopped:
        return gettext("Stopped with its organization")
    return str(STATUSES[status])


class StatusForm(forms.Form):
    status = forms.ChoiceField(label=_("Status"), choices=[(str(one), words) for one, words in STATUSES.items()])


@asks
def change(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    workspace = selectors.workspace(request.person)
    page = FormPage(
        tab="people",
        route="workspace-status",
        title=_("Status of the workspace"),
        intro=_(
            "While it is not active nothing new is accepted, nothing decided and nothing delivered to agents; what they"
            " hold goes back. All of it can be read and set up, and deadlines go on."
        ),
        button=_("Save"),
        back=reverse("settings-people"),
        back_words=_("All people"),
    )

    def save(given: Mapping[str, Any]) -> HttpResponse:
        organizations.update_workspace(actor=request.person, workspace=workspace, status=given["status"])
        messages.success(request, _("The status of the workspace is saved."))
        return redirect("settings-people")

    return ask(request, page, StatusForm(sent(request), initial={"status": workspace.status}), save)
