"""The display names of intent types. For owners and admins."""

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

from inbox.tasks import selectors
from inbox.tasks.services import naming
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, asks, sent, signed_in
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.kit.revisions import Revision
from inbox.views.settings.page import FormPage, ask, show
from inbox.vocabulary import roles
from intents.kernel.errors import ChangedMeanwhile


class NameForm(forms.Form):
    name = forms.CharField(
        label=_("Display name"),
        validators=[shared.seen],
        max_length=naming.LONGEST,
        help_text=_("Like “Refund to a customer”. Lists and messages of new tasks say it, pages of tasks at once."),
    )
    revision = Revision()


class NewNameForm(NameForm):
    field_order = ("intent_type",)

    intent_type = forms.CharField(
        label=_("Request type"), max_length=255, help_text=_("As agents send it, like refund.pay.v1.")
    )


@signed_in
@require_safe
def type_list(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    return show(request, "types", {"names": selectors.display_names(request.person)})


@asks
def name_type(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    page = FormPage(
        tab="types",
        route="name-type",
        title=_("New display name"),
        button=_("Save"),
        back=reverse("settings-types"),
        back_words=_("All display names"),
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        return _saved(request, given["intent_type"], given["name"])

    return ask(request, page, NewNameForm(sent(request)), make, else_at="intent_type")


@asks
def rename_type(request: Request, name_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = selectors.named_type(request.person, name_id=name_id)
    page = FormPage(
        tab="types",
        route="rename-type",
        ids=(row.id,),
        title=row.intent_type,
        button=_("Save"),
        back=reverse("settings-types"),
        back_words=_("All display names"),
    )

    def rename(given: Mapping[str, Any]) -> HttpResponse:
        return _saved(request, row.intent_type, given["name"], expected_revision=given["revision"])

    form = NameForm(sent(request), initial={"name": row.name, "revision": row.revision})
    return ask(request, page, form, rename, else_at="name")


@acts
def unname_type(request: Request, name_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = selectors.named_type(request.person, name_id=name_id)
    naming.remove_name(actor=request.person, intent_type=row.intent_type)
    messages.success(request, _("Display name removed."))
    return redirect("settings-types")


def _saved(request: Request, intent_type: str, name: str, **more: Any) -> HttpResponse:
    """Raises InvalidField, Conflict."""
    try:
        naming.set_name(actor=request.person, intent_type=intent_type.strip(), name=name, **more)
    except ChangedMeanwhile as error:
        messages.error(request, in_a_sentence(error.message))
        return redirect("settings-types")
    messages.success(request, _("Display name saved."))
    return redirect("settings-types")
