"""Standing grants: what people decide in advance. Each their own, owners and admins everybody's."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from inbox import presentation
from inbox.standing import permissions, selectors
from inbox.standing import suggestions as suggesting
from inbox.standing.preview import preview
from inbox.standing.services import granting
from inbox.standing.suggestions import Suggestion
from inbox.views.kit import form_page, identity
from inbox.views.kit import words as kit_words
from inbox.views.kit.acting import Request, acts, asks_confirmed, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from inbox.views.settings.standing import words
from inbox.views.settings.standing.form import GrantForm, RevokeForm, Said, StandingRulesForm, until
from inbox.views.settings.standing.previewed import Previewed, summary
from inbox.vocabulary import kinds, principals, roles
from inbox.vocabulary.kinds import RISK_WORDS
from intents.kernel import clock
from intents.kernel.actors import ADMINS

SHOWN = 100
"""Grants, and uses of one, that a page has."""
FIRST = {"outcome": "approved", "risk": "low", "days": 30, "day_count": 20}


@signed_in
@require_safe
def grant_list(request: Request) -> HttpResponse:
    person, now = request.person, clock.now()
    over = request.GET.get("state") == "over"
    found = selectors.grants(person)
    rows = list((selectors.over if over else selectors.in_force)(found)[: SHOWN + 1])
    used = selectors.used_now(rows[:SHOWN], now=now)
    highest = selectors.highest_risk(person.workspace_id)
    known = {
        "lines": [words.line(row, used[row.id], now=now) for row in rows[:SHOWN]],
        "more": len(rows) > SHOWN,
        "over": over,
        "highest": RISK_WORDS.get(highest, ""),
        "may_grant": bool(highest) and person.role in principals.DECIDERS,
        "manages": person.role in ADMINS,
        "suggestions": [] if over else suggested(request),
    }
    return show(request, "standing", known, template="standing/grants")


def suggested(request: Request) -> list[dict[str, Any]]:
    """What is suggested to the person, each with its words and the address of the form that it fills in."""
    found = [(one, _decision(one.outcome)) for one in suggesting.suggestions(request.person)]
    return [_suggested(one, decision) for one, decision in found if decision]


def _decision(outcome: str) -> str:
    """Which decision of the form an outcome is. Another one the form cannot grant: it would grant its first instead."""
    if any(outcome == kinds.APPROVED or outcome in kind.positive[:1] for kind in kinds.KINDS.values()):
        return kinds.APPROVED
    return kinds.REJECTED if any(outcome in kind.negative[:1] for kind in kinds.KINDS.values()) else ""


def _suggested(one: Suggestion, decision: str) -> dict[str, Any]:
    told = {
        "count": one.times,
        "outcome": kit_words.done(one.outcome),
        "type": one.intent_type,
        "agent": one.agent,
        "highest": presentation.money(one.highest, one.currency) if one.highest is not None else "",
        "days": suggesting.DAYS,
    }
    first = {"intent_types": one.intent_type, "agents": one.agent, "outcome": decision, "risk": one.risk}
    if one.highest is not None:
        first |= {"currency": one.currency, "each": f"{one.highest.normalize():f}"}
    where = f"{reverse('settings-new-standing-grant')}?{urlencode(first)}"
    return {"intent_type": one.intent_type, "agent": one.agent, "words": words.suggestion_title(told), "where": where}


@acts
def dismiss(request: Request) -> HttpResponse:
    given = {name: request.POST.get(name, "") for name in ("intent_type", "agent")}
    granting.dismiss(actor=request.person, **given)
    messages.success(request, _("It is not suggested to you again."))
    return redirect("settings-standing-grants")


@asks_confirmed
def new_grant(request: Request) -> HttpResponse:
    """The form, with what it would have decided lately; only the button that says so makes the grant."""
    highest = selectors.highest_risk(request.person.workspace_id)
    permissions.ensure_may_grant(request.person, risk=highest or "low")
    page = FormPage(
        tab="standing",
        route="new-standing-grant",
        title=_("New standing grant"),
        button=_("Make the grant"),
        back=reverse("settings-standing-grants"),
        back_words=_("All standing grants"),
        confirms=True,
    )
    given = {name: value for name, value in request.GET.items() if name in GrantForm.base_fields}
    form = GrantForm(sent(request), initial=FIRST | given, highest=highest)
    known: dict[str, Any] = {"previewed": None if form.is_bound else _ahead(request, given, highest=highest)}

    def make(given: Mapping[str, Any]) -> HttpResponse:
        said: Said = given["said"]
        if request.POST.get("do") != "save":
            known["previewed"] = _tried(request, said)
            return _form(request, page.tab, _around(request, page, form), 200)
        row = granting.create(
            actor=request.person,
            name=given["name"],
            match=said.match,
            limits=said.limits,
            outcome=said.outcome,
            risk=said.risk,
            comment=given["comment"],
            expires_at=until(given, now=clock.now()),
        )
        messages.success(request, _("%(grant)s decides from now on.") % {"grant": row.name})
        return redirect("settings-standing-grant", grant_id=row.id)

    def _form(request: Request, tab: str, around: dict[str, Any], status: int) -> HttpResponse:
        return show(request, tab, around | known, template="standing/form", status=status)

    return form_page.ask(request, page, form, make, show=_form)


def _ahead(request: Request, given: Mapping[str, Any], *, highest: str) -> Previewed | None:
    """What a suggestion would have decided, all of which but the name is `given`: shown before anything is pressed."""
    form = GrantForm({**FIRST, "name": "…", **given} if given else None, highest=highest)
    return _tried(request, form.cleaned_data["said"]) if form.is_valid() else None


def _tried(request: Request, said: Said) -> Previewed:
    found = preview(
        request.person,
        match=said.match,
        limits=said.limits,
        outcome=said.outcome,
        risk=said.risk,
        time_zone=request.user.time_zone,
    )
    return summary(found)


def _around(request: Request, page: FormPage, form: GrantForm) -> dict[str, Any]:
    here, confirming = reverse("settings-new-standing-grant"), reverse("confirm-new-standing-grant")
    asked = identity.of_form(request, request.user, here=here, confirming=confirming)
    return {"page": page, "form": form, "unshown": ""} | asked


@signed_in
@require_safe
def grant_page(request: Request, grant_id: UUID) -> HttpResponse:
    row, now = selectors.grant(request.person, grant_id), clock.now()
    found = selectors.uses(row, limit=SHOWN + 1)
    known = {
        "line": words.line(row, selectors.used_now([row], now=now)[row.id], now=now),
        "row": row,
        "mine": row.grantor_id == request.person.user_id,
        "uses": [words.use_line(one) for one in found[:SHOWN]],
        "more": len(found) > SHOWN,
        "form": RevokeForm(),
    }
    return show(request, "standing", known, template="standing/grant")


@acts
def revoke(request: Request, grant_id: UUID) -> HttpResponse:
    row = granting.revoke(actor=request.person, grant_id=grant_id, reason=request.POST.get("reason"))
    messages.success(request, _("%(grant)s is revoked and decides nothing any more.") % {"grant": row.name})
    return redirect("settings-standing-grant", grant_id=row.id)


@asks_confirmed
def edit_rules(request: Request) -> HttpResponse:
    roles.ensure_manages(request.person)
    page = FormPage(
        tab="standing",
        route="standing-rules",
        title=_("Which standing grants are allowed"),
        button=_("Save"),
        back=reverse("settings-standing-grants"),
        back_words=_("All standing grants"),
        confirms=True,
    )

    def keep(given: Mapping[str, Any]) -> HttpResponse:
        granting.set_rules(actor=request.person, highest_risk=given["highest_risk"])
        messages.success(request, _("Saved."))
        return redirect("settings-standing-grants")

    first = {"highest_risk": selectors.highest_risk(request.person.workspace_id)}
    return ask(request, page, StandingRulesForm(sent(request), initial=first), keep, else_at="highest_risk")
