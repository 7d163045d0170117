"""The scenarios of a workspace, and one of them: its versions, its runs, and running it."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit import addresses
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.operations import words
from inbox.views.operations.page import show
from inbox.views.operations.scenarios import document as documents
from intents.engine.services.idempotency import IdempotencyKey, parse_key, run_once
from intents.kernel import canonical
from intents.kernel.errors import InvalidField
from intents.scenarios import differences, permissions, selectors
from intents.scenarios.differences import Difference
from intents.scenarios.models import ScenarioDraft, ScenarioRun, ScenarioVersion
from intents.scenarios.services import applying, drafts
from intents.scenarios.services.provisioning import Participant
from intents.schemas import bundles

PAGE = 100
MOST_VERSIONS, MOST_RUNS = 20, 10


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version, and what changed from the one before it."""

    row: ScenarioVersion
    changes: list[Difference]
    first: bool


@signed_in
@require_safe
def scenario_list(request: Request) -> HttpResponse:
    person = ensure_may_watch(request.person)
    rows = selectors.definitions(person, after=request.GET.get("after", "")[:255], limit=PAGE + 1)
    writes = permissions.may_apply(person)
    known = {
        "rows": rows[:PAGE],
        "after": rows[PAGE - 1].scenario_id if len(rows) > PAGE else "",
        "drafts": _called(selectors.drafts(person)) if writes else [],
        "writes": writes,
    }
    return show(request, "scenarios", known, template="scenarios/list")


def _called(rows: list[ScenarioDraft]) -> list[tuple[ScenarioDraft, str]]:
    """Drafts with what tells them apart: what their documents are called, and a number where several are called so."""
    called: dict[UUID, str] = {}
    times: Counter[str] = Counter()
    for row in sorted(rows, key=lambda one: one.id):
        name = row.scenario_id or row.title or _("New scenario")
        times[name] += 1
        called[row.id] = f"{name} ({times[name]})" if times[name] > 1 else name
    return [(row, called[row.id]) for row in rows]


@signed_in
@require_safe
def scenario_page(request: Request, scenario_id: str) -> HttpResponse:
    person = ensure_may_watch(request.person)
    upto = addresses.whole(request.GET.get("before", ""))
    rows = selectors.versions(person, scenario_id, limit=MOST_VERSIONS + 1, before=upto)
    newest = selectors.versions(person, scenario_id, limit=1)[0]
    runs = selectors.runs_of(person, scenario_id, limit=MOST_RUNS)
    return show(request, "scenarios", _known(request, newest, rows, runs), template="scenarios/scenario")


def _known(
    request: Request, newest: ScenarioVersion, rows: list[ScenarioVersion], runs: list[ScenarioRun]
) -> dict[str, Any]:
    writes = permissions.may_apply(request.person)
    return {
        "version": newest,
        "document": canonical.loads(newest.document),
        "versions": _lines(rows),
        "older": rows[MOST_VERSIONS - 1].version if len(rows) > MOST_VERSIONS else None,
        "runs": [(one, *words.STATES[one.intent.status]) for one in runs],
        "writes": writes,
        "draft": selectors.draft_of(request.person, newest.scenario_id) if writes else None,
        "form": uuid4().hex,
        "payload": documents.text_of(selectors.payload(runs[0].intent_id) if runs else {}),
    }


def _lines(rows: list[ScenarioVersion]) -> list[VersionLine]:
    read = [canonical.loads(one.document) for one in rows]
    lines = []
    for place, row in enumerate(rows[:MOST_VERSIONS]):
        before = read[place + 1] if place + 1 < len(rows) else None
        changes = [] if before is None else [_shown(one) for one in differences.between(before, read[place])]
        lines.append(VersionLine(row, changes, first=before is None))
    return lines


def _shown(one: Difference) -> Difference:
    """What changed as text, nothing for what was or is not there."""
    before, after = (None if value is differences.ABSENT else canonical.ordered(value) for value in (one.before, one.after))
    return Difference(one.path, before, after)


@acts
def run_version(request: Request, scenario_id: str) -> HttpResponse:
    """Begin a run of the newest version, one however often the same form is sent. Of agents that were registered for it the
    keys are shown, this once."""
    permissions.ensure_may_apply(request.person)
    newest = selectors.versions(request.person, scenario_id, limit=1)[0]
    text = request.POST.get("payload", "").strip() or "{}"
    try:
        payload = documents.parsed(text)
    except InvalidField as refusal:
        raise InvalidField("payload", refusal.reason) from None
    sent = canonical.loads(newest.document)
    sent["intent"] = {**(sent.get("intent") or {}), "payload": payload}
    read, made = bundles.compiled(sent, actor=request.person)
    if made.errors:
        path, said = made.errors[0]
        raise InvalidField(path, said)
    keys: list[Participant] = []

    def begin() -> tuple[int, str]:
        done = applying.apply(actor=request.person, sent=sent, compiled=made, run=read.run)
        keys.extend(one for one in done.participants if one.secret)
        return 200, canonical.dumps({"run_id": str(done.intent.id)})

    stored, again = run_once(idempotency_key=_sending(request, sent), work=begin)
    run_id = canonical.loads(stored.body)["run_id"]
    if keys and not again:
        return show(request, "scenarios", {"run_id": run_id, "version": newest, "keys": keys}, template="scenarios/keys")
    messages.success(request, _("The run began."))
    return redirect("operations-run", intent_id=run_id)


def _sending(request: Request, sent: dict[str, Any]) -> IdempotencyKey:
    """The form that was sent, which is another each time it is shown, and what it said."""
    person, form = request.person, request.POST.get("form", "")[:36] or uuid4().hex
    return parse_key(
        workspace_id=person.workspace_id,
        account_id=person.user_id,
        route=f"POST {request.path}",
        key=f"{form} {hashlib.sha256(canonical.dumps(sent).encode()).hexdigest()}",
        sent=sent,
    )


@acts
def new_scenario(request: Request) -> HttpResponse:
    draft = drafts.begin(actor=request.person, text=documents.text_of(documents.new()))
    return redirect("operations-draft", draft_id=draft.id)


@acts
def edit_scenario(request: Request, scenario_id: str) -> HttpResponse:
    """Leads to the person's draft, which begins from the newest version unless there is one."""
    permissions.ensure_may_apply(request.person)
    newest = selectors.versions(request.person, scenario_id, limit=1)[0]
    text = documents.text_of(canonical.loads(newest.document))
    draft = drafts.begin(actor=request.person, text=text, version=newest)
    return redirect("operations-draft", draft_id=draft.id)


@acts
def discard_draft(request: Request, draft_id: UUID) -> HttpResponse:
    drafts.discard(actor=request.person, draft_id=draft_id)
    messages.success(request, _("Draft discarded."))
    return redirect("operations-scenarios")
