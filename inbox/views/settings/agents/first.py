"""An agent's first five minutes: a request to a person, sent from the page or copied, and what becomes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.settings.agents.pages import ensure_manages_agents
from inbox.views.settings.agents.steps import PAYLOAD, TITLE, TYPE, address, first_steps_of
from intents import auth
from intents.api.shared import to_submission
from intents.engine import selectors
from intents.engine.services.submit import submit
from intents.kernel.errors import Denied
from intents.schemas.requests import SubmitIntent


@signed_in
@require_safe
def first_steps(request: Request, agent_id: UUID) -> HttpResponse:
    """The steps alone, for a page that looks again and again until they are done."""
    agent = selectors.agent(request.person, agent_id)
    return render(request, "settings/first_steps.html", {"agent": agent, "first": first_steps_of(agent)})


@sensitive_post_parameters()
@acts
def first_request(request: Request, agent_id: UUID) -> HttpResponse:
    """Send what the examples send, by the key that was just made: the page has it, the server only its hash."""
    ensure_manages_agents(request)
    agent = selectors.agent(request.person, agent_id)
    machine = auth.machine(auth.authenticate(auth.Credentials(api_key=request.POST.get("key", ""))))
    if machine.agent_id != agent.id:
        raise Denied("this key is another agent's")
    asked = SubmitIntent.model_validate(
        {
            "intent_type": TYPE,
            "to_agent": address(agent),
            "payload": PAYLOAD,
            "human_task": {"title": TITLE, "assignees": [request.person.email]},
        }
    )
    submit(actor=machine, submission=to_submission(asked, actor=machine))
    messages.success(request, _("Sent. It waits in your inbox."))
    return redirect("settings-agent", agent_id=agent.id)
