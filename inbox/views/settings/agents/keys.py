"""The keys of an agent."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inbox.views.kit.acting import Request, acts, asks_confirmed, sent
from inbox.views.settings.agents.pages import agent_shown, ensure_manages_agents
from inbox.views.settings.lifetimes import LIFETIMES, ends
from inbox.views.settings.page import FormPage, ask
from intents.accounts.services import keys
from intents.engine import selectors
from intents.kernel.actors import Scope

OVERLAPS = (
    (0, _("Old key expires now")),
    (1, _("Old key expires in 1 hour")),
    (24, _("Old key expires in 1 day")),
    (168, _("Old key expires in 1 week")),
)
SCOPES = (
    (str(Scope.OWN), _("Its own address only")),
    (str(Scope.WORKSPACE), _("Every address of the workspace")),
)
MOST_TOOLS, LONGEST_TOOL = 50, 120


class Tools(forms.CharField):
    """Names, one on each line."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Tools"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
            help_text=_("Whose jobs it may complete, one per line. A key for every address may complete any."),
        )

    def clean(self, value: object) -> list[str]:
        named = [line.strip() for line in str(value or "").splitlines() if line.strip()]
        if len(named) > MOST_TOOLS:
            raise forms.ValidationError(_("At most %(most)s tools."), params={"most": MOST_TOOLS})
        if long := next((one for one in named if len(one) > LONGEST_TOOL), None):
            raise forms.ValidationError(
                _("“%(tool)s…” is longer than %(most)s characters."), params={"tool": long[:20], "most": LONGEST_TOOL}
            )
        return list(dict.fromkeys(named))


class KeyForm(forms.Form):
    scope = forms.ChoiceField(choices=SCOPES, initial=str(Scope.OWN), widget=forms.RadioSelect, label=_("Scope"))
    tools = Tools()
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int, choices=LIFETIMES, initial=90)


class RotateForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=_("The old key"), coerce=int, choices=OVERLAPS, initial=24, widget=forms.RadioSelect
    )


@asks_confirmed
def create_key(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    page = FormPage(
        tab="agents",
        route="create-key",
        ids=(agent.id,),
        title=_("New key for %(agent)s") % {"agent": agent.display_name or agent.name},
        button=_("Create key"),
        back=reverse("settings-agent", args=[agent.id]),
        back_words=agent.display_name or agent.name,
        confirms=True,
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        key, secret = keys.create_key(
            actor=request.person,
            agent=agent,
            scope=Scope(given["scope"]),
            expires_at=ends(given["days"]),
            tools=given["tools"],
        )
        return agent_shown(request, agent.id, created=key, secret=secret, address=page.back)

    return ask(request, page, KeyForm(sent(request)), make, else_at="scope")


@asks_confirmed
def rotate_key(request: Request, agent_id: UUID, key_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    key = keys.key_of(agent=agent, key_id=key_id)
    page = FormPage(
        tab="agents",
        route="rotate-key",
        ids=(agent.id, key.id),
        title=_("Rotate %(hint)s") % {"hint": key.hint},
        intro=_("A new key of the same scope and tools takes its place."),
        button=_("Rotate"),
        back=reverse("settings-agent", args=[agent.id]),
        back_words=agent.display_name or agent.name,
        confirms=True,
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        new, secret = keys.rotate_key(actor=request.person, key=key, overlap=timedelta(hours=given["overlap"]))
        return agent_shown(request, agent.id, created=new, secret=secret, replaced=key, address=page.back)

    return ask(request, page, RotateForm(sent(request)), make, else_at="overlap")


@acts
def revoke_key(request: Request, agent_id: UUID, key_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    key = keys.key_of(agent=selectors.agent(request.person, agent_id), key_id=key_id)
    keys.revoke_key(actor=request.person, key=key)
    messages.success(request, _("Key revoked; open streams are closed."))
    return redirect("settings-agent", agent_id=agent_id)
