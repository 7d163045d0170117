"""What is assigned to a member by name, given to somebody else: looked at first, then ordered as a bulk operation."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.operations.bulk.actions import reassign as action
from inbox.operations.bulk.choosing import Chosen, Matched
from inbox.operations.bulk.services import orders
from inbox.operations.query import quoted
from inbox.tasks import audience
from inbox.tasks.services import reassign as services
from inbox.views.kit import away
from inbox.views.kit.acting import Request, asks, sent
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.settings.page import show
from inbox.views.settings.people.members import name
from intents.accounts import selectors as roster
from intents.accounts.models import Member
from intents.kernel.errors import DomainError

REASONS = {
    action.NOT_ASKED: gettext_lazy("not assigned to them by name"),
    action.VOTED: gettext_lazy("they voted already"),
    action.APART: gettext_lazy("separation of duties keeps the other person from it"),
}


class ReassignForm(forms.Form):
    """To whom, and why."""

    to = forms.ChoiceField(label=gettext_lazy("To"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=orders.LONGEST_REASON,
        help_text=gettext_lazy("Kept with the history of each task."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, request: Request, member: Member) -> None:
        super().__init__(sent(request))
        others = [one for one in audience.others(request.person, most=None) if one.to != member.user.email]
        choices = [(one.to, away.beside(one.to, away.now(one.away_until, one.stand_in))) for one in others]
        self.fields["to"].choices = [("", _("Choose")), *choices]  # type: ignore[attr-defined]


@asks
def reassign(request: Request, member_id: UUID) -> HttpResponse:
    """Sending the form shows what would happen; sending that once more orders it."""
    services.ensure_reassigns(actor=request.person)
    member = roster.member(request.person, member_id)
    form = ReassignForm(request, member)
    matched, changed = None, ""
    if form.is_bound and form.is_valid():
        asked = orders.Asked(
            action="reassign",
            choice=Chosen(q=f"is:waiting for:human asked:{quoted(member.user.email)}"),
            arguments={"from": member.user.email, "to": form.cleaned_data["to"]},
        )
        try:
            matched = orders.preview(actor=request.person, asked=asked)
            changed = _changed(request, matched, form.cleaned_data["to"]) if "start" in request.POST else ""
            if "start" in request.POST and not changed and matched.count:
                bulk, _matched = orders.create(actor=request.person, asked=asked, reason=form.cleaned_data["reason"])
                return HttpResponseRedirect(reverse("operations-bulk", args=[bulk.id]), status=303)
        except DomainError as error:
            form.add_error("to", in_a_sentence(str(getattr(error, "reason", error.message))))
    known: dict[str, Any] = {"member": member, "name": name(member), "form": form, "changed": changed}
    if matched is not None and not form.errors:
        known |= _shown(matched)
    return show(request, "people", known, template="reassign", status=422 if form.errors or changed else 200)


def _changed(request: Request, matched: Matched, to: str) -> str:
    """What is not as it was previewed; nothing for nothing."""
    if request.POST.get("previewed") != to:
        return _("This has changed since the preview. Look at it again.")
    return _("The number has changed meanwhile. Look at it again.") if request.POST.get("seen") != str(matched.count) else ""


def _shown(matched: Matched) -> dict[str, Any]:
    """What the preview says."""
    return {
        "matched": matched,
        "acts": matched.count - sum(matched.skipped.values()),
        "types": matched.kinds.most_common(10),
        "skips": [(REASONS.get(reason, reason), count) for reason, count in matched.skipped.most_common()],
    }
