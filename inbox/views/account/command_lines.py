"""Command lines: approving one that wants to be signed in, and coming from one into a browser."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from inbox.views.kit.acting import Request, asks, choose, confirmed
from intents.accounts.models import User
from intents.accounts.selectors import grants as tickets
from intents.accounts.services import browsers, grants
from intents.accounts.sessions import PROVIDER
from intents.kernel import clock
from intents.kernel.actors import Author


@asks
@confirmed
def approve(request: Request) -> HttpResponse:
    """Which command line it is. Opening the page changes nothing; its buttons approve or refuse."""
    secret, user_code = request.GET.get("grant", ""), request.GET.get("code", "")
    grant = grants.waiting(actor=request.person, secret=secret, user_code=user_code)
    if request.method == "POST":
        approved = request.POST.get("answer") == "approve"
        grants.answer(actor=request.person, user=request.user, secret=secret, user_code=user_code, approved=approved)
        return render(request, "account/command_line_answered.html", {"approved": approved, "grant": grant})
    return render(request, "account/command_line.html", {"grant": grant, "now": clock.now()})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def exchange(request: HttpRequest) -> HttpResponse:
    """Whose command line opened this. Opening the page signs nobody in; its button does, once."""
    secret = request.GET.get("token", "")
    if request.method != "POST":
        return render(request, "account/exchange.html", {"whose": tickets.line_of_ticket(secret).token.user.email})
    user = tickets.line_of_ticket(secret).token.user
    whose = Author(label=user.email)
    line = browsers.use(actor=whose, secret=secret)
    if isinstance(request.user, User) and request.user.pk != user.pk:
        get_adapter().logout(request)
    get_adapter().login(request, user)
    request.session[PROVIDER] = line.token.provider or ""
    choose(request.session, line.token.workspace_id)  # type: ignore[arg-type]  # our own store
    request.session.save()
    browsers.entered(actor=whose, line=line, session_id=request.session.id)  # type: ignore[attr-defined]
    messages.success(request, _("You are signed in as %(email)s.") % {"email": user.email})
    return HttpResponseRedirect("/")
