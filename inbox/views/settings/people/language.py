"""The language of the workspace: for people who chose none and whose browser is not at hand."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.acting import Request, asks, sent
from inbox.views.settings.page import FormPage, ask
from intents.accounts.services import membership, organizations
from intents.engine import selectors


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


@asks
def change(request: Request) -> HttpResponse:
    membership.ensure_manages_people(request.person)
    workspace = selectors.workspace(request.person)
    page = FormPage(
        tab="people",
        route="workspace-language",
        title=_("Language of the workspace"),
        intro=_("Of invitations, and of emails and chat messages to people who chose no language themselves."),
        button=_("Save"),
        back=reverse("settings-people"),
        back_words=_("All people"),
    )

    def save(given: Mapping[str, Any]) -> HttpResponse:
        organizations.update_workspace(actor=request.person, workspace=workspace, language=given["language"])
        messages.success(request, _("The language of the workspace is saved."))
        return redirect("settings-people")

    return ask(request, page, LanguageForm(sent(request), initial={"language": workspace.language}), save)
