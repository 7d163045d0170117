"""The agents of the workspace. All see them, owners and admins change them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox.views.kit import forms as shared
from inbox.views.kit import signing
from inbox.views.kit.acting import Request, acts, asks, confirmed, sent, signed_in
from inbox.views.kit.bindings import MODES
from inbox.views.settings.agents.steps import example, first_steps_of
from inbox.views.settings.page import FormPage, ask, show
from intents.accounts import selectors as roster
from intents.accounts.models import AgentKey
from intents.accounts.services import agents
from intents.dispatch import endpoints
from intents.engine import activity, selectors
from intents.kernel import clock
from intents.kernel.actors import ADMINS
from intents.kernel.errors import Denied


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


@signed_in
@require_safe
def agent_list(request: Request) -> HttpResponse:
    active = activity.last_active(request.person)
    found = [(agent, active.get(agent.id)) for agent in roster.agents(request.person, clock.now())]
    return show(request, "agents", {"agents": found, "manages": request.person.role in ADMINS})


@asks
def create_agent(request: Request) -> HttpResponse:
    ensure_manages_agents(request)
    page = FormPage(
        tab="agents",
        route="create-agent",
        title=_("Register an agent"),
        button=_("Register"),
        back=reverse("settings-agents"),
        back_words=_("All agents"),
    )

    def make(given: Mapping[str, Any]) -> HttpResponse:
        agent = agents.create_agent(actor=request.person, workspace=selectors.workspace(request.person), **given)
        messages.success(request, _("The agent %(agent)s is registered. Give it a key.") % {"agent": agent.name})
        return redirect("settings-agent", agent_id=agent.id)

    return ask(request, page, AgentForm(sent(request)), make, else_at="name")


@signed_in
@require_safe
def agent_page(request: Request, agent_id: UUID) -> HttpResponse:
    return agent_shown(request, agent_id)


def agent_shown(request: Request, agent_id: UUID, **known: Any) -> HttpResponse:
    """The page of an agent. `known` is what was just made for it, and what is said of that."""
    agent, now = selectors.agent(request.person, agent_id), clock.now()
    known |= {
        "agent": agent,
        "keys": [(key, state(key, now)) for key in roster.keys(agent)],
        "manages": request.person.role in ADMINS,
        "mode": MODES.get(agent.delivery_mode, agent.delivery_mode),
        "called": agent.delivery_mode == agents.CALLED,
        "signing_keys": signing.keys(agent.signing),
        "url_state": endpoints.standing(agent) if agent.delivery_mode == agents.CALLED else None,
        "members": roster.members(request.person),
        "first": first_steps_of(agent) if request.person.role in ADMINS else None,
    }
    if known.get("secret"):
        known["example"] = example(request, agent, known["secret"])
    return show(request, "agents", known, template="agent")


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
def enable_url(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    if not endpoints.enable(actor=request.person, agent=agent):
        messages.info(request, _("The URL was enabled already."))
    elif (standing := endpoints.standing(agent)).finishes:
        messages.success(
            request,
            _("The URL is enabled. The agent is paused: what it was given before is posted now, the rest once it goes on."),
        )
    elif standing.held:
        messages.success(request, _("The URL is enabled. The agent is stopped: what waits is posted once it goes on."))
    else:
        messages.success(request, _("The URL is enabled. What waits is posted now."))
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
