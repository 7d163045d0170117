"""What sign-in does differently here from what the library does by itself."""

import time
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal import ratelimit
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intents.accounts import selectors as roster
from intents.accounts.models import User
from intents.accounts.services import factors, people, verifying
from intents.accounts.sessions import PROVIDER as SIGNED_IN_BY
from intents.kernel import clock, secrets
from intents.kernel.actors import Author, System
from intents.sending import email as mail

SIGNED_IN = "signed_in"
"""Where a session keeps where it began: `{"at", "address", "agent"}`."""
LONGEST_AGENT = 255
FROM_ANYWHERE = {"login_failed_anywhere": "100/h/key"}
"""Wrong passwords for one address from all machines: far more than from one, or anybody could lock its owner out."""


class Accounts(DefaultAccountAdapter):
    """Nobody signs up by themselves: people come by invitation, the first one by the setup page."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email address or the password is wrong."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many wrong passwords. Wait five minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        people.begin_in(user=user, zone=request.POST.get("time_zone", ""), language=chosen)
        super().login(request, user)
        _keep_provider(request, user)
        request.session[SIGNED_IN] = {
            "at": clock.rfc3339(clock.now()),
            "address": self.get_client_ip(request),
            "agent": request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        }

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Five wrong passwords from one machine do not lock out the owner, who is at another.
        return f"{_name_tried(credentials)}:{ratelimit.get_ip(request)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        self._anywhere = ratelimit.consume(request, **_anywhere(credentials), limit_get=True)
        if not self._anywhere:
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        self._anywhere.rollback()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, **_anywhere(credentials))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second step is asked for that: the password may be kept in the browser that was left open."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [one for one in methods if one["id"].startswith("mfa_reauthenticate")] or methods

    def is_reauthentication_required(self, *, app: str) -> bool:
        """The library's pages ask when ours do."""
        return not is_fresh(self.request, self.request.user)

    def get_client_ip(self, request: HttpRequest) -> str:
        # The bridge has asked the proxy already, where there is one. A client on a unix socket has no address.
        return str(request.META.get("REMOTE_ADDR") or "local")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Enqueued, not sent: how long a mail server takes would tell which addresses have an account."""
        mail.enqueue(email, template_prefix, {"email": email} | context, language=_language(context))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def set_password(self, user: User, password: str) -> None:
        """The sessions that began with the old password end."""
        super().set_password(user, password)
        by = System(name="new password")
        if not self.request.user.is_authenticated:
            verifying.revoke_tokens(actor=by, user=user)
        people.end_sessions_of(actor=by, user=user, but=self._own_session())

    def _own_session(self) -> Any:
        return self.request.session.id if self.request.user.is_authenticated else None


def _language(context: Mapping[str, Any]) -> str:
    """In which an email of the library is: that of whose account it is about."""
    return getattr(context.get("user"), "language", "") or get_language() or ""


PASSWORD, CODE, PASSKEY, PROVIDER = "password", "code", "passkey", "provider"
BY_OIDC = "oidc"
"""The method of a record of having signed in by an identity provider."""


def asked_for(user: Any) -> str:
    """What shows once more that it is `user`: PASSKEY (or a code), CODE, PASSWORD, or PROVIDER for who only signs in by
    one."""
    held = set(roster.authenticators(user).values_list("type", flat=True))
    if Authenticator.Type.WEBAUTHN in held:
        return PASSKEY
    if Authenticator.Type.TOTP in held:
        return CODE
    return PROVIDER if not user.has_usable_password() and roster.identities(user).exists() else PASSWORD


def is_fresh(request: HttpRequest, user: Any) -> bool:
    """Whether `user` has shown lately that it is them, by signing in or by confirming it."""
    since = time.time() - 60 * settings.CONFIRM_AGAIN_MINUTES
    recent = {record["method"] for record in get_authentication_records(request, user) if record["at"] > since}
    return bool(recent) and bool(recent & ({"mfa"} if asked_for(user) in (CODE, PASSKEY) else {"password", BY_OIDC}))


def _keep_provider(request: HttpRequest, user: Any) -> None:
    """Keep in the session by which identity provider somebody has signed in now, if by one at all: of what they have shown,
    the last that is no second step."""
    shown = [
        record
        for record in get_authentication_records(request, user)
        if record["method"] in ("password", BY_OIDC) or record.get("passwordless")
    ]
    request.session[SIGNED_IN_BY] = shown[-1].get("provider", "") if shown else ""


def _anywhere(credentials: Mapping[str, Any]) -> dict[str, Any]:
    key = _name_tried(credentials)
    return {"app": "inbox", "action": "login_failed_anywhere", "config": FROM_ANYWHERE, "key": key}


def _name_tried(credentials: Mapping[str, Any]) -> str:
    """Without the host that was asked, which the library has in it: a client chooses that, its port above all."""
    return str(credentials.get("email", credentials.get("username", ""))).lower()


class SecondFactor(DefaultMFAAdapter):
    """Seeds and recovery codes are encrypted at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong or too old. Enter the one that the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text.encode())

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        """What a new passkey is called until it gets a name of its own."""
        return str(_("Passkey %(number)s")) % {"number": roster.authenticators(user).filter(type=type).count() + 1}


def _note(user: User, authenticator: Authenticator, action: str) -> None:
    # Recovery codes come and go with the others.
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        factors.note(actor=Author(label=user.email), user=user, action=action, kind=authenticator.type)


def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_more: object) -> None:
    """On the record. Who adds one has shown it, too: they are not asked for it again at once."""
    _note(user, authenticator, "add")
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, method="mfa", type=authenticator.type, reauthenticated=True)


def factor_removed(user: User, authenticator: Authenticator, **_more: object) -> None:
    """On the record."""
    _note(user, authenticator, "remove")


def watch_factors() -> None:
    """Put on the record who sets up a second factor, or takes one away."""
    signals.authenticator_added.connect(factor_added)
    signals.authenticator_removed.connect(factor_removed)
