"""How a person is told: channels by risk and hour, quiet hours, a digest, and what to be told of."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox.notifications import preferences, selectors
from inbox.notifications.preferences import EMAIL, ChannelChoice
from inbox.notifications.services import preferences as preference_services
from inbox.views.kit.acting import Request, signed_in
from inbox.views.settings.notifications.form import ChannelForm, WaysForm, ways_form
from inbox.views.settings.page import show
from inbox.vocabulary.errors import ChangedMeanwhile

LATEST = 8


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    channels = list(_channels(request, request.POST))
    ways = WaysForm(request.POST)
    made = [(form.choice(by), form) for by, _, _, form in channels]
    made.sort(key=lambda one: one[1].cleaned_data.get("place", 0))
    choices = [choice for choice, _ in made if choice is not None]
    chosen = ways.preferences(choices)
    if chosen is None or len(choices) < len(channels):
        return _page(request, channels=channels, ways=ways, status=422)
    try:
        preference_services.choose(actor=request.person, chosen=chosen, expected_revision=request.POST.get("revision"))
    except ChangedMeanwhile:
        return _page(request, channels=channels, ways=ways, changed=True, status=409)
    messages.success(request, _("Notification settings saved."))
    return redirect("settings-notifications")


def _channels(request: Request, sent: Any = None) -> Iterator[tuple[str, str, str, ChannelForm]]:
    """(by, name, where to, form) of each channel there is, in the order in which they are tried."""
    before = selectors.preferences_of(request.person).channels
    chosen = {choice.by: (place, choice) for place, choice in enumerate(before, 1)}
    known = [(EMAIL, str(_("Email")), request.user.email)]
    known += [(str(row.id), row.name, row.service) for row in selectors.chat_addresses(request.person)]
    for by, name, where in sorted(known, key=lambda one: chosen[one[0]][0] if one[0] in chosen else len(known) + 1):
        place, choice = chosen.get(by, (len(known), ChannelChoice(by=by, risks=[])))
        hours = choice.hours
        initial = {
            "risks": choice.risks,
            "place": min(place, len(known)),
            "start": hours.start if hours else "",
            "end": hours.end if hours else "",
        }
        yield by, name, where, ChannelForm(sent, prefix=by, initial=initial, places=len(known))


def _page(
    request: Request,
    *,
    channels: Any = None,
    ways: WaysForm | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    stored = preferences.revision(selectors.preferences_of(request.person))
    known = {
        "revision": stored if changed else request.POST.get("revision") or stored,
        "changed": changed,
        "channels": channels or list(_channels(request)),
        "ways": ways or ways_form(selectors.preferences_of(request.person)),
        "addresses": selectors.chat_addresses(request.person),
        "mailed": bool(settings.EMAIL_URL),
        "sent": selectors.messages_to(request.person)[:LATEST],
        "zone": request.user.time_zone,
    }
    return show(request, "notifications", known, status=status)
