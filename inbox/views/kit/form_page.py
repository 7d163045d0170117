"""The page that a form has for itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from inbox.views.kit import forms as shared
from inbox.views.kit import identity
from inbox.views.kit.acting import Request
from intents.kernel.errors import ChangedMeanwhile, Conflict, Invalid

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """What stands around a form that has a page of its own. `route` is its address without `settings-`, or whatever `room`
    is, `ids` what that takes; `back` is where it leads to when nothing is to be done. `confirms` when it takes more than
    being signed in: the same address with `confirm-` takes it with the password then."""

    tab: str
    route: str
    ids: tuple[UUID | str, ...] = ()
    title: Words
    button: Words
    back: str
    back_words: Words
    intro: Words = ""
    hint: Words = ""
    confirms: bool = False
    danger: bool = False
    room: str = "settings"


def ask(
    request: Request,
    page: FormPage,
    form: forms.Form,
    work: Callable[[Mapping[str, Any]], HttpResponse],
    *,
    show: Callable[[Request, str, dict[str, Any], int], HttpResponse],
    else_at: str | None = None,
) -> HttpResponse:
    """The page of `form`, as `show` shows it under its tab with what is known and a status, or what `work` answers to what
    was sent, once that is in order. What is wrong is told beside its field; what no field is about, at `else_at`."""
    unshown, changed = identity.unshown(request, request.user) if form.is_bound and page.confirms else "", False
    if form.is_bound and form.is_valid() and not unshown:
        try:
            return work(form.cleaned_data)
        except ChangedMeanwhile as error:
            _tell_of_theirs(form, error)
            changed = True
        except (Invalid, Conflict) as error:
            shared.show(form, error, else_at=else_at)
    here = reverse(f"{page.room}-{page.route}", args=page.ids)
    known: dict[str, Any] = {"page": page, "form": form, "unshown": unshown, "identity": "", "action": here}
    if page.confirms:
        confirming = reverse(f"confirm-{page.route}", args=page.ids)
        known |= identity.of_form(request, request.user, here=here, confirming=confirming)
    return show(request, page.tab, known, shared.status(form, unshown, changed))


def _tell_of_theirs(form: forms.Form, error: ChangedMeanwhile) -> None:
    """Keep what was typed, and have it overwrite what somebody else has stored when it is sent once more."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["revision"] = str(error.details["revision"])  # type: ignore[index]
    words = _("Somebody else changed this since you opened it. Go back to see theirs, or save again to overwrite it.")
    form.add_error(None, words)
