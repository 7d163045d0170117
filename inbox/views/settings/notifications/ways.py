"""How a person is told: channels by risk and hour, quiet hours, a digest, and what to be told of."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox.notifications import personal, preferences, selectors
from inbox.notifications.models import Message
from inbox.notifications.personal import Contact, PersonalChannel
from inbox.notifications.preferences import ChannelChoice
from inbox.notifications.services import preferences as preference_services
from inbox.views.kit.acting import Request, signed_in
from inbox.views.settings.notifications.form import ChannelForm, WaysForm, ways_form
from inbox.views.settings.notifications.summary import summary
from inbox.views.settings.page import show
from intents.kernel.errors import ChangedMeanwhile

LATEST = 8


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    channels = list(_channels(request, request.POST))
    ways = WaysForm(request.POST)
    pairs = [(one.form.choice(one.by), one.form) for one in channels]
    pairs.sort(key=lambda one: one[1].cleaned_data.get("place", 0))
    choices = [choice for choice, _ in pairs if choice is not None]
    chosen = ways.preferences(choices)
    if chosen is None or len(choices) < len(channels):
        return _page(request, channels=channels, ways=ways, status=422)
    try:
        preference_services.choose(actor=request.person, chosen=chosen, expected_revision=request.POST.get("revision"))
    except ChangedMeanwhile:
        return _page(request, channels=channels, ways=ways, changed=True, status=409)
    messages.success(request, _("Notification settings saved."))
    return redirect("settings-notifications")


@dataclass(frozen=True, slots=True)
class ChannelFields:
    """A channel in the form. `off` is whether the server cannot send by it now."""

    by: str
    name: str
    where: str
    icon: str
    off: bool
    form: ChannelForm


def _channels(request: Request, sent: Any = None) -> Iterator[ChannelFields]:
    """Each channel that the person can have, in the order in which they are tried."""
    before = selectors.preferences_of(request.person).channels
    chosen = {choice.by: (place, choice) for place, choice in enumerate(before, 1)}
    known = personal.destinations(_contact(request))
    for one in sorted(known, key=lambda one: chosen[one.by][0] if one.by in chosen else len(known) + 1):
        place, choice = chosen.get(one.by, (len(known), ChannelChoice(by=one.by, risks=[])))
        hours = choice.hours
        initial = {
            "risks": choice.risks,
            "place": min(place, len(known)),
            "start": hours.start if hours else "",
            "end": hours.end if hours else "",
        }
        channel = personal.get(one.channel)
        form = ChannelForm(sent, prefix=one.by, initial=initial, places=len(known))
        name = one.name or str(channel.label)
        yield ChannelFields(one.by, name, one.where, channel.icon, bool(channel.unavailable()), form)


def _contact(request: Request) -> Contact:
    return Contact(request.person.user_id, request.person.email)


def _panels(request: Request) -> list[dict[str, Any]]:
    """What channels have in the settings of their own: (template, destinations) of each."""
    shown: Iterator[PersonalChannel] = (one for one in personal.registered() if one.fragment)
    contact = _contact(request)
    return [{"template": one.fragment, "destinations": list(one.destinations([contact]))} for one in shown]


def _page(
    request: Request,
    *,
    channels: Any = None,
    ways: WaysForm | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    kept = selectors.preferences_of(request.person)
    stored = preferences.revision(kept)
    known = {
        "revision": stored if changed else request.POST.get("revision") or stored,
        "changed": changed,
        "channels": channels or list(_channels(request)),
        "ways": ways or ways_form(kept),
        "goes": summary(kept, _contact(request)),
        "notices": [one.notice for one in personal.registered() if one.notice and one.unavailable()],
        "panels": _panels(request),
        "sent": [(row, _called(row)) for row in selectors.messages_to(request.person)[:LATEST]],
        "zone": request.user.time_zone,
    }
    return show(request, "notifications", known, status=status)


def _called(row: Message) -> str:
    return row.address.name if row.address else personal.label(row.channel)
