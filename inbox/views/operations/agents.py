"""How agents are, and suspending and resuming them."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import agents
from inbox.operations.agents import Health
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.views.kit import late
from inbox.views.kit.acting import Request, acts, asked_at, signed_in
from inbox.views.kit.rounds import Rounds
from inbox.views.operations.page import chosen, show
from intents.accounts.services import agents as registry
from intents.engine import selectors
from intents.kernel.replica import Dated

PAGE = 50
WORDS = {
    Health.SILENT: (gettext_lazy("Silent"), "red"),
    Health.OVERLOADED: (gettext_lazy("Overloaded"), "amber"),
    Health.HEALTHY: (gettext_lazy("Healthy"), "green"),
    Health.IDLE: (gettext_lazy("Idle"), "hollow"),
    Health.SUSPENDED: (gettext_lazy("Suspended"), "hollow"),
}
_rounds = Rounds[Dated[agents.AgentsPage]]()


@signed_in
@require_safe
def agent_list(request: Request) -> HttpResponse:
    only = chosen(request, "health", Health, None)
    person, after = ensure_may_watch(request.person), request.GET.get("after") or None
    key = (person.workspace_id, only, after, late.may_be(request))

    def make() -> agents.AgentsPage:
        return agents.page(person, only=only, after=after, limit=PAGE)

    read = _rounds.answer(key, lambda: late.read(request, make), since=asked_at(request))
    found = read.value
    here = reverse("operations-agents")
    known = {
        "rows": [(one.facts, one.performance, *WORDS[one.facts.health]) for one in found.items],
        "as_of": read.as_of,
        "total": found.total,
        "all": sum(found.counts.values()),
        "only": only,
        "kinds": [(one, words, found.counts[one]) for one, (words, _tone) in WORDS.items()],
        "more": f"{here}?{urlencode({'health': only or '', 'after': found.last})}" if found.last else "",
    }
    return show(request, "agents", known, part=True)


@acts
def suspend(request: Request, agent_id: UUID) -> HttpResponse:
    agent = _set(request, agent_id, suspended=True)
    messages.success(request, _("%(agent)s is suspended. What is sent to it waits.") % {"agent": agent})
    return redirect("operations-agents")


@acts
def resume(request: Request, agent_id: UUID) -> HttpResponse:
    agent = _set(request, agent_id, suspended=False)
    messages.success(request, _("%(agent)s may work again.") % {"agent": agent})
    return redirect("operations-agents")


def _set(request: Request, agent_id: UUID, *, suspended: bool) -> str:
    person = ensure_may_repair(request.person)
    row = registry.suspend_agent(actor=person, agent=selectors.agent(person, agent_id), suspended=suspended)
    return row.display_name or row.name
