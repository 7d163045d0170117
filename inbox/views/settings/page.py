"""What all pages of the settings have around them."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from inbox.views.kit import form_page
from inbox.views.kit.acting import Request
from inbox.views.kit.form_page import FormPage
from intents.kernel import clock

__all__ = ["FormPage", "ask", "show"]

POLICIES = ("policies", "calendars", "oncall")
"""The tabs that stand under Policies."""


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", status: int = 200) -> HttpResponse:
    """A page of the settings, or of what is kept about policies, under its tab."""
    around = {"place": "policies" if tab in POLICIES else "settings", "tab": tab, "now": clock.now()}
    return render(request, f"settings/{template or tab}.html", known | around, status=status)


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
