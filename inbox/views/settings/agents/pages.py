"""The agents of the workspace and their keys. All see them, owners and admins change them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, confirmed, is_confirmed, signed_in, to_confirm
from inbox.views.settings.lifetimes import LIFETIMES, ends
from inbox.views.settings.page import show
from intents.accounts import selectors as roster
from intents.accounts.models import AgentKey
from intents.accounts.services import agents
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.actors import ADMINS, Scope
from intents.kernel.errors import Denied, DomainError

OVERLAPS = (
    (0, _("old key expires now")),
    (1, _("old key expires in 1 hour")),
    (24, _("old key expires in 1 day")),
    (168, _("old key expires in 1 week")),
)
SCOPES = (
    (str(Scope.OWN), _("Its own address only")),
    (str(Scope.WORKSPACE), _("Every address of the workspace")),
)


def ensure_manages_agents(request: Request) -> None:
    """Raises Denied."""
    if request.person.role not in ADMINS:
        raise Denied("only owners and admins manage agents and keys")


class AgentForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Its address here: letters, digits and hyphens, like order-service.")
    )
    display_name = forms.CharField(label=_("Shown as"), validators=[shared.seen], max_length=255, required=False)
    description = forms.CharField(
        label=_("Description"), max_length=1024, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class KeyForm(forms.Form):
    scope = forms.ChoiceField(choices=SCOPES, initial=str(Scope.OWN), widget=forms.RadioSelect, label=_("Scope"))
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int, choices=LIFETIMES, initial=90)


@signed_in
@require_safe
def agent_list(request: Request) -> HttpResponse:
    return _agents(request, AgentForm())


def _agents(request: Request, form: AgentForm, status: int = 200) -> HttpResponse:
    known = {
        "form": form,
        "agents": roster.agents(request.person, clock.now()),
        "manages": request.person.role in ADMINS,
    }
    return show(request, "agents", known, status=status)


@acts
def create_agent(request: Request) -> HttpResponse:
    ensure_manages_agents(request)
    form = AgentForm(request.POST)
    if form.is_valid():
        try:
            agent = agents.create_agent(
                actor=request.person, workspace=selectors.workspace(request.person), **form.cleaned_data
            )
        except DomainError as error:
            shared.show(form, error, else_at="name")
        else:
            messages.success(request, _("The agent %(agent)s is registered. Give it a key.") % {"agent": agent.name})
            return redirect("settings-agent", agent_id=agent.id)
    return _agents(request, form, 422)


@signed_in
@require_safe
def agent_page(request: Request, agent_id: UUID) -> HttpResponse:
    return _agent(request, agent_id, KeyForm())


def _agent(request: Request, agent_id: UUID, form: KeyForm, status: int = 200, **known: Any) -> HttpResponse:
    agent, now = selectors.agent(request.person, agent_id), clock.now()
    known |= {
        "agent": agent,
        "form": form,
        "keys": [(key, state(key, now)) for key in roster.keys(agent)],
        "overlaps": OVERLAPS,
        "manages": request.person.role in ADMINS,
        "members": roster.members(request.person),
        "confirmed": is_confirmed(request),
        "to_confirm": to_confirm(request.path),
        "base_url": settings.BASE_URL,
    }
    return show(request, "agents", known, template="agent", status=status)


def state(key: AgentKey, now: datetime) -> str:
    """active, ending (it has an end), expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "active"
    return "expired" if key.expires_at <= now else "ending"


@acts
@confirmed
def set_owner(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    agents.update_agent(actor=request.person, agent=agent, owner=request.POST.get("owner", ""))
    messages.success(request, _("The owner is saved."))
    return redirect("settings-agent", agent_id=agent_id)


@acts
@confirmed
def create_key(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent, form = selectors.agent(request.person, agent_id), KeyForm(request.POST)
    if not form.is_valid():
        return _agent(request, agent_id, form, 422)
    key, secret = agents.create_key(
        actor=request.person,
        agent=agent,
        scope=Scope(form.cleaned_data["scope"]),
        expires_at=ends(form.cleaned_data["days"]),
    )
    return _agent(request, agent_id, KeyForm(), created=key, secret=secret)


@acts
@confirmed
def rotate_key(request: Request, agent_id: UUID, key_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    key = agents.key_of(agent=selectors.agent(request.person, agent_id), key_id=key_id)
    hours = request.POST.get("overlap", "")
    if not any(hours == str(known) for known, _ in OVERLAPS):
        return redirect("settings-agent", agent_id=agent_id)
    new, secret = agents.rotate_key(actor=request.person, key=key, overlap=timedelta(hours=int(hours)))
    return _agent(request, agent_id, KeyForm(), created=new, secret=secret, replaced=key)


@acts
def revoke_key(request: Request, agent_id: UUID, key_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    key = agents.key_of(agent=selectors.agent(request.person, agent_id), key_id=key_id)
    agents.revoke_key(actor=request.person, key=key)
    messages.success(request, _("Key revoked; open streams are closed."))
    return redirect("settings-agent", agent_id=agent_id)


@acts
@confirmed
def delete_agent(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = agents.delete_agent(actor=request.person, agent=selectors.agent(request.person, agent_id))
    messages.success(
        request,
        _("Agent %(agent)s deleted. Its keys no longer work; queued intents stay.") % {"agent": agent.name},
    )
    return redirect("settings-agents")
