"""What members ask for: another role, somebody's place, an organization, larger limits. Owners and admins decide."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.templatetags.pages import role as role_words
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, asks, confirmed, sent, signed_in
from inbox.views.settings.page import FormPage, ask, show
from intents.access import selectors
from intents.access.models import OPEN, AccessKind, AccessRequest, AccessState
from intents.access.services import asking, reviewing
from intents.accounts import selectors as roster
from intents.kernel.actors import ADMINS, Role
from intents.kernel.errors import InvalidField

TAB = "access"
SHOWN = 100
KINDS: dict[str, str | Promise] = {
    AccessKind.ROLE: gettext_lazy("Another role"),
    AccessKind.QUOTA: gettext_lazy("Higher limits"),
    AccessKind.CREATE: gettext_lazy("A new organization"),
    AccessKind.JOIN: gettext_lazy("A place in this workspace"),
}
STATES: dict[str, tuple[str | Promise, str]] = {
    AccessState.PENDING: (gettext_lazy("Open"), "amber"),
    AccessState.WAITLISTED: (gettext_lazy("On the waiting list"), ""),
    AccessState.APPROVED: (gettext_lazy("Approved"), "green"),
    AccessState.REJECTED: (gettext_lazy("Rejected"), "red"),
}
DECISIONS = {"approve": AccessState.APPROVED, "reject": AccessState.REJECTED, "waitlist": AccessState.WAITLISTED}


def _what(row: AccessRequest) -> str:
    """What is asked for, in words."""
    words = str(KINDS[row.kind])
    more = role_words(row.role) if row.role else row.company_name if row.kind == AccessKind.CREATE else row.tier
    return f"{words}: {more}" if more else words


@signed_in
@require_safe
def access_page(request: Request) -> HttpResponse:
    person = request.person
    rows = [
        (row, _what(row), STATES[row.state], person.role in ADMINS and row.state in OPEN and row.user_id != person.user_id)
        for row in selectors.requests(person)[:SHOWN]
    ]
    return show(request, TAB, {"rows": rows, "decides": person.role in ADMINS})


class AskForm(forms.Form):
    """What somebody asks for themselves."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What you ask for"),
        choices=[(one, KINDS[one]) for one in (AccessKind.ROLE, AccessKind.QUOTA, AccessKind.CREATE)],
        widget=forms.RadioSelect,
        initial=AccessKind.ROLE,
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    company_name = forms.CharField(
        label=gettext_lazy("Name of the organization"), required=False, max_length=120, validators=[shared.seen]
    )
    justification = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, request: Request) -> None:
        super().__init__(sent(request))
        own = roster.membership_of(request.person).role
        higher = reviewing.STRENGTH[: reviewing.STRENGTH.index(Role(own))]
        if not higher:
            del self.fields["role"]
            kind = self.fields["kind"]
            kind.choices = [one for one in kind.choices if one[0] != AccessKind.ROLE]  # type: ignore[attr-defined]
            kind.initial = AccessKind.QUOTA
            return
        choices = [("", _("None")), *((str(one), role_words(one)) for one in reversed(higher))]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]


@asks
def ask_access(request: Request) -> HttpResponse:
    page = FormPage(
        tab=TAB,
        route="ask-access",
        title=_("Ask for access"),
        intro=_("Owners and admins get an email, and decide."),
        button=_("Ask"),
        back=reverse("settings-access"),
        back_words=_("Access requests"),
    )

    def send(given: Mapping[str, Any]) -> HttpResponse:
        kind = AccessKind(given["kind"])
        if kind is AccessKind.ROLE and not given["role"]:
            raise InvalidField("role", "choose a role")
        asking.ask(
            actor=request.person,
            kind=kind,
            role=Role(given["role"]) if kind is AccessKind.ROLE else None,
            company_name=given["company_name"] if kind is AccessKind.CREATE else "",
            justification=given["justification"],
        )
        messages.success(request, _("Asked. You get an email once it is decided."))
        return redirect("settings-access")

    return ask(request, page, AskForm(request), send, else_at="kind")


@acts
def review_access(request: Request, request_id: UUID) -> HttpResponse:
    state = DECISIONS.get(request.POST.get("decision", ""))
    if state is None:
        raise InvalidField("decision", f"one of {', '.join(DECISIONS)}")
    asked = selectors.request(request.person, request_id)
    invites = state is AccessState.APPROVED and asked.kind in (AccessKind.JOIN, AccessKind.CREATE)
    return (confirmed(_review) if invites else _review)(request, request_id, state)


def _review(request: Request, request_id: UUID, state: AccessState) -> HttpResponse:
    row = reviewing.review(
        actor=request.person, request_id=request_id, state=state, comment=request.POST.get("comment", "")[:4000]
    )
    messages.success(request, _("%(who)s: %(state)s.") % {"who": row.requester, "state": STATES[row.state][0]})
    return redirect("settings-access")
