"""What happens when nobody decides: read by all, kept by owners and admins."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from inbox.calendars import selectors as calendar_selectors
from inbox.escalation import selectors
from inbox.escalation.models import Policy
from inbox.escalation.services import planning, policies
from inbox.plans.escalation import Escalation, Least, Match
from inbox.schemas.requests import CreatePolicy
from inbox.tasks import audience
from inbox.views.kit import identity, lengths
from inbox.views.kit.acting import Request, acts, confirmed, signed_in
from inbox.views.kit.refusals import in_words
from inbox.views.kit.revisions import Meanwhile
from inbox.views.settings.page import show
from inbox.views.settings.policies import form as policy_form
from inbox.views.settings.policies import several, trying
from inbox.views.settings.policies import words as policy_words
from inbox.views.settings.policies.form import Form, LevelFields, beside
from inbox.vocabulary import roles
from inbox.vocabulary.kinds import RISK_WORDS
from intents.kernel import canonical, clock
from intents.kernel.actors import ADMINS
from intents.kernel.errors import ChangedMeanwhile, Conflict, InvalidField

KINDS = {"role": _("Roles"), "manager": _("Roles"), "oncall": _("On call"), "group": _("Groups"), "person": _("People")}
page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy as the list has it."""

    row: Policy
    for_what: str
    happens: list[str]


@signed_in
@require_safe
def policy_list(request: Request) -> HttpResponse:
    names = trying.names(request)
    rows = [_line(row, names) for row in selectors.policies(request.person.workspace_id)]
    return show(request, "policies", {"rows": rows, "manages": request.person.role in ADMINS})


def _line(row: Policy, names: policy_words.Names) -> PolicyLine:
    try:
        match = Match.model_validate(canonical.loads(row.match))
        escalation = Escalation.model_validate(canonical.loads(row.escalation))
        least = Least.model_validate(canonical.loads(row.least))
    except planning.UNREADABLE:
        said = _("This policy can't be read, so new tasks are made without it. Save it again or delete it.")
        return PolicyLine(row, str(said), [])
    happens = policy_words.happens(escalation, names, working=row.calendar is not None)
    return PolicyLine(row, policy_words.for_what(match), [*happens, *policy_words.needs(least)])


