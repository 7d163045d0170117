"""What somebody else changed while a person edited it: told beside what was typed, which stays."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django import forms


class Revised(Protocol):
    """A row whose changes are counted."""

    @property
    def revision(self) -> int: ...
    @property
    def changed_by(self) -> str | None: ...
    @property
    def changed_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Who changed `row` when, and of each field that is typed differently its label and what is stored now."""

    row: Revised
    theirs: list[tuple[str, str]]

    @property
    def who(self) -> str:
        return self.row.changed_by or ""

    @property
    def at(self) -> datetime | None:
        return self.row.changed_at


class Revision(forms.IntegerField):
    """The revision that a form shows, sent back with it."""

    def __init__(self, *, first: int = 1) -> None:
        super().__init__(min_value=first, required=False, widget=forms.HiddenInput)


def _label(field: forms.BoundField) -> str:
    return str(field.label)


def of_form(form: forms.Form, row: Revised, *, labels: Callable[[forms.BoundField], str] = _label) -> Meanwhile:
    """What differs between a form as it was sent and `row` as it is stored, which is the form's `initial`. When it is sent
    again, it overwrites."""
    changed = [form[name] for name in form.changed_data if name != "revision"]
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["revision"] = str(row.revision)  # type: ignore[index]
    return Meanwhile(row, [(labels(one), _shown(one)) for one in changed])


def _shown(field: forms.BoundField) -> str:
    """What is stored, as the field would show it."""
    stored = field.initial
    choices: Iterable[tuple[object, object]] = getattr(field.field, "choices", ())
    for value, words in choices:
        if str(value) == str(stored or ""):
            return str(words)
    prepared = field.field.prepare_value(stored)
    shown = field.field.widget.format_value(prepared) if prepared not in (None, "") else ""
    return str(shown or "–")
