"""Writing a scenario: a form and the document beside it, kept as a draft, and saved as the next version."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from inbox import presentation
from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit import addresses, lengths
from inbox.views.kit.acting import Request, signed_in
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.operations.page import show
from inbox.views.operations.scenarios import document as documents
from inbox.views.operations.scenarios import shown
from inbox.views.operations.scenarios.document import Document
from intents.kernel import canonical
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField, Missing
from intents.scenarios import permissions, selectors
from intents.scenarios.compiling import Problem
from intents.scenarios.models import ScenarioDraft
from intents.scenarios.services import applying, drafts
from intents.schemas import bundles

ROWS = ("add", "remove", "up", "down")
LEAVES = ("save", "try")
"""What leads away from the page, and may be pressed again before that has come."""


@dataclass(slots=True)
class Written:
    """What the page says: the `text`, the document that it is (None where it is no JSON), what is wrong with it, and the
    path of the row to be looked at. `theirs` is what somebody else made of it meanwhile."""

    text: str
    document: Document | None = None
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    looked_at: str = ""
    theirs: "Theirs | None" = None


@dataclass(frozen=True, slots=True)
class Theirs:
    """Another version of what is edited: another one's of the scenario, or the same person's draft in another window."""

    text: str
    number: int
    scenario_id: str = ""
    of_draft: bool = False
    by: str = ""
    at: Any = None


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_draft(request: Request, draft_id: UUID) -> HttpResponse:
    """The form of a draft. What is sent is kept with it, whatever is wrong with it; only `save` makes a version."""
    permissions.ensure_may_apply(ensure_may_watch(request.person))
    if request.method != "POST":
        draft = selectors.draft(request.person, draft_id)
        return _page(request, draft, _checked(request, Written(draft.text)))
    try:
        return _taken(request, draft_id)
    except Missing:
        if request.POST.get("do", "") not in LEAVES:
            raise
        messages.info(request, _("This draft is gone: it was saved or discarded meanwhile."))
        return HttpResponseRedirect(reverse("operations-scenarios"), status=303)


def _taken(request: Request, draft_id: UUID) -> HttpResponse:
    draft = selectors.draft(request.person, draft_id)
    does, _colon, path = request.POST.get("do", "").partition(":")
    if does == "theirs":
        return _take_theirs(request, draft)
    written = _sent(request, draft, does, path)
    try:
        # Keeping mine replaces whatever another window made of the draft.
        known = None if does == "mine" else _number(request, "draft", draft.revision)
        draft = drafts.keep(
            actor=request.person, draft_id=draft_id, text=written.text, revision=known, window=_window(request)
        )
    except ChangedMeanwhile:
        draft = selectors.draft(request.person, draft_id)
        written.theirs = Theirs(draft.text, draft.revision, of_draft=True, at=draft.changed_at)
        return _page(request, draft, _checked(request, written))
    except InvalidField as refusal:
        written.errors.append(("text", refusal.reason))
        return _page(request, draft, written)
    if does == "try":
        return HttpResponseRedirect(reverse("operations-try-draft", args=[draft.id]), status=303)
    written = _checked(request, written)
    saves = does == "save" or (does == "mine" and path != "draft")
    if saves and written.document is not None and not written.errors:
        return _saved(request, draft, written, over=path if does == "mine" else "")
    return _page(request, draft, written, tried=saves)


def _window(request: Request) -> str:
    """The page that sends, as it was named when it was opened, and how manieth it sends."""
    return request.POST.get("window", "")[:36]


def _number(request: Request, name: str, otherwise: int) -> int:
    number = addresses.whole(request.POST.get(name, ""))
    return otherwise if number is None else number


def _sent(request: Request, draft: ScenarioDraft, does: str, path: str) -> Written:
    """What a browser sent: the text where that was changed, else the fields written into it."""
    text = request.POST.get("text", draft.text).replace("\r\n", "\n")
    drawn = request.POST.get("drawn", "")
    written = Written(text)
    try:
        document = documents.parsed(text)
    except InvalidField:
        return written
    if does == "text" or (drawn and drawn != _digest(text)):
        return written
    documents.sent(document, request.POST)
    if does in ROWS:
        written.looked_at = documents.changed(document, does, path)
    try:
        canonical.check(document)
    except InvalidField as refusal:
        written.errors.append((str(refusal.details["field"]), refusal.reason))
        return written
    written.text = documents.text_of(document)
    return written


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(request: Request, written: Written) -> Written:
    """With what is wrong with it: by the same code as the API's."""
    try:
        written.document = documents.parsed(written.text)
    except InvalidField as refusal:
        written.errors.append(("text", refusal.reason))
        return written
    _read, made = bundles.compiled(written.document, actor=request.person)
    written.errors += made.errors
    written.warnings += made.warnings
    return written


