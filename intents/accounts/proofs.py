"""Emailed links by which people show that they get the email of the address that they typed."""

from datetime import timedelta

from django.conf import settings
from django.core import signing

from intents.accounts import selectors
from intents.accounts.models import User
from intents.kernel import clock
from intents.kernel.errors import Conflict, Denied
from intents.sending import email as mail

PATH = "/account/address/"
"""Of the page that the emailed link opens, before the key."""
MOST_A_DAY = 5
"""Emails to one address in 24 hours, after which no further link is sent there."""
_SALT = "verified address"
_LIFETIME = timedelta(days=3)


def ask(user: User) -> None:
    """Enqueue an email whose link verifies the user's address. Raises Conflict for an address that got many lately."""
    if mail.enqueued_lately(user.email) >= MOST_A_DAY:
        raise Conflict("this address got many emails today; try again tomorrow")
    ends_at = (clock.now() + _LIFETIME).timestamp()
    key = signing.dumps([str(user.id), user.email, int(ends_at)], salt=_SALT)
    context = {"user": user, "link": f"{settings.BASE_URL}{PATH}{key}"}
    mail.enqueue(user.email, "account/email/verify", context, language=selectors.language_of(user))


def ensure(user: User, key: str) -> None:
    """Raises Denied unless `key` was emailed to this user's address lately. It alone is not enough to verify: a stranger
    who pressed the button would vouch for whoever typed their address."""
    try:
        *whom, ends_at = signing.loads(key, salt=_SALT)
    except signing.BadSignature:
        raise Denied("this link is not complete; have another one sent") from None
    if clock.now().timestamp() > ends_at:
        raise Denied("this link has expired; have another one sent")
    if whom != [str(user.id), user.email]:
        raise Denied("this link was sent for another account; sign in with the one that it was sent for")
