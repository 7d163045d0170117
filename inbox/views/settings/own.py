"""One's own settings: profile, password and sessions, tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from inbox.adapters import SIGNED_IN
from inbox.views import acting
from inbox.views.acting import Request, acts, confirmed, is_confirmed, signed_in, to_confirm
from inbox.views.forms import seen
from intents.accounts import proofs
from intents.accounts import selectors as roster
from intents.accounts.models import Session, User
from intents.accounts.models.people import AfterDecision, Density, Theme
from intents.accounts.services import people, tokens, verifying
from intents.accounts.sessions import SessionStore
from intents.engine import selectors
from intents.kernel import clock
from intents.kernel.errors import InvalidField

ZONES = sorted(clock.zones())
POLICIES = ("policies", "calendars", "oncall")
"""The tabs that stand under Policies."""
LIFETIMES = ((30, _("30 days")), (90, _("90 days")), (365, _("a year")), (0, _("until revoked")))
THEMES = ((Theme.SYSTEM, _("System")), (Theme.LIGHT, _("Light")), (Theme.DARK, _("Dark")))
AFTER = (
    (AfterDecision.NEXT, _("Open the next task")),
    (AfterDecision.STAY, _("Stay on the task")),
    (AfterDecision.BACK, _("Go back to the list")),
)
DENSITIES = ((Density.COMFORTABLE, _("Comfortable")), (Density.DENSE, _("Dense")))


@acts
def switch(request: Request) -> HttpResponse:
    """Act in another workspace of one's own."""
    wanted = request.POST.get("workspace", "")
    if any(str(seat.person.workspace_id) == wanted for seat in request.seats):
        acting.choose(request.session, UUID(wanted))
    return HttpResponseRedirect("/")


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        help_text=_("For example Europe/Paris."),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Density"), choices=DENSITIES, widget=forms.RadioSelect, help_text=_("Row height"))
    after_decision = forms.ChoiceField(label=_("After a decision"), choices=AFTER, widget=forms.RadioSelect, required=False)

    class Meta:
        model = User
        fields = ("name", "time_zone", "theme", "density", "after_decision", "shortcuts")
        labels = {"name": _("Name"), "shortcuts": _("Keyboard shortcuts")}
        help_texts = {"shortcuts": _("Single-key shortcuts in the inbox, e.g. j for next. Press ? for all.")}

    def clean_after_decision(self) -> str:
        return self.cleaned_data["after_decision"] or AfterDecision.NEXT

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        seen(name)
        return name

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone not in ZONES:
            raise ValidationError(_("Unknown time zone. Pick one from the list, e.g. Europe/Paris."))
        return zone


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: Request) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=User.objects.get(id=request.user.id))
    if request.method == "POST" and form.is_valid():
        people.update_profile(actor=request.person, user=form.instance, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("settings-profile")
    return show(request, "profile", {"form": form, "zones": ZONES}, status=422 if form.errors else 200)


@acts
def use_zone(request: Request) -> HttpResponse:
    """Show times in the zone of the browser from now on, and go back to where that was offered."""
    zone, path = request.POST.get("time_zone", ""), request.POST.get("next", "")
    if zone not in ZONES:
        raise InvalidField("time_zone", "no time zone of the IANA list is called that; one is like Europe/Riga")
    user = User.objects.get(id=request.user.id)
    people.update_profile(actor=request.person, user=user, time_zone=zone)
    messages.success(request, _("Times are shown in %(zone)s now.") % {"zone": zone})
    back = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/")
    return HttpResponseRedirect(path if back else reverse("settings-profile"))


@signed_in
@require_safe
def security(request: Request) -> HttpResponse:
    """Password, second step, and where one is signed in."""
    sessions = [
        {"id": row.id, "here": row.id == request.session.id, "row": row} | _began(row)
        for row in roster.sessions(request.person, clock.now())
    ]
    second_step = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return show(request, "security", {"sessions": sessions, "second_step": Authenticator.Type.TOTP in second_step})


def _began(row: Session) -> dict[str, Any]:
    """Where a session began, as far as it is known."""
    began = SessionStore().decode(row.data).get(SIGNED_IN, {})
    return {"address": began.get("address", ""), "device": device(began.get("agent", ""))}


def device(agent: str) -> str:
    """A browser's own long name in two words."""
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
        *(("Mac OS", "macOS"), ("Linux", "Linux")),
    )
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if system:
        return _("A browser on %(system)s") % {"system": system}
    return browser or str(_("An unknown browser"))


@acts
def end_session(request: Request, session_id: UUID) -> HttpResponse:
    people.end_session(actor=request.person, session_id=session_id)
    messages.success(request, _("That session has ended."))
    return redirect("settings-security")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: Request, key: str) -> HttpResponse:
    """The page that the mail about a typed address leads to. Opening it changes nothing; its button verifies."""
    proofs.ensure(request.user, key)
    if request.method == "POST":
        verifying.verify(actor=request.person, key=key)
        messages.success(request, _("Your email address is verified."))
        return redirect("settings-security")
    return render(request, "account/verify.html")


@acts
def verify_again(request: Request) -> HttpResponse:
    verifying.ask_again(actor=request.person)
    messages.success(request, _("A link is on its way to %(email)s.") % {"email": request.person.email})
    return redirect("settings-security")


@acts
def end_others(request: Request) -> HttpResponse:
    people.end_other_sessions(actor=request.person)
    messages.success(request, _("All your other sessions have ended."))
    return redirect("settings-security")


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), validators=[seen], max_length=120, help_text=_("Where it will be used, for example Laptop.")
    )
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int, choices=LIFETIMES, initial=90)


@signed_in
@require_safe
def token_list(request: Request) -> HttpResponse:
    return _tokens(request, TokenForm())


def _tokens(request: Request, form: TokenForm, status: int = 200, **known: Any) -> HttpResponse:
    rows = roster.tokens(request.person)
    known |= {"form": form, "tokens": rows, "confirmed": is_confirmed(request), "to_confirm": to_confirm(request.path)}
    return show(request, "tokens", known, status=status)


@acts
@confirmed
def create_token(request: Request) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _tokens(request, form, 422)
    token, secret = tokens.create_person_token(
        actor=request.person,
        workspace=selectors.workspace(request.person),
        user=request.user,
        name=form.cleaned_data["name"],
        expires_at=ends(form.cleaned_data["days"]),
    )
    return _tokens(request, TokenForm(), created=token, secret=secret)


def ends(days: int) -> Any:
    """When something ends that works for `days`, None for 0: never."""
    return clock.now() + timedelta(days=days) if days else None


@acts
def revoke_token(request: Request, token_id: UUID) -> HttpResponse:
    token = tokens.revoke_person_token(actor=request.person, token=roster.token(request.person, token_id))
    messages.success(request, _("Token %(token)s was revoked.") % {"token": token.name})
    return redirect("settings-tokens")


def show(request: Request, tab: str, known: dict[str, Any], *, template: str = "", status: int = 200) -> HttpResponse:
    """A page of the settings, or of what is kept about policies, under its tab."""
    around = {"place": "policies" if tab in POLICIES else "settings", "tab": tab, "now": clock.now()}
    return render(request, f"settings/{template or tab}.html", known | around, status=status)