def _take_theirs(request: Request, draft: ScenarioDraft) -> HttpResponse:
    """Go on from what is stored: the newest version, or the draft as another window left it. What was written under the id
    of another scenario stays a draft of its own."""
    scenario_id = request.POST.get("theirs_of", "")
    newest = selectors.newest(request.person.workspace_id, scenario_id) if scenario_id else None
    if newest is not None:
        text = documents.text_of(canonical.loads(newest.document))
        if scenario_id == draft.scenario_id:
            drafts.keep(actor=request.person, draft_id=draft.id, text=text, revision=None, base=newest.version)
        else:
            draft = drafts.begin(actor=request.person, text=text, version=newest)
    return HttpResponseRedirect(reverse("operations-draft", args=[draft.id]), status=303)


def _saved(request: Request, draft: ScenarioDraft, written: Written, *, over: str) -> HttpResponse:
    """`over` is the version of somebody else that is replaced knowingly."""
    assert written.document is not None
    _read, made = bundles.compiled(written.document, actor=request.person)
    scenario_id = made.program["scenario_id"]
    # Under another id it is another scenario, which nobody may have yet.
    base = draft.base if scenario_id == draft.scenario_id else 0
    if (replaced := addresses.whole(over)) is not None:
        base = replaced
    try:
        version = applying.save(actor=request.person, sent=written.document, compiled=made, base=base)
    except ChangedMeanwhile:
        newest = selectors.newest(request.person.workspace_id, scenario_id)
        assert newest is not None
        theirs = documents.text_of(canonical.loads(newest.document))
        written.theirs = Theirs(theirs, newest.version, scenario_id, by=newest.created_by, at=newest.created_at)
        return _page(request, draft, written)
    except Conflict as refusal:
        messages.error(request, in_a_sentence(refusal.message))
        return _page(request, draft, written)
    with suppress(Missing):  # the same was sent twice at once
        drafts.discard(actor=request.person, draft_id=draft.id)
    same = version.version == base
    said = _("Nothing changed: version %(version)s stays.") if same else _("Saved as version %(version)s.")
    messages.success(request, said % {"version": version.version})
    return HttpResponseRedirect(reverse("operations-scenario", args=[scenario_id]), status=303)


def _page(request: Request, draft: ScenarioDraft, written: Written, *, tried: bool = False) -> HttpResponse:
    document = written.document if written.document is not None else _last(draft)
    given = request.POST
    general, durability = shown.general(document, given), shown.durability(document, given)
    agents, humans = shown.people(document, "agents", given), shown.people(document, "humans", given)
    did = given.get("do", "").partition(":")[0]
    steps = shown.step_views(document, written.looked_at, did, given)
    names = ["text", *shown.names(general, durability, people=[*agents, *humans], of=steps)]
    # Of one that nobody has begun to write it is no news what is missing.
    fresh = request.method != "POST" and draft.text == documents.text_of(documents.new())
    faults = [] if fresh else shown.faults(written.errors, names)
    errors: dict[str, str] = {}
    for fault in reversed(faults):
        if fault.field:
            errors[fault.field] = f"{presentation.capitalised(fault.words)}."
    # Who types on without choosing has not seen what the other window made of the draft: it is told again.
    unseen = written.theirs is not None and written.theirs.of_draft
    known = {
        "draft": draft,
        "revision": _number(request, "draft", draft.revision) if unseen else draft.revision,
        "window": _window(request).partition(".")[0] or uuid4().hex[:20],
        "did": did,
        "text": written.text,
        "drawn": _digest(written.text),
        "is_json": written.document is not None,
        "title": document.get("title") or document.get("scenario_id") or "",
        "general": general,
        "durability": durability,
        "agents": agents,
        "humans": humans,
        "steps": steps,
        "steps_path": documents.steps_path(document),
        "macro": documents.at(document, "workflow.macro_id"),
        "errors": errors,
        "faults": faults,
        "warnings": shown.faults(written.warnings, names),
        "looked_at": written.looked_at,
        "theirs": written.theirs,
        "tried": tried,
        "fresh": fresh,
        "units": lengths.UNIT_WORDS,
        "path_here": reverse("operations-draft", args=[draft.id]),
    } | shown.graph(document, faults)
    # What asks as one types takes the page whatever is wrong with it.
    status = 200 if request.headers.get("HX-Request") else 409 if written.theirs else 422 if tried and faults else 200
    answered = show(request, "scenarios", known, template="scenarios/editor")
    answered.status_code = status
    return answered


def _last(draft: ScenarioDraft) -> Document:
    """The document whose fields are shown beside a text that is no JSON: none of them, but those of a new one."""
    try:
        return documents.parsed(draft.text)
    except InvalidField:
        return documents.new()
