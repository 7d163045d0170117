"""What is done with an endpoint at once, and with what was sent there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from inbox.operations import endpoints
from inbox.views.kit.acting import Request, acts, confirmed
from inbox.views.operations.endpoint_forms import ensure_manages
from intents.webhooks.services import events, subscriptions
from intents.webhooks.services.subscriptions import SubscriptionChange


@acts
def send_test(request: Request, endpoint_id: UUID) -> HttpResponse:
    person = ensure_manages(request)
    message = events.test(actor=person, row=endpoints.endpoint(person, endpoint_id))
    messages.success(request, _("A test event is on its way."))
    return redirect("operations-post", message.id)


@acts
def disable(request: Request, endpoint_id: UUID) -> HttpResponse:
    _switch(request, endpoint_id, active=False)
    messages.success(request, _("The endpoint is disabled. What happens meanwhile is kept as skipped."))
    return redirect("operations-endpoint", endpoint_id)


@acts
def enable(request: Request, endpoint_id: UUID) -> HttpResponse:
    _switch(request, endpoint_id, active=True)
    messages.success(request, _("The endpoint is enabled. What was skipped can be replayed."))
    return redirect("operations-endpoint", endpoint_id)


def _switch(request: Request, endpoint_id: UUID, *, active: bool) -> None:
    person = ensure_manages(request)
    subscriptions.change(actor=person, row=endpoints.endpoint(person, endpoint_id), asked=SubscriptionChange(active=active))


@acts
@confirmed
def delete(request: Request, endpoint_id: UUID) -> HttpResponse:
    person = ensure_manages(request)
    subscriptions.delete(actor=person, row=endpoints.endpoint(person, endpoint_id))
    messages.success(request, _("The endpoint is deleted."))
    return redirect("operations-endpoints")
