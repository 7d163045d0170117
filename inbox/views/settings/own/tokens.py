"""One's own tokens."""

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

from inbox.views.kit.acting import Request, acts, asks_confirmed, sent, signed_in
from inbox.views.kit.forms import seen
from inbox.views.settings.lifetimes import LIFETIMES, ends
from inbox.views.settings.page import FormPage, ask, show
from intents.accounts import selectors as roster
from intents.accounts.services import tokens
from intents.engine import selectors


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), validators=[seen], max_length=120, help_text=_("Where it will be used, for example Laptop.")
    )
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int, choices=LIFETIMES, initial=90)


@signed_in
@require_safe
def token_list(request: Request) -> HttpResponse:
    return _tokens(request)


def _tokens(request: Request, **known: Any) -> HttpResponse:
    return show(request, "tokens", known | {"tokens": roster.tokens(request.person)})


@asks_confirmed
def create_token(request: Request) -> HttpResponse:
    page = FormPage(
        tab="tokens",
        route="create-token",
        title=_("New token"),
        intro=_("A token lets a command line or script act as you, decisions included. Agents have keys of their own."),
        button=_("Create token"),
        back=reverse("settings-tokens"),
        back_words=_("All tokens"),
        confirms=True,
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        token, secret = tokens.create_person_token(
            actor=request.person,
            workspace=selectors.workspace(request.person),
            user=request.user,
            name=given["name"],
            expires_at=ends(given["days"]),
        )
        return _tokens(request, created=token, secret=secret, address=page.back)

    return ask(request, page, TokenForm(sent(request)), make, else_at="name")


@acts
def revoke_token(request: Request, token_id: UUID) -> HttpResponse:
    token = tokens.revoke_person_token(actor=request.person, token=roster.token(request.person, token_id))
    messages.success(request, _("Token %(token)s was revoked.") % {"token": token.name})
    return redirect("settings-tokens")
