"""Password, passkeys, second step, where one is signed in, and the proof of one's address."""

from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from inbox.adapters import SIGNED_IN
from inbox.views.kit import passkeys
from inbox.views.kit.acting import Request, acts, signed_in
from inbox.views.settings.page import show
from intents.accounts import proofs
from intents.accounts import selectors as roster
from intents.accounts.models import Session
from intents.accounts.selectors import places
from intents.accounts.services import people, verifying
from intents.accounts.sessions import SessionStore
from intents.kernel import clock


@signed_in
@require_safe
def security(request: Request) -> HttpResponse:
    """Password, passkeys, second step, and where one is signed in."""
    now = clock.now()
    browsers = [
        {"id": row.id, "here": row.id == request.session.id, "began": row.created_at, "seen": row.seen_at} | _began(row)
        for row in roster.sessions(request.person, now)
    ]
    lines = [
        {
            "id": line.token_id,
            "began": line.token.created_at,
            "seen": line.token.last_used_at,
            "address": line.address,
            "device": _("Command line (%(device)s)") % {"device": line.device},
        }
        for line in places.lines(request.user.id, now)
    ]
    known = {
        "sessions": browsers + lines,
        "second_step": is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP]),
        "passkeys": passkeys.of(request.user),
    }
    return show(request, "security", known)


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
    """The page that the email about a typed address leads to. Opening it changes nothing; its button verifies."""
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
