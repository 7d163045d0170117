"""Codes by email for command lines. Asking for one does the same for every address: whose it is, is looked up when the
email is sent."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings

from intents.accounts import selectors
from intents.accounts.models import CommandLineGrant
from intents.accounts.selectors import grants
from intents.kernel import clock, secrets
from intents.sending import email as mail

TEMPLATE = "account/email/sign_in_code"
PAGE = "/auth/cli"


def ask(grant: CommandLineGrant, secret: str) -> None:
    """Enqueue the email for whoever has the address of a grant, if anybody has."""
    mail.enqueue_text(grant.email, subject=TEMPLATE, text=f"{grant.id} {secret}")


def page(grant: CommandLineGrant) -> str:
    """Where a grant is approved; its secret is still to be added, as `&grant=`."""
    return f"{settings.BASE_URL}{PAGE}?{urlencode({'code': grant.user_code})}"


def write(address: str, text: str) -> mail.Written | None:
    """The email with the code and the link; None when nobody could use it."""
    grant_id, _, secret = text.partition(" ")
    user = selectors.known_as(address)
    grant = grants.asked(UUID(grant_id))
    if user is None or not user.is_active or user.email_verified_at is None or grant is None or grant.sealed is None:
        return None
    if grant.expires_at <= clock.now():
        return None
    context = {
        "user": user,
        "code": secrets.decrypt(bytes(grant.sealed)),
        "link": f"{page(grant)}&{urlencode({'grant': secret})}",
        "device": grant.device,
        "address": grant.address,
    }
    return mail.write(TEMPLATE, context, language=selectors.language_of(user))
