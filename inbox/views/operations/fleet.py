"""The fleet: how agents are and what they cost, and stopping one, those with a label, or all."""

from collections.abc import Callable
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from inbox.operations import fleet as fleets
from inbox.operations.fleet import STUCK, FleetAgent
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.presentation.money import money
from inbox.views.kit import late
from inbox.views.kit.acting import Request, acts, asked_at, signed_in
from inbox.views.kit.rounds import Rounds
from inbox.views.operations.page import chosen, show
from intents.accounts.models import StopState
from intents.kernel.actors import Person
from intents.kernel.errors import Invalid
from intents.kernel.replica import Dated
from intents.mesh.health import Health
from intents.mesh.policies import USUAL_COST, USUAL_INTENTS
from intents.mesh.services import stopping

HEALTH = {
    Health.HEALTHY: (gettext_lazy("Healthy"), "green"),
    Health.DEGRADED: (gettext_lazy("Degraded"), "amber"),
    Health.UNREACHABLE: (gettext_lazy("Unreachable"), "red"),
    Health.REGISTERING: (gettext_lazy("Registering"), "hollow"),
    Health.UNKNOWN: (gettext_lazy("No heartbeats"), "hollow"),
    Health.KILLED: (gettext_lazy("Killed"), "red"),
}
KINDS = {str(one): words for one, (words, _tone) in HEALTH.items()} | {STUCK: gettext_lazy("Stuck")}
PAGE = 100
STATES = {
    StopState.PAUSED: gettext_lazy("Paused"),
    StopState.QUARANTINED: gettext_lazy("Quarantined"),
    StopState.KILLED: gettext_lazy("Killed"),
}
ACTIONS = {"pause": StopState.PAUSED, "quarantine": StopState.QUARANTINED, "kill": StopState.KILLED, "resume": None}
LIMITS = {
    "max_intents_per_hour": gettext_lazy("Intents per hour"),
    "max_intents_per_day": gettext_lazy("Intents per day"),
    "max_cost_per_day_usd": gettext_lazy("Cost per day"),
    "max_cost_per_intent_usd": gettext_lazy("Cost per intent"),
    USUAL_COST: gettext_lazy("Costs more than usual"),
    USUAL_INTENTS: gettext_lazy("Does more than usual"),
}
_rounds = Rounds[Dated[fleets.Fleet]]()


def usd(amount: Decimal) -> str:
    """An amount for a table: cents, of what is less than a dollar a hundredth of them."""
    return money(round(amount, 2 if amount >= 1 or not amount else 4), "USD")


@signed_in
@require_safe
def fleet_page(request: Request) -> HttpResponse:
    only, label = chosen(request, "health", KINDS, None), request.GET.get("label", "")
    person, after = ensure_may_watch(request.person), request.GET.get("after", "")

    def make() -> fleets.Fleet:
        return fleets.fleet(person, kind=only, label=label, after=after, limit=PAGE)

    key = (person.workspace_id, only, label, after, late.may_be(request))
    read = _rounds.answer(key, lambda: late.read(request, make), since=asked_at(request))
    found = read.value
    here = reverse("operations-fleet")

    def at(**query: str) -> str:
        return f"{here}?{urlencode({name: value for name, value in query.items() if value})}"

    kinds = [(at(health=one, label=label), words, found.counts[one], one == only) for one, words in KINDS.items()]
    known = {
        "rows": [_row(one) for one in found.agents],
        "as_of": read.as_of,
        "all": at(label=label),
        "total": found.total,
        "only": only,
        "label": label,
        "kinds": kinds,
        "today": usd(found.today_usd),
        "month": usd(found.month_usd),
        "reserved": usd(found.reserved_usd) if found.reserved_usd else "",
        "backlog": found.backlog,
        "more": at(health=only or "", label=label, after=found.last) if found.last else "",
        "top": [(one.seen.name, usd(one.seen.month_usd)) for one in found.top],
        "breaches": [(one, LIMITS.get(one.limit, one.limit)) for one in found.breaches],
        "stop_all": _stop_address("label" if label else "all", label),
    }
    return show(request, "fleet", known, part=True)


