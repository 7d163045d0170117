"""Work on its way to agents."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from inbox.operations import deliveries
from inbox.operations.deliveries import DeliveryView
from inbox.operations.permissions import ensure_may_repair, ensure_may_watch
from inbox.views.kit import late
from inbox.views.kit.acting import Request, acts, asked_at, signed_in
from inbox.views.kit.bindings import BINDINGS
from inbox.views.kit.rounds import Rounds
from inbox.views.operations.page import chosen, show
from intents.dispatch import endpoints, pushes
from intents.kernel.actors import ADMINS
from intents.kernel.replica import Dated

PAGE = 50
WORDS = {
    DeliveryView.READY: gettext_lazy("Waiting"),
    DeliveryView.LEASED: gettext_lazy("Being worked on"),
    DeliveryView.FAILING: gettext_lazy("Failing"),
    DeliveryView.DEAD: gettext_lazy("Dead letters"),
}
_rounds = Rounds[Dated[deliveries.DeliveryPage]]()


@signed_in
@require_safe
def delivery_list(request: Request) -> HttpResponse:
    view = chosen(request, "state", DeliveryView, DeliveryView.LEASED)
    target = request.GET.get("agent") or None
    person, before = ensure_may_watch(request.person), _id(request.GET.get("after", ""))
    key = (person.workspace_id, person.role in ADMINS, view, target, before, late.may_be(request))

    def make() -> deliveries.DeliveryPage:
        return deliveries.page(person, view, target=target, before=before, limit=PAGE)

    read = _rounds.answer(key, lambda: late.read(request, make), since=asked_at(request))
    found = read.value
    here, kept = reverse("operations-deliveries"), {"agent": target} if target else {}
    known = {
        "rows": [(one, BINDINGS.get(one.binding, one.binding)) for one in found.items],
        "view": view,
        "as_of": read.as_of,
        "delivered": "work",
        "target": target,
        "total": found.total,
        "kinds": [
            (one, said, found.counts[one], f"{here}?{urlencode({'state': one} | kept)}") for one, said in WORDS.items()
        ],
        "more": f"{here}?{urlencode({'state': view, 'after': found.last.hex} | kept)}" if found.last else "",
    }
    return show(request, "deliveries", known, part=True)


def _id(text: str) -> UUID | None:
    """Where a page goes on; an address that was typed wrong begins anew."""
    try:
        return UUID(text)
    except ValueError:
        return None


@acts
def try_now(request: Request, delivery_id: UUID) -> HttpResponse:
    person = ensure_may_repair(request.person)
    row = deliveries.delivery(person, delivery_id)
    if not pushes.try_now(actor=person, delivery=row):
        messages.info(request, _("Nothing was waiting for another try."))
    elif endpoints.holds(row):
        messages.info(request, _("It is due now, and held: its agent is stopped, or its URL disabled."))
    else:
        messages.success(request, _("It is posted again now."))
    if intent_id := _id(request.POST.get("intent", "")):
        return redirect("operations-intent", intent_id)
    return redirect(f"{reverse('operations-deliveries')}?state={DeliveryView.FAILING}")
