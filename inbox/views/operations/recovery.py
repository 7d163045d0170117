"""Posting again to an endpoint what failed or was skipped in some time: preview first, then a bulk that is followed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.operations import endpoints
from inbox.operations.bulk.choosing import Chosen, Matched
from inbox.operations.bulk.services import orders
from inbox.operations.permissions import ensure_may_repair
from inbox.operations.posts import PostView
from inbox.views.kit.acting import Request, acts, asks, sent
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.operations.bulk import says
from inbox.views.operations.endpoints import VIEWS
from inbox.views.operations.order import TYPED_ABOVE, starts, unconfirmed
from inbox.views.operations.page import show
from intents.kernel.clock import rfc3339
from intents.kernel.errors import DomainError
from intents.webhooks.models import Subscription

LOCAL = "%Y-%m-%dT%H:%M"
LOST = (PostView.FAILED, PostView.SKIPPED)


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
    )


class RecoverForm(forms.Form):
    """What to post again; times in the person's own zone."""

    states = forms.MultipleChoiceField(
        label=gettext_lazy("What to replay"),
        choices=[(str(one), VIEWS[one]) for one in LOST],
        initial=[str(one) for one in LOST],
        widget=forms.CheckboxSelectMultiple,
    )
    since = _moment(gettext_lazy("Since"))
    until = _moment(gettext_lazy("Until"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=orders.LONGEST_REASON,
        help_text=gettext_lazy("Kept with the bulk action."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("since") and given.get("until") and given["until"] <= given["since"]:
            self.add_error("until", _("Until is before since."))
        return given

    def filter(self, row: Subscription) -> str:
        """What a form in order asks for, of an endpoint."""
        terms = [f"endpoint:{row.id}", *(f"is:{one}" for one in self.cleaned_data["states"])]
        times = {name: self.cleaned_data[name] for name in ("since", "until") if self.cleaned_data[name]}
        return " ".join([*terms, *(f"{name}:{rfc3339(at)}" for name, at in times.items())])


@asks
def recover(request: Request, endpoint_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    row = endpoints.endpoint(person, endpoint_id)
    form = RecoverForm(sent(request))
    matched, refusal, confirm = None, "", ""
    if form.is_bound and form.is_valid():
        previewed = form.filter(row)
        asked = orders.Asked(action="replay", choice=Chosen(q=previewed))
        try:
            matched = orders.preview(actor=person, asked=asked)
            confirm = unconfirmed(request, matched, previewed)
            if starts(request) and not confirm and matched.count:
                bulk, _matched = orders.create(actor=person, asked=asked, reason=form.cleaned_data["reason"])
                return HttpResponseRedirect(reverse("operations-bulk", args=[bulk.id]), status=303)
        except DomainError as error:
            refusal = in_a_sentence(error.message)
    known: dict[str, Any] = {"endpoint": row, "form": form, "refusal": refusal}
    known["confirm"] = confirm if starts(request) else ""
    if matched is not None:
        known |= _shown(matched) | {"previewed": form.filter(row)}
    response = show(request, "deliveries", known, template="recover")
    response.status_code = 422 if form.errors or refusal or known["confirm"] else 200
    return response


@acts
def replay_skipped(request: Request, endpoint_id: UUID) -> HttpResponse:
    """Order the replay of all that was skipped, at once; of so much that it is to be looked at first, its preview."""
    person = ensure_may_repair(request.person)
    row = endpoints.endpoint(person, endpoint_id)
    asked = orders.Asked(action="replay", choice=Chosen(q=f"endpoint:{row.id} is:{PostView.SKIPPED}"))
    matched = orders.preview(actor=person, asked=asked)
    acts_on = matched.count - sum(matched.skipped.values())
    if acts_on > TYPED_ABOVE:
        messages.info(request, _("That is a lot: look at it first."))
        return HttpResponseRedirect(reverse("operations-recover-endpoint", args=[row.id]), status=303)
    if not acts_on:
        messages.info(request, _("Nothing is left to replay."))
        return HttpResponseRedirect(reverse("operations-endpoint", args=[row.id]), status=303)
    reason = _("Skipped while the endpoint was disabled")
    bulk, _matched = orders.create(actor=person, asked=asked, reason=reason)
    return HttpResponseRedirect(reverse("operations-bulk", args=[bulk.id]), status=303)


def _shown(matched: Matched) -> dict[str, Any]:
    """What the preview says."""
    skipped = sum(matched.skipped.values())
    return {
        "matched": matched,
        "acts": matched.count - skipped,
        "skipped": skipped,
        "things": _("Deliveries"),
        "action": ("", _("Each is posted again, as the same message: the receiver can tell by its id.")),
        "types": matched.kinds.most_common(10),
        "other_types": max(0, len(matched.kinds) - 10),
        "skips": [(says(reason), count) for reason, count in matched.skipped.most_common()],
        "typed_above": matched.count > TYPED_ABOVE,
    }
