"""One's own tokens."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit.acting import Request, acts, confirmed, is_confirmed, signed_in, to_confirm
from inbox.views.kit.forms import seen
from inbox.views.settings.lifetimes import LIFETIMES, ends
from inbox.views.settings.page import show
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
    return _tokens(request, TokenForm())


def _tokens(request: Request, form: TokenForm, status: int = 200, **known: Any) -> HttpResponse:
    rows = roster.tokens(request.person)
    known |= {"form": form, "tokens": rows, "confirmed": is_confirmed(request), "to_confirm": to_confirm(request.path)}
    return show(request, "tokens", known, status=status)


@acts
@confirmed
def create_token(request: Request) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _tokens(request, form, 422)
    token, secret = tokens.create_person_token(
        actor=request.person,
        workspace=selectors.workspace(request.person),
        user=request.user,
        name=form.cleaned_data["name"],
        expires_at=ends(form.cleaned_data["days"]),
    )
    return _tokens(request, TokenForm(), created=token, secret=secret)


@acts
def revoke_token(request: Request, token_id: UUID) -> HttpResponse:
    token = tokens.revoke_person_token(actor=request.person, token=roster.token(request.person, token_id))
    messages.success(request, _("Token %(token)s was revoked.") % {"token": token.name})
    return redirect("settings-tokens")
