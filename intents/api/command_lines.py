"""Signing in a command line, and its sessions."""

from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from intents.accounts import keyless, sign_in_codes
from intents.accounts import selectors as accounts
from intents.accounts.bearers import Carried
from intents.accounts.models import CommandLine
from intents.accounts.models.command_line import DEVICE
from intents.accounts.selectors import places
from intents.accounts.services import browsers, people
from intents.api.common import REFUSALS, Request, answer, as_id, once
from intents.kernel import clock
from intents.kernel.actors import Person, Tenant
from intents.kernel.errors import MissingActorToken, RateLimited
from intents.schemas import command_lines as shapes

router = Router(tags=["Sign-in"])

POLL_SECONDS = 3
MINUTE = 60
LIMITS = {
    "cli_asked": "20/m/ip",
    "cli_mailed": "5/5m/key",
    "cli_mailed_anywhere": "20/h/key",
    "cli_code": "20/m/ip",
    "cli_refresh": "300/m/ip",
}
"""As for the sign-in page: by the machine, by the address and the machine, and by the address from anywhere."""


def _spend(request: HttpRequest, *actions: tuple[str, str]) -> None:
    """Count a request of somebody who is not signed in. Raises RateLimited."""
    for action, key in actions:
        config = {action: LIMITS[action]}
        if not ratelimit.consume(request, app="intents", action=action, config=config, key=key or None):
            wait = 5 * MINUTE if key else MINUTE
            raise RateLimited(
                f"too many tries to sign in; wait {wait} s",
                retry_after=wait,
                limit=0,
                reset=int(clock.now().timestamp()) + wait,
            )


def _from(request: HttpRequest) -> dict[str, str]:
    return {
        "device": request.headers.get("User-Agent", "")[:DEVICE] or "command line",
        "address": str(request.META.get("REMOTE_ADDR") or "local")[:64],
    }


def _signed_in(done: tuple[CommandLine, Carried]) -> HttpResponse:
    line, carried = done
    place = next(
        one
        for one in places.of(line.token.user_id, provider=line.token.provider or "")
        if one.workspace_id == line.token.workspace_id
    )
    return answer(
        {
            "ok": True,
            "state": "approved",
            "api_key": carried.api_key,
            "account_session_token": carried.session_token,
            "refresh_token": carried.refresh_token,
            "expires_in": carried.expires_in,
            "org_id": str(place.org_id),
            "workspace_id": str(place.workspace_id),
        }
    )


def person(actor: Tenant) -> Person:
    """Who of a request is a person. Raises MissingActorToken."""
    if not isinstance(actor, Person):
        raise MissingActorToken("this is about a person: send their token or session as Authorization: Bearer")
    return actor


@router.post("/auth/login-intent", auth=None, response={200: shapes.SignInAsked, **REFUSALS}, summary="Sign in by email")
def ask_by_email(request: HttpRequest, body: shapes.AskToSignIn) -> HttpResponse:
    """Have a code and a link emailed to whoever has the address, if anybody has: the answer is the same for every address.
    The code is good for ten minutes, for five tries, and once."""
    email = body.email.strip().lower()
    _spend(
        request, ("cli_asked", ""), ("cli_mailed", f"{email}:{ratelimit.get_ip(request)}"), ("cli_mailed_anywhere", email)
    )
    grant, secret = keyless.ask(email=email, **_from(request))
    lasts = int(keyless.LASTS.total_seconds())
    return answer({"ok": True, "intent_id": str(grant.id), "grant_id": secret, "expires_in": lasts})


@router.post(
    "/auth/login-intent/{intent_id}/verify",
    auth=None,
    response={200: shapes.SignedIn, 410: None, **REFUSALS},
    summary="Enter the emailed code",
)
def verify_code(request: HttpRequest, intent_id: str, body: shapes.SignInCode) -> HttpResponse:
    """The credentials of the command line. A code that has expired, or five wrong ones, are 410; a wrong one is 422, a used
    one 409. Who has a second step, or whose workspace wants its identity provider, approves the sign-in on the page of the
    emailed link first (403 until then)."""
    _spend(request, ("cli_code", ""))
    return _signed_in(keyless.by_code(grant_id=as_id(intent_id, "sign-in"), code=body.code))


