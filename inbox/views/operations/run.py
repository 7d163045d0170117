"""The page of a run of a scenario: its steps, live, and going on from one of them."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.views.kit import addresses
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.operations import steps, words
from inbox.views.operations.listed import url
from inbox.views.operations.page import show
from inbox.views.operations.steps import Contents
from intents.engine import reruns
from intents.engine.lifecycle import TERMINAL
from intents.engine.services.rerun import RERUNNABLE
from intents.kernel import canonical, clock
from intents.kernel.errors import InvalidField, Missing
from intents.scenarios import selectors
from intents.scenarios.models import RunStep
from intents.scenarios.selectors import Loaded
from intents.scenarios.services import retrying

MOST_TRIES = 50
"""Tries of steps on a page; the address of earlier ones says `before` which."""
MOST_BYTES = 4000
"""Of what a try was given or ended with; the rest has a page of its own."""


@signed_in
@require_safe
def run_page(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_watch(request.person)
    intent, loaded = selectors.watched(person, intent_id)
    program, over_at, now = loaded.program["steps"], steps.over_at(intent), clock.now()
    rows = _window(request, loaded.steps)
    tries = steps.tries(program, rows, over_at, _contents(loaded, rows, most=MOST_BYTES), now=now)
    state, tone = words.STATES[intent.status]
    rerun_as = reruns.rerun_as(intent)
    known = {
        "intent": intent,
        "version": loaded.version,
        "state": state,
        "tone": tone,
        "waits_for": words.WAITS.get(intent.waiting_reason or "", ""),
        "over": intent.status in TERMINAL,
        "nodes": steps.nodes(program, loaded.steps, over_at),
        "edges": steps.edges(program),
        "height": steps.height(program),
        "tries": tries,
        "earlier": rows[0].number if rows and rows[0].number > 1 else None,
        "later": bool(rows) and rows[-1].number < len(loaded.steps),
        "all_tries": len(loaded.steps),
        "bars": steps.bars(tries, over_at if rows and rows[-1].number == len(loaded.steps) else None, now=now),
        "reached": _reached(loaded),
        "retryable": intent.status in RERUNNABLE and rerun_as is None,
        "payload": selectors.payload(intent.id),
        "document": canonical.loads(loaded.version.document),
        "intent_url": url(intent.id, ""),
        "rerun_of": intent.rerun_of_id,
        "rerun_as": rerun_as,
    }
    return show(request, "intents", known, template="run")


@signed_in
@require_safe
def try_page(request: Request, intent_id: UUID, number: int) -> HttpResponse:
    """All of what one try of a step was given, and what it ended with."""
    person = ensure_may_watch(request.person)
    intent, loaded = selectors.watched(person, intent_id)
    rows = [one for one in loaded.steps if one.number == number]
    if not rows:
        raise Missing(f"the run has no try with the number {number}")
    known = _contents(loaded, rows, most=None)
    (one,) = steps.tries(loaded.program["steps"], rows, steps.over_at(intent), known, now=clock.now())
    return show(request, "intents", {"intent": intent, "version": loaded.version, "try": one}, template="run_try")


def _window(request: Request, rows: Sequence[RunStep]) -> list[RunStep]:
    """The newest tries, or those before the one that the address names."""
    before = addresses.whole(request.GET.get("before", ""))
    end = len(rows) if before is None else before - 1
    last = max(0, min(end, len(rows)))
    return list(rows[max(0, last - MOST_TRIES) : last])


def _contents(loaded: Loaded, rows: Sequence[RunStep], *, most: int | None) -> dict[int, Contents]:
    """What tries were given and ended with. People are given the task that the step asks."""
    kept, statuses = selectors.contents(rows, most=most), selectors.child_statuses(rows)
    tasks = {one["step_id"]: one.get("human_task") for one in loaded.program["steps"]}
    return {
        one.number: Contents(
            kept[one.number].given if one.child_id else tasks.get(one.step_id),
            kept[one.number].result,
            kept[one.number].error,
            words.STATES[statuses[one.child_id]] if one.child_id in statuses else None,
        )
        for one in rows
    }


def _reached(loaded: Loaded) -> list[tuple[str, str]]:
    """The steps that a run came to, the last first."""
    titles = {one["step_id"]: one["title"] for one in loaded.program["steps"]}
    return list(dict.fromkeys((one.step_id, titles.get(one.step_id, one.step_id)) for one in reversed(loaded.steps)))


@acts
def retry_from(request: Request, intent_id: UUID) -> HttpResponse:
    """Leads to the new run, whether this began it or it was there."""
    person = ensure_may_repair(request.person)
    reason = " ".join(request.POST.get("reason", "").split())[:1000]
    if not reason:
        raise InvalidField("reason", _("say why: it is kept with the history"))
    step_id = request.POST.get("step_id", "")
    made = retrying.retry_from(actor=person, run_id=intent_id, step_id=step_id, reason=reason)
    said = (
        _("This is the new run. It goes on from the step.") if made.applied else _("It was run again already, as this run.")
    )
    messages.success(request, said)
    return redirect("operations-run", intent_id=made.run_id)
