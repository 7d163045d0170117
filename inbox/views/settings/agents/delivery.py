"""How an agent gets its work: by coming for it, or by being called at its URL, and the secret that signs what is posted."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.views.kit import signing
from inbox.views.kit.acting import Request, asks_confirmed, sent
from inbox.views.kit.bindings import MODES
from inbox.views.settings.agents.pages import agent_shown, ensure_manages_agents
from inbox.views.settings.page import FormPage, ask
from intents.accounts import bindings
from intents.accounts.models import Agent
from intents.accounts.services import agents
from intents.engine import selectors

OVERLAPS = (
    (0, gettext_lazy("stops signing now")),
    (1, gettext_lazy("signs too for 1 hour")),
    (24, gettext_lazy("signs too for 1 day")),
    (168, gettext_lazy("signs too for 1 week")),
)


def modes(agent: Agent) -> list[tuple[str, str | Promise]]:
    """The delivery modes that an agent can have: its own, and those whose work somebody does."""
    served = {
        mode: one.targets is None or agent.name in one.targets() for one in bindings.carried_out() for mode in one.modes
    }
    return [
        (mode, MODES.get(mode, mode)) for mode in bindings.modes() if mode == agent.delivery_mode or served.get(mode, True)
    ]


class DeliveryForm(forms.Form):
    delivery_mode = forms.ChoiceField(label=gettext_lazy("How it gets its work"), widget=forms.RadioSelect)
    callback_url = forms.CharField(
        label=gettext_lazy("URL to call"),
        max_length=2048,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy("Required if it is called. Its deliveries are posted there, signed."),
    )
    signing_kind = signing.KindField()

    def __init__(self, agent: Agent, data: Mapping[str, Any] | None) -> None:
        kept = {"delivery_mode": agent.delivery_mode, "callback_url": agent.callback_url}
        super().__init__(data, initial=kept)
        self.fields["delivery_mode"].choices = modes(agent)  # type: ignore[attr-defined]
        if agent.signing:
            del self.fields["signing_kind"]  # it is changed by a rotation, so that nothing goes unverified


class RotateSecretForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The old secret"), coerce=int, choices=OVERLAPS, initial=24, widget=forms.RadioSelect
    )
    signing_kind = signing.KindField()


def _page(agent: Agent, *, route: str, title: str, button: str, intro: str) -> FormPage:
    return FormPage(
        tab="agents",
        route=route,
        ids=(agent.id,),
        title=title % {"agent": agent.display_name or agent.name},
        intro=intro,
        button=button,
        back=reverse("settings-agent", args=[agent.id]),
        back_words=agent.display_name or agent.name,
        confirms=True,
    )


@asks_confirmed
def change_delivery(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    intro = _("This applies to what is sent to it from now on. What waits already keeps its way.")
    page = _page(agent, route="agent-delivery", title=_("Delivery to %(agent)s"), button=_("Save"), intro=intro)

    def make(given: Mapping[str, Any]) -> HttpResponse:
        changed = agents.update_agent(actor=request.person, agent=agent, **given)
        if changed.new_signing_secret:
            return agent_shown(request, agent.id, signs=signing.made(changed.new_signing_secret), address=page.back)
        messages.success(request, _("The delivery is saved."))
        return redirect("settings-agent", agent_id=agent.id)

    return ask(request, page, DeliveryForm(agent, sent(request)), make, else_at="delivery_mode")


@asks_confirmed
def rotate_secret(request: Request, agent_id: UUID) -> HttpResponse:
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    intro = _("What is posted is signed with a new secret from now on.")
    page = _page(agent, route="rotate-secret", title=_("New signing secret for %(agent)s"), button=_("Rotate"), intro=intro)

    def make(given: Mapping[str, Any]) -> HttpResponse:
        overlap = timedelta(hours=given["overlap"])
        kind = given["signing_kind"]
        secret = agents.rotate_signing_secret(actor=request.person, agent=agent, overlap=overlap, kind=kind)
        return agent_shown(request, agent.id, signs=signing.made(secret), rotated=True, address=page.back)

    newest = signing.newest(agent.signing)
    return ask(request, page, RotateSecretForm(sent(request), initial={"signing_kind": newest}), make, else_at="overlap")
