"""Links for a new password. A request writes down only that one was asked for; whose address it is, is looked up when the
email is sent. So a request does the same for every address, and tells nobody which ones have an account."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from intents.accounts import selectors
from intents.accounts.models import User
from intents.sending import email as mail

LONGEST = 254
"""Characters of an address; no account has a longer one."""
TEMPLATE = "account/email/password_reset_key"


def ask(address: str) -> None:
    """Enqueue a link for whoever has this address, if anybody has. It has at most LONGEST characters."""
    mail.enqueue_text(address.strip().lower(), subject=TEMPLATE, text="")


def write(address: str, _text: str = "") -> mail.Written | None:
    """The email with the link; None when nobody could use it. A link is made for each try, and kept nowhere."""
    user = selectors.known_as(address)
    if user is None or not user.is_active:
        return None
    context = {"user": user, "password_reset_url": _url(user)}
    return mail.write(TEMPLATE, context, language=selectors.language_of(user))


def _url(user: User) -> str:
    """Never by the Host header: whoever sends the request chooses it."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{settings.BASE_URL}{path.replace('UID-KEY', key)}"
