"""The end of the demo, for owners."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from inbox import demo
from inbox.views.kit.acting import Request, asks, sent
from inbox.views.settings.page import FormPage, ask


class RemoveForm(forms.Form):
    sure = forms.BooleanField(label=_("Delete them with their history"), required=True)


@asks
def remove_demo(request: Request) -> HttpResponse:
    demo.ensure_may_remove(request.person)
    requests, agents = demo.counts(request.person)
    page = FormPage(
        tab="data",
        route="remove-demo",
        title=_("Remove the demo"),
        intro=_(
            "%(requests)s requests and %(agents)s agents of the demo, and their policies, are deleted. What you made stays."
        )
        % {"requests": requests, "agents": agents},
        button=_("Remove the demo"),
        back=reverse("settings-data"),
        back_words=_("Data"),
        danger=True,
    )

    def remove(given: Mapping[str, Any]) -> HttpResponse:
        gone = demo.remove(actor=request.person)
        said = ngettext(
            "Demo removed: %(requests)s request and its agents.",
            "Demo removed: %(requests)s requests and their agents.",
            gone,
        )
        messages.success(request, said % {"requests": gone})
        return redirect("settings-data")

    return ask(request, page, RemoveForm(sent(request)), remove, else_at="sure")
