"""Erasing people who left the workspace. For owners and admins: it does not come back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.views.kit.acting import Request, asks_confirmed, sent
from inbox.views.settings.page import FormPage, ask
from intents.retention import selectors
from intents.retention.services import people


class ErasePersonForm(forms.Form):
    """Whom one is about to erase is typed, for it does not come back."""

    email = forms.CharField(
        label=gettext_lazy("Type their email address to confirm"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=people.LONGEST_REASON, help_text=gettext_lazy("For the audit log.")
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_email(self) -> str:
        given: str = self.cleaned_data["email"].strip().lower()
        if given != self._email:
            raise ValidationError(_("This is not the address of the person who is to be erased."))
        return given


@asks_confirmed
def erase_person(request: Request, user_id: UUID) -> HttpResponse:
    leaver = selectors.leaver(request.person, user_id)
    page = FormPage(
        tab="data",
        route="erase-person",
        ids=(leaver.user_id,),
        title=_("Erase %(email)s") % {"email": leaver.email},
        intro=_(
            "Their account, name and address are erased wherever they stand in this workspace, except in what agents sent."
            " What they decided stays, by somebody unnamed. This cannot be undone."
        ),
        button=_("Erase this person"),
        back=reverse("settings-data"),
        back_words=_("Data"),
        confirms=True,
        danger=True,
    )

    def order(given: Mapping[str, Any]) -> HttpResponse:
        people.order(actor=request.person, email=given["email"], reason=given["reason"])
        messages.success(request, _("They can no longer sign in. This page shows how far the erasing is."))
        return redirect("settings-data")

    return ask(request, page, ErasePersonForm(sent(request), email=leaver.email), order, else_at="email")
