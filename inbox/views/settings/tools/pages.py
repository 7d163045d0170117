"""The outside tools whose callbacks have to be signed. For owners and admins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit.acting import Request, acts, asks_confirmed, confirmed, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from inbox.views.settings.tools.form import STYLES, ChangeToolForm, NewToolForm, first_of, overlap_of, signing_of
from intents.engine import tools
from intents.engine.models import RefusedCall, RefusedIncoming
from intents.engine.services import tools as services


@signed_in
@require_safe
def tool_list(request: Request) -> HttpResponse:
    rows = tools.tools(request.person)
    refused = tools.last_refused(rows)
    return show(request, "tools", {"tools": [(row, STYLES[row.style], refused.get(row.name)) for row in rows]})


@signed_in
@require_safe
def tool_page(request: Request, tool_id: UUID) -> HttpResponse:
    tool = tools.tool_by_id(request.person, tool_id)
    refused: list[RefusedCall | RefusedIncoming] = [*tools.refused_calls(tool), *tools.refused_incoming(tool)]
    known = {
        "tool": tool,
        "style": STYLES[tool.style],
        "address": tools.address(tool),
        "refused": sorted(refused, key=lambda one: one.at, reverse=True),
    }
    return show(request, "tools", known, template="tool")


@asks_confirmed
def new_tool(request: Request) -> HttpResponse:
    tools.ensure_manages(request.person)
    page = FormPage(
        tab="tools",
        route="new-tool",
        title=_("New tool"),
        intro=_("Callbacks for this tool must then be signed; any other is refused."),
        button=_("Save"),
        back=reverse("settings-tools"),
        back_words=_("All tools"),
        confirms=True,
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        tool = services.set_tool(
            actor=request.person, name=given["name"], signing=signing_of(given), secret=given["secret"] or None, new=True
        )
        messages.success(request, _("Saved. Callbacks of %(tool)s must now be signed.") % {"tool": tool.name})
        return redirect("settings-tool", tool_id=tool.id)

    return ask(request, page, NewToolForm(sent(request), initial={"style": "standard"}), make, else_at="name")


@asks_confirmed
def edit_tool(request: Request, tool_id: UUID) -> HttpResponse:
    tool = tools.tool_by_id(request.person, tool_id)
    page = FormPage(
        tab="tools",
        route="edit-tool",
        ids=(tool.id,),
        title=_("Change %(tool)s") % {"tool": tool.name},
        button=_("Save"),
        back=reverse("settings-tool", args=[tool.id]),
        back_words=tool.name,
        confirms=True,
    )

    def change(given: Mapping[str, Any]) -> HttpResponse:
        services.set_tool(
            actor=request.person,
            name=tool.name,
            signing=signing_of(given),
            secret=given["secret"] or None,
            overlap=overlap_of(given),
        )
        messages.success(request, _("Saved."))
        return redirect("settings-tool", tool_id=tool.id)

    return ask(request, page, ChangeToolForm(sent(request), initial=first_of(tool)), change, else_at="style")


@acts
@confirmed
def remove_tool(request: Request, tool_id: UUID) -> HttpResponse:
    tool = tools.tool_by_id(request.person, tool_id)
    services.remove_tool(actor=request.person, name=tool.name)
    messages.success(request, _("%(tool)s removed. Its callbacks no longer need a signature.") % {"tool": tool.name})
    return redirect("settings-tools")
