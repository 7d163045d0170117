"""What sign-in does differently here from what the library does by itself."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from intents.accounts.models import User
from intents.accounts.services import people, verifying
from intents.kernel import clock, secrets
from intents.kernel.actors import System
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
        people.begin_in(user=user, zone=request.POST.get("time_zone", ""))
        super().login(request, user)
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
        """Who has a second step is asked for its code: the password may be kept in the browser that was left open."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [one for one in methods if one["id"] == "mfa_reauthenticate"] or methods

    def get_client_ip(self, request: HttpRequest) -> str:
        # The bridge has asked the proxy already, where there is one. A client on a unix socket has no address.
        return str(request.META.get("REMOTE_ADDR") or "local")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Enqueued, not sent: how long a mail server takes would tell which addresses have an account."""
        mail.enqueue(email, template_prefix, {"email": email} | context)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def set_password(self, user: User, password: str) -> None:
        """The sessions that began with the old password end."""
        super().set_password(user, password)
        if not self.request.user.is_authenticated:
            verifying.revoke_tokens(actor=System(name="new password"), user=user)
        user.sessions.exclude(id=self._own_session()).delete()

    def _own_session(self) -> Any:
        return self.request.session.id if self.request.user.is_authenticated else None


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
