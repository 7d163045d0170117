"""Making and changing an endpoint, and giving it a new secret: for owners and admins."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.operations import endpoints
from inbox.operations.permissions import ensure_may_watch
from inbox.views.kit import form_page, signing
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, asks_confirmed, sent
from inbox.views.kit.form_page import FormPage
from inbox.views.kit.lines import LinesField
from inbox.views.operations.endpoints import endpoint_shown
from inbox.views.operations.page import show
from intents.kernel.actors import ADMINS, Person
from intents.kernel.errors import Denied
from intents.webhooks import catalogue, selectors
from intents.webhooks.models import MAX_IN_FLIGHT, PayloadKind, Subscription
from intents.webhooks.services import subscriptions
from intents.webhooks.services.subscriptions import SubscriptionChange

PAYLOADS = (
    (PayloadKind.FULL, gettext_lazy("All of the event")),
    (PayloadKind.THIN, gettext_lazy("Which event it was: the receiver asks for the rest")),
)
OVERLAPS = (
    (0, gettext_lazy("stops signing now")),
    (1, gettext_lazy("signs too for 1 hour")),
    (24, gettext_lazy("signs too for 1 day")),
    (168, gettext_lazy("signs too for 1 week")),
)


def ensure_manages(request: Request) -> Person:
    """Raises Denied."""
    person = ensure_may_watch(request.person)
    if person.role not in ADMINS:
        raise Denied("only owners and admins manage endpoints")
    return person


class EndpointForm(forms.Form):
    callback_url = forms.CharField(
        label=gettext_lazy("URL"),
        max_length=2048,
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=255,
        required=False,
        validators=[shared.seen],
        help_text=gettext_lazy("Shown in lists."),
    )
    event_types = LinesField(
        label=gettext_lazy("Events"),
        help_text=gettext_lazy(
            "One on each line. intent.* is all that begin so, * is all but inbox.*, which tells the same of threads."
        ),
        required=True,
        rows=3,
    )
    agents = LinesField(
        label=gettext_lazy("Agents"), help_text=gettext_lazy("Only what concerns these, one name on each line.")
    )
    intent_types = LinesField(
        label=gettext_lazy("Intent types"), help_text=gettext_lazy("Only of these, as order.* or order.fulfill.v1.")
    )
    payload = forms.ChoiceField(
        label=gettext_lazy("What is posted"), choices=PAYLOADS, initial=PayloadKind.FULL, widget=forms.RadioSelect
    )
    ordered = forms.BooleanField(
        label=gettext_lazy("Keep the order of an intent's events"),
        required=False,
        help_text=gettext_lazy("Its next event waits until the one before was delivered."),
    )
    max_in_flight = forms.IntegerField(
        label=gettext_lazy("Deliveries at a time"),
        min_value=1,
        max_value=100,
        initial=MAX_IN_FLIGHT,
        widget=shared.whole_number(),
    )
    rate_per_second = forms.FloatField(
        label=gettext_lazy("Deliveries a second, at most"),
        min_value=0.01,
        max_value=10_000,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    signing_kind = signing.KindField()

    def clean_event_types(self) -> list[str]:
        found: list[str] = self.cleaned_data["event_types"]
        if odd := next((one for one in found if not catalogue.knows(one)), None):
            raise forms.ValidationError(_("There is no event “%(name)s”.") % {"name": odd[:80]})
        return found


class RotateEndpointForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The old secret"), coerce=int, choices=OVERLAPS, initial=24, widget=forms.RadioSelect
    )
    signing_kind = signing.KindField()


def _ask(request: Request, page: FormPage, form: forms.Form, work: Any, **beside: Any) -> HttpResponse:
    def shown(request: Request, tab: str, known: dict[str, Any], status: int) -> HttpResponse:
        response = show(request, tab, known | beside, template="form_page")
        response.status_code = status
        return response

    return form_page.ask(request, page, form, work, show=shown, else_at=next(iter(form.fields)))


def _catalogue(person: Person) -> dict[str, Any]:
    """The types of events, with examples as if they were of the person's workspace."""
    here = f"{person.org_slug}/{person.workspace_slug}"
    kinds = []
    for one in catalogue.KINDS:
        text = json.dumps(one.example).replace("myorg/production", here).replace("myorg.example", "example.com")
        kinds.append((one, json.loads(text)))
    return {"beside": "operations/event_types.html", "event_kinds": kinds}