@page
@sensitive_post_parameters()
@signed_in
def create(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    return _edited(request, None, Form())


@page
@sensitive_post_parameters()
@signed_in
def edit(request: Request, policy_id: UUID) -> HttpResponse:
    """The form of a policy; for who may not change it, the policy in words."""
    row = selectors.policy(request.person, policy_id)
    if request.method == "POST":
        roles.ensure_manages(request.person)
    if request.person.role in ADMINS:
        return _edited(request, row, _stored(row))
    names = trying.names(request)
    try:
        escalation = Escalation.model_validate(canonical.loads(row.escalation))
    except planning.UNREADABLE:
        return show(request, "policies", {"line": _line(row, names)}, template="policy_read")
    steps, start = trying.steps(request, escalation, row.calendar, clock.now(), agent="")
    return show(
        request, "policies", {"line": _line(row, names)} | trying.preview(steps, start, names), template="policy_read"
    )


def _stored(row: Policy) -> Form:
    """A policy to be changed; one that cannot be read with its name alone."""
    try:
        return policy_form.of_policy(row)
    except planning.UNREADABLE:
        return Form(name=row.name)


@acts
@confirmed
def delete(request: Request, policy_id: UUID) -> HttpResponse:
    policies.delete(actor=request.person, policy_id=policy_id)
    messages.success(
        request,
        _("Policy deleted. Open tasks keep their current plan."),
    )
    return redirect("settings-policies")


@acts
@confirmed
def move(request: Request, policy_id: UUID) -> HttpResponse:
    later = request.POST.get("by") == "later"
    row = policies.move(actor=request.person, policy_id=policy_id, by=1 if later else -1)
    said = _("%(policy)s moved down.") if later else _("%(policy)s moved up.")
    messages.success(request, said % {"policy": row.name})
    return redirect("settings-policies")


def _edited(request: Request, row: Policy | None, form: Form) -> HttpResponse:
    """What the pressed button does: a row more or less, a preview, or saving. Only saving changes anything."""
    sent = request.POST
    does, _, path = sent.get("do", "").partition(":")
    errors: dict[str, str] = {}
    changed: Meanwhile | None = None
    revision = sent.get("revision") or (row.revision if row else "")
    if request.method == "POST":
        form = policy_form.of_sent(sent, without=path if does == "remove" else "")
        if does == "save":
            body, errors = form.read()
            if unshown := identity.unshown(request, request.user):
                errors = {"identity": unshown} | errors
            if body is not None and not errors:
                try:
                    return _saved(request, row, body, revision=str(revision))
                except ChangedMeanwhile:
                    assert row is not None
                    changed, revision = _meanwhile(request, row), row.revision
                except (InvalidField, Conflict) as error:
                    said = in_words(getattr(error, "reason", error.message))
                    errors = beside([(error.details.get("field", "name"), said)])
    ids = [row.id] if row else []
    people = _people(request)
    known_values = {value for _, choices in people for value, _ in choices}
    known: dict[str, Any] = {
        "form": form,
        "errors": errors,
        "row": row,
        "revision": revision,
        "meanwhile": changed,
        "units": lengths.UNIT_WORDS,
        "compares": policy_form.COMPARES,
        "risks": [(risk, capfirst(words)) for risk, words in reversed(RISK_WORDS.items())],
        "ends": policy_words.ENDS,
        "people": people,
        "gone": {one.to for one in form.levels if one.to} - known_values,
        "calendars": [one.name for one in calendar_selectors.calendars(request.person).order_by("name")],
        "levels": _rows("escalation.levels", form.levels),
        "conditions": _rows("match.payload", form.conditions),
        "duties": policy_words.DUTIES,
        "grants": policy_words.GRANTS,
        "missing": several.MISSING,
        "path_here": reverse("settings-policy", args=ids) if row else reverse("settings-create-policy"),
    }
    confirming = reverse("confirm-policy", args=ids) if row else reverse("confirm-create-policy")
    known |= identity.of_form(request, request.user, here=known["path_here"], confirming=confirming)
    if does == "add":
        known |= _added(sent, path)
    known |= trying.tried(request, form, row, replay=does == "replay")
    return show(request, "policies", known, template="policy", status=409 if changed else 422 if errors else 200)


def _added(sent: QueryDict, what: str) -> dict[str, tuple[str, Any]]:
    """One more row to be filled in: its path and what it begins with."""
    if what == "level":
        path = policy_form.new_row(sent, "escalation.levels", "to")
        return {"new_level": (path, LevelFields(lengths.Length("1", "hours")))} if path else {}
    path = policy_form.new_row(sent, "match.payload", "field")
    return {"new_condition": (path, policy_form.ConditionFields())} if path else {}


def _rows(path: str, rows: list[Any]) -> list[tuple[str, Any]]:
    """Each with its path."""
    return [(f"{path}.{number}", one) for number, one in enumerate(rows)]


def _meanwhile(request: Request, row: Policy) -> Meanwhile:
    """Their version of a policy, in words."""
    line = _line(row, trying.names(request))
    said = [(_("Name"), row.name), (_("Applies to"), line.for_what), (_("What happens"), " ".join(line.happens))]
    said += [(_("Working hours"), row.calendar.name)] if row.calendar else []
    return Meanwhile(row, [(str(label), str(words)) for label, words in said])


def _saved(request: Request, row: Policy | None, body: CreatePolicy, *, revision: str) -> HttpResponse:
    given: dict[str, Any] = {name: getattr(body, name) for name in ("name", "match", "escalation", "calendar", "least")}
    if row is None:
        place = policies.last_place(actor=request.person)
        saved = policies.create(actor=request.person, place=place, **given)
    else:
        expected = int(revision) if revision.isascii() and revision.isdigit() else None
        saved = policies.update(actor=request.person, policy_id=row.id, expected_revision=expected, **given)
    messages.success(request, _("The policy %(policy)s is saved. Changes apply to new tasks only.") % {"policy": saved.name})
    return HttpResponseRedirect(reverse("settings-policies"), status=303)


def _people(request: Request) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom a level may ask: (kind, [(value, words)])."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in audience.askable(request.person):
        named = one.name if one.kind in ("group", "person") else capfirst(policy_words.asked(one.to, {}))
        found.setdefault(str(KINDS[one.kind]), []).append((one.to, named))
    return list(found.items())
