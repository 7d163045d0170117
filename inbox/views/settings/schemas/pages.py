"""Which schemas the payloads of intents are checked by. For owners and admins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from inbox.views.kit.acting import Request, asks, sent, signed_in
from inbox.views.kit.refusals import in_words
from inbox.views.settings.page import FormPage, ask, show
from inbox.views.settings.schemas.form import MODES, SHORT, NewSchemaForm, PayloadForm, SchemaForm, first_of
from inbox.vocabulary import roles
from intents.kernel import canonical
from intents.kernel.errors import Missing
from intents.semantics import selectors, trying
from intents.semantics.models import Mode, SemanticSchema
from intents.semantics.services import registering

TAB = "schemas"


@signed_in
@require_safe
def schema_list(request: Request) -> HttpResponse:
    """The types, each by its newest version."""
    roles.ensure_manages(request.person)
    found: dict[str, list[SemanticSchema]] = {}
    for row in selectors.schemas(request.person).defer("document"):
        found.setdefault(row.base, []).append(row)
    types = [(rows[0], SHORT[Mode(rows[0].mode)], len(rows)) for rows in found.values()]
    return show(request, TAB, {"types": types})


@asks
def schema_page(request: Request, schema_id: UUID) -> HttpResponse:
    """A version, the others of its type, and a form to try a payload."""
    roles.ensure_manages(request.person)
    row = selectors.schema_by_id(request.person, schema_id)
    form = PayloadForm(sent(request))
    tried: trying.TriedPayload | None = None
    if form.is_bound and form.is_valid():
        try:
            tried = trying.tried(request.person, row.semantic_type, form.cleaned_data["payload"])
        except Missing:
            form.add_error("payload", _("This version is not active, so nothing is checked by it."))
    known = {
        "row": row,
        "mode": MODES[Mode(row.mode)],
        "document": canonical.loads(row.document),
        "versions": [
            (one, SHORT[Mode(one.mode)]) for one in selectors.schemas(request.person).filter(base=row.base).defer("document")
        ],
        "form": form,
        "tried": tried,
        "mismatches": [(place, in_words(words)) for place, words in tried.wrong] if tried else [],
    }
    return show(request, TAB, known, template="schema", status=422 if form.errors else 200)


@asks
def new_schema(request: Request, schema_id: UUID | None = None) -> HttpResponse:
    """A new type, or the next version of the type of a schema."""
    roles.ensure_manages(request.person)
    before = selectors.schema_by_id(request.person, schema_id) if schema_id else None
    newest = selectors.schemas(request.person).filter(base=before.base).first() if before else None
    page = FormPage(
        tab=TAB,
        route="new-schema-version" if before else "new-schema",
        ids=(before.id,) if before else (),
        title=_("New version of %(type)s") % {"type": before.base} if before else _("New schema"),
        button=_("Save"),
        back=reverse("settings-schema", args=[before.id]) if before else reverse("settings-schemas"),
        back_words=before.semantic_type if before else _("All schemas"),
    )
    first = first_of(before, next_version=newest.version + 1) if before and newest else {}
    return ask(request, page, NewSchemaForm(sent(request), initial=first), _saving(request), else_at="schema_json")


@asks
def edit_schema(request: Request, schema_id: UUID) -> HttpResponse:
    roles.ensure_manages(request.person)
    row = selectors.schema_by_id(request.person, schema_id)
    page = FormPage(
        tab=TAB,
        route="edit-schema",
        ids=(row.id,),
        title=_("Change %(type)s") % {"type": row.semantic_type},
        button=_("Save"),
        back=reverse("settings-schema", args=[row.id]),
        back_words=row.semantic_type,
    )
    form = SchemaForm(sent(request), initial=first_of(row))
    return ask(request, page, form, _saving(request, row), else_at="schema_json")


def _saving(request: Request, row: SemanticSchema | None = None) -> Any:
    def save(given: Mapping[str, Any]) -> HttpResponse:
        saved = registering.register(
            actor=request.person,
            semantic_type=row.semantic_type if row else given["semantic_type"].strip(),
            schema=given["schema_json"],
            mode=Mode(given["mode"]),
            schema_ref=row.schema_ref if row else "",
            active=given["active"],
            new=row is None,
            expected_revision=given["revision"] if row else None,
        )
        messages.success(request, _("Saved. Payloads are checked by it from now on.") if saved.active else _("Saved."))
        return redirect("settings-schema", schema_id=saved.id)

    return save
