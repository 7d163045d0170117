"""One's own profile."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.kit.forms import ZONES, seen
from inbox.views.kit.languages import keep
from inbox.views.settings.page import show
from intents.accounts import selectors as accounts
from intents.accounts.models import User
from intents.accounts.models.people import AfterDecision, Density, Theme
from intents.accounts.services import people
from intents.kernel import languages
from intents.kernel.errors import InvalidField

THEMES = ((Theme.SYSTEM, _("System")), (Theme.LIGHT, _("Light")), (Theme.DARK, _("Dark")))
AFTER = (
    (AfterDecision.NEXT, _("Open the next task")),
    (AfterDecision.STAY, _("Stay on the task")),
    (AfterDecision.BACK, _("Go back to the list")),
)
DENSITIES = ((Density.COMFORTABLE, _("Comfortable")), (Density.DENSE, _("Dense")))


BROWSER = ("", _("As my browser"))


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off"}),
        help_text=_("For example Europe/Paris."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[BROWSER, *settings.LANGUAGES],
        help_text=_("Of pages, emails and chat messages. What agents write stays as it is."),
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=THEMES, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Density"), choices=DENSITIES, widget=forms.RadioSelect, help_text=_("Row height"))
    after_decision = forms.ChoiceField(label=_("After a decision"), choices=AFTER, widget=forms.RadioSelect, required=False)

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme", "density", "after_decision", "shortcuts")
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
    form = ProfileForm(request.POST or None, instance=accounts.user(request.person))
    if request.method == "POST" and form.is_valid():
        people.update_profile(actor=request.person, user=form.instance, **form.cleaned_data)
        with languages.speaking(
            form.cleaned_data["language"] or languages.accepted(request.headers.get("Accept-Language", ""))
        ):
            messages.success(request, str(_("Your profile is saved.")))
        return keep(redirect("settings-profile"), form.cleaned_data["language"])
    return show(request, "profile", {"form": form, "zones": ZONES}, status=422 if form.errors else 200)


@acts
def use_zone(request: Request) -> HttpResponse:
    """Show times in the zone of the browser from now on, and go back to where that was offered."""
    zone, path = request.POST.get("time_zone", ""), request.POST.get("next", "")
    if zone not in ZONES:
        raise InvalidField("time_zone", "no time zone of the IANA list is called that; one is like Europe/Riga")
    user = accounts.user(request.person)
    people.update_profile(actor=request.person, user=user, time_zone=zone)
    messages.success(request, _("Times are shown in %(zone)s now.") % {"zone": zone})
    back = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/")
    return HttpResponseRedirect(path if back else reverse("settings-profile"))
