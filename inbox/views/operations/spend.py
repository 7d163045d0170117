"""What agents cost."""

from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import spend as spends
from inbox.operations.measures import SPANS
from inbox.operations.spend import AgentSpend, SpendPart
from inbox.views.kit import late
from inbox.views.kit.acting import Request, signed_in
from inbox.views.operations import charts
from inbox.views.operations.fleet import HEALTH, LIMITS, STATES, usd
from inbox.views.operations.page import chosen, show
from intents.kernel import canonical

WINDOWS = {"day": gettext_lazy("Today"), "week": gettext_lazy("This week"), "month": gettext_lazy("This month")}
KINDS = {"agent": gettext_lazy("Agent"), "intent_type": gettext_lazy("Type of intent"), "model": gettext_lazy("Model")}
EVENTS = (
    {str(health): words for health, (words, _tone) in HEALTH.items()}
    | {str(state): words for state, words in STATES.items()}
    | {
        "resumed": gettext_lazy("Resumed"),
        "stuck": gettext_lazy("Stuck"),
        "unstuck": gettext_lazy("No longer stuck"),
        "policy_breached": gettext_lazy("Limit reached"),
        "anomaly": gettext_lazy("Unusual use"),
        "breach_lifted": gettext_lazy("Resumed by decision"),
    }
)


@signed_in
@require_safe
def spend_page(request: Request) -> HttpResponse:
    window, agent = chosen(request, "window", WINDOWS, "day"), request.GET.get("agent", "")
    read = late.read(request, lambda: spends.spend(request.person, window=window, agent=agent))
    found = read.value
    here = reverse("operations-spend")

    def at(window: str) -> str:
        return f"{here}?{urlencode({'window': window} | ({'agent': agent} if agent else {}))}"

    tables = [
        (words, [(*_named(kind, part), part.intents, usd(part.usd)) for part in found.parts[kind]])
        for kind, words in KINDS.items()
        if kind != "agent" or not agent
    ]
    known = {
        "as_of": read.as_of,
        "windows": [(at(one), words, one == window) for one, words in WINDOWS.items()],
        "total": usd(found.total_usd),
        "reserved": usd(found.reserved_usd),
        "tables": tables,
        "hours": [(charts.when(SPANS["24h"], part.hour), part.intents, usd(part.usd)) for part in found.parts["hour"]],
        "agent": found.agent,
        **(_agent(found.agent) if found.agent else {}),
    }
    return show(request, "fleet", known, template="spend")


def _named(kind: str, part: SpendPart) -> tuple[str, str]:
    """What a row is called, and where it leads."""
    if kind == "agent":
        return part.key, f"{reverse('operations-spend')}?{urlencode({'agent': part.key})}"
    return part.key or _("Not reported"), ""


def _agent(one: AgentSpend) -> dict[str, object]:
    limits, used = one.limits, one.used
    usual = one.usual and {"cost": usd(Decimal(str(one.usual.cost.median))), "intents": round(one.usual.intents.median)}
    return {
        "budget": usd(limits.max_cost_per_day_usd) if limits.max_cost_per_day_usd is not None else "",
        "spent": usd(used.spent),
        "hourly": limits.max_intents_per_hour,
        "daily": limits.max_intents_per_day,
        "used": used,
        "usual": usual,
        "events": [(row.at, *_words(row.event_type, canonical.loads(row.details)), row.actor) for row in one.events],
    }


def _words(kind: str, details: dict[str, object]) -> tuple[object, object]:
    """What happened, and more of it in words."""
    more = details.get("reason") or LIMITS.get(str(details.get("policy", "")), "")
    return EVENTS.get(kind, kind), more
