"""Trying a draft: what simulated agents and approvers do is chosen, and what would come of it is shown as a run is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.refusals import in_words
from inbox.views.operations import steps, words
from inbox.views.operations.page import show
from inbox.views.operations.scenarios import document as documents
from inbox.views.operations.steps import Contents
from intents.kernel import canonical, clock
from intents.kernel.errors import InvalidField
from intents.scenarios import permissions, selectors, trying
from intents.scenarios.compiling import Compiled
from intents.scenarios.models import RunStep, ScenarioDraft
from intents.scenarios.services import drafts
from intents.schemas import bundles
from intents.schemas.bundles import ReadDocument

ANSWERS = {
    "does": _("Does it"),
    "fails": _("Fails"),
    "fails_once": _("Fails once, then does it"),
    "silent": _("Never answers"),
    "approves": _("Approves"),
    "rejects": _("Rejects"),
    "asks": _("Asks the agent first, then approves"),
    "late": _("Answers late"),
}
NOTES = {
    "asked": _("The approver asked the agent."),
    "answered": _("The agent answered."),
    "reminded": _("The approver was reminded."),
    "answered_late": _("The approver answered after the time was over, which was refused."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def try_draft(request: Request, draft_id: UUID) -> HttpResponse:
    """The last try of a draft; sending what is to be played tries it."""
    permissions.ensure_may_apply(ensure_may_watch(request.person))
    draft = selectors.draft(request.person, draft_id)
    read, made = _compiled(request, draft)
    if request.method == "POST" and not made.errors:
        played = {one["step_id"]: request.POST.get(f"play.{one['step_id']}", "") for one in made.program["steps"]}
        went = trying.rehearse(program=made.program, run=read.run, played=played, now=clock.now())
        drafts.keep_try(actor=request.person, draft_id=draft.id, revision=draft.revision, rehearsal=went, played=played)
        return HttpResponseRedirect(f"{reverse('operations-try-draft', args=[draft.id])}#outcome", status=303)
    tried: dict[str, Any] | None = canonical.loads(draft.tried) if draft.tried and not made.errors else None
    known = {
        "draft": draft,
        "errors": [f"{path}: {in_words(said)}" for path, said in made.errors],
        "plays": [] if made.errors else _plays(made.program, (tried or {}).get("played") or {}),
        "title": made.program.get("title") or draft.scenario_id,
    }
    if tried is not None:
        known |= _outcome(made.program["steps"], tried, changed=tried["revision"] != draft.revision)
    return show(request, "scenarios", known, template="scenarios/try")


def _compiled(request: Request, draft: ScenarioDraft) -> tuple[ReadDocument, Compiled]:
    try:
        document = documents.parsed(draft.text)
    except InvalidField as refusal:
        return ReadDocument(), Compiled({}, [("text", refusal.reason)])
    return bundles.compiled(document, actor=request.person)


def _plays(program: Mapping[str, Any], played: Mapping[str, str]) -> list[dict[str, Any]]:
    """The steps that somebody does, and what may be played of each."""
    found = []
    for one in program["steps"]:
        if answers := trying.answers(one):
            choices = [(name, ANSWERS.get(name, name)) for name in answers]
            kind = steps.KINDS.get(one["kind"], one["kind"])
            found.append({"step": one, "kind": kind, "choices": choices, "chosen": played.get(one["step_id"]) or answers[0]})
    return found


def _outcome(program: steps.Steps, tried: Mapping[str, Any], *, changed: bool) -> dict[str, Any]:
    """How a try went, drawn as a run is. A draft that was changed since is drawn as it was tried, as far as it is the
    same."""
    rows = [_row(one) for one in tried["steps"]]
    contents = {one["number"]: _contents(one) for one in tried["steps"]}
    ended_at = datetime.fromisoformat(tried["ended_at"]) if tried["ended_at"] else None
    now = ended_at or datetime.fromisoformat(tried["started_at"])
    state, tone = words.STATES[tried["status"]]
    found = steps.tries(program, rows, ended_at, contents, now=now)
    return {
        "tried": tried,
        "changed": changed,
        "state": state,
        "tone": tone,
        "endless": ended_at is None,
        "nodes": steps.nodes(program, rows, ended_at),
        "edges": steps.edges(program),
        "height": steps.height(program),
        "tries": found,
        "bars": steps.bars(found, ended_at, now=now),
    }


def _row(one: Mapping[str, Any]) -> RunStep:
    """A try as a run would have it; it is stored nowhere."""
    times = {name: datetime.fromisoformat(one[name]) if one[name] else None for name in ("started_at", "ended_at")}
    return RunStep(
        number=one["number"], step_id=one["step_id"], kind=one["kind"], attempt=one["attempt"], state=one["state"], **times
    )


def _contents(one: Mapping[str, Any]) -> Contents:
    notes = [(datetime.fromisoformat(note["at"]), NOTES[note["what"]]) for note in one["notes"]]
    return Contents(one["given"], one["result"], one["error"], notes=notes)
