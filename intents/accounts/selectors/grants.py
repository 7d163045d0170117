"""What command lines ask to be signed in by."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from intents.accounts.models import BrowserTicket, CommandLine, CommandLineGrant
from intents.accounts.selectors import places
from intents.kernel import clock, secrets
from intents.kernel.errors import Expired


def asked(grant_id: UUID, *, lock: bool = False) -> CommandLineGrant | None:
    """A grant by its id. Checks no actor."""
    found = CommandLineGrant.objects.filter(id=grant_id)
    return (found.select_for_update() if lock else found).first()


def by_secret(secret: str, *, lock: bool = False) -> CommandLineGrant | None:
    """The grant of a secret, which stands for the actor."""
    found = CommandLineGrant.objects.filter(fingerprint=secrets.fingerprint(secret))
    return (found.select_for_update() if lock else found).first()


def ticket(secret: str, *, lock: bool = False) -> BrowserTicket | None:
    """The way into a browser that a secret opens. The secret stands for the actor."""
    found = BrowserTicket.objects.filter(fingerprint=secrets.fingerprint(secret)).select_related("token__user")
    return (found.select_for_update(of=("self",)) if lock else found).first()


def line_of_ticket(secret: str) -> CommandLine:
    """The command line that gave out a ticket that is still good. The secret stands for the actor. Raises Expired."""
    found = ticket(secret)
    line = places.line(found.token_id) if found else None
    if found is None or line is None or found.used_at is not None or found.expires_at <= clock.now():
        raise Expired("this link is over; start again at the command line")
    return line


def over(before: datetime) -> QuerySet[CommandLineGrant]:
    """What was asked for and expired before that."""
    return CommandLineGrant.objects.filter(expires_at__lt=before)


def tickets_over(before: datetime) -> QuerySet[BrowserTicket]:
    """Tickets that expired before that."""
    return BrowserTicket.objects.filter(expires_at__lt=before)