def _stop_address(level: str, name: str) -> str:
    return f"{reverse('operations-fleet-stop')}?{urlencode({'level': level, 'name': name})}"


def _row(one: FleetAgent) -> dict[str, object]:
    words, tone = HEALTH[one.seen.health]
    stopped = STATES.get(StopState(one.seen.state)) if one.seen.state in set(StopState) else None
    return {
        "agent": one.seen,
        "labels": one.labels,
        "uptime": one.uptime_seconds,
        "words": words,
        "tone": tone,
        "stopped": stopped if one.seen.health is not Health.KILLED else None,
        "is_stopped": stopped is not None,
        "today": usd(one.seen.cost_usd),
        "month": usd(one.seen.month_usd),
        "reserved": usd(one.reserved_usd) if one.reserved_usd else "",
        "unusual": [LIMITS[limit] for limit in one.seen.unusual],
        "stop": _stop_address("agent", one.seen.name),
        "act": (_("Stop %(name)s") if stopped is None else _("Resume %(name)s")) % {"name": one.seen.name},
    }


@signed_in
def stop(request: Request) -> HttpResponse:
    """GET asks what is to be done with one agent, those with a label, or all; POST does it. Killing wants the name typed."""
    person = ensure_may_repair(request.person)
    if request.method == "POST":
        return _stopped(request)
    return _asked(request, person, request.GET.get("level", "agent"), request.GET.get("name", ""))


@acts
def _stopped(request: Request) -> HttpResponse:
    person = ensure_may_repair(request.person)
    level, name = request.POST.get("level", ""), request.POST.get("name", "")
    typed, reason = request.POST.get("typed", "").strip(), request.POST.get("reason", "").strip()[:500]
    # Who presses Enter where the name is typed means to kill.
    action = request.POST.get("action", "") or ("kill" if typed else "")
    names, word = _chosen(person, level, name)
    if action not in ACTIONS:
        raise Invalid(_("Choose what to do."))
    state = ACTIONS[action]
    if action == "kill" and typed != word:
        return _asked(request, person, level, name, wrong=True, reason=reason, status=422)
    done = stopping.stop_fleet(actor=person, workspace_id=person.workspace_id, names=names, state=state, reason=reason)
    if state is None:
        text = ngettext("%(n)s agent goes on.", "%(n)s agents go on.", len(done))
    else:
        text = ngettext("%(n)s agent was stopped.", "%(n)s agents were stopped.", len(done))
    messages.success(request, text % {"n": len(done)})
    return redirect("operations-fleet")


def _asked(
    request: Request, person: Person, level: str, name: str, *, wrong: bool = False, reason: str = "", status: int = 200
) -> HttpResponse:
    names, word = _chosen(person, level, name)
    heading = name
    if level != "agent":
        heading = ngettext("%(n)s agent", "%(n)s agents", len(names)) % {"n": len(names)}
        heading = f"{heading}: {name}" if name else heading
    known = {"level": level, "name": name, "names": names[:PAGE], "rest": max(0, len(names) - PAGE)}
    known |= {"word": word, "wrong": wrong, "reason": reason, "heading": heading}
    answer = show(request, "fleet", known, template="fleet_stop")
    answer.status_code = status
    return answer


def _chosen(person: Person, level: str, name: str) -> tuple[list[str], str]:
    """Whom it is about, and what has to be typed to kill them. Raises Invalid where that is nobody."""
    matches: Callable[[FleetAgent], bool]
    match level:
        case "agent":
            matches, word = lambda one: one.seen.name == name, name
        case "label":
            matches, word = lambda one: name in one.labels, name
        case "all":
            matches, word = lambda one: True, person.workspace_slug
        case _:
            matches, word = lambda one: False, ""
    names = [one.seen.name for one in fleets.agents(person, matches=matches)]
    if not names:
        raise Invalid(_("No agent matches that any more."))
    return names, word
