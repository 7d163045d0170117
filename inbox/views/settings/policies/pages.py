"""What happens when nobody decides: read by all, kept by owners and admins."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from inbox.assignees.services.principals import Names
from inbox.assignees.services.resolution import Asker
from inbox.calendars import selectors as calendar_selectors
from inbox.calendars.models import Calendar
from inbox.escalation import forecast, selectors
from inbox.escalation.models import Policy
from inbox.escalation.services import planning, policies
from inbox.escalation.services import replay as replaying
from inbox.plans.escalation import Escalation, Least, Match
from inbox.schemas.requests import CreatePolicy
from inbox.tasks import audience
from inbox.views.kit import identity, lengths
from inbox.views.kit.acting import Request, acts, confirmed, signed_in
from inbox.views.kit.refusals import in_words
from inbox.views.kit.revisions import Meanwhile
from inbox.views.settings.page import show
from inbox.views.settings.policies import form as policy_form
from inbox.views.settings.policies import replayed, several, timeline
from inbox.views.settings.policies import words as policy_words
from inbox.views.settings.policies.form import Form, LevelFields, beside
from inbox.vocabulary import roles
from inbox.vocabulary.kinds import RISK_WORDS
from intents.accounts import selectors as roster
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
    names = _names(request)
    rows = [_line(row, names) for row in selectors.policies(request.person.workspace_id)]
    return show(request, "policies", {"rows": rows, "manages": request.person.role in ADMINS})


def _names(request: Request) -> policy_words.Names:
    """How members are called, by their addresses."""
    return {one.user.email: one.user.name for one in roster.members(request.person) if one.user.name}


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
    names = _names(request)
    try:
        escalation = Escalation.model_validate(canonical.loads(row.escalation))
    except planning.UNREADABLE:
        return show(request, "policies", {"line": _line(row, names)}, template="policy_read")
    steps, start = _steps(request, escalation, row.calendar, clock.now(), agent="")
    return show(request, "policies", {"line": _line(row, names)} | _preview(steps, start, names), template="policy_read")


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
    known |= _tried(request, form, row, replay=does == "replay")
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
    line = _line(row, _names(request))
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
        named = one.name if one.kind in ("group", "person") else policy_words.asked(one.to, {})
        found.setdefault(str(KINDS[one.kind]), []).append((one.to, f"{named[:1].upper()}{named[1:]}"))
    return list(found.items())


def _tried(request: Request, form: Form, row: Policy | None, *, replay: bool) -> dict[str, Any]:
    """What would happen by a form, if a task came at the time that it names, and with `replay` what would have happened
    last week, were it in place of `row`; or why that cannot be told yet."""
    body, wrong = form.read()
    at = request.POST.get("at", "")
    known: dict[str, Any] = {"at": at}
    wrong.pop("name", None)
    if body is None and wrong:
        return known | {"not_yet": next(iter(wrong.values()))}
    if body is None:
        body = CreatePolicy.model_validate(form.body() | {"name": "x"})
    try:
        calendar = policies.checked(
            actor=request.person, match=body.match, escalation=body.escalation, calendar=body.calendar
        )
        start = _moment(at) or clock.now()
    except InvalidField as error:
        said = in_words(error.reason)
        return known | {"not_yet": f"{said[:1].upper()}{said[1:]}."}
    steps, start = _steps(request, body.escalation, calendar, start, agent=_an_agent(request, body.match))
    names = _names(request)
    if replay:
        result = replaying.try_on_last_week(
            actor=request.person,
            match=body.match,
            escalation=body.escalation,
            calendar=calendar,
            place=row.place if row else policies.last_place(actor=request.person),
            instead_of=row.id if row else None,
        )
        known["replay"] = replayed.summary(result, names)
    return known | _preview(steps, start, names)


def _an_agent(request: Request, match: Match) -> str:
    """An agent of the workspace whose tasks may fit, nothing when the rules name none of them."""
    if match.agents is None:
        return ""
    return next((one.name for one in roster.agents(request.person, clock.now()) if match.is_for(one.name)), "")


def _moment(text: str) -> datetime | None:
    """What a field for date and time says, in the person's zone. Raises InvalidField."""
    if not text:
        return None
    try:
        found = timezone.make_aware(datetime.fromisoformat(text))
        if not 2000 <= found.year < 2200:
            raise ValueError(text)
        return found
    except ValueError:
        raise InvalidField("at", "the time is a date and an hour, like 2026-01-31T09:00") from None


def _steps(
    request: Request, escalation: Escalation, calendar: Calendar | None, start: datetime, *, agent: str
) -> tuple[list[forecast.Next], datetime]:
    """What would happen to a task of `agent` that came at `start`."""
    spec = {"task_type": "approval", "allowed_outcomes": [escalation.end.outcome or "approved"]}
    workspace_id = request.person.workspace_id
    made = planning.of(ladder=escalation, names=Names(workspace_id), spec=spec, calendar=calendar, policy=None, now=start)
    return forecast.of_plan(made, Asker(workspace_id=workspace_id, agent=agent)), start


def _preview(steps: list[forecast.Next], start: datetime, names: policy_words.Names) -> dict[str, Any]:
    return {
        "timeline": timeline.drawn(steps, start, names),
        "short": timeline.in_one_line(steps, names),
        "width": timeline.WIDTH,
    }
