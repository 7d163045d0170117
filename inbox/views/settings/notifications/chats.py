"""The chats that a person is told in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.notifications.channels import chat
from inbox.notifications.services import preferences as preference_services
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, asks, sent
from inbox.views.settings.page import FormPage, ask
from intents.kernel.errors import Conflict, InvalidField


class AddressForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), validators=[shared.seen], max_length=60, help_text=_("What you call it, for example Team chat.")
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_(
            "As Apprise writes it: slack://…, discord://…, tgram://…, or workflows://… for Teams. It is kept encrypted and "
            "not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


@acts
def test_channel(request: Request) -> HttpResponse:
    preference_services.test(actor=request.person, by=request.POST.get("by", ""))
    messages.success(request, _("Test sent. Reload in a moment: the answer is under Recently sent."))
    return redirect("settings-notifications")


@asks
def add_address(request: Request) -> HttpResponse:
    page = FormPage(
        tab="notifications",
        route="add-address",
        title=_("Add a chat"),
        intro=_(
            "Slack, Teams, Discord, Telegram, Matrix or another chat. Make an incoming webhook or a bot there, and write "
            "its address here; github.com/caronc/apprise says how for each."
        ),
        button=_("Add a chat"),
        back=reverse("settings-notifications"),
        back_words=_("All notification settings"),
    )
    form = AddressForm(sent(request))

    def add(given: Mapping[str, Any]) -> HttpResponse:
        try:
            preference_services.add_address(actor=request.person, service=chat.check(given["url"]), **given)
        except Conflict as error:
            raise InvalidField("name", error.message) from None
        messages.success(request, _("%(chat)s is added. Send it a test.") % {"chat": given["name"]})
        return redirect("settings-notifications")

    return ask(request, page, form, add, else_at="url")


@acts
def remove_address(request: Request, address_id: UUID) -> HttpResponse:
    row = preference_services.remove_address(actor=request.person, address_id=address_id)
    messages.success(request, _("%(chat)s removed.") % {"chat": row.name})
    return redirect("settings-notifications")