@asks_confirmed
def new_endpoint(request: Request) -> HttpResponse:
    person = ensure_manages(request)
    page = FormPage(
        room="operations",
        tab="deliveries",
        route="new-endpoint",
        title=_("New endpoint"),
        intro=_("Events of this workspace are posted there from now on, signed."),
        button=_("Create endpoint"),
        back=reverse("operations-endpoints"),
        back_words=_("All endpoints"),
        confirms=True,
    )
    form = EndpointForm(sent(request), initial={"event_types": ["intent.*"]})

    def make(given: Mapping[str, Any]) -> HttpResponse:
        url = given["callback_url"]
        if selectors.subscriptions(person).filter(owner_agent="", callback_url=url).exists():
            form.add_error("callback_url", _("There is an endpoint with this URL already."))
            return _ask(request, page, form, make, **_catalogue(person))
        row = subscriptions.upsert(actor=person, owner="", url=url, asked=_asked(given, "callback_url"))
        address = reverse("operations-endpoint", args=[row.id])
        return endpoint_shown(request, row.id, **signing.made(row.new_secret), address=address)

    return _ask(request, page, form, make, **_catalogue(person))


@asks_confirmed
def edit_endpoint(request: Request, endpoint_id: UUID) -> HttpResponse:
    person = ensure_manages(request)
    row = endpoints.endpoint(person, endpoint_id)
    page = _of(row, route="edit-endpoint", title=_("Edit the endpoint"), button=_("Save"), intro="")
    form = EndpointForm(sent(request), initial={name: getattr(row, name) for name in EndpointForm.base_fields})
    form.fields["signing_kind"].help_text = _("If you change it, both sign for 1 hour.")

    def make(given: Mapping[str, Any]) -> HttpResponse:
        changed = subscriptions.change(actor=person, row=row, asked=_asked(given))
        if changed.new_secret:
            return endpoint_shown(request, row.id, **signing.made(changed.new_secret), address=page.back)
        messages.success(request, _("The endpoint is saved."))
        return redirect(page.back)

    return _ask(request, page, form, make, **_catalogue(person))


@asks_confirmed
def rotate_secret(request: Request, endpoint_id: UUID) -> HttpResponse:
    person = ensure_manages(request)
    row = endpoints.endpoint(person, endpoint_id)
    intro = _("What is posted is signed with a new secret from now on.")
    page = _of(row, route="rotate-endpoint", title=_("New signing secret"), button=_("Rotate"), intro=intro)

    def make(given: Mapping[str, Any]) -> HttpResponse:
        overlap = timedelta(hours=given["overlap"])
        changed = subscriptions.rotate(actor=person, row=row, overlap=overlap, kind=given["signing_kind"])
        return endpoint_shown(request, row.id, **signing.made(changed.new_secret), rotated=True, address=page.back)

    return _ask(request, page, RotateEndpointForm(sent(request), initial={"signing_kind": row.signing_kind}), make)


def _asked(given: Mapping[str, Any], *besides: str) -> SubscriptionChange:
    """What a form in order asks for, but for some of its fields."""
    changes = {name: value for name, value in given.items() if name not in ("signing_kind", *besides)}
    return SubscriptionChange(changes=changes, kind=given["signing_kind"])


def _of(row: Subscription, *, route: str, title: str, button: str, intro: str) -> FormPage:
    return FormPage(
        room="operations",
        tab="deliveries",
        route=route,
        ids=(row.id,),
        title=title,
        intro=intro,
        button=button,
        back=reverse("operations-endpoint", args=[row.id]),
        back_words=row.description or row.callback_url,
        confirms=True,
    )
