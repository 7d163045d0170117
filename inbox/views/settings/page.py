"""What all pages of the settings have around them."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from inbox.views.kit.acting import Request
from intents.kernel import clock

POLICIES = ("policies", "calendars", "oncall")
"""The tabs that stand under Policies."""


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", status: int = 200) -> HttpResponse:
    """A page of the settings, or of what is kept about policies, under its tab."""
    around = {"place": "policies" if tab in POLICIES else "settings", "tab": tab, "now": clock.now()}
    return render(request, f"settings/{template or tab}.html", known | around, status=status)