@router.post("/auth/cli-grants", auth=None, response={200: shapes.CliGrant, **REFUSALS}, summary="Sign in by a browser")
def ask_by_browser(request: HttpRequest) -> HttpResponse:
    """A page on which somebody who is signed in approves this command line."""
    _spend(request, ("cli_asked", ""))
    grant, secret = keyless.ask(**_from(request))
    return answer(
        {
            "ok": True,
            "grant_id": secret,
            "user_code": grant.user_code,
            "approval_url": sign_in_codes.page(grant),
            "poll_interval": POLL_SECONDS,
            "expires_in": int(keyless.LASTS.total_seconds()),
        }
    )


@router.get(
    "/auth/cli-grants/{grant_id}",
    auth=None,
    response={200: shapes.SignedIn, 410: None, **REFUSALS},
    summary="Was it approved?",
)
def poll_grant(request: HttpRequest, grant_id: str) -> HttpResponse:
    """`pending`, or the credentials of the command line, once: again only for half a minute. 410 when it has expired, was
    refused or used."""
    done = keyless.collect(secret=grant_id)
    return answer({"ok": True, "state": "pending"}) if done is None else _signed_in(done)


@router.post("/auth/refresh", auth=None, response={200: shapes.Refreshed, **REFUSALS}, summary="Refresh a session")
def refresh(request: HttpRequest, body: shapes.Refresh) -> HttpResponse:
    """A new session token, and a new one to refresh it with. The same one again within half a minute gets the same answer;
    later it ends the session, for then two have it."""
    _spend(request, ("cli_refresh", ""))
    carried = keyless.refresh(refresh_token=body.refresh_token)
    return answer(
        {
            "ok": True,
            "access_token": carried.session_token,
            "refresh_token": carried.refresh_token,
            "expires_in": carried.expires_in,
        }
    )


@router.get("/auth/sessions", response={200: shapes.AccountSessions, **REFUSALS}, summary="List your sessions")
def list_sessions(
    request: Request, include_revoked: bool = Query(False, description="Also those of command lines that have ended.")
) -> HttpResponse:
    """Where you are signed in: command lines and browsers, the latest used first."""
    actor, now = person(request.auth), clock.now()
    shown = [_line(one, actor) for one in places.lines(actor.user_id, now, ended=include_revoked)]
    shown += [
        {
            "session_id": str(one.id),
            "is_current": False,
            "client_type": "browser",
            "device_label": "browser",
            "created_at": clock.rfc3339(one.created_at),
            "last_used_at": clock.rfc3339(one.seen_at),
            "expires_at": clock.rfc3339(one.expires_at),
            "revoked_at": None,
        }
        for one in accounts.sessions(actor, now)
    ]
    return answer({"ok": True, "sessions": shown})


def _line(one: CommandLine, actor: Person) -> dict[str, Any]:
    token = one.token
    return {
        "session_id": str(token.id),
        "is_current": token.id == actor.credential_id,
        "client_type": "cli",
        "device_label": one.device,
        "created_at": clock.rfc3339(token.created_at),
        "last_used_at": clock.rfc3339(token.last_used_at) if token.last_used_at else None,
        "expires_at": clock.rfc3339(token.expires_at) if token.expires_at else None,
        "revoked_at": clock.rfc3339(token.revoked_at) if token.revoked_at else None,
    }


@router.post("/auth/sessions/revoke", response={200: shapes.SessionRevoked, **REFUSALS}, summary="End a session")
def revoke_session(request: Request, body: shapes.RevokeSession) -> HttpResponse:
    """End one of your sessions at once, with the key that it carries."""
    actor: Person = person(request.auth)
    wanted: UUID = as_id(body.session_id, "session")

    def run() -> dict[str, Any]:
        people.end_session(actor=actor, session_id=wanted)
        return {"ok": True, "revoked": True}

    return once(request, run)


@router.post("/auth/logout-all", response={200: shapes.SessionsEnded, **REFUSALS}, summary="End all your sessions")
def end_all(request: Request, body: shapes.Nothing) -> HttpResponse:
    """End all your sessions, of command lines and browsers, this one too."""
    actor = person(request.auth)
    return once(request, lambda: {"ok": True, "sessions": people.end_all_sessions(actor=actor)})


@router.post("/auth/dashboard-token", response={200: shapes.BrowserToken, **REFUSALS}, summary="Open a browser")
def browser_token(request: Request) -> HttpResponse:
    """A token that opens `/auth/exchange?token=` once: there a button signs a browser in as you. Only for a command line
    that is signed in."""
    actor, lasts = person(request.auth), int(browsers.LASTS.total_seconds())
    return once(request, lambda: {"ok": True, "token": browsers.issue(actor=actor), "expires_in": lasts}, secret=True)
