"""The page of an intent for those who watch, and what those who repair do to it."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.notifications import wording
from inbox.operations import about, evidence, selectors
from inbox.operations.bounds import TooBroad
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.operations.query import LONGEST
from inbox.tasks import selectors as tasks
from inbox.views.kit import words as outcomes
from inbox.views.kit.acting import Request, acts, confirmed, signed_in
from inbox.views.kit.bindings import BINDINGS
from inbox.views.operations import timeline, words
from inbox.views.operations.intents import list_url
from inbox.views.operations.listed import listed, url, waits_for
from inbox.views.operations.page import show
from inbox.vocabulary import unsent
from intents.engine import chains, continuations, erasing, histories
from intents.engine import selectors as engine
from intents.engine.lifecycle import TERMINAL, Status, WaitReason
from intents.engine.models import Intent, IntentEvent
from intents.engine.services import controls, rerun, resolve, resume, work
from intents.kernel.actors import Person
from intents.kernel.errors import InvalidField
from intents.retention.services import requests

HEX = re.compile(r"[0-9a-f]{32}")
EVENTS = 500
"""Events that are shown, the latest."""
EVENTS_BYTES = 1024 * 1024
STEPS = 100
STEPS_BYTES = 256 * 1024


@signed_in
@require_safe
def intent_page(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_watch(request.person)
    intent = engine.intent(person, intent_id)
    q = _q(request.GET.get("q", ""))
    (row,) = selectors.rows([intent])
    details = engine.details([intent.id])[intent.id]
    ending = about.json(details.ending) or {}
    history = _history(intent)
    only = request.GET.get("show", "")
    steps, more_steps = engine.stored_steps(intent, after=None, steps=STEPS, size=STEPS_BYTES)
    drawn, children = timeline.bars(history, about.waits(intent), now=row.now), about.children(intent)
    known: dict[str, Any] = {
        "one": listed(row),
        "waits_for": _waits_for(row, children),
        "row": row,
        "intent": intent,
        "q": q,
        "payload": tasks.body(intent).as_sent,
        "result": ending.get("result"),
        "error": ending.get("error"),
        "reason": ending.get("reason"),
        "checkpoint": about.json(details.checkpoint),
        "bars": drawn,
        "began": min((one.start for one in drawn), default=intent.created_at),
        "until": max((one.end or row.now for one in drawn), default=row.now),
        "events": timeline.shown(history, only=only, since=intent.created_at),
        "event_count": intent.seq,
        "kinds": [(name, said, name == only) for name, (said, _types) in words.KINDS.items()],
        "only": only,
        "steps": [(one, about.json(one.result)) for one in steps],
        "more_steps": more_steps,
        "children": [(one, *words.STATES[one.status], url(one.id, "")) for one in children],
        "parent": url(intent.parent_id, "") if intent.parent_id else "",
        "tasks": [(one, words.TASKS.get(one.state, one.state), _decided(one)) for one in about.tasks(intent)],
        "sent_to": [
            (one, words.DELIVERIES[one.state], BINDINGS.get(one.binding, one.binding)) for one in about.deliveries(intent)
        ],
        "events_sent": [(one, *words.POSTS[one.state], unsent.fault(one.fault)) for one in about.events_sent(intent)],
        "clients_told": [(one, *words.POSTS[one.state], unsent.fault(one.fault)) for one in about.told(intent)],
        "messages_sent": [_message(one) for one in about.messages(intent)],
        "fault": chains.chain_fault(intent),
        "address": request.get_full_path(),
        "over": intent.status in TERMINAL,
        "run": continuations.is_run(intent),
        "rerunnable": intent.status in rerun.RERUNNABLE and details.rerun_as is None,
        "asks_people": bool(details.human_task),
        "rerun_of": url(intent.rerun_of_id, "") if intent.rerun_of_id else "",
        "rerun_as": (details.rerun_as, url(details.rerun_as, "")) if details.rerun_as else None,
        "erased": next(iter(erasing.erased([intent.id])), None) if details.erased_at else None,
        "base_url": settings.BASE_URL,
        "agents": [one for one in selectors.known_values(person)["agent"] if one != intent.mailbox],
    }
    return show(request, "intents", known | _beside(person, q, intent), template="intent")


@signed_in
@require_safe
def evidence_file(request: Request, intent_id: UUID) -> HttpResponse:
    """The evidence of an intent as a file, as `GET /v1/intents/{id}/evidence` answers with it."""
    named = {"Content-Disposition": f'attachment; filename="evidence-{intent_id}.json"'}
    return JsonResponse(evidence.bundle(request.person, intent_id), json_dumps_params={"ensure_ascii": False}, headers=named)


def _waits_for(row: selectors.Watched, children: Sequence[about.Relative]) -> str:
    """What an intent waits for, in words; nothing where a time alone is waited for."""
    if row.intent.waiting_reason != WaitReason.AGENT:
        return waits_for(row)
    direct = [one for one in children if one.depth == 1]
    still = sum(one.status not in TERMINAL for one in direct)
    if not direct:
        return _("another agent")
    return _("children: %(open)s of %(all)s still open") % {"open": still, "all": len(direct)}


def _decided(task: about.TaskOf) -> str:
    """What became of a task, and by whom; "" where nothing did. A policy closes it by itself."""
    outcome = outcomes.done(task.outcome) if task.outcome else ""
    return _("%(outcome)s by %(name)s") % {"outcome": outcome, "name": task.by} if outcome and task.by else outcome


def _q(text: str) -> str:
    """The query of the list that one comes from; one that means nothing is none."""
    try:
        return selectors.read(text[:LONGEST]).text
    except InvalidField:
        return ""


def _beside(person: Person, q: str, intent: Intent) -> dict[str, str]:
    """The pages of the intents before and after this one in the list that one comes from, unless that takes too long."""
    try:
        newer, _cursor = selectors.page(person, q, intent.id, 1, newer=True)
        older, _cursor = selectors.page(person, q, intent.id, 1)
    except TooBroad:
        newer = older = []
    return {
        "before": url(newer[0].id, q) if newer else "",
        "after": url(older[0].id, q) if older else "",
    }


def _message(one: about.MessageOf) -> tuple[about.MessageOf, object, object, object]:
    """A message with its channel, what it is about and its state in words."""
    said = wording.SAYS.get(one.kind, one.kind)
    return one, words.CHANNELS.get(one.channel, one.channel), said, words.MESSAGES.get(one.state, one.state)


def _history(intent: Intent) -> list[IntentEvent]:
    since = max(0, intent.seq - EVENTS)
    return histories.chunks({intent.id: since}, events=EVENTS, size=EVENTS_BYTES).get(intent.id, histories.Chunk()).events


def _reason(request: Request) -> str:
    """Why something is done, for the record. Raises InvalidField."""
    said = " ".join(request.POST.get("reason", "").split())[:1000]
    if not said:
        raise InvalidField("reason", "say why: it is kept with the history")
    return said


def _back(request: Request, intent_id: UUID, said: str) -> HttpResponse:
    messages.success(request, said)
    q = _q(request.POST.get("q", ""))
    if "to_list" not in request.POST:
        return redirect(url(intent_id, q))
    after = request.POST.get("after", "")
    return redirect(list_url(q, UUID(after) if HEX.fullmatch(after) else None))


@acts
def cancel(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    reason = _reason(request)
    resolve.resolve(actor=person, intent_id=intent_id, status=Status.CANCELED, details={"reason": reason})
    return _back(request, intent_id, _("The intent is canceled."))


@acts
def run_again(request: Request, intent_id: UUID) -> HttpResponse:
    """Leads to the new intent, whether this made it or it was there."""
    person = ensure_may_repair(request.person)
    made = rerun.run_again(actor=person, intent_id=intent_id, reason=_reason(request))
    if "to_list" in request.POST:
        said = _("The intent is run again, as a new one.") if made.applied else _("It was run again already.")
        return _back(request, intent_id, said)
    said = _("This is the new intent. It is on its way.") if made.applied else _("It was run again already, as this intent.")
    messages.success(request, said)
    return redirect(url(made.intent_id, ""))


@acts
def resume_wait(request: Request, intent_id: UUID) -> HttpResponse:
    """End the wait, whatever for: the agent gets the intent again."""
    person = ensure_may_repair(request.person)
    body = {"reason": _reason(request), "resumed_by": person.label}
    resume.resume(actor=person, intent_id=intent_id, body=body)
    return _back(request, intent_id, _("The wait is over. The agent gets the intent again."))


@acts
def transfer(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    to_agent = request.POST.get("to_agent", "").strip()
    if not to_agent:
        raise InvalidField("to_agent", "say to which agent")
    work.transfer(actor=person, intent_id=intent_id, to_agent=to_agent, reason=_reason(request))
    return _back(request, intent_id, _("The intent is transferred to %(agent)s.") % {"agent": to_agent})


@acts
@confirmed
def erase(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_watch(request.person)
    requests.erase(actor=person, workspace_id=person.workspace_id, intent_id=intent_id, reason=_reason(request))
    return _back(request, intent_id, _("The data of the intent is erased."))


@acts
def set_deadline(request: Request, intent_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    hours = request.POST.get("hours", "")
    if not hours.isdigit() or not 1 <= int(hours) <= 24 * 366:
        raise InvalidField("hours", "a whole number of hours from 1 to 8784")
    patch = {"timeout_seconds": 3600 * int(hours)}
    controls.patch_controls(actor=person, intent_id=intent_id, patch=patch, reason=_reason(request))
    return _back(request, intent_id, _("The deadline is set."))
