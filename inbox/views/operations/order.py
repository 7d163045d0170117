"""Ordering a bulk operation: choose what to do, look at what will come of it, then start it."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inbox.operations.bulk import selectors
from inbox.operations.bulk.choosing import MOST_IDS, Chosen, Matched
from inbox.operations.bulk.services import orders
from inbox.operations.models import ItemResult
from inbox.operations.permissions import ensure_may_repair
from inbox.operations.selectors import known_values
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, asks, sent
from inbox.views.kit.refusals import in_a_sentence
from inbox.views.operations.bulk import ACTIONS, says
from inbox.views.operations.page import show
from intents.accounts.stops import WorkspaceStopped
from intents.kernel import clock
from intents.kernel.actors import Person
from intents.kernel.clock import rfc3339
from intents.kernel.errors import DomainError, InvalidField

TYPED_ABOVE = 100
"""More intents than this are confirmed by typing how many they are."""


class OrderForm(forms.Form):
    action = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[(name, words) for name, (words, _meaning) in ACTIONS.items()],
        widget=forms.RadioSelect,
        initial="cancel",
    )
    to_agent = forms.CharField(
        label=gettext_lazy("To agent"),
        required=False,
        max_length=383,
        help_text=gettext_lazy("For a transfer."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "agents"}),
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Hours from now"),
        required=False,
        min_value=1,
        max_value=24 * 366,
        help_text=gettext_lazy("For a deadline."),
        widget=shared.whole_number(),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=orders.LONGEST_REASON,
        help_text=gettext_lazy("Kept with the history of each intent."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """What the chosen action needs is there."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("action") == "transfer" and not given.get("to_agent") and "to_agent" not in self.errors:
            self.add_error("to_agent", _("Say to which agent."))
        if given.get("action") == "set_deadline" and not given.get("hours") and "hours" not in self.errors:
            self.add_error("hours", _("Say in how many hours."))
        return given

    @property
    def previewed(self) -> str:
        """What a preview was of, of a form in order."""
        given = (self.cleaned_data[name] for name in ("action", "to_agent", "hours"))
        return " ".join(str(one) for one in given if one)

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of the action, of a form in order."""
        match self.cleaned_data["action"]:
            case "transfer":
                return {"to_agent": self.cleaned_data["to_agent"]}
            case "set_deadline":
                return {"deadline_at": rfc3339(clock.now() + timedelta(hours=self.cleaned_data["hours"]))}
            case "resume":
                return {"resume": {"reason": self.cleaned_data["reason"]}}
        return {}


@dataclass(slots=True)
class Selection:
    """What the form is about: a search, or picked ids. `more` of those that failed are left out."""

    q: str | None
    ids: list[UUID] = field(default_factory=list)
    more: int = 0

    @property
    def chosen(self) -> Chosen:
        return Chosen(q=self.q) if self.q is not None else Chosen(ids=self.ids)


def _selection(person: Person, given: QueryDict) -> Selection:
    """What was picked, or failed before; else all that the search finds. Raises InvalidField, Missing."""
    if given.get("failed_of"):
        found = selectors.items(selectors.bulk(person, _id(str(given["failed_of"]))), ItemResult.FAILED)
        ids = list(found.values_list("intent_id", flat=True)[:MOST_IDS])
        return Selection(None, ids, found.count() - len(ids))
    if given.getlist("id"):
        return Selection(None, [_id(one) for one in given.getlist("id")])
    return Selection(given.get("q"))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidField("ids", "no ids of intents") from None


@asks
def order_bulk(request: Request) -> HttpResponse:
    person = ensure_may_repair(request.person)
    selection = _selection(person, request.POST if request.method == "POST" else request.GET)
    form = OrderForm(sent(request), initial={"action": request.GET.get("action", "cancel")})
    matched, refusal, confirm = None, "", ""
    if form.is_bound and form.is_valid():
        asked = orders.Asked(action=form.cleaned_data["action"], choice=selection.chosen, arguments=form.arguments)
        try:
            matched = orders.preview(actor=person, asked=asked)
            confirm = unconfirmed(request, matched, form.previewed)
            if starts(request) and not confirm and matched.count:
                bulk, _matched = orders.create(actor=person, asked=asked, reason=form.cleaned_data["reason"])
                return HttpResponseRedirect(reverse("operations-bulk", args=[bulk.id]), status=303)
        except DomainError as error:
            refusal = _refused(form, error)
    known = {
        "form": form,
        "selection": selection,
        "meanings": [(words, meaning) for words, meaning in ACTIONS.values()],
        "refusal": refusal,
        "agents": known_values(person)["agent"],
        "confirm": confirm if starts(request) else "",
    }
    if matched is not None:
        known |= _shown(form, matched)
    elif not form.is_bound:
        known |= _found(person, selection)
    response = show(request, "bulk", known, template="order_bulk")
    response.status_code = 422 if form.errors or known["refusal"] or known["confirm"] else 200
    return response


def starts(request: Request) -> bool:
    """Whether a form that shows what will happen is to start it. Who presses Enter starts it only once the number is typed;
    else they see what comes of it first."""
    return "start" in request.POST or ("preview" not in request.POST and bool(request.POST.get("typed", "").strip()))


def unconfirmed(request: Request, matched: Matched, previewed: str) -> str:
    """What is wrong with how the number was confirmed, and with what was `previewed`; nothing for nothing."""
    if request.POST.get("previewed", "") != previewed:
        return _("This has changed since the preview. Look at it again.")
    if request.POST.get("seen") != str(matched.count):
        return _("The number has changed meanwhile. Look at it again.")
    typed = request.POST.get("typed", "").replace(",", "").replace(" ", "").strip()
    if matched.count > TYPED_ABOVE and typed != str(matched.count):
        return _("Type “%(word)s” to confirm.") % {"word": matched.count}
    return ""


def _refused(form: OrderForm, error: DomainError) -> str:
    field = str(error.details.get("field", "")).rpartition(".")[2]
    if field == "to_agent":
        shared.show(form, InvalidField("to_agent", getattr(error, "reason", error.message)))
        return ""
    return in_a_sentence(error.reason if isinstance(error, InvalidField) else error.message)


def _shown(form: OrderForm, matched: Matched) -> dict[str, Any]:
    """What the preview says."""
    skipped = sum(matched.skipped.values())
    return {
        "matched": matched,
        "acts": matched.count - skipped,
        "skipped": skipped,
        "types": matched.kinds.most_common(10),
        "other_types": max(0, len(matched.kinds) - 10),
        "skips": [(says(reason), count) for reason, count in matched.skipped.most_common()],
        "action": ACTIONS[form.cleaned_data["action"]],
        "typed_above": matched.count > TYPED_ABOVE,
        "previewed": form.previewed,
    }


def _found(person: Person, selection: Selection) -> dict[str, Any]:
    """How many are chosen, before anything is said of what to do."""
    if selection.q is None and not selection.ids:
        return {"refusal": _("Nothing is picked. Tick intents in the list, or take all that match."), "found": 0}
    try:
        asked = orders.Asked(action="cancel", choice=selection.chosen)
        return {"found": orders.preview(actor=person, asked=asked).count}
    except InvalidField as error:
        return {"refusal": in_a_sentence(error.reason), "found": 0}
    except WorkspaceStopped as error:
        return {"refusal": in_a_sentence(error.message)}
