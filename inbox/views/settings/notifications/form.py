"""How a person is told, as a form."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from inbox.notifications.preferences import KINDS, OPTIONAL, ChannelChoice, Digest, Preferences, Quiet, Span
from inbox.vocabulary.kinds import RISK_WORDS

EVERY = (("", _("No digest")), ("hour", _("Each hour")), ("day", _("Once a day")))


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
        label=_("Notify me about"),
        choices=[(kind, KINDS[kind]) for kind in OPTIONAL],
        required=False,
        widget=forms.CheckboxSelectMultiple,
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
        off = [kind for kind in OPTIONAL if kind not in said["kinds"]]
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


def ordinal(number: int) -> str:
    words = {1: _("1st"), 2: _("2nd"), 3: _("3rd")}
    return str(words[number]) if number in words else _("%(number)sth") % {"number": number}


def ways_form(chosen: Preferences) -> WaysForm:
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
            "kinds": [kind for kind in OPTIONAL if kind not in chosen.unsubscribed],
        }
    )
