"""Hours of a week as people type them, "09:00-12:00, 13:00-17:00", and as a page draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from inbox.calendars import working_time
from inbox.escalation.services.calendars import Hours
from inbox.views.kit.refusals import begun

NAMES = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


class WeekForm(forms.Form):
    """A form with a field for the hours of each day."""

    mon = forms.CharField(max_length=120, required=False, label=NAMES["mon"])
    tue = forms.CharField(max_length=120, required=False, label=NAMES["tue"])
    wed = forms.CharField(max_length=120, required=False, label=NAMES["wed"])
    thu = forms.CharField(max_length=120, required=False, label=NAMES["thu"])
    fri = forms.CharField(max_length=120, required=False, label=NAMES["fri"])
    sat = forms.CharField(max_length=120, required=False, label=NAMES["sat"])
    sun = forms.CharField(max_length=120, required=False, label=NAMES["sun"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for day, spans in self.hours().items():
            try:
                working_time.hours({day: spans})
            except ValueError as error:
                words = str(error).removeprefix(f"{day}: ")
                self.add_error(day, _("%(why)s. Write hours as 09:00-12:00, 13:00-17:00.") % {"why": begun(words)})
        return cleaned

    def hours(self) -> Hours:
        """The hours that were given, as the API writes them; of days that have some."""
        return {day: found for day in NAMES if (found := _spans(self.cleaned_data.get(day, "")))}

    def has_hours(self) -> bool:
        """Whether any are stored or were sent."""
        return any(self[day].value() for day in NAMES)

    def days(self) -> list[forms.BoundField]:
        return [self[day] for day in NAMES]


def _spans(text: str) -> list[list[str]]:
    plain = "".join(text.replace("–", "-").replace(";", ",").split())
    return [[_time(end) for end in span.split("-")] for span in plain.split(",") if span]


def _time(text: str) -> str:
    """9 and 9:00 as 09:00; anything else as it is."""
    hour, _, minute = text.partition(":")
    return f"{hour:0>2}:{minute or '00'}" if hour.isdigit() else text


def typed(hours: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, str]:
    """Hours as the form shows them, by day in the order of the week; of days that have some."""
    return {day: ", ".join("-".join(span) for span in spans) for day in NAMES if (spans := hours.get(day))}


def days(hours: Mapping[str, Sequence[Sequence[str]]]) -> list[str]:
    """The days that have hours, in short."""
    return [str(short) for day, short in zip(NAMES, WEEKDAYS_ABBR.values(), strict=True) if hours.get(day)]


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of a day in words, and where they are drawn: beginnings and lengths in percent of the day."""

    name: str
    words: list[str]
    bars: list[tuple[str, str]]


def week(hours: Mapping[str, Sequence[Sequence[str]]]) -> list[Day]:
    """The days of a week."""
    return [
        Day(
            str(name),
            [_("%(start)s to %(end)s") % {"start": start, "end": end} for start, end in hours.get(day, ())],
            [_bar(start, end) for start, end in hours.get(day, ())],
        )
        for day, name in NAMES.items()
    ]


def _bar(start: str, end: str) -> tuple[str, str]:
    begins, ends = working_time.minutes(start), working_time.minutes(end)
    return f"{100 * begins / working_time.MIDNIGHT:.2f}%", f"{100 * (ends - begins) / working_time.MIDNIGHT:.2f}%"
