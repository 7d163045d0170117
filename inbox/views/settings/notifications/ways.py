"""How a person is told: channels by risk and hour, quiet hours, a digest, and what to be told of."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods
from pydantic import ValidationError

from inbox.notifications import preferences, selectors
from inbox.notifications.channels import chat
from inbox.notifications.preferences import EMAIL, KINDS, ChannelChoice, Digest, Preferences, Quiet, Span
from inbox.notifications.services import preferences as telling
from inbox.views.kit import forms as shared
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.settings.page import show
from inbox.vocabulary.errors import ChangedMeanwhile
from inbox.vocabulary.kinds import RISK_WORDS
from intents.kernel.errors import Conflict, DomainError

EVERY = (("", _("No digest")), ("hour", _("Each hour")), ("day", _("Once a day")))
LATEST = 8


def risk_choices() -> list[tuple[str, str]]:
    """(value, words) of each risk, the most first."""
    return [(risk, str(capfirst(words))) for risk, words in RISK_WORDS.items()]


class Risks(forms.MultipleChoiceField):
    def __init__(self, label: Any, **options: Any) -> None:
        super().__init__(label=label, choices=risk_choices, required=False, widget=forms.CheckboxSelectMultiple, **options)


class Time(forms.CharField):
    """A time of the day as HH:MM, or nothing."""

    def __init__(self, label: Any, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "time"})
        super().__init__(label=label, max_length=5, required=False, widget=widget, **options)


class ChannelForm(forms.Form):
    risks = Risks(_("Risk levels"))
    place = forms.TypedChoiceField(label=_("Priority"), coerce=int)
    start = Time(_("Active from"))
    end = Time(_("Until"))

    def __init__(self, *args: Any, places: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["place"].choices = [(one, ordinal(one)) for one in range(1, places + 1)]  # type: ignore[attr-defined]

    def choice(self, by: str) -> ChannelChoice | None:
        """What it means, None when something is wrong with it, which is told beside the field then."""
        if not self.is_valid():
            return None
        span = _span(self, "start", "end", Span)
        return None if self.errors else ChannelChoice(by=by, risks=self.cleaned_data["risks"], hours=span)


class WaysForm(forms.Form):
    """All that is not about one channel."""

    browser = Risks(_("Risk levels"))
    quiet_start = Time(_("From"))
    quiet_end = Time(_("Until"))
    quiet_through = Risks(_("Always send"))
    digest_every = forms.ChoiceField(label=_("How often"), choices=EVERY, required=False)
    digest_at = Time(_("At"), help_text=_("For once a day."))
    digest_risks = Risks(_("Include"))
    kinds = forms.MultipleChoiceField(
        label=_("Notify me about"), choices=list(KINDS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )

    def preferences(self, channels: list[ChannelChoice]) -> Preferences | None:
        if not self.is_valid():
            return None
        said = self.cleaned_data
        quiet = _span(self, "quiet_start", "quiet_end", Quiet, through=said["quiet_through"])
        digest = None
        if said["digest_every"]:
            try:
                digest = Digest(
                    every=said["digest_every"],
                    at=said["digest_at"] or Digest.model_fields["at"].default,
                    risks=said["digest_risks"],
                )
            except ValidationError:
                self.add_error("digest_at", _("This is no time of the day, as in 08:00."))
        if self.errors:
            return None
        off = [kind for kind in KINDS if kind not in said["kinds"]]
        return Preferences(channels=channels, browser=said["browser"], quiet=quiet, digest=digest, unsubscribed=off)


def _span(form: forms.Form, start: str, end: str, kind: type[Any], **more: Any) -> Any:
    """The hours that a form gives, None for none or for wrong ones, which is told beside the field."""
    said = form.cleaned_data
    if not said[start] and not said[end]:
        return None
    if not said[start] or not said[end]:
        form.add_error(start if not said[start] else end, _("Give both times, or neither."))
        return None
    try:
        return kind(start=said[start], end=said[end], **more)
    except ValidationError:
        form.add_error(end, _("Two different times of the day, as in 22:00 and 07:00."))
        return None


class AddressForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), validators=[shared.seen], max_length=60, help_text=_("What you call it, for example Team chat.")
    )
    url = forms.CharField(
        label=_("Apprise URL"),
        max_length=2000,
        help_text=_("For example slack://… or tgram://…; it is kept encrypted and not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def ordinal(number: int) -> str:
    words = {1: _("1st"), 2: _("2nd"), 3: _("3rd")}
    return str(words[number]) if number in words else _("%(number)sth") % {"number": number}


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
        telling.choose(actor=request.person, chosen=chosen, expected_revision=request.POST.get("revision"))
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


def _ways(chosen: Preferences) -> WaysForm:
    quiet, digest = chosen.quiet, chosen.digest
    return WaysForm(
        initial={
            "browser": chosen.browser,
            "quiet_start": quiet.start if quiet else "",
            "quiet_end": quiet.end if quiet else "",
            "quiet_through": quiet.through if quiet else ["critical"],
            "digest_every": digest.every if digest else "",
            "digest_at": digest.at if digest else "",
            "digest_risks": digest.risks if digest else ["low"],
            "kinds": [kind for kind in KINDS if kind not in chosen.unsubscribed],
        }
    )


def _page(
    request: Request,
    *,
    channels: Any = None,
    ways: WaysForm | None = None,
    address: AddressForm | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    stored = preferences.revision(selectors.preferences_of(request.person))
    known = {
        "revision": stored if changed else request.POST.get("revision") or stored,
        "changed": changed,
        "channels": channels or list(_channels(request)),
        "ways": ways or _ways(selectors.preferences_of(request.person)),
        "form": address or AddressForm(prefix="new"),
        "addresses": selectors.chat_addresses(request.person),
        "mailed": bool(settings.EMAIL_URL),
        "sent": selectors.messages_to(request.person)[:LATEST],
        "zone": request.user.time_zone,
    }
    return show(request, "notifications", known, status=status)


@acts
def test_channel(request: Request) -> HttpResponse:
    telling.test(actor=request.person, by=request.POST.get("by", ""))
    messages.success(request, _("Test sent. Reload in a moment: the answer is under Recently sent."))
    return redirect("settings-notifications")


@acts
def add_address(request: Request) -> HttpResponse:
    form = AddressForm(request.POST, prefix="new")
    if form.is_valid():
        try:
            service = chat.check(form.cleaned_data["url"])
            telling.add_address(actor=request.person, service=service, **form.cleaned_data)
        except Conflict as error:
            form.add_error("name", f"{error.message[:1].upper()}{error.message[1:]}.")
        except DomainError as error:
            shared.show(form, error, else_at="url")
        else:
            messages.success(
                request,
                _("%(chat)s is added. Send it a test.") % {"chat": form.cleaned_data["name"]},
            )
            return redirect("settings-notifications")
    return _page(request, address=form, status=422)


@acts
def remove_address(request: Request, address_id: UUID) -> HttpResponse:
    row = telling.remove_address(actor=request.person, address_id=address_id)
    messages.success(request, _("%(chat)s removed.") % {"chat": row.name})
    return redirect("settings-notifications")
