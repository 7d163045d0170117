"""How people come in: the first one by the setup page, all others by invitation."""

from typing import Any

import structlog
from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inbox import demo
from inbox.views.kit import acting
from inbox.views.kit.forms import NewPasswordField, check_password, seen, show
from inbox.views.kit.refusals import begun
from intents.accounts import selectors as roster
from intents.accounts.models import Invitation, User
from intents.accounts.oidc import providers
from intents.accounts.services import first_run, invitations
from intents.kernel import clock
from intents.kernel.errors import Conflict, Denied, DomainError

log = structlog.get_logger()
page = require_http_methods(["GET", "HEAD", "POST"])


class SignInPage(account.LoginView):  # type: ignore[misc]  # the library is untyped
    """With all the ways that this server has."""

    def get_context_data(self, **known: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**known)
        return found | {"providers": providers.known(), "people": demo.people(self.request)}


_sign_in = SignInPage.as_view()


def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, or on a server where nobody is registered yet the setup page."""
    if not request.user.is_authenticated and first_run.is_needed():
        return HttpResponseRedirect(reverse("setup"))
    response: HttpResponse = _sign_in(request)
    return response


class SetupForm(forms.Form):
    code = forms.CharField(
        label=_("Setup code"),
        max_length=40,
        help_text=_("The server printed it when it was started, and wrote it to its log when this page was opened."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organization = forms.CharField(
        label=_("Organization"), validators=[seen], max_length=120, help_text=_("The name of your company or team.")
    )
    workspace = forms.CharField(
        label=_("Workspace"),
        validators=[seen],
        max_length=120,
        initial="Production",
        help_text=_("Agents and people of one workspace see nothing of another."),
    )
    name = forms.CharField(
        label=_("Your name"), validators=[seen], max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = NewPasswordField()

    def clean_code(self) -> str:
        given: str = self.cleaned_data["code"].strip().lower()
        if not constant_time_compare(given, first_run.code()):
            raise forms.ValidationError(_("This is not the code in the log. Look for the line setup_needed."))
        return given

    def clean(self) -> None:
        check_password(self, email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))


@page
@never_cache
@sensitive_post_parameters()
def setup(request: HttpRequest) -> HttpResponse:
    if not first_run.is_needed():
        return HttpResponseRedirect("/")
    log.warning("setup_needed", code=first_run.code(), why="nobody is registered yet")
    form = SetupForm(request.POST or None)
    if form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "code"}
        try:
            user = first_run.set_up(**given)
        except DomainError as error:
            show(form, error)
        else:
            return _enter(request, user, str(_("Everything is set up. You are the owner of this workspace.")))
    return render(request, "account/setup.html", {"form": form}, status=422 if form.errors else 200)


class JoinForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"), validators=[seen], max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = NewPasswordField()

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if email:
            self.fields["email"].disabled = True
            self.initial["email"] = email

    def clean(self) -> None:
        check_password(self, email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))


@page
@never_cache
@sensitive_post_parameters()
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an invitation. Opening it changes nothing; its button accepts."""
    offered = invitations.by_token(token)
    state = invitations.state(invitation=offered, now=clock.now())
    known = {"invitation": offered, "state": state, "workspace": offered.workspace}
    if not offered.role:
        raise Denied("this invitation is for a program: it is accepted over the API, by registering a nick")
    if state != "pending":
        return render(request, "account/invitation_over.html", known, status=410)
    if isinstance(request.user, User):
        return _join_as(request, offered, token, known)
    has_it = roster.known_as(offered.email) if offered.email else None
    if has_it and has_it.email_verified_at:
        return render(request, "account/invitation_sign_in.html", known)
    form = JoinForm(request.POST or None, email=offered.email)
    if form.is_valid():
        try:
            member, user = invitations.join_as_new(token=token, **form.cleaned_data)
        except DomainError as error:
            show(form, error)
        else:
            response = _enter(request, user, _("Welcome to %(workspace)s.") % {"workspace": offered.workspace.name})
            if user.email_verified_at is None:
                messages.info(request, _("Open the link we sent to %(email)s to verify it.") % {"email": user.email})
            acting.choose(request.session, member.workspace_id)  # type: ignore[arg-type]  # our own store
            return response
    return render(
        request, "account/invitation.html", known | {"form": form, "unverified": has_it}, status=422 if form.errors else 200
    )


def _join_as(request: HttpRequest, found: Invitation, token: str, known: dict[str, object]) -> HttpResponse:
    assert isinstance(request.user, User)
    problem = ""
    if request.method == "POST":
        try:
            member = invitations.join_as(token=token, user=request.user)
        except (Conflict, Denied) as error:
            problem = begun(error.message)
        else:
            acting.choose(request.session, member.workspace_id)  # type: ignore[arg-type]  # our own store
            messages.success(request, _("Welcome to %(workspace)s.") % {"workspace": found.workspace.name})
            return HttpResponseRedirect("/")
    mine = not found.email or found.email == request.user.email
    return render(
        request,
        "account/invitation_join.html",
        known | {"mine": mine, "problem": problem},
        status=409 if problem else 200,
    )


def _enter(request: HttpRequest, user: User, welcome: str) -> HttpResponse:
    """Sign in somebody who has just set their password."""
    get_adapter().login(request, user)
    record_authentication(request, user, method="password")
    messages.success(request, welcome)
    return HttpResponseRedirect("/")
