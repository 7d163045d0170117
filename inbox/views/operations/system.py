"""How the server is."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import system
from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit.acting import Request, asked_at, signed_in
from inbox.views.kit.rounds import Rounds
from inbox.views.operations.page import show
from inbox.views.operations.rules import told

LATE_SECONDS = 30.0
LAGS = {
    "beat_age_seconds": gettext_lazy("Beat last reached a worker"),
    "look_age_seconds": gettext_lazy("Workers last looked what is due"),
    "timer_lag_seconds": gettext_lazy("Oldest due timer is late by"),
    "outbox_lag_seconds": gettext_lazy("Oldest work of the server waits since"),
}
_rounds = Rounds[system.SystemState]()


@signed_in
@require_safe
def system_page(request: Request) -> HttpResponse:
    person = ensure_may_watch(request.person)
    found = _rounds.answer(person.workspace_id, lambda: system.state(person), since=asked_at(request))
    lags = [(words, found.lags[name], (found.lags[name] or 0) < LATE_SECONDS) for name, words in LAGS.items()]
    known = {"state": found, "lags": lags, "findings": [(one, told(one.rule)) for one in found.audit.items]}
    known["replaced"] = any(one.replaced for one in found.processes)
    return show(request, "system", known, part=True)
