"""What all pages of the settings have around them."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from inbox.views.kit import form_page, identity, late
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request
from inbox.views.kit.form_page import FormPage
from inbox.views.kit.forms import ZONES
from inbox.views.kit.revisions import Meanwhile
from intents.kernel import clock

__all__ = ["FormPage", "ask", "edit", "show"]

POLICIES = ("policies", "calendars", "oncall", "standing")
"""The tabs that stand under Policies."""


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", status: int = 200) -> HttpResponse:
    """A page of the settings, or of what is kept about policies, under its tab."""
    around = {"place": "policies" if tab in POLICIES else "settings", "tab": tab, "now": clock.now()}
    response = render(request, f"settings/{template or tab}.html", known | around, status=status)
    return late.dated(response, known.get("as_of"))


def edit(
    request: Request, tab: str, kind: str, row: Model | None, form: forms.Form, *, unshown: str, meanwhile: Meanwhile | None
) -> HttpResponse:
    """The page on which a `kind` is made, or the `row` of one changed, by who confirms who they are. `meanwhile` is what
    another has made of it since."""
    known = {"form": form, kind: row, "zones": ZONES, "unshown": unshown, "meanwhile": meanwhile}
    ids = [row.pk] if row else []
    here = reverse(f"settings-{'edit' if row else 'new'}-{kind}", args=ids)
    confirming = reverse(f"confirm-{kind}" if row else f"confirm-new-{kind}", args=ids)
    known |= identity.of_form(request, request.user, here=here, confirming=confirming)
    return show(request, tab, known, template=f"{kind}_form", status=shared.status(form, unshown, meanwhile))


def ask(
    request: Request,
    page: FormPage,
    form: forms.Form,
    work: Callable[[Mapping[str, Any]], HttpResponse],
    *,
    else_at: str | None = None,
) -> HttpResponse:
    """`form_page.ask` in the settings."""
    return form_page.ask(request, page, form, work, show=_form, else_at=else_at)


def _form(request: Request, tab: str, known: dict[str, Any], status: int) -> HttpResponse:
    return show(request, tab, known, template="form_page", status=status)
